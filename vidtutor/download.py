"""Files from elsewhere: fetched whole and resumed, or read by ranges out of a large remote zip; checked either way.

Nothing is believed: certificates are verified, sizes and checksums are compared, and no member of an archive may land
outside the folder that it was meant for. A file appears when it is whole; what a broken transfer left waits in a hidden
file beside it. What cannot be mended by trying again is a `DownloadError`, one sentence.
"""

import errno
import hashlib
import http.client
import io
import os
import re
import shutil
import ssl
import stat
import time
import urllib.error
import urllib.request
import zipfile
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from vidtutor import files

T = TypeVar("T")
Report = Callable[[int], object]  # is told of bytes as they arrive

TRIES = 5  # of what may pass by itself, as long as nothing more arrives
WAIT = 1.0  # seconds before the second try; twice as long before each further one
TIMEOUT = 30.0  # seconds without a byte after which a host counts as stalled
CONNECTIONS = 8  # at a time: for small files the way to the host and back takes longer than the bytes
BLOCK = 4_000_000  # bytes that one request asks for at least
GAP = 65_536  # bytes between two wanted members that are read along rather than asked for in another request
CHUNK = 262_144
AGAIN = "try again later"


class DownloadError(OSError):
    """A file that could not be had: one sentence with its name, the problem and the way out."""


class NotThere(DownloadError):
    """The host answered that it has no such file."""


class _Passing(Exception):
    """Trouble that another try may mend."""


class _Beyond(_Passing):
    """The range asked for lies past the end of the file."""


def fetch(
    source: str | Path,
    path: Path,
    *,
    size: int | None = None,
    sha256: str | None = None,
    report: Report = lambda _: None,
    instead: str = AGAIN,
) -> Path:
    """Fetch one file, from an address (http, https) or a folder, and return its path when it is whole and checked.

    A file that is there already and has the sha256 that is given stays.
    A broken transfer goes on where it stopped, in this call or a later one: `.NAME.part` beside `path` keeps what came,
    and is dropped where the host's file has changed since. size: bytes; sha256: hexadecimal; both compared where given.
    report: is told how many bytes came; fewer than none where a transfer begins anew. instead: the way out, which ends
    the sentence of an error.
    Raises DownloadError: no such file (NotThere), host out of reach, wrong size or checksum, or no room. Chapter 05.
    """
    if sha256 is not None and path.is_file() and files.sha256(path) == sha256:
        report(path.stat().st_size)
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with _enough_room(path.parent):
        if isinstance(source, Path):
            _copy(source, part, report, instead)
        elif size is None or not part.exists() or part.stat().st_size != size:
            _Transfer(source, part, size, report, instead).run()
    try:
        check(part, str(source), size=size, sha256=sha256, instead=instead)
    except DownloadError:
        part.unlink()
        raise
    finally:
        _tag(part).unlink(missing_ok=True)
    os.replace(part, path)
    return path


def check(path: Path, origin: str, *, size: int | None, sha256: str | None, instead: str = AGAIN) -> None:
    """Compare a file with the size in bytes and the sha256 that are published, where they are.

    origin: where the file came from, for the sentence. Raises DownloadError for another file. Chapter 05.
    """
    found = path.stat().st_size
    if size is not None and found != size:
        raise DownloadError(f"{origin} has {found:,} bytes where {size:,} are expected, and is not used; {instead}")
    if sha256 is not None and files.sha256(path) != sha256:
        raise DownloadError(
            f"{origin} has another checksum than the one published, so it was damaged on its way or replaced, and is "
            f"not used; fetch it once more, and if that does not help, {instead}"
        )


def text(source: str | Path, instead: str = AGAIN) -> str:
    """Read a small text file from an address or a folder. Raises NotThere or another DownloadError. Chapter 05."""
    if isinstance(source, Path):
        try:
            return source.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise NotThere(f"{source} does not exist; {instead}") from None

    def attempt() -> str:
        with _open(source, instead=instead) as response:
            return b"".join(_chunks(response, source)).decode("utf-8")

    return _persist(attempt, instead)


class _Transfer:
    """A download into a part file, which goes on where it stopped."""

    def __init__(self, address: str, part: Path, size: int | None, report: Report, instead: str) -> None:
        self.address, self.part, self.size, self.report, self.instead = address, part, size, report, instead
        self.reported = 0

    def run(self) -> None:
        _persist(self._attempt, self.instead, lambda: self.part.stat().st_size if self.part.exists() else 0)

    def _attempt(self) -> None:
        part, tag = self.part, _tag(self.part)
        have = part.stat().st_size if part.exists() and tag.exists() else 0
        # A host whose file has changed since sends all of it instead of the range.
        headers = {"Range": f"bytes={have}-", "If-Range": tag.read_text(encoding="latin-1")} if have else {}
        try:
            response = _open(self.address, headers, self.instead)
        except _Beyond:  # what came is no beginning of what the host has now
            part.unlink(missing_ok=True)
            raise
        with response:
            if response.status == 206:
                start, _, total = _content_range(response, self.address)
                if start != have:
                    raise _Passing(f"{self.address} arrives from another place than asked for")
            else:
                length = response.headers["Content-Length"]
                have, total = 0, int(length or 0)
            if self.size is not None and total not in (0, self.size):
                part.unlink(missing_ok=True)
                raise DownloadError(
                    f"{self.address} has {total:,} bytes where {self.size:,} are expected, so it was replaced; "
                    f"{self.instead}"
                )
            room(part.parent, total - have)
            _write_tag(tag, response)
            self._advance(have)
            with part.open("r+b" if have else "wb") as file:
                file.seek(have)
                for chunk in _chunks(response, self.address):
                    file.write(chunk)
                    have += len(chunk)
                    self._advance(have)

    def _advance(self, have: int) -> None:
        self.report(have - self.reported)
        self.reported = have


class Remote(io.RawIOBase):
    """A file at an address that can be read from any place, as `zipfile` wants it: each request is a range of bytes.

    The end of the file comes first, in one request with the file's size, because a zip's list of members is there. A
    read fetches a block of 4 MB, from which the reads after it are served. Each thread needs a reader of its own, a
    `twin`. Raises DownloadError where the host sends whole files only, and as `fetch` does. Chapter 05.
    """

    def __init__(self, address: str, instead: str = AGAIN) -> None:
        """Fetch the end of the file."""
        super().__init__()
        self.address, self.instead = address, instead
        first, data, self.size = self._range(f"-{BLOCK}")
        self._held, self._shared = [(first, data)], 1  # ranges that were read: the first ones stay, the last one goes
        self._at = 0

    def twin(self) -> "Remote":
        """Return another reader of the same file, which has already read what this one has."""
        other = Remote.__new__(Remote)
        io.RawIOBase.__init__(other)
        other.address, other.instead, other.size, other._at = self.address, self.instead, self.size, 0
        other._held, other._shared = list(self._held), len(self._held)
        return other

    def load(self, start: int, stop: int) -> None:
        """Fetch a range of bytes, stop not among them, in one request, unless it is held already."""
        if not any(first <= start and stop <= first + len(data) for first, data in self._held):
            stop = min(max(stop, start + 1), self.size)
            first, data, _ = self._range(f"{start}-{stop - 1}")
            self._held = [*self._held[: self._shared], (first, data)]

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that any place can be read."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, as in any file."""
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        if at < 0:
            raise ValueError(f"place {at} lies before the start of {self.address}")
        self._at = at
        return at

    def tell(self) -> int:
        """Return the place in bytes from the start."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer; fewer bytes only at the end of the file."""
        start, stop = self._at, min(self._at + len(buffer), self.size)
        if start >= stop:
            return 0
        if not any(first <= start and stop <= first + len(data) for first, data in self._held):
            self.load(start, max(stop, start + BLOCK))
        first, data = next(each for each in self._held if each[0] <= start and stop <= each[0] + len(each[1]))
        buffer[: stop - start] = data[start - first : stop - first]
        self._at = stop
        return stop - start

    def _range(self, wanted: str) -> tuple[int, bytes, int]:
        """Return where a range starts, its bytes, and the size of the whole file."""

        def attempt() -> tuple[int, bytes, int]:
            with _open(self.address, {"Range": f"bytes={wanted}"}, self.instead) as response:
                if response.status == 206:
                    start, stop, total = _content_range(response, self.address)
                elif int(response.headers["Content-Length"] or BLOCK + 1) <= BLOCK:
                    start, stop = 0, int(response.headers["Content-Length"])  # all of a small file is as good
                    total = stop
                else:
                    name = unquote(urlsplit(self.address).path).rsplit("/", 1)[-1]
                    raise DownloadError(
                        f"{_host(self.address)} sends {name} only whole, not the part that is wanted; {self.instead}"
                    )
                data = b"".join(_chunks(response, self.address))
            if len(data) != stop - start:
                raise _Passing(f"a range of {self.address} arrived with {len(data)} of {stop - start} bytes")
            return start, data, total

        return _persist(attempt, self.instead)


class Zip:
    """A zip in a folder or at an address, of which single members are wanted.

    sizes: bytes of each member, unpacked, by name. Raises DownloadError for what is no whole zip, and as `Remote`.
    Chapter 05.
    """

    def __init__(self, source: str | Path, instead: str = AGAIN) -> None:
        """Read the list of members."""
        self.source, self.instead = source, instead
        self._remote = None if isinstance(source, Path) else Remote(source, instead)
        with self._reading(), zipfile.ZipFile(self._remote or source) as archive:  # type: ignore[arg-type]
            members = [info for info in archive.infolist() if not info.is_dir()]
        self._members = {info.filename: info for info in members}
        self._starts = sorted(info.header_offset for info in members)
        self.sizes = {name: info.file_size for name, info in self._members.items()}

    def extract(
        self, wanted: Mapping[str, str], folder: Path, report: Report = lambda _: None
    ) -> dict[str, tuple[int, str]]:
        """Put members into a folder, several at a time, and return bytes and sha256 of each file put there.

        wanted: for each member's name the path in the folder, with slashes. A file that is there already and is what
        the archive says stays. report: is told of bytes as they are written.
        Raises DownloadError, before anything is written, for a member that would land outside the folder, is a link or
        is encrypted; then for one that is damaged, and where there is no room. Chapter 05.
        """
        for name, target in wanted.items():
            info = self._members[name]
            if unsafe(info.orig_filename) or unsafe(target) or stat.S_ISLNK(info.external_attr >> 16):
                raise DownloadError(f"{self.source} holds {name!r}, which would land elsewhere: nothing is unpacked")
            if info.flag_bits & 1:
                raise DownloadError(f"{self.source} holds {name!r} encrypted: nothing is unpacked")
        if len({target.casefold() for target in wanted.values()}) < len(wanted):
            raise DownloadError(f"{self.source} holds two members for one file: nothing is unpacked")
        found: dict[str, tuple[int, str]] = {}
        missing = []
        for name, target in wanted.items():
            if digest := self._already(self._members[name], folder / target):
                found[target] = self.sizes[name], digest
                report(self.sizes[name])
            else:
                missing.append(self._members[name])
        folder.mkdir(parents=True, exist_ok=True)
        room(folder, sum(info.file_size for info in missing))
        runs, enough = self._runs(missing), Event()

        def work(mine: Sequence[list[zipfile.ZipInfo]]) -> None:
            try:
                with self._reading(), self._zip() as archive:
                    for run in mine:
                        if isinstance(archive.fp, Remote) and not enough.is_set():
                            start = run[0].header_offset
                            archive.fp.load(start, min(self._end(run[-1]), start + 2 * BLOCK))
                        for info in run:
                            if enough.is_set():
                                return
                            target = wanted[info.filename]
                            found[target] = info.file_size, _unpack(archive, info, folder / target, report)
            except BaseException:
                enough.set()
                raise

        with _enough_room(folder), ThreadPoolExecutor(CONNECTIONS) as pool:
            try:
                list(pool.map(work, [runs[i::CONNECTIONS] for i in range(CONNECTIONS) if runs[i::CONNECTIONS]]))
            finally:
                enough.set()  # one that fails, or an interruption, ends them all
        return found

    def _zip(self) -> zipfile.ZipFile:
        """Open the zip for one thread; the list of members is not fetched again."""
        return zipfile.ZipFile(self._remote.twin() if self._remote else self.source)  # type: ignore[arg-type]

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Say in one sentence what is wrong with an archive."""
        try:
            yield
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError) as error:
            raise DownloadError(
                f"{self.source} is no whole zip: it was cut short or damaged, or is another kind of file ({error}); "
                f"{self.instead}"
            ) from None

    def _end(self, info: zipfile.ZipInfo) -> int:
        """Return where the next member starts, or a little past the end of the last one."""
        place = bisect_right(self._starts, info.header_offset)
        if place < len(self._starts):
            return self._starts[place]
        return info.header_offset + info.compress_size + 1024

    def _runs(self, members: list[zipfile.ZipInfo]) -> list[list[zipfile.ZipInfo]]:
        """Group members that lie together, so that each group is one request."""
        runs: list[list[zipfile.ZipInfo]] = []
        for info in sorted(members, key=lambda info: info.header_offset):
            if (
                runs
                and info.header_offset - self._end(runs[-1][-1]) <= GAP
                and self._end(info) - runs[-1][0].header_offset <= BLOCK
            ):
                runs[-1].append(info)
            else:
                runs.append([info])
        return runs

    def _already(self, info: zipfile.ZipInfo, path: Path) -> str | None:
        """Return the sha256 of a file that an earlier call put there; None where it is missing or another one."""
        if not path.is_file() or path.stat().st_size != info.file_size:
            return None
        data = path.read_bytes()
        return hashlib.sha256(data).hexdigest() if zlib.crc32(data) == info.CRC else None


def unsafe(name: str) -> bool:
    """Say whether a path in an archive or an index leads out of its folder, on any system. Chapter 05."""
    parts = re.split(r"[/\\]", name)
    return "" in parts or ".." in parts or "." in parts or ":" in name or "\0" in name


def room(folder: Path, bytes_wanted: int) -> None:
    """Raise DownloadError where a disk has less room than is wanted. Chapter 05."""
    free = shutil.disk_usage(folder).free
    if bytes_wanted > free:
        raise DownloadError(
            f"{folder} has {free / 1e9:.1f} GB free and {bytes_wanted / 1e9:.1f} GB are wanted: make room, or choose "
            "another folder, by VIDTUTOR_CACHE"
        )


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, report: Report) -> str:
    """Write a member, whose CRC zipfile compares, and return its sha256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part, digest = path.with_name(f".{path.name}.part"), hashlib.sha256()
    try:
        with archive.open(info) as member, part.open("wb") as file:
            while chunk := member.read(CHUNK):
                file.write(chunk)
                digest.update(chunk)
                report(len(chunk))
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return digest.hexdigest()


def _copy(source: Path, part: Path, report: Report, instead: str) -> None:
    if not source.is_file():
        raise NotThere(f"{source} does not exist; {instead}")
    room(part.parent, source.stat().st_size)
    with source.open("rb") as file, part.open("wb") as target:
        while chunk := file.read(CHUNK):
            target.write(chunk)
            report(len(chunk))


@contextmanager
def _enough_room(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise DownloadError(f"{folder} is full: make room, or choose another folder, by VIDTUTOR_CACHE") from None


def _tag(part: Path) -> Path:
    return part.with_suffix(".tag")


def _write_tag(tag: Path, response: http.client.HTTPResponse) -> None:
    """Keep what tells this version of a file from another; a weak tag does not, to the byte."""
    version = response.headers["ETag"] or ""
    if not version.startswith('"'):
        version = response.headers["Last-Modified"] or ""
    if version:
        tag.write_text(version, encoding="latin-1")
    else:
        tag.unlink(missing_ok=True)


def _open(address: str, headers: Mapping[str, str] | None = None, instead: str = AGAIN) -> http.client.HTTPResponse:
    """Ask for an address and return the answer's beginning, or say what the trouble is."""
    host = _host(address)
    try:
        request = urllib.request.Request(address, headers={"User-Agent": "vidtutor", **(headers or {})})
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        with error:
            said = f"{host} answers {error.code} {error.reason}"
        if error.code == 416:
            raise _Beyond(f"{address} is shorter than it was ({said})") from None
        if error.code in (404, 410):
            raise NotThere(f"{address} is not there ({said}); {instead}") from None
        if error.code in (408, 425, 429) or error.code >= 500:
            raise _Passing(f"{address} cannot be had ({said})") from None
        raise DownloadError(f"{address} cannot be had ({said}); {instead}") from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise DownloadError(
                f"{host} has no valid certificate ({error.reason.verify_message}), so nothing is fetched; {instead}"
            ) from None
        raise _Passing(f"{host} cannot be reached ({error.reason})") from None
    except (OSError, http.client.HTTPException) as error:
        raise _Passing(f"{host} does not answer ({_words(error)})") from None
    if address.startswith("https:") and not response.url.startswith("https:"):
        response.close()
        raise DownloadError(f"{address} leads to {response.url}, which has no certificate; {instead}")
    return response


def _chunks(response: http.client.HTTPResponse, address: str) -> Iterator[bytes]:
    """Yield what an answer holds, as far as its beginning promised."""
    promised, came = int(response.headers["Content-Length"] or 0), 0
    try:
        while chunk := response.read1(CHUNK):
            came += len(chunk)
            yield chunk
    except (OSError, http.client.HTTPException) as error:
        raise _Passing(f"the transfer of {address} broke off ({_words(error)})") from None
    if came < promised:
        raise _Passing(f"the transfer of {address} broke off after {came:,} of {promised:,} bytes")


def _content_range(response: http.client.HTTPResponse, address: str) -> tuple[int, int, int]:
    """Return start, stop and the whole size that an answer's Content-Range names."""
    match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", response.headers["Content-Range"] or "")
    if not match:
        raise _Passing(f"{_host(address)} does not say which part of {address} it sends")
    first, last, total = map(int, match.groups())
    return first, last + 1, total


def _persist(attempt: Callable[[], T], instead: str, arrived: Callable[[], int] = lambda: 0) -> T:
    """Try until it works; after five tries in a row by which no more arrived, give up."""
    most, tries = arrived(), 0
    while True:
        try:
            return attempt()
        except _Passing as trouble:
            tries = tries + 1 if arrived() <= most else 1
            most = max(most, arrived())
            if tries == TRIES:
                raise DownloadError(f"{trouble}; {instead}") from None
        time.sleep(WAIT * 2 ** (tries - 1))


def _words(error: BaseException) -> str:
    return "it has stalled" if isinstance(error, TimeoutError) else str(error) or type(error).__name__


def _host(address: str) -> str:
    return urlsplit(address).netloc or address
