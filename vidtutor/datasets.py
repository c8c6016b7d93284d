"""Real footage in one call each: what there is, where it comes from, under which terms, and how its makers split it.

    python -m vidtutor fetch ucf101 --classes 10 --to FOLDER

Files go to `FOLDER/ucf101/Archery/v_Archery_g01_c01.avi`, by default in `files.home()`, and stay there. `index.csv`
beside the classes lists what is whole, with bytes and sha256, so that such a folder is a mirror: with VIDTUTOR_MIRROR
set to it, or to an address that serves it, nothing else is asked as long as it has what is wanted. Chapter 05.
"""

import csv
import difflib
import io
import os
import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from vidtutor import download, video
from vidtutor.download import DownloadError
from vidtutor.files import home, scratch, sha256, whole
from vidtutor.footage import Footage, folder, made_up, split
from vidtutor.rows import Tracks
from vidtutor.track import read_mot
from vidtutor.video import Frame, VideoError

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = [
    "REGISTRY",
    "Anomalies",
    "Dataset",
    "Footage",
    "Sequence",
    "Source",
    "avenue",
    "fetch",
    "folder",
    "footage",
    "kth",
    "made_up",
    "mot",
    "pets09",
    "split",
    "ucf101",
]

INDEX = "index.csv"
Found = dict[str, tuple[int, str]]  # bytes and sha256 of each file, by its path in the data set's folder


@dataclass(frozen=True)
class Source:
    """A file at its origin, and what is taken out of it.

    address: where it is. pick: of a zip, the pattern of the wanted members, in which {part} stands for a part's name
    and the group is the path in that part's folder; None takes the file itself. whole: the zip is fetched as it is,
    not by ranges. size: bytes. sha256: hexadecimal. Both are compared where the whole file is fetched, and None where
    nobody publishes them: then members are checked by their CRC alone.
    """

    address: str
    pick: str | None = None
    whole: bool = False
    size: int | None = None
    sha256: str | None = None

    @property
    def name(self) -> str:
        """The file's own name."""
        return unquote(urlsplit(self.address).path).rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Dataset:
    """What a data set is and where its parts come from: classes, sequences, or training, testing and truth.

    gives: what one gets. size: bytes of all of it, to two digits where its host does not publish them. parts: the files
    at the origin of each part. usual: how many parts, the first ones, are fetched where none are named.
    """

    title: str
    task: str
    gives: str
    size: int
    licence: str
    citation: str
    page: str
    parts: Mapping[str, tuple[Source, ...]]
    usual: int


@dataclass(frozen=True)
class Sequence:
    """A film in which every person is marked, with what a detector found in it.

    frames: its pictures, or empty where it is one `video`, a file. detections: of the benchmark, with identity -1, as
    `track.track` takes them. truth: who is where. fps: frames a second. Chapter 14.
    """

    name: str
    frames: tuple[Path, ...]
    video: Path | None
    detections: Tracks
    truth: Tracks
    fps: float

    def pictures(self) -> Iterator[Frame]:
        """Yield the frames, uint8 (H, W, 3) RGB, one by one. Raises VideoError for one that cannot be read."""
        if self.video:
            yield from video.frames(self.video)
        for path in self.frames:
            picture = cv2.imread(str(path))
            if picture is None:
                raise VideoError(f"{path} is no picture that OpenCV can read; remove it and fetch it again")
            yield cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


@dataclass(frozen=True)
class Anomalies:
    """Films of one place: training, where all is usual, and testing, with what is not.

    truth: for each testing film bool (T,), True in frames where something is out of the ordinary. Chapter 16.
    """

    training: tuple[Path, ...]
    testing: tuple[Path, ...]
    truth: tuple[NDArray[np.bool_], ...]


UCF101_CLASSES = tuple(
    """
    ApplyEyeMakeup ApplyLipstick Archery BabyCrawling BalanceBeam BandMarching BaseballPitch Basketball BasketballDunk
    BenchPress Biking Billiards BlowDryHair BlowingCandles BodyWeightSquats Bowling BoxingPunchingBag BoxingSpeedBag
    BreastStroke BrushingTeeth CleanAndJerk CliffDiving CricketBowling CricketShot CuttingInKitchen Diving Drumming
    Fencing FieldHockeyPenalty FloorGymnastics FrisbeeCatch FrontCrawl GolfSwing Haircut HammerThrow Hammering
    HandstandPushups HandstandWalking HeadMassage HighJump HorseRace HorseRiding HulaHoop IceDancing JavelinThrow
    JugglingBalls JumpRope JumpingJack Kayaking Knitting LongJump Lunges MilitaryParade Mixing MoppingFloor Nunchucks
    ParallelBars PizzaTossing PlayingCello PlayingDaf PlayingDhol PlayingFlute PlayingGuitar PlayingPiano PlayingSitar
    PlayingTabla PlayingViolin PoleVault PommelHorse PullUps Punch PushUps Rafting RockClimbingIndoor RopeClimbing
    Rowing SalsaSpin ShavingBeard Shotput SkateBoarding Skiing Skijet SkyDiving SoccerJuggling SoccerPenalty StillRings
    SumoWrestling Surfing Swing TableTennisShot TaiChi TennisSwing ThrowDiscus TrampolineJumping Typing UnevenBars
    VolleyballSpiking WalkingWithDog WallPushups WritingOnBoard YoYo
    """.split()  # noqa: SIM905 - a hundred names in quotes are read less well
)
UCF101_TEST = 7  # groups 1 to 7 of each class test, in the first of the three official splits
KTH = "https://www.csc.kth.se/cvap/actions/"
KTH_CLIPS = r"(?:.*/)?(person\d+_{part}_d\d_uncomp\.avi)"
KTH_CLASSES = ("boxing", "handclapping", "handwaving", "jogging", "running", "walking")
KTH_TEST = frozenset(f"person{person:02}" for person in (2, 3, 5, 6, 7, 8, 9, 10, 22))
# Frames a second of the training sequences, as the benchmark's page lists them: the zip does not say.
MOT_FPS = {
    "ADL-Rundle-6": 30,
    "ADL-Rundle-8": 30,
    "ETH-Bahnhof": 14,
    "ETH-Pedcross2": 14,
    "ETH-Sunnyday": 14,
    "KITTI-13": 10,
    "KITTI-17": 10,
    "PETS09-S2L1": 7,
    "TUD-Campus": 25,
    "TUD-Stadtmitte": 25,
    "Venice-2": 30,
}
MOT15 = "https://motchallenge.net/data/MOT15.zip"
MOT_LICENCE = "CC BY-NC-SA 3.0: share alike, not for commerce"
MOT_CITATION = (
    "L. Leal-Taixé, A. Milan, I. Reid, S. Roth, K. Schindler: MOTChallenge 2015: Towards a Benchmark for Multi-Target "
    "Tracking. arXiv:1504.01942, 2015."
)
AVENUE = "https://www.cse.cuhk.edu.hk/~leojia/projects/detectabnormal/"
AVENUE_VIDEOS = Source(
    AVENUE + "Avenue_Dataset.zip",
    r"(?:.*/)?{part}_videos/(\d+\.avi)",
    whole=True,
    size=813_227_845,
    sha256="fc9cb8432a11ca79c18aa180c72524011411b69d3b0ff27c8816e41c0de61531",
)

REGISTRY: dict[str, Dataset] = {
    "ucf101": Dataset(
        title="UCF101",
        task="classification",
        gives="13,320 clips of 101 actions from the web, 320×240, 25 frames a second; half a megabyte a clip",
        size=6_960_400_115,
        licence="none is stated; its authors offer it for research",
        citation=(
            "K. Soomro, A. R. Zamir, M. Shah: UCF101: A Dataset of 101 Human Actions Classes From Videos in The Wild. "
            "arXiv:1212.0402, 2012."
        ),
        page="https://www.crcv.ucf.edu/data/UCF101.php",
        parts=dict.fromkeys(
            UCF101_CLASSES,
            (
                Source(
                    "https://storage.googleapis.com/thumos14_files/UCF101_videos.zip",
                    r"(?:.*/)?(v_{part}_g\d+_c\d+\.avi)",
                    size=6_960_400_115,
                    sha256="dabf56f573cd19c79e096563529fec8126a2a34e18e10c72eb621dd687532b0d",
                ),
            ),
        ),
        usual=10,
    ),
    "kth": Dataset(
        title="KTH human actions",
        task="classification",
        gives="599 films of 25 people and 6 actions, 160×120, grey, 25 frames a second",
        size=1_150_000_000,
        licence="not for commerce",
        citation="C. Schüldt, I. Laptev, B. Caputo: Recognizing Human Actions: A Local SVM Approach. ICPR, 2004.",
        page=KTH,
        parts={name: (Source(f"{KTH}{name}.zip", KTH_CLIPS),) for name in KTH_CLASSES},
        usual=6,
    ),
    "mot": Dataset(
        title="MOT15, the training sequences",
        task="tracking",
        gives="11 films as pictures, 5,503 in all, with detections and the truth",
        size=1_300_000_000,
        licence=MOT_LICENCE,
        citation=MOT_CITATION,
        page="https://motchallenge.net/data/MOT15/",
        parts=dict.fromkeys(MOT_FPS, (Source(MOT15, r"(?:.*/)?train/{part}/((?:img1|det|gt)/[^/.]+\.(?:jpg|txt))"),)),
        usual=11,
    ),
    "pets09": Dataset(
        title="PETS09-S2L1 as one video",
        task="tracking and counting",
        gives="a film of 795 frames, 768×576, 10 frames a second, with detections and the truth",
        size=8_400_000,
        licence=f"video: University of Reading, for research, which names it as the source; the rest: {MOT_LICENCE}",
        citation=f"J. Ferryman, A. Shahrokni: PETS2009: Dataset and Challenge. PETS, 2009. {MOT_CITATION}",
        page="https://motchallenge.net/vis/PETS09-S2L1",
        parts={
            "PETS09-S2L1": (
                Source("https://raw.githubusercontent.com/opencv/opencv/4.11.0/samples/data/vtest.avi"),
                Source(MOT15, r"(?:.*/)?train/{part}/((?:gt/gt|det/det)\.txt)"),
            )
        },
        usual=1,
    ),
    "avenue": Dataset(
        title="CUHK Avenue",
        task="anomaly detection",
        gives="16 films of usual and 21 of unusual doings before a building, 640×360, 25 frames a second, with masks",
        size=814_159_114,
        licence="none is stated; cite the paper",
        citation="C. Lu, J. Shi, J. Jia: Abnormal Event Detection at 150 FPS in MATLAB. ICCV, 2013.",
        page=AVENUE + "dataset.html",
        parts={
            "training": (AVENUE_VIDEOS,),
            "testing": (AVENUE_VIDEOS,),
            "truth": (
                Source(
                    AVENUE + "ground_truth_demo.zip",
                    r"(?:.*/)?testing_label_mask/(\d+_label\.mat)",
                    whole=True,
                    size=931_269,
                    sha256="60fec1728ec8f73a58aad3aeb5729d70a805a47e0b8eb4bf91ab67ef06386d77",
                ),
            ),
        },
        usual=3,
    ),
}


def ucf101(classes: int | Iterable[str] | None = 10, to: str | Path | None = None) -> Footage:
    """Take classes of UCF101: the first so many by name, or those named, or None for all 101 (7 GB).

    Clips come singly out of the zip at its origin, about 70 MB a class. sources: `Archery_g07`, the film that a clip
    was cut from; official: groups 1 to 7, the test part of the first split. to: the folder for data sets.
    Raises ValueError for a class that does not exist, DownloadError as `fetch`. Chapter 05.
    """
    files = _files("ucf101", classes, to)
    return _labelled(files, r"v_(.+_g\d+)_c\d+", lambda source: int(source.rpartition("_g")[2]) <= UCF101_TEST)


def kth(classes: int | Iterable[str] | None = None, to: str | Path | None = None) -> Footage:
    """Take classes of KTH, all six by default: about 190 MB a class.

    sources: `person01`; official: the nine people whom its authors test on. Each film shows its action several times.
    Arguments and errors are those of `ucf101`. Chapter 05.
    """
    return _labelled(_files("kth", classes, to), r"(person\d+)_.+", KTH_TEST.__contains__)


def mot(sequence: str = "PETS09-S2L1", to: str | Path | None = None) -> Sequence:
    """Take a training sequence of MOT15: pictures, detections and the truth, by ranges out of the benchmark's zip.

    Rows of the truth that the benchmark does not count are left out. Errors are those of `ucf101`. Chapter 14.
    """
    (files,) = _files("mot", [sequence], to).values()
    frames = tuple(path for path in files if path.suffix == ".jpg")
    return _sequence(sequence, files, frames, None, MOT_FPS[sequence])


def pets09(to: str | Path | None = None) -> Sequence:
    """Take PETS09-S2L1 as one video file, 8 MB, with the benchmark's detections and truth: enough to count people.

    Its header says 10 frames a second, MOT15 says 7 of the same frames. Errors are those of `ucf101`. Chapter 15.
    """
    ((name, files),) = _files("pets09", None, to).items()
    (film,) = (path for path in files if path.suffix == ".avi")
    return _sequence(name, files, (), film, video.probe(film).fps)


def avenue(to: str | Path | None = None) -> Anomalies:
    """Take CUHK Avenue, 0.8 GB: films to learn what is usual from, films to test on, and which of their frames are not.

    Raises ValueError for a mask that cannot be read, DownloadError as `fetch`. Chapter 16.
    """
    files = _files("avenue", None, to)
    masks = {int(path.name.split("_")[0]): path for path in files["truth"]}
    if unmarked := [path for path in files["testing"] if int(path.stem) not in masks]:
        raise ValueError(
            f"{unmarked[0]} has no mask in {files['truth'][0].parent}: remove both folders and fetch again"
        )
    truth = tuple(_unusual(masks[int(path.stem)]) for path in files["testing"])
    return Anomalies(tuple(files["training"]), tuple(files["testing"]), truth)


def footage(profile: str) -> Footage:
    """Give a chapter its clips: ten classes of UCF101 for "gpu", 96 made-up clips for "cpu", without a network.

    profile: `lab.profile`. The made-up clips are gone when Python ends.
    Raises ValueError for another profile, DownloadError as `fetch`. Chapter 05.
    """
    if profile == "gpu":
        return ucf101()
    if profile != "cpu":
        raise ValueError(f"there is no profile {profile!r}: give lab.profile, 'cpu' or 'gpu'")
    return _stand_in()


@cache
def _stand_in() -> Footage:
    """Write the made-up clips, once however often a chapter asks for them."""
    return made_up(scratch() / "made-up")


def fetch(name: str, parts: int | Iterable[str] | None = None, to: str | Path | None = None) -> Path:
    """Fetch parts of a data set of REGISTRY, as far as they are not there yet, and return its folder.

    parts: the first so many, or their names; by default what its function in this module takes. to: the folder for data
    sets, by default `files.home()`. VIDTUTOR_MIRROR is looked in first; what it lacks comes from the origin, and a
    warning says so. A file from the origin that lies in the data set's folder, put there by hand, is used instead.
    Raises ValueError for what is not in the registry, DownloadError where something cannot be had. Chapter 05.
    """
    dataset = _known(name)
    wanted = _chosen(name, parts)
    place = Path(to or home()) / name
    if not _missing(place, wanted):
        return place
    place.mkdir(parents=True, exist_ok=True)
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    bar = Progress(*columns, console=Console())  # one of its own: rich shows one bar a console
    with _alone(place), bar:
        missing = _from_mirror(name, place, _missing(place, wanted), bar)
        together = defaultdict(list)  # what comes from one file comes in one go
        for part in missing:
            together[dataset.parts[part]].append(part)
        for sources, some in together.items():
            found: Found = {}
            for source in sources:
                found |= _from_origin(name, source, some, place, bar)
            _note(place, found)
    return place


def _known(name: str) -> Dataset:
    if name not in REGISTRY:
        raise ValueError(f"there is no data set {name!r}: choose {', '.join(REGISTRY)}")
    return REGISTRY[name]


def _chosen(name: str, parts: int | Iterable[str] | None) -> list[str]:
    """Return the names of the parts that are meant."""
    dataset = _known(name)
    every = list(dataset.parts)
    if parts is None:
        parts = dataset.usual
    if isinstance(parts, int):
        if not 1 <= parts <= len(every):
            raise ValueError(f"{name} has {len(every)} parts: take 1 to {len(every)} of them, not {parts}")
        return every[:parts]
    parts = [parts] if isinstance(parts, str) else list(dict.fromkeys(parts))
    for part in parts:
        if part not in every:
            near = difflib.get_close_matches(part, every, 3, 0.5) or [*every[:3], "…"]
            raise ValueError(f"{name} has no {part!r}: choose among its {len(every)} parts, as {', '.join(near)}")
    if not parts:
        raise ValueError(f"no part of {name} is named: choose one, as {every[0]}")
    return parts


def _files(name: str, parts: int | Iterable[str] | None, to: str | Path | None) -> dict[str, list[Path]]:
    """Fetch parts of a data set, and return the files of each."""
    wanted = _chosen(name, parts)
    place = fetch(name, wanted, to)
    index = _index(place)
    return {part: sorted(place / file for file in index if file.startswith(f"{part}/")) for part in wanted}


def _labelled(files: dict[str, list[Path]], names: str, tested: Callable[[str], bool]) -> Footage:
    paths = [path for some in files.values() for path in some]
    sources = []
    for path in paths:
        match = re.fullmatch(names, path.stem)
        if not match:
            raise ValueError(
                f"{path} does not say by its name which film it comes from: remove it from {INDEX} and here"
            )
        sources.append(match[1])
    labels = np.repeat(np.arange(len(files)), [len(some) for some in files.values()])
    return Footage(tuple(paths), labels, tuple(files), tuple(sources), np.array([tested(source) for source in sources]))


def _sequence(name: str, files: list[Path], frames: tuple[Path, ...], film: Path | None, fps: float) -> Sequence:
    text = {path.name: path for path in files}
    truth = read_mot(text["gt.txt"])
    return Sequence(name, frames, film, read_mot(text["det.txt"]), truth.where(truth.score > 0), fps)


def _unusual(path: Path) -> NDArray[np.bool_]:
    """Read in which frames a mask of MATLAB's marks anything."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        masks = loadmat(path, variable_names=["volLabel"])["volLabel"]
    except (KeyError, ValueError, TypeError, OSError, MatReadError) as error:
        raise ValueError(f"{path} holds no masks of MATLAB's ({error}): remove it and fetch it again") from None
    return np.array([bool(mask.any()) for mask in masks.ravel()])


def _from_mirror(name: str, place: Path, missing: list[str], bar: Progress) -> list[str]:
    """Take from the mirror what it has; return the parts that it lacks, after a warning."""
    mirror = os.environ.get("VIDTUTOR_MIRROR", "").strip()
    if not mirror or not missing:
        return missing
    at_address = mirror.startswith(("http://", "https://"))
    base = f"{mirror.rstrip('/')}/{name}" if at_address else Path(mirror).expanduser() / name

    def at(file: str) -> str | Path:
        return base / file if isinstance(base, Path) else f"{base}/{quote(file)}"

    trouble: dict[str, str] = {}
    try:
        listed = _parsed(download.text(at(INDEX), f"nothing of {name} is there"), str(at(INDEX)))
    except DownloadError as error:
        listed, trouble = {}, dict.fromkeys(missing, str(error))
    wanted = {file: row for file, row in listed.items() if file.split("/")[0] in missing}
    task = bar.add_task(f"{name} from the mirror", total=sum(size for size, _ in wanted.values()))

    def take(file: str) -> None:
        size, sha256 = wanted[file]
        try:
            download.fetch(
                at(file), place / file, size=size, sha256=sha256, report=_report(bar, task), instead="mend the mirror"
            )
        except DownloadError as error:
            trouble[file.split("/")[0]] = str(error)

    with ThreadPoolExecutor(download.CONNECTIONS) as pool:
        list(pool.map(take, wanted))
    have = {file.split("/")[0] for file in wanted} - set(trouble)
    _note(place, {file: row for file, row in wanted.items() if file.split("/")[0] in have})
    if lacking := [part for part in missing if part not in have]:
        why = next(iter(trouble.values()), "its index does not list them")
        warnings.warn(
            f"the mirror {mirror} lacks {len(lacking)} part(s) of {name}, {lacking[0]} for one ({why}): they are "
            "fetched from their origin",
            stacklevel=5,
        )
    return lacking


def _from_origin(name: str, source: Source, parts: list[str], place: Path, bar: Progress) -> Found:
    """Take parts of a data set out of a file at its origin, or out of the same file put in place by hand."""
    by_hand = place / source.name
    instead = (
        f"run `python -m vidtutor fetch {name} --to FOLDER` on another machine and set VIDTUTOR_MIRROR to that folder, "
        f"or put the file there by hand: {by_hand}"
    )
    origin: str | Path = source.address
    checked: dict[str, Any] = {"size": source.size, "sha256": source.sha256, "instead": instead}
    if by_hand.is_file():
        download.check(by_hand, str(by_hand), **checked)
        origin = by_hand
    if source.pick is None:
        report = _report(bar, bar.add_task(source.name, total=source.size))
        found: Found = {}
        for part in parts:
            path = download.fetch(origin, place / part / source.name, report=report, **checked)
            found[f"{part}/{source.name}"] = path.stat().st_size, sha256(path)
        return found
    if source.whole and origin != by_hand:
        report = _report(bar, bar.add_task(source.name, total=source.size))
        download.fetch(source.address, by_hand, report=report, **checked)
    archive = download.Zip(by_hand if source.whole else origin, instead)
    wanted: dict[str, str] = {}
    for part in parts:
        pattern = re.compile(source.pick.replace("{part}", re.escape(part)), re.IGNORECASE)
        members = {member: f"{part}/{match[1]}" for member in archive.sizes if (match := pattern.fullmatch(member))}
        if not members:
            raise DownloadError(f"{origin} holds nothing of {part}: it is not laid out as it was; {instead}")
        wanted |= members
    title = f"{name}: {parts[0] if len(parts) == 1 else f'{len(parts)} parts'}"
    task = bar.add_task(title, total=sum(archive.sizes[member] for member in wanted))
    found = archive.extract(wanted, place, _report(bar, task))
    if source.whole and origin != by_hand:
        by_hand.unlink()
    return found


def _report(bar: Progress, task: Any) -> download.Report:
    return lambda count: bar.advance(task, count)


def _missing(place: Path, parts: list[str]) -> list[str]:
    """Return the parts of which the index lists no file, or one that is not there in full."""
    there: dict[str, list[bool]] = defaultdict(list)
    for file, (size, _) in _index(place).items():
        path = place / file
        there[file.split("/")[0]].append(path.is_file() and path.stat().st_size == size)
    return [part for part in parts if not (there[part] and all(there[part]))]


def _index(place: Path) -> Found:
    path = place / INDEX
    return _parsed(path.read_text(encoding="utf-8"), str(path)) if path.is_file() else {}


def _parsed(text: str, origin: str) -> Found:
    """Read an index, in which no path leads out of the folder."""
    try:
        rows = {row["file"]: (int(row["bytes"]), row["sha256"]) for row in csv.DictReader(io.StringIO(text))}
    except (KeyError, TypeError, ValueError):
        rows = {"": (0, "")}
    for file in rows:
        if "/" not in file or download.unsafe(file):
            raise DownloadError(
                f"{origin} is no index of a data set (see {file!r}): it needs the columns file,bytes,sha256, with "
                "paths as in Archery/v_Archery_g01_c01.avi; remove it and fetch again"
            )
    return rows


def _note(place: Path, found: Found) -> None:
    """Enter whole files into the index."""
    rows = _index(place) | found
    with whole(place / INDEX) as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["file", "bytes", "sha256"])
        table.writerows([path, size, sha256] for path, (size, sha256) in sorted(rows.items()))


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Let one process at a time fill a folder: chapters that run side by side fetch a data set once."""
    try:
        import fcntl
    except ImportError:  # Windows: each fetches, and the last one's files stay
        yield
        return
    with (place / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Another process fills {place}; waiting until it is done.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
