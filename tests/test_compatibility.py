"""Where the package can be installed: beside what Colab has, without changing it, and with the oldest it supports."""

import json
import re
import shutil
import sys
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import compat

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CORE = [Requirement(line) for line in PROJECT["dependencies"]]
LINES = (ROOT / "tests/colab-2026-08.txt").read_text(encoding="utf-8").splitlines()
COLAB = dict(line.split("==") for line in LINES if line and not line.startswith("#"))
COLAB_PYTHON = "3.13.15"
OLDEST = {
    "tensorflow": "2.18.0",
    "keras": "3.8.0",
    "opencv-python-headless": "4.11.0.86",
    "numpy": "1.26.0",
    "ipywidgets": "7.7.1",
    "ipython": "7.34.0",
}


def on_colab(requirements: Iterable[Requirement]) -> tuple[list[str], set[str]]:
    """Follow requirements as pip does on Colab: those that its versions do not meet, and what pip has to add."""
    python = {"python_version": "3.13", "python_full_version": COLAB_PYTHON, "extra": ""}
    unmet, added = [], set()
    for requirement in requirements:
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate(python):
            continue
        if name not in COLAB:
            needs, more = on_colab(map(Requirement, metadata.requires(name) or []))
            unmet, added = unmet + needs, added | more | {name}
        elif not requirement.specifier.contains(COLAB[name]):
            unmet.append(f"{requirement}, and Colab has {COLAB[name]}")
    return unmet, added


def test_colab_keeps_every_package_that_it_has() -> None:
    unmet, added = on_colab(CORE)
    assert unmet == []
    assert added == {"motmetrics", "xmltodict"}  # one more costs every reader a download: decide, then list it here
    assert COLAB_PYTHON in Requirement(f"python{PROJECT['requires-python']}").specifier
    assert {"imageio-ffmpeg", "opencv-python-headless"} <= COLAB.keys()


def test_a_bound_that_colab_does_not_meet_is_noticed() -> None:
    unmet, added = on_colab([Requirement("numpy<2"), Requirement("ipywidgets>=8"), Requirement("motmetrics>=1")])
    assert unmet == ["numpy<2, and Colab has 2.1.3", "ipywidgets>=8, and Colab has 7.7.1"]
    assert "motmetrics" in added


def test_no_core_requirement_has_a_cap() -> None:
    assert [str(line) for line in CORE if {part.operator for part in line.specifier} != {">="}] == []


def test_nobody_is_told_to_install_tensorflow_cpu() -> None:
    places = [ROOT / "environment.yml", ROOT / "constraints.txt", *ROOT.glob("*.md"), *ROOT.glob("notebooks/*.ipynb")]
    named = re.compile(r"tensorflow[-_]cpu\s*[=<>]|install[^\n`]*tensorflow[-_]cpu")
    assert [path.name for path in places if named.search(path.read_text(encoding="utf-8"))] == []


def test_the_oldest_supported_versions_are_let_in() -> None:
    bounds = {canonicalize_name(line.name): line.specifier for line in CORE}
    assert [name for name, version in OLDEST.items() if version not in bounds[name]] == []
    assert "3.11.0" in Requirement(f"python{PROJECT['requires-python']}").specifier


def test_the_oldest_environment_has_exactly_the_lower_bounds() -> None:
    pins = dict(line.split("==") for line in compat.lower_bounds(PROJECT["dependencies"]))
    assert {name: OLDEST[name].removesuffix(".0") for name in OLDEST} == {name: pins[name] for name in OLDEST}
    assert len(pins) == len(CORE)


def test_chapters_and_tests_of_an_environment_are_run_apart_and_set_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "book/tools", tmp_path / "book/tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "constraints.txt", tmp_path)
    for folder in ("vidtutor", "notebooks", "tests", "build/compat/oldest"):
        (tmp_path / folder).mkdir(parents=True)
    for name, code in (("01_first", "1 + 1"), ("02_second", "1 / 0")):
        cell = {
            "cell_type": "code",
            "id": name,
            "metadata": {},
            "source": [code],
            "outputs": [],
            "execution_count": None,
        }
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        chapter = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
        (tmp_path / f"notebooks/{name}.ipynb").write_text(json.dumps(chapter), encoding="utf-8")
    (tmp_path / "tests/test_two.py").write_text("def test_good(): pass\ndef test_bad(): assert False\n")
    monkeypatch.setattr(compat, "ROOT", tmp_path)
    monkeypatch.setattr(compat, "COMPAT", tmp_path / "build/compat")

    every = compat.run("oldest", Path(sys.executable), [], jobs=1)
    assert re.fullmatch(r"ok \d+ s", every["01_first"])
    assert (every["02_second"], every["unit tests"]) == ("FAIL", "FAIL 1 of 2")
    assert (tmp_path / "build/compat/oldest/chapters/01_first.ipynb").exists()
    assert not (tmp_path / "build/chapters").exists()
    assert list(compat.run("oldest", Path(sys.executable), ["01"], jobs=1)) == ["01_first"]
    shown = compat.table({"oldest": every, "newest": {"01_first": "ok 3 s"}}).splitlines()
    assert shown[2].split() == ["02_second", "FAIL", "-"]
