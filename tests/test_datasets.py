"""Real data sets, as tiny ones of the same layout: from their origin, from a mirror, by hand, split as published."""

import hashlib
import io
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from vidtutor import __main__ as command_line
from vidtutor import datasets, download, track, video
from vidtutor.datasets import REGISTRY, UCF101_CLASSES, Footage
from vidtutor.download import DownloadError

import cv2
import numpy as np
import pytest
from local_server import Host, serving
from make_archives import film, index, ucf101_mirror, zipped
from scipy.io import savemat


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("VIDTUTOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("VIDTUTOR_MIRROR", raising=False)
    monkeypatch.setattr(download, "WAIT", 0.001)
    monkeypatch.setattr(download, "TIMEOUT", 5.0)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """A host on this machine to which every data set has moved; what it has is another size than the real one."""
    with serving(Host()) as started:
        for name, dataset in REGISTRY.items():
            parts = {
                part: tuple(
                    replace(source, address=f"{started.address}/{source.name}", size=None, sha256=None)
                    for source in sources
                )
                for part, sources in dataset.parts.items()
            }
            monkeypatch.setitem(REGISTRY, name, replace(dataset, parts=parts))
        yield started


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mirror with four classes of UCF101, eight clips each."""
    return ucf101_mirror(tmp_path_factory.mktemp("mirror"), classes=4, clips=2)


def ucf101_zip(clips: Path) -> bytes:
    return zipped({f"UCF101/{path.name}": path.read_bytes() for path in sorted(clips.glob("ucf101/*/*.avi"))})


def checked(name: str, part: str, data: bytes) -> None:
    """Have the registry expect these bytes of a part's first file."""
    parts = REGISTRY[name].parts
    old = parts[part][0]
    new = replace(old, size=len(data), sha256=hashlib.sha256(data).hexdigest())
    changed = {key: tuple(new if source == old else source for source in sources) for key, sources in parts.items()}
    REGISTRY[name] = replace(REGISTRY[name], parts=changed)  # the fixture `host` puts the old entry back


def test_the_registry_says_where_and_under_which_terms() -> None:
    for dataset in REGISTRY.values():
        assert 1 <= dataset.usual <= len(dataset.parts)
        assert all((dataset.title, dataset.task, dataset.gives, dataset.licence, dataset.citation))
        for source in {source for sources in dataset.parts.values() for source in sources}:
            assert source.address.startswith("https://") and source.name
            assert source.sha256 is None or re.fullmatch("[0-9a-f]{64}", source.sha256)
            assert source.pick is None or re.compile(source.pick.replace("{part}", "x")).groups == 1
            assert not source.whole or (source.size and source.sha256)
    assert len(UCF101_CLASSES) == 101 and list(UCF101_CLASSES) == sorted(UCF101_CLASSES)


# UCF101, and what all of them share


def test_classes_of_ucf101_come_out_of_its_zip(host: Host, clips: Path, tmp_path: Path) -> None:
    host.files["UCF101_videos.zip"] = ucf101_zip(clips)
    footage = datasets.ucf101(3)
    assert footage.classes == UCF101_CLASSES[:3]
    assert [path.relative_to(tmp_path / "cache/ucf101").as_posix() for path in footage.paths[:2]] == [
        "ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi",
        "ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c02.avi",
    ]
    assert footage.labels.tolist() == [0] * 8 + [1] * 8 + [2] * 8
    assert footage.sources[8:12] == ("ApplyLipstick_g01",) * 2 + ("ApplyLipstick_g02",) * 2
    assert footage.official is not None and footage.official.tolist() == ([True] * 4 + [False] * 4) * 3
    assert len(host.asked) <= 10  # for 24 clips
    assert video.read(footage.paths[0]).shape == (40, 60, 80, 3)
    training, test = datasets.split(footage)
    assert len(training) == len(test) == 12 and not set(training.sources) & set(test.sources)

    host.asked.clear()
    again = datasets.ucf101(3)
    assert again.paths == footage.paths and not host.asked
    assert set(datasets.folder(tmp_path / "cache/ucf101").paths) == set(footage.paths)
    named = datasets.ucf101(["BabyCrawling", "Archery"], to=tmp_path / "elsewhere")
    assert named.classes == ("BabyCrawling", "Archery") and len(named) == 16
    assert all((tmp_path / "elsewhere/ucf101") in path.parents for path in named.paths)


def test_a_class_whose_files_write_it_otherwise_is_found(host: Host, clips: Path) -> None:
    (some,) = clips.glob("ucf101/Archery/*g01_c01.avi")
    host.files["UCF101_videos.zip"] = zipped({"UCF101/v_HandStandPushups_g09_c01.avi": some.read_bytes()})
    footage = datasets.ucf101(["HandstandPushups"])
    assert footage.sources == ("HandStandPushups_g09",) and footage.official is not None and not footage.official.any()


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        (["Archry"], "ucf101 has no 'Archry': choose among its 101 parts, as Archery"),
        ("zzz", "ucf101 has no 'zzz': .*, as ApplyEyeMakeup, ApplyLipstick, Archery, …"),
        (0, "ucf101 has 101 parts: take 1 to 101 of them, not 0"),
        (102, "not 102"),
        ([], "no part of ucf101 is named"),
    ],
)
def test_classes_that_do_not_exist_are_refused(classes: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        datasets.ucf101(classes)
    with pytest.raises(ValueError, match=r"there is no data set 'ucf': choose ucf101, kth"):
        datasets.fetch("ucf")


def test_an_interrupted_fetch_goes_on_and_says_what_else_helps(
    host: Host, clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "BLOCK", 100_000)  # the zip is smaller than a true block
    host.files["UCF101_videos.zip"] = ucf101_zip(clips)
    datasets.ucf101(1)
    host.statuses = [200] * 2 + [503] * 999
    with pytest.raises(DownloadError) as failed:
        datasets.ucf101(3)
    by_hand = tmp_path / "cache/ucf101/UCF101_videos.zip"
    assert str(failed.value).endswith(
        "run `python -m vidtutor fetch ucf101 --to FOLDER` on another machine and set VIDTUTOR_MIRROR to that folder, "
        f"or put the file there by hand: {by_hand}"
    )
    host.statuses.clear()
    os.utime(clip := next(by_hand.parent.glob("ApplyEyeMakeup/*")), (1, 1))
    assert len(datasets.ucf101(3)) == 24 and clip.stat().st_mtime == 1
    clip.unlink()
    assert len(datasets.ucf101(3)) == 24 and clip.is_file()


def test_a_file_put_there_by_hand_is_used_and_stays(host: Host, clips: Path, tmp_path: Path) -> None:
    data = ucf101_zip(clips)
    by_hand = tmp_path / "cache/ucf101/UCF101_videos.zip"
    by_hand.parent.mkdir(parents=True)
    checked("ucf101", "Archery", data)
    by_hand.write_bytes(data[:-1] + b"?")
    with pytest.raises(DownloadError, match=r"UCF101_videos\.zip has another checksum than the one published"):
        datasets.ucf101(2)
    by_hand.write_bytes(data)
    assert len(datasets.ucf101(2)) == 16 and by_hand.is_file() and not host.asked


def test_an_origin_that_is_laid_out_anew_is_named(host: Host) -> None:
    host.files["UCF101_videos.zip"] = zipped({"new/Archery/1.avi": b"1"})
    with pytest.raises(
        DownloadError, match=r"UCF101_videos\.zip holds nothing of Archery: it is not laid out as it was"
    ):
        datasets.ucf101(["Archery"])


def test_several_at_a_time_fetch_it_once(host: Host, clips: Path) -> None:
    host.files["UCF101_videos.zip"], host.pause = ucf101_zip(clips), 0.05
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: datasets.ucf101(2), range(3)))
    assert len({footage.paths for footage in found}) == 1
    assert len(host.asked) == len(set(host.asked))


# The mirror


def test_a_mirror_is_asked_first_and_alone(host: Host, clips: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDTUTOR_MIRROR", str(clips))
    footage = datasets.ucf101(4)
    assert len(footage) == 32 and not host.asked
    assert footage.paths[0].read_bytes() == (clips / "ucf101/ApplyEyeMakeup" / footage.paths[0].name).read_bytes()


def test_what_fetch_writes_is_a_mirror_at_an_address_too(
    host: Host, clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.files["UCF101_videos.zip"] = ucf101_zip(clips)
    place = datasets.fetch("ucf101", 2, tmp_path / "teacher")
    host.files = {
        path.relative_to(place.parent).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()
    }
    host.cuts = [0, 100]
    monkeypatch.setenv("VIDTUTOR_MIRROR", host.address + "/")
    assert len(datasets.ucf101(2)) == 16
    assert sorted(path.name for path in (tmp_path / "cache/ucf101").rglob("*") if path.is_file()) == sorted(
        path.name for path in place.rglob("*") if path.is_file()
    )


@pytest.mark.parametrize("trouble", ["no such folder", "a class is missing", "a file is missing", "a file is damaged"])
def test_what_the_mirror_lacks_comes_from_the_origin(
    host: Host, clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    mirror = tmp_path / "mirror"
    shutil.copytree(clips, mirror)
    host.files["UCF101_videos.zip"] = ucf101_zip(clips)
    lipstick, why = mirror / "ucf101/ApplyLipstick", ""
    if trouble == "no such folder":
        shutil.rmtree(mirror)
        lacking, why = "3 part(s) of ucf101, ApplyEyeMakeup", "index.csv does not exist"
    elif trouble == "a class is missing":
        shutil.rmtree(lipstick)
        index(lipstick.parent)
        lacking, why = "1 part(s) of ucf101, ApplyLipstick", "its index does not list them"
    else:
        clip = next(lipstick.iterdir())
        clip.unlink() if trouble == "a file is missing" else clip.write_bytes(clip.read_bytes()[:-1])
        lacking, why = "1 part(s) of ucf101, ApplyLipstick", str(clip)
    monkeypatch.setenv("VIDTUTOR_MIRROR", str(mirror))
    with pytest.warns(UserWarning, match="from their origin") as said:
        footage = datasets.ucf101(3)
    assert f"{mirror} lacks {lacking} for one" in str(said[0].message) and why in str(said[0].message)
    assert len(footage) == 24 and host.asked
    for path in footage.paths:
        assert path.read_bytes() == (clips / "ucf101" / path.parent.name / path.name).read_bytes()


@pytest.mark.parametrize("row", ["../../evil/x.avi,1,0", "/evil/x.avi,1,0", "x.avi,1,0", "a/x.avi,many,0", "a,b\nc,d"])
def test_an_index_that_leads_elsewhere_is_refused(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: str
) -> None:
    mirror = tmp_path / "mirror"
    (mirror / "ucf101").mkdir(parents=True)
    (mirror / "ucf101/index.csv").write_text(f"file,bytes,sha256\n{row}\n")
    monkeypatch.setenv("VIDTUTOR_MIRROR", str(mirror))
    with (
        pytest.warns(UserWarning, match=r"index\.csv is no index of a data set"),
        pytest.raises(DownloadError, match=r"UCF101_videos\.zip is not there"),
    ):
        datasets.ucf101(1)


# The others


def test_kth_is_split_by_person(host: Host, clips: Path) -> None:
    (some,) = clips.glob("ucf101/Archery/*g01_c01.avi")
    for name in datasets.KTH_CLASSES:
        files = {
            f"person{person:02}_{name}_d{scene}_uncomp.avi": some.read_bytes()
            for person in (1, 2, 25)
            for scene in (1, 4)
        }
        host.files[f"{name}.zip"] = zipped(files)
    footage = datasets.kth()
    assert footage.classes == datasets.KTH_CLASSES and len(footage) == 36
    assert set(footage.sources) == {"person01", "person02", "person25"}
    training, test = datasets.split(footage)
    assert set(test.sources) == {"person02"} and len(test) == 12 and len(training) == 24
    assert len(datasets.kth(["walking"])) == 6


GT = "1,1,10,10,20,40,1,-1,-1,-1\n2,1,12,10,20,40,1,-1,-1,-1\n3,1,14,10,20,40,1,-1,-1,-1\n1,2,0,0,5,5,0,-1,-1,-1\n"
DET = "1,-1,10,10,20,40,31.2,-1,-1,-1\n2,-1,12,10,20,40,28.9,-1,-1,-1\n3,-1,14,10,20,40,30,-1,-1,-1\n"


def mot15_zip() -> bytes:
    files = {}
    for name in ("PETS09-S2L1", "TUD-Campus"):
        home = f"MOT15/train/{name}"
        files |= {f"{home}/gt/gt.txt": GT.encode(), f"{home}/det/det.txt": DET.encode()}
        for frame in range(1, 4):
            picture = np.full((48, 64, 3), (0, 0, 70 * frame), np.uint8)  # red, as OpenCV writes it
            files[f"{home}/img1/{frame:06}.jpg"] = cv2.imencode(".jpg", picture)[1].tobytes()
            files[f"__MACOSX/{home}/img1/._{frame:06}.jpg"] = b"rubbish"
    return zipped(files | {"MOT15/test/PETS09-S2L2/det/det.txt": DET.encode()})


def test_a_sequence_of_mot15_can_be_tracked(host: Host) -> None:
    host.files["MOT15.zip"] = mot15_zip()
    sequence = datasets.mot("TUD-Campus")
    assert [path.name for path in sequence.frames] == ["000001.jpg", "000002.jpg", "000003.jpg"]
    assert sequence.fps == 25 and sequence.video is None
    pictures = list(sequence.pictures())
    assert [picture.shape for picture in pictures] == [(48, 64, 3)] * 3 and pictures[2][0, 0, 0] > 200
    assert len(sequence.truth) == 3 and set(sequence.truth.identity) == {1}  # a row that does not count is left out
    tracks = track.track(sequence.detections, evidence=0)
    assert len(tracks) == 3 and len(set(tracks.identity)) == 1
    sequence.frames[1].write_bytes(b"no picture")
    with pytest.raises(video.VideoError, match=r"000002\.jpg is no picture that OpenCV can read"):
        list(sequence.pictures())
    with pytest.raises(ValueError, match=r"mot has no 'TUD-Kampus': .* TUD-Campus"):
        datasets.mot("TUD-Kampus")


def test_pets09_is_a_film_with_the_truth_of_mot15(host: Host, tmp_path: Path) -> None:
    host.files["vtest.avi"] = film(tmp_path / "vtest.avi", 1, 1, frames=3).read_bytes()
    host.files["MOT15.zip"] = mot15_zip()
    sequence = datasets.pets09()
    assert sequence.video is not None and video.probe(sequence.video).width == 80
    assert len(list(sequence.pictures())) == 3 and sequence.frames == ()
    assert len(sequence.truth) == len(sequence.detections) == 3 and sequence.fps == 25
    assert not list(sequence.video.parent.rglob("*.jpg"))


def masks(*frames: bool) -> bytes:
    cells = np.empty((1, len(frames)), object)
    for i, unusual in enumerate(frames):
        cells[0, i] = np.zeros((6, 8), np.uint8)
        cells[0, i][2, 3] = unusual
    file = io.BytesIO()
    savemat(file, {"volLabel": cells})
    return file.getvalue()


def test_avenue_says_which_frames_are_unusual(host: Host, clips: Path) -> None:
    some = [path.read_bytes() for path in sorted(clips.glob("ucf101/Archery/*"))]
    films = {f"Avenue Dataset/training_videos/{i:02}.avi": some[i] for i in (1, 2)}
    films |= {f"Avenue Dataset/testing_videos/{i:02}.avi": some[i] for i in (1, 2, 10 % 8)}
    data = zipped(films | {"Avenue Dataset/training_vol/vol01.mat": b"not wanted"})
    host.files["Avenue_Dataset.zip"] = data
    truth = {1: masks(False, True), 2: masks(True, True, False), 10: masks(False)}
    host.files["ground_truth_demo.zip"] = zipped(
        {f"ground_truth_demo/testing_label_mask/{i}_label.mat": mask for i, mask in truth.items()}
    )
    checked("avenue", "training", data)
    host.cuts = [5000]
    found = datasets.avenue()
    assert [path.name for path in found.training] == [path.name for path in found.testing] == ["01.avi", "02.avi"]
    assert found.training[0].read_bytes() == some[1]
    assert [each.tolist() for each in found.truth] == [[False, True], [True, True, False]]
    assert not list(found.training[0].parent.parent.glob("*.zip")) and host.asked[1][1] == "bytes=5000-"

    (found.training[0].parent.parent / "truth/2_label.mat").write_bytes(b"x" * len(truth[2]))
    with pytest.raises(ValueError, match=r"2_label\.mat holds no masks of MATLAB's .* remove it and fetch it again"):
        datasets.avenue()


# A chapter's clips, and the command


def test_without_a_gpu_clips_are_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    made_up = datasets.made_up
    monkeypatch.setattr(datasets, "made_up", lambda to: made_up(to, clips=16))  # fewer than a chapter's, for time
    monkeypatch.setattr(datasets, "_stand_in", cache(datasets._stand_in.__wrapped__))  # no other test meets them
    footage = datasets.footage("cpu")
    assert isinstance(footage, Footage) and len(footage) == 16 and len(set(footage.sources)) == 4
    assert all(path.is_file() for path in footage.paths)
    assert datasets.footage("cpu") is footage
    with pytest.raises(ValueError, match="there is no profile 'tpu'"):
        datasets.footage("tpu")


def test_a_gpu_takes_ten_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDTUTOR_MIRROR", str(ucf101_mirror(tmp_path / "mirror", groups=(1, 8))))
    footage = datasets.footage("gpu")
    assert len(footage) == 20 and footage.classes == UCF101_CLASSES[:10]
    assert footage.official is not None and footage.official.sum() == 10


def test_the_command_lists_and_fetches(
    host: Host, clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command_line.main(["fetch"]) == 0
    listed = capsys.readouterr().out
    assert all(re.search(rf"│ {name} +│", listed) for name in REGISTRY) and "7.0 GB" in listed and "NC-SA" in listed

    host.files["UCF101_videos.zip"] = ucf101_zip(clips)
    monkeypatch.setenv("VIDTUTOR_MIRROR", str(tmp_path / "none"))
    to = tmp_path / "for others"
    assert command_line.main(["fetch", "ucf101", "--classes", "Archery,BabyCrawling", "--to", str(to)]) == 0
    shown = capsys.readouterr()
    assert "its authors offer it for research" in shown.out and "Soomro" in shown.out
    assert f"VIDTUTOR_MIRROR={to}" in shown.out
    assert "lacks 2 part(s) of ucf101" in shown.err and "UserWarning" not in shown.err
    assert sorted(path.name for path in (to / "ucf101").iterdir() if path.is_dir()) == ["Archery", "BabyCrawling"]
    assert command_line.main(["fetch", "ucf101", "--classes", "2", "--to", str(to)]) == 0
    assert (to / "ucf101/ApplyLipstick").is_dir()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["ucf"], "there is no data set 'ucf'"),
        (["ucf101", "--classes", "Archry"], "ucf101 has no 'Archry'"),
        (["ucf101", "--classes", ","], "no part of ucf101 is named"),
        (["kth"], "boxing.zip is not there"),
    ],
)
def test_trouble_is_one_sentence_and_status_2(
    host: Host, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert command_line.main(["fetch", *words]) == 2
    said = capsys.readouterr().err
    assert sentence in said and said.count("\n") == 1 and "Traceback" not in said
