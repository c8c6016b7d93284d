"""The house: dependencies, addresses, commands, and the tools that run the chapters and build the book."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import address
import chapters

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
REQUIREMENTS = [
    Requirement(line)
    for lines in [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    for line in lines
]
CONSTRAINTS = [
    line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
]


def in_house(*patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern))


# Dependencies


def test_dependencies_have_lower_bounds_only() -> None:
    for requirement in REQUIREMENTS:
        operators = {specifier.operator for specifier in requirement.specifier}
        if requirement.name == "jupyter-book":
            operators.discard("<")  # version 2 is another program
        assert operators <= {">="}, requirement
        assert requirement.name != "tensorflow-cpu"


def test_every_dependency_says_who_needs_it() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lines = re.findall(r'^    "(?!vidtutor)[a-z].*[<>=]=.*$', text, re.MULTILINE)
    assert len(lines) == len([requirement for requirement in REQUIREMENTS if requirement.name != "vidtutor"])
    assert [line for line in lines if not re.search(r'", +# \w', line)] == []


def test_constraints_are_names_and_versions_and_cover_every_dependency() -> None:
    for line in CONSTRAINTS:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9._+!-]+( ; [^@]+)?", line), line
    pinned = {canonicalize_name(line.split("==")[0]) for line in CONSTRAINTS}
    assert len(pinned) == len(CONSTRAINTS)
    assert {canonicalize_name(requirement.name) for requirement in REQUIREMENTS} - {"vidtutor"} <= pinned


def test_constraints_meet_the_lower_bounds() -> None:
    pinned = {canonicalize_name(name): version for name, version in (line.split("==") for line in CONSTRAINTS)}
    for requirement in REQUIREMENTS:
        if requirement.name != "vidtutor":
            assert pinned[canonicalize_name(requirement.name)] in requirement.specifier


def test_environment_is_python_pip_and_this_package() -> None:
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    environment = yaml.safe_load(text)
    assert environment["name"] == PROJECT["name"]
    assert environment["dependencies"] == ["python=3.12", "pip", {"pip": ["-e .[book,lab]"]}]
    assert {"book", "lab"} <= set(PROJECT["optional-dependencies"])
    for line in text.split("dependencies:")[1].strip().splitlines():
        assert " # " in line or line.strip() == "- pip:", line


# The address


def test_every_link_of_ours_holds_the_address() -> None:
    owner, name = address.current(ROOT)
    ours = re.compile(
        address.PLACES + r"([^/\s]+)/(" + re.escape(name) + r"|[^/\s]+(?=/blob/[^/]+/(?:notebooks|book/wrap_up)/))"
    )
    wrong = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in address.holders(ROOT)
        for found in ours.finditer(path.read_text(encoding="utf-8"))
        if (found[2], found[3]) != (owner, name)
    ]
    assert wrong == []


def test_install_cells_and_citation_name_this_version() -> None:
    version = PROJECT["version"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == version
    for path in in_house("notebooks/*.ipynb", "book/**/*.ipynb"):
        assert f"@v{version}" in path.read_text(encoding="utf-8"), path.name


def test_address_changes_everywhere_and_back(tmp_path: Path) -> None:
    old = "https://github.com/" + "/".join(address.current(ROOT))
    new = "https://github.com/somebody-else/a.book"
    for path in address.holders(ROOT):
        (tmp_path / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / path.relative_to(ROOT))
    before = {path: path.read_bytes() for path in address.holders(tmp_path)}

    changed = address.change(tmp_path, new + ".git")
    assert {path.name for path in changed} >= {"pyproject.toml", "_config.yml", "CITATION.cff"}
    assert "/".join(address.current(tmp_path)) == "somebody-else/a.book"
    leftover = re.compile(address.PLACES + re.escape(old.removeprefix("https://github.com/")))
    assert [path for path in address.holders(tmp_path) if leftover.search(path.read_text(encoding="utf-8"))] == []
    for path in [*tmp_path.glob("notebooks/*.ipynb"), *tmp_path.glob("book/wrap_up/*.ipynb")]:
        cells = "".join("".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"])
        link = f"https://colab.research.google.com/github/somebody-else/a.book/blob/main/{path.relative_to(tmp_path)}"
        assert link in cells

    address.change(tmp_path, old)
    assert {path: path.read_bytes() for path in address.holders(tmp_path)} == before


@pytest.mark.parametrize(
    "url", ["", "you/book", "http://github.com/you/book", "https://github.com/you", "https://github.com/you/b/tree/x"]
)
def test_address_refuses_what_is_none(url: str) -> None:
    with pytest.raises(ValueError, match=r"write it as https://github\.com/you/your-book"):
        address.parse(url)


# The commands


def targets() -> dict[str, str]:
    lines = re.findall(r"^([a-z]+):(?:.*?## (.+))?", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    return dict(lines)


def test_every_target_says_what_it_does() -> None:
    assert [name for name, help_text in targets().items() if not help_text] == []
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [name for name in targets() if f"make {name} " not in shown] == []


def test_every_command_that_is_named_exists() -> None:
    for path in in_house("*.md", "book/**/*.md", "notebooks/*.ipynb", "book/**/*.ipynb", ".ci/run"):
        for name in re.findall(r"(?:`|^)make ([a-z]+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            assert name in targets(), f"{path.name} names make {name}"


def test_ci_runs_the_test_command() -> None:
    path = ROOT / ".ci/run"
    assert path.stat().st_mode & stat.S_IXUSR
    assert path.read_text(encoding="utf-8").rstrip().endswith("make test")
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_python_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    shims = tmp_path / "shims"
    shims.mkdir()
    for name in ("python3.13", "python3.12", "python3.11"):
        (shims / name).write_text("#!/bin/sh\nexit 127\n")
        (shims / name).chmod(0o755)
    (shims / "python3").symlink_to(Path(sys.executable).resolve())
    command = ["sh", str(ROOT / "book/tools/venv.sh"), str(tmp_path / "venv")]
    environment = {"PATH": f"{shims}:/usr/bin:/bin", "HOME": str(tmp_path)}
    made = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "venv/bin/python").exists()


def test_an_unfit_python_gets_one_clear_sentence(tmp_path: Path) -> None:
    command = ["sh", str(ROOT / "book/tools/venv.sh"), str(tmp_path / "venv")]
    made = subprocess.run(command, env={**os.environ, "PYTHON": "/bin/false"}, capture_output=True, text=True)
    assert made.returncode == 1
    assert "No usable Python 3.11, 3.12 or 3.13 found (tried: /bin/false)" in made.stderr
    assert not (tmp_path / "venv").exists()


# The chapters and the pages


def notebook(*cells: tuple[str, str]) -> chapters.Notebook:
    return {
        "cells": [
            {"cell_type": kind, "id": f"c{i}", "metadata": {}, "source": [text]}
            | ({"outputs": [], "execution_count": None} if kind == "code" else {})
            for i, (kind, text) in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def test_contents_list_every_chapter_in_order() -> None:
    toc = yaml.safe_load((ROOT / "book/_toc.yml").read_text(encoding="utf-8"))
    listed = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    for folder in ("notebooks/", "book/wrap_up/"):
        there = [path.with_suffix("").relative_to(ROOT).as_posix() for path in in_house(f"{folder}*.ipynb")]
        assert [name for name in listed if name.startswith(folder)] == there


def test_a_wrap_up_quiz_closes_each_part_but_the_project() -> None:
    toc = yaml.safe_load((ROOT / "book/_toc.yml").read_text(encoding="utf-8"))
    parts = [[chapter["file"] for chapter in part["chapters"]] for part in toc["parts"]]
    closing = [part[-1].removeprefix("book/wrap_up/").split("_")[0] for part in parts[:6]]
    assert closing == [f"w{number}" for number in range(1, 7)]
    assert not any("wrap_up" in name for part in parts for name in part[:-1])
    assert [part[0].rpartition("/")[2][0] for part in parts[:7]] == list("1234567"), "a page opens each part"


def test_key_follows_the_code_and_not_the_text() -> None:
    book = notebook(("markdown", "Hello."), ("code", "1 + 1"))
    same_code = notebook(("markdown", "Hello!"), ("markdown", "More."), ("code", "1 + 1"))
    other_code = notebook(("markdown", "Hello."), ("code", "1 + 2"))
    split = notebook(("markdown", "Hello."), ("code", "1 +"), ("code", " 1"))
    assert chapters.key(book, "p") == chapters.key(same_code, "p")
    assert len({chapters.key(book, "p"), chapters.key(other_code, "p"), chapters.key(split, "p")}) == 3
    assert chapters.key(book, "p") != chapters.key(book, "q")


def test_chapters_run_once_and_leave_no_stale_success(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "book/tools", tmp_path / "book/tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "constraints.txt", tmp_path)
    (tmp_path / "vidtutor").mkdir()
    (tmp_path / "notebooks").mkdir()
    source = tmp_path / "notebooks/01_first.ipynb"
    executed = tmp_path / "build/chapters/01_first.ipynb"

    def run(text: str, code: str) -> subprocess.CompletedProcess[str]:
        source.write_text(json.dumps(notebook(("markdown", text), ("code", code))), encoding="utf-8")
        command = [sys.executable, str(tmp_path / "book/tools/chapters.py"), "--jobs", "1"]
        return subprocess.run(command, capture_output=True, text=True)

    assert (first := run("Old text.", "import os; os.urandom(8).hex()")).returncode == 0, first.stdout + first.stderr
    assert "ok    01_first" in first.stdout
    output = json.loads(executed.read_text(encoding="utf-8"))["cells"][1]["outputs"]
    record = json.loads((tmp_path / "build/chapters.json").read_text(encoding="utf-8"))
    assert record["01_first"]["seconds"] > 0

    assert "1 as they were" in run("New text.", "import os; os.urandom(8).hex()").stdout
    grafted = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    assert grafted[0]["source"] == ["New text."]
    assert grafted[1]["outputs"] == output

    assert (failed := run("New text.", "1 / 0")).returncode == 1
    assert "ZeroDivisionError" in failed.stdout
    assert "01_first did not run through" in failed.stderr
    assert not executed.exists()
    assert run("New text.", "1 / 0").returncode == 1  # and it is tried again

    littered = run("New text.", "open('litter.txt', 'w').close()")
    assert littered.returncode == 1
    assert "litter.txt" in littered.stderr
    assert not executed.exists()


def test_two_licences_are_there() -> None:
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert "https://creativecommons.org/licenses/by/4.0/" in (ROOT / "LICENSE-TEXT").read_text(encoding="utf-8")
