"""Pack what a room without internet needs into one archive: build/kit/video-analysis-course.zip, and its checksum.

    python book/tools/kit.py [--wheels] [--mirror FOLDER]

In it are the built book, the slides, the student notebooks and assignments, the package with the versions it was tested
with, and a mirror of footage. START_HERE.html leads to all of it; solutions and the masters for grading stay outside.
"""

import argparse
import os
import shutil
import subprocess
import sys
import zipfile
from html import escape
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

from vidtutor import __version__, footage
from vidtutor.files import sha256

from chapters import ROOT, load, write
from course import COURSE
from pages import HTML

KIT = ROOT / "build/kit"
NAME = "video-analysis-course"
TEXT = ROOT / "book/slides/start_here.html"
LICENCES = ("LICENSE", "LICENSE-TEXT", "CITATION.cff")
STORED = {".webp", ".png", ".jpg", ".mp4", ".avi", ".whl", ".woff", ".woff2", ".zip"}  # compressed already
MADE_UP = """A made-up data set of {clips} short films in four classes, for trying things on: not real footage.
Give a chapter that asks for a folder of clips this one: {folder}
A mirror of real footage is packed instead by `make kit MIRROR=FOLDER`; `python -m vidtutor fetch` makes such a folder.
"""


def software(folder: Path, wheels: bool) -> None:
    """Put the package, its tested versions and, if wanted, every wheel that it needs on this system into a folder.

    Raises CalledProcessError where pip fails; only `wheels` asks the network.
    """
    folder.mkdir()
    shutil.copy(ROOT / "constraints.txt", folder)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([*pip, "wheel", *options, str(ROOT)], check=True)
    if wheels:
        (package,) = folder.glob("vidtutor-*.whl")
        command = ["download", "-c", str(ROOT / "constraints.txt"), "--dest", str(folder / "wheels")]
        subprocess.run([*pip, *command, f"{package}[lab]"], check=True)


def mirror(folder: Path, source: Path | None) -> str:
    """Copy a mirror of footage, or make a small set of clips; return what it is and how it is used, as HTML.

    Raises FileNotFoundError for a source that is no folder.
    """
    if source is None:
        made = footage.made_up(folder / "made_up", 96)
        text = MADE_UP.format(clips=len(made), folder="mirror/made_up")
        write(folder / "README.txt", text)
        place = "<code>mirror/made_up</code>"
        return f"{len(made)} made-up clips in four classes, not real footage; chapter 23 takes the folder {place}"
    if not source.is_dir():
        raise FileNotFoundError(f"{source} is no folder: `python -m vidtutor fetch NAME --to {source}` makes a mirror")
    shutil.copytree(source, folder)
    names = sorted(path.name for path in source.iterdir() if path.is_dir())
    setting = "<code>VIDTUTOR_MIRROR</code>, set to that folder, makes the chapters look there first"
    return f"footage of {', '.join(names)}; {setting}"


def title(notebook: Path) -> str:
    """Return the heading of a notebook's first cell, as HTML."""
    return escape("".join(load(notebook)["cells"][0]["source"]).splitlines()[0].removeprefix("# "))


def start(folder: Path, footage_is: str, wheels: bool) -> None:
    """Write START_HERE.html, which leads to everything in the kit."""
    notebooks = sorted(folder.glob("notebooks/*.ipynb"))
    rows = "\n".join(
        f'<tr><th scope="row">{title(path)}</th><td><a href="book/notebooks/{path.stem}.html">read</a></td>'
        f'<td><a href="slides/{path.stem}.html">slides</a></td>'
        f'<td><a href="notebooks/{path.name}" download>notebook</a></td></tr>'
        for path in notebooks
        if path.name[0] != "w"
    )
    quizzes = "\n".join(
        f'<li><a href="book/book/wrap_up/{path.stem}.html">{title(path)}</a>, '
        f'<a href="notebooks/{path.name}" download>notebook</a></li>'
        for path in notebooks
        if path.name[0] == "w"
    )
    papers = "\n".join(
        f'<li><a href="assignments/{path.name}" download>{title(path)}</a></li>'
        for path in sorted(folder.glob("assignments/*.ipynb"))
    )
    (package,) = folder.glob("software/vidtutor-*.whl")
    places = {
        "rows": rows,
        "quizzes": quizzes,
        "assignments": papers,
        "footage": footage_is,
        "find": "--no-index --find-links software/wheels " if wheels else "",
        "network": "No network is asked." if wheels else "This needs a network once, or a kit made with its wheels.",
        "version": __version__,
        "wheel": f"software/{package.name}",
    }
    write(folder / "START_HERE.html", Template(TEXT.read_text(encoding="utf-8")).substitute(places))


def fill(folder: Path, wheels: bool = False, footage_from: Path | None = None) -> None:
    """Lay the kit out in a folder that does not exist yet.

    Raises FileNotFoundError where book or course are not built.
    """
    for needed, command in ((HTML, "make book"), (COURSE, "make course")):
        if not needed.is_dir():
            raise FileNotFoundError(f"{needed.relative_to(ROOT)} is not there: `{command}` makes it")
    folder.mkdir(parents=True)
    shutil.copytree(HTML, folder / "book", ignore=shutil.ignore_patterns(".buildinfo", ".doctrees"))
    for name, place in (("slides", "slides"), ("student", "notebooks"), ("assignments", "assignments")):
        shutil.copytree(COURSE / name, folder / place)
    software(folder / "software", wheels)
    start(folder, mirror(folder / "mirror", footage_from), wheels)
    for name in LICENCES:
        shutil.copy(ROOT / name, folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = [f"{sha256(path)}  {path.relative_to(folder).as_posix()}" for path in files]
    write(folder / "SHA256SUMS", "\n".join(sums) + "\n")


def pack(folder: Path, archive: Path) -> None:
    """Write a folder into a zip, in order and without the files' dates, so that the same kit is the same archive."""
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}")
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_STORED if path.suffix in STORED else zipfile.ZIP_DEFLATED
            with path.open("rb") as source, packed.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target)


def main() -> int:
    """Make the kit, say where it is and how large; return the exit status."""
    parser = argparse.ArgumentParser(description="Pack what a room without internet needs into one archive.")
    parser.add_argument("--wheels", action="store_true", help="with every package for this system: about 1 GB more")
    parser.add_argument("--mirror", type=Path, metavar="FOLDER", help="a folder that `python -m vidtutor fetch` made")
    wanted = parser.parse_args()
    KIT.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=KIT) as work:
        try:
            fill(Path(work) / NAME, wanted.wheels, wanted.mirror)
        except (FileNotFoundError, subprocess.CalledProcessError) as error:
            print(f"The kit was not made: {error}", file=sys.stderr)
            return 1
        pack(Path(work) / NAME, Path(work) / f"{NAME}.zip")
        archive = KIT / f"{NAME}.zip"
        os.replace(Path(work) / f"{NAME}.zip", archive)
    write(archive.with_suffix(".zip.sha256"), f"{sha256(archive)}  {archive.name}\n")
    print(f"The kit: {archive.relative_to(ROOT)}, {archive.stat().st_size / 1e6:.0f} MB; check it with")
    print(f"  cd {KIT.relative_to(ROOT)} && sha256sum -c {archive.name}.sha256")
    return 0


if __name__ == "__main__":
    sys.exit(main())
