"""How many clips a second reach a training: our input pipeline beside others, on the same files, in one run.

    make bench                     encodes made-up clips and measures; FOOTAGE=FOLDER measures a folder of films too
    python tests/benchmarks/feeding.py [--footage FOLDER] [--csv FILE] [--rounds 3]

Every reader but one gives batches of 8 clips of 16 frames, uint8 (8, 16, 112, 112, 3), with their labels:

- "tutorial" picks frames as the official tutorial "Load video data" of TensorFlow does, in our own words
  (https://www.tensorflow.org/tutorials/load_data/video); "tutorial, cached" is that tutorial's last step, `cache()`.
- "PyDataset" decodes with OpenCV in the two workers of a `keras.utils.PyDataset`.
- "threads" and "processes" give no batch: they decode every file once, on all cores, and make RGB pixels of the wanted
  frames, which is the least that a reader of files can do. The faster one of them is the ceiling.
- "first epoch" is `vidtutor.pipeline.decode` into an empty folder and an epoch of `vidtutor.pipeline.batches`;
  "later epochs" are those that follow.

The readers take turns, in another order each round, so that whatever else the machine does hits all alike.
"""

import argparse
import csv
import functools
import gc
import multiprocessing
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vidtutor import video
from vidtutor.files import whole

import cv2
import numpy as np

FRAMES, SIDE, BATCH = 16, 112, 8
STEP = 15  # frames of the file from one chosen frame to the next, as in the tutorial
KEPT_FRAMES, KEPT_SIDE = 20, 128  # in our cache: what augmentation chooses from
EPOCHS = 10  # from a cache, in a row: one alone is over too soon to be timed
WORKERS = 2  # of the PyDataset
GOALS = {"first epoch": 0.85, "later epochs": 60.0}  # of the ceiling's clips a second; times the tutorial's
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

Row = dict[str, Any]


class Meter:
    """Counts clips, and takes the time from its start to the last of them; laps are of CPU time."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self.start()

    def start(self) -> None:
        self.clips, self.laps = 0, {}
        self.begun, self.cpu_begun = time.perf_counter(), time.process_time()
        self.mark = self.cpu_begun

    def take(self, clips: Any, labels: Any) -> None:
        self.clips += len(labels)
        self.seconds, self.cpu = time.perf_counter() - self.begun, time.process_time() - self.cpu_begun

    def lap(self, part: str) -> None:
        now = time.process_time()
        self.laps[part] = self.laps.get(part, 0) + now - self.mark
        self.mark = now


# The readers


def tutorial_clip(path: Path, frames: int, side: int, lap: Callable[[str], None]) -> np.ndarray:
    """Frames STEP apart from a random one on, float32 (frames, side, side, 3): black where the file has ended."""
    import tensorflow as tf

    def picture(bgr: np.ndarray) -> Any:
        lap("decoding")
        whole_frame = tf.image.resize_with_pad(tf.image.convert_image_dtype(bgr, tf.float32), side, side)
        lap("resizing by TensorFlow")
        return whole_frame

    lap("handing over")
    capture = cv2.VideoCapture(str(path))
    latest = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) - (1 + (frames - 1) * STEP)
    lap("opening")
    capture.set(cv2.CAP_PROP_POS_FRAMES, random.randint(0, latest + 1) if latest >= 0 else 0)
    lap("seeking")
    pictures = [picture(capture.read()[1])]
    for _ in range(frames - 1):
        for _ in range(STEP):
            there, frame = capture.read()
        pictures.append(picture(frame) if there else np.zeros_like(pictures[0]))
    capture.release()
    lap("decoding")
    return np.array(pictures)[..., [2, 1, 0]]


def tutorial(footage: Any, meter: Meter, frames: int = FRAMES, side: int = SIDE, cached: bool = False) -> Any:
    """The tutorial's data set; the last line alone is ours: floats become the uint8 that all readers give."""
    import tensorflow as tf

    def clips() -> Iterator[tuple[np.ndarray, int]]:
        pairs = list(zip(footage.paths, footage.labels.tolist(), strict=True))
        random.shuffle(pairs)
        for path, label in pairs:
            yield tutorial_clip(path, frames, side, meter.lap), label

    signature = (tf.TensorSpec((None, None, None, 3), tf.float32), tf.TensorSpec((), tf.int16))
    data = tf.data.Dataset.from_generator(clips, output_signature=signature)
    if cached:
        data = data.cache().shuffle(1000).prefetch(tf.data.AUTOTUNE)
    return data.batch(BATCH).map(lambda clips, labels: (tf.image.convert_image_dtype(clips, tf.uint8), labels))


def picked(path: Path, frames: int = FRAMES, threads: int | None = None) -> list[np.ndarray]:
    """Decode a whole file in order; pixels, BGR, of frames spread evenly over the number that the header claims."""
    setting = [cv2.CAP_PROP_N_THREADS, threads] if threads else []
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, setting)
    indices = video.sample_indices(max(1, int(capture.get(cv2.CAP_PROP_FRAME_COUNT))), frames).tolist()
    wanted, found, seen = set(indices), {}, 0
    while capture.grab():
        if seen in wanted:
            found[seen] = capture.retrieve()[1]
        seen += 1
    capture.release()
    return [found[index] for index in indices]


def square(frame: np.ndarray, side: int) -> np.ndarray:
    """The centre square of a BGR frame, uint8 (side, side, 3), RGB."""
    height, width = frame.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    cut = frame[top : top + edge, left : left + edge]
    return cv2.cvtColor(cv2.resize(cut, (side, side), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)


def py_dataset(footage: Any, meter: Meter, frames: int = FRAMES, side: int = SIDE) -> None:
    """A training whose model does nothing, because a PyDataset's workers work for a training only.

    The second of two epochs counts: before the first, Keras reads two batches to learn their shape.
    """
    import keras

    class Files(keras.utils.PyDataset):
        def __len__(self) -> int:
            return -(-len(footage.paths) // BATCH)

        def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
            part = slice(index * BATCH, (index + 1) * BATCH)
            clips = [[square(frame, side) for frame in picked(path, frames)] for path in footage.paths[part]]
            return np.array(clips), footage.labels[part]

    class Taker(keras.Model):
        def train_step(self, batch: Any) -> dict[str, float]:
            meter.take(*batch)
            return {"loss": 0.0}

    class SecondEpoch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            meter.start()

    model = Taker()
    model.compile(run_eagerly=True)
    model.fit(Files(workers=WORKERS), epochs=2, verbose=0, callbacks=[SecondEpoch()])


def decode_only(path: Path) -> float:
    """What the ceiling does with a file; the CPU seconds of this process meanwhile."""
    begun = time.process_time()
    for frame in picked(path, threads=1):
        cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
    return time.process_time() - begun


def ceiling(footage: Any, meter: Meter, pool: Executor) -> None:
    elsewhere = 0.0
    for seconds in pool.map(decode_only, footage.paths):
        meter.take(None, [0])
        elsewhere += seconds
    if isinstance(pool, ProcessPoolExecutor):
        meter.cpu += elsewhere


def decoded(footage: Any, folder: Path) -> Any:
    from vidtutor import pipeline

    return pipeline.decode(footage, frames=KEPT_FRAMES, side=KEPT_SIDE, folder=folder)


def ours(clips: Any, seed: int = 0) -> Any:
    from vidtutor import pipeline

    augment = pipeline.augmentation(clips.classes, FRAMES, SIDE)
    return pipeline.batches(clips, BATCH, augment=augment, seed=seed)


def first_epoch(footage: Any, meter: Meter) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clips = decoded(footage, Path(folder))
        meter.lap("decoding into the cache")
        run(ours(clips), meter)
        meter.lap("first epoch from it")


def run(data: Any, meter: Meter, epochs: int = 1) -> None:
    for _ in range(epochs):
        for clips, labels in data:
            meter.take(clips, labels)


# What is measured


def made_up(folder: Path, films: int = 8, clips: int = 16, longest: int = 300, height: int = 240) -> Path:
    """Clips of made-up streets in H.264, class/clip.mp4: 320 × 240 pixels as UCF101 has, 60 to 300 frames."""
    from vidtutor.worlds.street import street

    rng = np.random.default_rng(0)
    for number in range(films):
        name, people = (("busy", 48), ("calm", 12))[number % 2]
        size = {"height": height, "width": height * 4 // 3}
        frames = street(longest + 60, **size, seed=number, fps=25, traffic=people, pedestrians=people).frames
        (folder / name).mkdir(parents=True, exist_ok=True)
        for clip in range(clips):
            length = rng.integers(longest // 5, longest + 1)
            start = rng.integers(len(frames) - length + 1)
            path = folder / name / f"v_{name}_g{number + 1:02d}_c{clip + 1:02d}.mp4"
            video.write(path, frames[start : start + length], fps=25)
    return folder


def measure(name: str, footage: Any, rounds: int) -> Iterator[Row]:
    """Everything about one set of films, as rows of footage, part, measure, round and value."""

    def row(part: str, measured: str, value: float, number: int = 0) -> Row:
        return {"footage": name, "part": part, "measure": measured, "round": number, "value": f"{value:.5g}"}

    settings = {"batch": BATCH, "frames": FRAMES, "side": SIDE, "step": STEP}
    for setting, value in (settings | {"kept frames": KEPT_FRAMES, "kept side": KEPT_SIDE}).items():
        yield row("setting", setting, value)
    for part, goal in GOALS.items():
        yield row("goal", part, goal)
    info = video.probe(footage.paths[0])
    yield row("files", "width", info.width)
    yield row("files", "height", info.height)
    megabytes = sum(path.stat().st_size for path in footage.paths) / 1e6
    counts = [video.probe(path, count=True).frames or 0 for path in footage.paths]
    yield row("files", "clips", len(footage.paths))
    yield row("files", "megabytes", megabytes)
    yield row("files", "frames a clip", sum(counts) / len(counts))
    yield row("files", "shortest", min(counts))
    yield row("files", "longest", max(counts))
    with (
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(CORES) as threads,
        ProcessPoolExecutor(CORES, multiprocessing.get_context("spawn")) as processes,
    ):
        clips = decoded(footage, Path(folder))
        yield row("cache", "megabytes", clips.clips.nbytes / 1e6)
        later = ours(clips)
        for epoch in range(EPOCHS):
            run(later, Meter())
            yield row("later epochs", "anonymous megabytes", anonymous() / 1e6, epoch + 1)
        uncached = tutorial(footage, plain := Meter())
        cached = tutorial(footage, Meter(), cached=True)
        run(cached, Meter())
        yield row("tutorial, cached", "megabytes", len(footage.paths) * FRAMES * SIDE**2 * 3 * 4 / 1e6)
        list(processes.map(decode_only, footage.paths[:CORES]))  # their imports
        readers: dict[str, Callable[[Meter], None]] = {
            "tutorial": lambda meter: run(uncached, meter),
            "tutorial, cached": lambda meter: run(cached, meter, EPOCHS),
            "PyDataset": lambda meter: py_dataset(footage, meter),
            "threads": lambda meter: ceiling(footage, meter, threads),
            "processes": lambda meter: ceiling(footage, meter, processes),
            "first epoch": lambda meter: first_epoch(footage, meter),
            "later epochs": lambda meter: run(later, meter, EPOCHS),
        }
        for number in range(1, rounds + 1):
            for part in random.Random(number).sample(list(readers), len(readers)):
                gc.collect()
                yield row(part, "load", os.getloadavg()[0], number)  # programs that wanted a core in the last minute
                meter = plain if part == "tutorial" else Meter()
                meter.start()
                readers[part](meter)
                yield row(part, "clips a second", meter.clips / meter.seconds, number)
                yield row(part, "CPU ms a clip", 1000 * meter.cpu / meter.clips, number)
                for lap, seconds in meter.laps.items():
                    yield row(f"{part}: {lap}", "CPU ms a clip", 1000 * seconds / meter.clips, number)


def anonymous() -> int:
    """Bytes of memory that are this process's own: without its files, a memory-mapped cache among them."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0  # only Linux tells
    line = next(line for line in status.read_text().splitlines() if line.startswith("RssAnon"))
    return 1024 * int(line.split()[1])


def median(rows: list[Row], part: str, measured: str) -> float:
    return statistics.median(float(row["value"]) for row in rows if (row["part"], row["measure"]) == (part, measured))


def table(rows: list[Row]) -> str:
    """What one set of films gave, to be read on a terminal."""
    parts = list(dict.fromkeys(row["part"] for row in rows if row["measure"] == "clips a second"))
    lines = [f"{'':18}{'clips/s':>9}{'lowest–highest':>18}{'CPU ms/clip':>13}{'× tutorial':>12}"]
    for part in sorted(parts, key=lambda part: median(rows, part, "clips a second")):
        speeds = [float(row["value"]) for row in rows if (row["part"], row["measure"]) == (part, "clips a second")]
        middle = statistics.median(speeds)
        times = middle / median(rows, "tutorial", "clips a second")
        spread = f"{min(speeds):.1f}–{max(speeds):.1f}"
        lines.append(f"{part:18}{middle:9.1f}{spread:>18}{median(rows, part, 'CPU ms a clip'):13.2f}{times:12.1f}")
    return "\n".join(lines + verdicts(rows))


def verdicts(rows: list[Row]) -> list[str]:
    """The two goals, each with what was reached and whether that is enough."""
    speed = functools.partial(median, rows, measured="clips a second")
    least = max(speed("threads"), speed("processes"))
    lines = []
    for part, reached, of in (
        ("first epoch", speed("first epoch") / least, "of the ceiling"),
        ("later epochs", speed("later epochs") / speed("tutorial"), "times the tutorial"),
    ):
        verdict = "met" if reached >= GOALS[part] else "NOT met"
        lines.append(f"{part}: {reached:.2f} {of}; the goal, {GOALS[part]:g}, is {verdict}")
    return lines


def machine() -> str:
    """When, where and with which versions: the first line of a record."""
    info = Path("/proc/cpuinfo")
    names = (
        [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        if info.exists()
        else []
    )
    packages = ", ".join(
        f"{label} {version(package)}"
        for label, package in (
            ("TensorFlow", "tensorflow"),
            ("Keras", "keras"),
            ("NumPy", "numpy"),
            ("OpenCV", "opencv-python-headless"),
        )
    )
    cpu = f" ({names[0]})" if names else ""
    return f"{date.today()}, {CORES} cores {platform.machine()}{cpu}, Python {platform.python_version()}, {packages}"


def main() -> None:
    from vidtutor.footage import folder

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--footage", type=Path, help="a folder of films, class/clip.mp4, to be measured as well")
    parser.add_argument("--csv", type=Path, help="keep what was measured in this file")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as scratch:
        print("Encoding made-up films, about a minute ...", flush=True)
        sets = {"made-up": made_up(Path(scratch))} | ({"real": given.footage} if given.footage else {})
        for name, films in sets.items():
            rows += (measured := list(measure(name, folder(films), given.rounds)))
            print(f"{name}: {films}\n{table(measured)}", flush=True)
    if given.csv:
        with whole(given.csv) as file:
            file.write(f"# {machine()}\n")
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
