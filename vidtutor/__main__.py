"""The command line: `python -m vidtutor analyse clip.mp4`, `python -m vidtutor doctor`.

Each command imports what it needs when it runs: `doctor` must speak where OpenCV or NumPy cannot be imported.
"""

import argparse
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vidtutor.behaviour import Box
    from vidtutor.rows import Line
    from vidtutor.video import Frame


def main(words: list[str] | None = None) -> int:
    """Run a command; return the exit status: 0, or 2 where the input cannot be used, which one sentence explains."""
    parser = argparse.ArgumentParser(prog="python -m vidtutor", description="The book's tools for video files.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser(
        "analyse",
        help="follow what moves in a video file, count it, and draw it",
        description="Detect, track, and read off what happens. Writes annotated.mp4, tracks.txt and events.csv.",
    )
    command.add_argument("video", type=Path, help="a video file")
    command.add_argument("--to", type=Path, metavar="FOLDER", help="where to write; else NAME-analysed, beside it")
    command.add_argument(
        "--model",
        metavar="street|FILE.keras",
        help="a trained detector: 'street', which knows the book's made-up street and nothing else, or one saved in "
        "chapter 13; without one, whatever moves before a camera that stands still",
    )
    command.add_argument(
        "--line",
        action="append",
        type=_line,
        metavar="NAME=X1,Y1,X2,Y2",
        help="count what crosses this line, in pixels; as often as you like; by default one across the middle",
    )
    command.add_argument("--metres-per-pixel", type=float, metavar="M", help="the scale: gives speeds, and more events")
    command.add_argument("--road", type=_box, metavar="X1,Y1,X2,Y2", help="where people may be hit: near collisions")
    command.set_defaults(run=_analyse)
    _add_fetch(commands)
    _add_doctor(commands)
    _add_grade(commands)
    wanted = parser.parse_args(words)
    try:
        wanted.run(wanted)
    except (ValueError, OSError) as error:  # VideoError is a ValueError
        print(error, file=sys.stderr)
        return 2
    return 0


def _add_doctor(commands: Any) -> None:
    command = commands.add_parser(
        "doctor",
        help="describe this environment, as a text to paste into a question",
        description="Print what is installed, what must be mended, what the machine has and what will be slow on it. "
        "It is about the environment; for a training that goes wrong there is vidtutor.doctor, in chapter 22.",
    )
    command.set_defaults(run=_doctor)


def _doctor(_: argparse.Namespace) -> None:
    from vidtutor import environment

    print(environment.report())


def _analyse(wanted: argparse.Namespace) -> None:
    from vidtutor import analyse, video

    from rich.progress import track as progress

    folder = wanted.to or wanted.video.with_name(f"{wanted.video.stem}-analysed")
    info = video.probe(wanted.video)

    def watch(frames: Iterable["Frame"], doing: str) -> Iterable["Frame"]:
        return progress(frames, doing, total=info.frames)

    model = _model(wanted.model)
    if model is None:
        print("No trained detector is given: classical detection finds what moves, and nothing that stands still.")
    found = analyse.analyse(
        wanted.video,
        model=model,
        lines=dict(wanted.line or []),
        metres_per_pixel=wanted.metres_per_pixel,
        road=wanted.road,
        watch=watch,
    )
    paths = analyse.save(found, folder, watch)
    print(analyse.summary(found))
    print(*paths.values(), sep="\n")


def _add_grade(commands: Any) -> None:
    command = commands.add_parser(
        "grade",
        help="grade notebooks that students handed in",
        description="Run the tests, hidden ones too, on each notebook of each student, apart from the rest of the "
        "machine. Writes a CSV with a row for each student and assignment and, beside it, feedback/STUDENT/NAME.html.",
    )
    command.add_argument("submitted", type=Path, help="a folder with a folder for each student")
    command.add_argument("--out", type=Path, default=Path("grades.csv"), metavar="FILE", help="by default grades.csv")
    command.add_argument(
        "--course",
        type=Path,
        default=Path("build/course"),
        metavar="FOLDER",
        help="what `make course` made; by default build/course",
    )
    command.add_argument(
        "--timeout", type=_seconds, default=60.0, metavar="S", help="for a cell, and ten times that for a notebook; 60"
    )
    command.add_argument("--jobs", type=_jobs, default=2, metavar="N", help="how many at a time; by default 2")
    command.set_defaults(run=_grade)


def _grade(wanted: argparse.Namespace) -> None:
    try:
        from vidtutor.grading import isolation
        from vidtutor.grading.grade import grade
    except ImportError as error:
        raise ValueError(f"grading needs {error.name}, which is not installed: pip install 'vidtutor[teach]'") from None
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import track
    from rich.table import Table

    rows = grade(
        wanted.submitted,
        wanted.out,
        wanted.course,
        timeout=wanted.timeout,
        jobs=wanted.jobs,
        watch=lambda graded, total: track(graded, "grading", total=total),
    )
    table = Table("student", "assignment", "points", "remarks")
    for row in rows:
        points = "–" if row.points is None else f"{row.points:g} of {row.out_of:g}"
        table.add_row(escape(row.student), escape(row.assignment), points, escape("\n".join(row.remarks)))
    Console().print(table)
    if by_hand := {name for row in rows for name, points in row.questions.items() if points is None}:
        print(f"To be read by a person, and not in the points yet: {', '.join(sorted(by_hand))}.")
    walls = "bubblewrap and the guard" if isolation.bubblewrap_works() else "the guard alone, which is no sandbox"
    print(f"Each notebook ran in a process and a folder of its own, behind {walls}.")
    print(f"Grades: {wanted.out}", f"Feedback: {wanted.out.parent / 'feedback'}", sep="\n")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds above 0")
    return seconds


def _jobs(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 1 up")
    return int(text)


def _add_fetch(commands: Any) -> None:
    command = commands.add_parser(
        "fetch",
        help="fetch real footage, or list what there is",
        description="Fetch a data set, checked and resumable, into a folder that can serve others as a mirror.",
    )
    command.add_argument("name", nargs="?", help="a data set; without one, all are listed with size and licence")
    command.add_argument("--classes", type=_classes, metavar="N|NAME,NAME", help="the first N classes, or these")
    command.add_argument("--to", type=Path, metavar="FOLDER", help="where to; by default VIDTUTOR_CACHE")
    command.set_defaults(run=_fetch)


def _fetch(wanted: argparse.Namespace) -> None:
    from vidtutor import datasets

    from rich.console import Console
    from rich.filesize import decimal
    from rich.table import Table

    if wanted.name is None:
        table = Table("name", "what it is", "size", "licence", title="python -m vidtutor fetch NAME", show_lines=True)
        for name, each in datasets.REGISTRY.items():
            table.add_row(name, f"{each.title}, for {each.task}: {each.gives}", decimal(each.size), each.licence)
        Console().print(table)
        return
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_: print(message, file=sys.stderr)
        place = datasets.fetch(wanted.name, wanted.classes, wanted.to)
    dataset = datasets.REGISTRY[wanted.name]
    print(f"{dataset.title} is in {place}, with a list of its files in {datasets.INDEX}.")
    print(f"Licence: {dataset.licence}. {dataset.page}", f"Cite: {dataset.citation}", sep="\n")
    print(f"A mirror for machines without a network: VIDTUTOR_MIRROR={place.parent.resolve()}")


def _classes(text: str) -> int | list[str]:
    return int(text) if text.isdecimal() else [name.strip() for name in text.split(",") if name.strip()]


def _model(name: str | None) -> Any:
    if name is None:
        return None
    from vidtutor import models  # TensorFlow takes seconds: only where it is wanted

    if name == "street":
        return models.street_detector()
    if not name.endswith(".keras") or not Path(name).is_file():
        raise ValueError(f"{name} is no detector: give 'street', or a .keras file saved in chapter 13")
    import keras

    return keras.saving.load_model(name)


def _line(text: str) -> tuple[str, "Line"]:
    name, _, numbers = text.rpartition("=")
    x1, y1, x2, y2 = _box(numbers)
    return name or numbers, ((x1, y1), (x2, y2))


def _box(text: str) -> "Box":
    try:
        x1, y1, x2, y2 = map(float, text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not four numbers of pixels, as in 100,0,100,240") from None
    return x1, y1, x2, y2


if __name__ == "__main__":
    sys.exit(main())
