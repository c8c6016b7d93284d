"""What several test files share: one browser, and the functions that a chapter writes by hand."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

from vidtutor.exercises.notebooks import definitions, read_exercises  # vidtutor before TensorFlow, which it makes fast

import pytest
from playwright.sync_api import Browser, sync_playwright

import chapters
from shots import BROWSER_OPTIONS, browser_path

# nbgrader wants a newer IPython than the oldest stack of `make compat` has: there the teacher's tools are not tested.
TEACH = ("assignments", "course", "grading", "kit", "slides", "teach")
collect_ignore = [] if find_spec("nbgrader") else [f"test_{name}.py" for name in TEACH]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = browser_path()
    if executable is None:
        pytest.skip("no Chromium or Chrome on this machine (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=BROWSER_OPTIONS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def by_hand() -> Callable[[str], SimpleNamespace]:
    """Give the functions and classes of a chapter, `by_hand("06")`, without running what it shows."""
    return lambda number: SimpleNamespace(**{name: value for name, value in names(number).items() if name[:2] != "__"})


@pytest.fixture(scope="session")
def defined() -> Callable[[str], dict[str, Any]]:
    """Give the same as the dictionary in which those functions look up their globals."""
    return names


def names(number: str) -> dict[str, Any]:
    """Run a chapter's imports, `def`s, `class`es and CONSTANTS, but not its exercises, and return the names."""
    (path,) = chapters.NOTEBOOKS.glob(f"{number}_*.ipynb")
    namespace: dict[str, Any] = {}
    exec(read_exercises(path)[0].imports, namespace)
    exec(compile(definitions(chapters.load(path)), path.name, "exec"), namespace)
    return namespace
