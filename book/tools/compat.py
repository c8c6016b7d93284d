"""Run the chapters and the unit tests with the oldest packages that the book supports, and with the newest there are.

    python book/tools/compat.py [--jobs 2] [--only oldest] [11 … tests]

Two environments of about 3 GB each lie in build/compat/: `oldest` holds the lower bounds of pyproject.toml exactly,
`newest` is brought up to date each time. Beside each stand its chapters, and packages.txt says what it holds.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
COMPAT = ROOT / "build/compat"
NAMES = ("oldest", "newest")
TESTS = "tests"  # stands among the numbers of chapters for the unit tests
PYTHONS = "python3.13 python3.12 python3.11 python3"
SHOWN = ("tensorflow", "keras", "numpy", "opencv-python-headless", "matplotlib", "ipywidgets", "ipython")


def lower_bounds(requirements: Iterable[str]) -> list[str]:
    """Return "numpy==1.26" for "numpy>=1.26"."""
    return [requirement.replace(">=", "==") for requirement in requirements]


def build(name: str) -> Path:
    """Make an environment or bring it up to date; return its Python. Raises CalledProcessError where pip fails."""
    folder = COMPAT / name
    folder.mkdir(parents=True, exist_ok=True)
    pythons = (os.environ.get("PYTHON") or PYTHONS).split()  # the newest first, as in venv.sh
    environment = {**os.environ, "PYTHON": " ".join(pythons if name == "newest" else reversed(pythons))}
    subprocess.run(["sh", ROOT / "book/tools/venv.sh", folder / "venv"], env=environment, check=True)
    python = folder / "venv/bin/python"
    options = ["--upgrade", "--upgrade-strategy", "eager"]
    if name == "oldest":
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        pins = folder / "lower-bounds.txt"
        pins.write_text("\n".join(lower_bounds(project["dependencies"])) + "\n", encoding="utf-8")
        options = ["-c", str(pins)]
    pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    print(f"Installing the {name} packages into {folder.relative_to(ROOT)} (minutes the first time) …", flush=True)
    subprocess.run([*pip, "install", "--no-compile", *options, "-e", ".[test]"], cwd=ROOT, check=True)
    found = subprocess.run([*pip, "freeze", "--exclude-editable"], capture_output=True, text=True, check=True).stdout
    packages = folder / "packages.txt"
    if not packages.exists() or packages.read_text(encoding="utf-8") != found:
        shutil.rmtree(folder / "chapters", ignore_errors=True)  # they ran with other packages
        packages.write_text(found, encoding="utf-8")
    return python


def run(name: str, python: Path, wanted: list[str], jobs: int) -> dict[str, str]:
    """Run chapters and tests in an environment; return what became of each: "ok 12 s", "FAIL"."""
    folder = COMPAT / name
    environment = {**os.environ, "PYTHONPATH": ""}
    numbers = [number for number in wanted if number != TESTS]
    results = {}
    if numbers or not wanted:
        command = [str(python), str(ROOT / "book/tools/chapters.py"), "--jobs", str(jobs), *numbers]
        subprocess.run(command, env={**environment, "CHAPTERS_TO": str(folder.relative_to(ROOT))}, cwd=ROOT)
        record = json.loads((folder / "chapters.json").read_text(encoding="utf-8"))
        for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
            if not wanted or path.name.split("_")[0] in numbers:
                done = record.get(path.stem)
                results[path.stem] = f"ok {done['seconds']:.0f} s" if done else "FAIL"
    if TESTS in wanted or not wanted:
        report = folder / "tests.xml"
        report.unlink(missing_ok=True)
        options = [
            "-m",
            "not pages and not chapters",
            "-n",
            str(jobs),
            "-p",
            "no:cacheprovider",
            f"--junitxml={report}",
        ]
        subprocess.run([python, "-m", "pytest", *options], env=environment, cwd=ROOT)
        results["unit tests"] = read_tests(report) if report.exists() else "FAIL"
    return results


def read_tests(report: Path) -> str:
    """Sum up what pytest wrote: "ok 60 s", or how many failed."""
    suite = next(ElementTree.parse(report).iter("testsuite"))
    bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    return f"FAIL {bad} of {suite.get('tests')}" if bad else f"ok {float(suite.get('time', 0)):.0f} s"


def versions(name: str, python: Path) -> dict[str, str]:
    """Return the versions that a reader of the table wants to know."""
    text = subprocess.run([python, "--version"], capture_output=True, text=True, check=True).stdout
    packages = (COMPAT / name / "packages.txt").read_text(encoding="utf-8")
    found = dict(re.findall(r"^(\S+)==(\S+)$", packages, re.MULTILINE))
    return {"python": text.split()[1], **{package: found.get(package, "missing") for package in SHOWN}}


def table(columns: dict[str, dict[str, str]]) -> str:
    """Set out what each environment (a column) gave for each row; "-" where it was not tried."""
    rows = list(dict.fromkeys(row for column in columns.values() for row in column))
    lines = [["", *columns], *([row, *(column.get(row, "-") for column in columns.values())] for row in rows)]
    first = max(map(len, rows), default=0)
    return "\n".join(f"{line[0]:<{first}}  " + "  ".join(f"{cell:>14}" for cell in line[1:]) for line in lines)


def main() -> int:
    """Build, run, print the table; return 1 if anything failed."""
    parser = argparse.ArgumentParser(description="Run chapters and tests with the oldest and the newest packages.")
    parser.add_argument("wanted", nargs="*", metavar="11", help="only these chapters; 'tests' means the unit tests")
    parser.add_argument("--only", choices=NAMES, help="only this environment")
    parser.add_argument("--jobs", type=int, default=2, help="chapters or tests run at a time")
    asked = parser.parse_args()
    columns: dict[str, dict[str, str]] = {}
    for name in [asked.only] if asked.only else NAMES:
        try:
            python = build(name)
        except subprocess.CalledProcessError as error:
            print(f"The {name} environment cannot be built: {error}", file=sys.stderr)
            columns[name] = {"installed": "FAIL"}
            continue
        columns[name] = {**versions(name, python), **run(name, python, asked.wanted, asked.jobs)}
    print(table(columns))
    return int(any(cell.startswith("FAIL") for column in columns.values() for cell in column.values()))


if __name__ == "__main__":
    sys.exit(main())
