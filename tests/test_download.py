"""Downloads from a host on this machine that breaks off, stalls, changes its mind and lies; archives that do too."""

import hashlib
import os
import random
import shutil
import socket
import ssl
import stat
import subprocess
import urllib.request
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

from vidtutor import download
from vidtutor.download import DownloadError, NotThere, Remote, Zip, fetch

import pytest
from local_server import Host, serving
from make_archives import zipped

DATA = random.Random(0).randbytes(50_000)
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    monkeypatch.setattr(download, "WAIT", 0.001)
    monkeypatch.setattr(download, "TIMEOUT", 0.3)


@pytest.fixture
def host() -> Iterator[Host]:
    with serving(Host({"film.avi": DATA})) as started:
        yield started


def ranges(host: Host) -> list[str]:
    return [wanted for _, wanted in host.asked]


def test_a_file_arrives_and_is_asked_for_once(host: Host, tmp_path: Path) -> None:
    counted: list[int] = []
    for _ in range(2):
        path = fetch(f"{host.address}/film.avi", tmp_path / "new/film.avi", sha256=SHA256, report=counted.append)
        assert path.read_bytes() == DATA
    assert sum(counted) == 2 * len(DATA)
    assert ranges(host) == [""]
    assert [each.name for each in path.parent.iterdir()] == ["film.avi"]


@pytest.mark.parametrize("tag", ['"1"', "Fri, 27 Nov 2026 02:03:40 GMT"])
def test_a_broken_transfer_goes_on_where_it_broke(host: Host, tmp_path: Path, tag: str) -> None:
    host.tag, host.cuts, counted = tag, [1000, 5000], []
    path = fetch(f"{host.address}/film.avi", tmp_path / "film.avi", size=len(DATA), report=counted.append)
    assert path.read_bytes() == DATA
    assert ranges(host) == ["", "bytes=1000-", "bytes=6000-"]
    assert sum(counted) == len(DATA)


@pytest.mark.parametrize("tag", ["", 'W/"1"'])
def test_without_a_sure_tag_it_begins_anew(host: Host, tmp_path: Path, tag: str) -> None:
    host.tag, host.cuts = tag, [1000]
    assert fetch(f"{host.address}/film.avi", tmp_path / "film.avi").read_bytes() == DATA
    assert ranges(host) == ["", ""]


def test_what_came_waits_for_the_next_run(host: Host, tmp_path: Path) -> None:
    host.cuts, host.statuses = [1000], [200] + [503] * 4
    with pytest.raises(DownloadError, match=r"answers 503 .*; try again later"):
        fetch(f"{host.address}/film.avi", tmp_path / "film.avi")
    assert not (tmp_path / "film.avi").exists()
    host.asked.clear()
    assert fetch(f"{host.address}/film.avi", tmp_path / "film.avi").read_bytes() == DATA
    assert ranges(host) == ["bytes=1000-"]
    assert os.listdir(tmp_path) == ["film.avi"]


@pytest.mark.parametrize("size", [60_000, 500])
def test_a_file_that_changed_meanwhile_is_not_glued(host: Host, tmp_path: Path, size: int) -> None:
    host.cuts, host.statuses = [1000], [200] + [503] * 4
    with pytest.raises(DownloadError):
        fetch(f"{host.address}/film.avi", tmp_path / "film.avi")
    host.files["film.avi"], host.tag = DATA[:1] * size, '"2"'
    counted: list[int] = []
    path = fetch(f"{host.address}/film.avi", tmp_path / "film.avi", report=counted.append)
    assert path.read_bytes() == DATA[:1] * size
    assert sum(counted) == size


def test_a_part_longer_than_the_file_is_dropped(host: Host, tmp_path: Path) -> None:
    (tmp_path / ".film.avi.part").write_bytes(bytes(60_000))
    (tmp_path / ".film.avi.tag").write_text(host.tag)
    assert fetch(f"{host.address}/film.avi", tmp_path / "film.avi").read_bytes() == DATA


def test_a_stalled_host_is_left_and_asked_again(host: Host, tmp_path: Path) -> None:
    host.stalls = 1
    assert fetch(f"{host.address}/film.avi", tmp_path / "film.avi").read_bytes() == DATA
    assert ranges(host) == ["", f"bytes={len(DATA) // 2}-"]
    host.stalls = 9
    with pytest.raises(DownloadError, match="has stalled"):
        download.text(f"{host.address}/film.avi")


@pytest.mark.parametrize(
    ("checks", "words"),
    [
        ({"sha256": "0" * 64}, r"film\.avi has another checksum than the one published"),
        ({"size": len(DATA) + 1}, "has 50,000 bytes where 50,001 are expected"),
    ],
)
def test_a_wrong_file_is_removed(host: Host, tmp_path: Path, checks: dict, words: str) -> None:
    with pytest.raises(DownloadError, match=f"{words}.* write to the author$"):
        fetch(f"{host.address}/film.avi", tmp_path / "film.avi", instead="write to the author", **checks)
    assert os.listdir(tmp_path) == []
    (tmp_path / "copy.avi").write_bytes(DATA)
    with pytest.raises(DownloadError, match=r"expected|checksum"):
        fetch(tmp_path / "copy.avi", tmp_path / "film.avi", **checks)
    assert os.listdir(tmp_path) == ["copy.avi"]


def test_what_does_not_pass_is_not_tried_again(host: Host, tmp_path: Path) -> None:
    with pytest.raises(NotThere, match=r"/none is not there \(127\.0\.0\.1:\d+ answers 404 Not Found\)"):
        fetch(f"{host.address}/none", tmp_path / "none")
    host.statuses = [403]
    with pytest.raises(DownloadError, match="answers 403 Forbidden"):
        fetch(f"{host.address}/film.avi", tmp_path / "film.avi")
    assert len(host.asked) == 2
    with pytest.raises(NotThere, match="none does not exist"):
        fetch(tmp_path / "none", tmp_path / "film.avi")


def test_it_gives_up_where_nothing_arrives(host: Host, tmp_path: Path) -> None:
    host.cuts = [0] * 99
    with pytest.raises(DownloadError, match="broke off after 0 of 50,000 bytes; ask your teacher"):
        fetch(f"{host.address}/film.avi", tmp_path / "film.avi", instead="ask your teacher")
    assert len(host.asked) == download.TRIES
    with socket.socket() as taken:  # a port on which nobody listens
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(DownloadError, match=r"127\.0\.0\.1:\d+ cannot be reached .*refused.*; ask your teacher"):
            fetch(f"http://127.0.0.1:{taken.getsockname()[1]}/x", tmp_path / "x", instead="ask your teacher")


def test_a_full_disk_is_said_before_anything_is_written(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.files["two.zip"] = zipped({"a": DATA, "b": DATA})
    archive = Zip(f"{host.address}/two.zip")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=40_000))
    with pytest.raises(DownloadError, match=r"0\.0 GB free .* make room, or choose another folder, by VIDTUTOR_CACHE"):
        fetch(f"{host.address}/film.avi", tmp_path / "film.avi")
    with pytest.raises(DownloadError, match="make room"):
        archive.extract({"a": "a"}, tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl on this machine to make a certificate with")
def test_certificates_are_verified_and_never_left(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", f"{host.address}/film.avi")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    key, certificate = tmp_path / "key", tmp_path / "certificate"
    words = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*words.split(), *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    address = f"https://localhost:{server.server_port}/film.avi"
    with pytest.raises(DownloadError, match=r"localhost:\d+ has no valid certificate \(self.signed certificate\)"):
        fetch(address, tmp_path / "film.avi")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # now it is a certificate of this machine's
    monkeypatch.setattr(urllib.request, "_opener", None)
    with pytest.raises(DownloadError, match=rf"{address} leads to {host.address}/film\.avi, which has no certificate"):
        fetch(address, tmp_path / "film.avi")
    server.shutdown()
    server.server_close()


def test_any_place_of_a_remote_file_can_be_read(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "BLOCK", 4000)
    remote, draw = Remote(f"{host.address}/film.avi"), random.Random(1)
    assert remote.seek(0, os.SEEK_END) == len(DATA) == remote.size
    for _ in range(200):
        start, count = draw.randrange(len(DATA)), draw.randrange(9000)
        remote.seek(start)
        assert remote.read(count) == DATA[start : start + count]
    remote.seek(0)
    host.asked.clear()
    assert b"".join(iter(lambda: remote.read(500), b"")) == DATA
    assert len(host.asked) == len(DATA) // 4000  # the last block is held since the start


MEMBERS = {f"UCF101/v_{i:04}.avi": random.Random(i).randbytes(1000 + 7 * (i % 13)) for i in range(2000)}


def test_few_requests_read_members_of_a_large_remote_zip(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "BLOCK", 100_000)
    host.files["large.zip"] = zipped(MEMBERS)
    archive = Zip(f"{host.address}/large.zip")
    assert archive.sizes == {name: len(data) for name, data in MEMBERS.items()}
    assert len(host.asked) <= 2  # the end, and what of the list lies before it
    counted: list[int] = []
    wanted = {name: name.removeprefix("UCF101/") for name in list(MEMBERS)[500:510]}
    found = archive.extract(wanted, tmp_path, counted.append)
    assert len(host.asked) <= 3
    assert {name: (tmp_path / target).read_bytes() for name, target in wanted.items()} == {
        name: MEMBERS[name] for name in wanted
    }
    digests = {target: hashlib.sha256(MEMBERS[name]).hexdigest() for name, target in wanted.items()}
    assert {target: digest for target, (_, digest) in found.items()} == digests
    assert sum(counted) == sum(size for size, _ in found.values()) == sum(archive.sizes[name] for name in wanted)


def test_members_come_over_several_connections_even_where_transfers_break(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "BLOCK", 10_000)
    some = dict(list(MEMBERS.items())[:200])
    host.files["large.zip"] = zipped(some)
    archive = Zip(f"{host.address}/large.zip")
    host.pause, host.cuts, host.statuses = 0.01, [0, 7, 1000], [200] * 5 + [503] * 3
    archive.extract({name: name for name in some}, tmp_path)
    assert all((tmp_path / name).read_bytes() == data for name, data in some.items())
    assert 2 <= host.most <= download.CONNECTIONS
    assert len(host.asked) < 50


def test_one_failure_ends_them_all(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "BLOCK", 3000)
    host.files["large.zip"] = zipped(MEMBERS)
    archive = Zip(f"{host.address}/large.zip")
    host.pause, host.statuses = 0.01, [200] * (len(host.asked) + 8) + [403]
    host.asked.clear()
    with pytest.raises(DownloadError, match="answers 403"):
        archive.extract({name: name for name in list(MEMBERS)[:400]}, tmp_path)
    assert len(host.asked) < 60  # of about 200


def test_a_large_member_is_read_block_by_block(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "BLOCK", 3000)
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        host.files["two.zip"] = zipped({"small": b"1", "large": DATA}, method)
        Zip(f"{host.address}/two.zip").extract({"large": f"large{method}"}, tmp_path)
        assert (tmp_path / f"large{method}").read_bytes() == DATA


def test_a_host_without_ranges_is_named(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host.ranges, host.files["two.zip"] = False, zipped({"a": DATA})
    Zip(f"{host.address}/two.zip").extract({"a": "a"}, tmp_path)  # all of a small file comes along
    assert (tmp_path / "a").read_bytes() == DATA
    monkeypatch.setattr(download, "BLOCK", 1000)
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1:\d+ sends two\.zip only whole, .*; put it there by hand"):
        Zip(f"{host.address}/two.zip", "put it there by hand")


def test_files_that_are_there_stay_and_damaged_ones_are_replaced(host: Host, tmp_path: Path) -> None:
    host.files["three.zip"] = zipped({"a": DATA, "b": DATA, "c": DATA})
    (tmp_path / "a").write_bytes(DATA)
    (tmp_path / "b").write_bytes(DATA[::-1])
    os.utime(tmp_path / "a", (1, 1))
    found = Zip(f"{host.address}/three.zip").extract({name: name for name in "abc"}, tmp_path)
    assert found == dict.fromkeys("abc", (len(DATA), SHA256))
    assert (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes() == DATA
    assert (tmp_path / "a").stat().st_mtime == 1


@pytest.mark.parametrize("remote", [False, True])
def test_damage_is_one_sentence_and_leaves_nothing(host: Host, tmp_path: Path, remote: bool) -> None:
    whole = zipped({"a": DATA}, zipfile.ZIP_STORED)
    for broken in (whole[:30_000], b"<html>Moved</html>", b"", whole[:100] + b"?" + whole[101:]):
        host.files["a.zip"] = broken
        (tmp_path / "a.zip").write_bytes(broken)
        source = f"{host.address}/a.zip" if remote else tmp_path / "a.zip"
        with pytest.raises(DownloadError, match=r"a\.zip is no whole zip: .*; fetch it anew"):
            Zip(source, "fetch it anew").extract({"a": "out/a"}, tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.zip"]


@pytest.mark.parametrize(
    "name", ["../evil", "/evil", "C:/evil", "C:evil", "a/../../evil", "a\\..\\..\\evil", "\\evil", "a//b", "./a", "a:b"]
)
def test_no_member_lands_outside_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "evil.zip").write_bytes(zipped({"good": DATA, name: DATA}))
    archive = Zip(tmp_path / "evil.zip")
    (stored,) = set(archive.sizes) - {"good"}
    for wanted in ({"good": "good", stored: "harmless"}, {"good": name}):
        with pytest.raises(DownloadError, match="would land elsewhere: nothing is unpacked"):
            archive.extract(wanted, tmp_path / "inside")
    assert [path.name for path in tmp_path.rglob("*")] == ["evil.zip"]


def test_links_secrets_and_two_members_for_one_file_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        for name in ("a", "A", "link2"):
            archive.writestr(name, DATA)
        archive.getinfo("a").flag_bits |= 1  # as if it were encrypted
    refused = (
        ({"link": "b"}, "'link', which would land elsewhere"),
        ({"A": "c", "link2": "C"}, "two members"),
        ({"a": "a"}, "'a' encrypted"),
    )
    for wanted, words in refused:
        with pytest.raises(DownloadError, match=words):
            Zip(tmp_path / "a.zip").extract(wanted, tmp_path / "inside")
    assert os.listdir(tmp_path) == ["a.zip"]
