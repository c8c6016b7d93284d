"""The prose of the book: British, spelled right, one sentence a line, wherever it stands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import chapters
from assignments import ASSIGNMENTS
from chapters import ROOT

NOTEBOOKS = [*chapters.sources(), *sorted(ASSIGNMENTS.glob("*.ipynb"))]
PAGES = sorted(path for pattern in ("*.md", "book/**/*.md") for path in ROOT.glob(pattern))
AMERICAN = re.compile(
    r"\b(color|behavior|neighbor|center(?!net)|analyz|normaliz|optimiz|generaliz|recogniz|organiz|summariz|visualiz"
    r"|regulariz|quantiz|initializ|labeled|labeling|modeling|gray)\w*",
    re.IGNORECASE,
)
every_text = pytest.mark.parametrize("path", [*NOTEBOOKS, *PAGES], ids=lambda path: path.stem)


def text(path: Path) -> str:
    """The words of a notebook or a page: no code, no formulas, no addresses, no titles of works."""
    if path.suffix == ".ipynb":
        cells = (cell for cell in chapters.load(path)["cells"] if cell["cell_type"] == "markdown")
        markdown = "\n\n".join("".join(cell["source"]).partition("## Further reading")[0] for cell in cells)
    else:
        markdown = path.read_text(encoding="utf-8")
    markdown = re.sub(r"```.*?```|\$\$.*?\$\$|<!--.*?-->", "", markdown, flags=re.DOTALL)
    return re.sub(r"`[^`\n]*`|\$[^$\n]*\$|<[^>\n]+>|\]\([^)\n]*\)|https?://\S+", "", markdown)


def crowded(line: str) -> bool:
    """Whether a line holds the end of one sentence and the beginning of the next."""
    line = re.sub(r"^[>\s]*([-*]|\d+\.)?\s*\*\*[^*]+\*\*", "", line)  # a bold beginning, as **Time.**
    line = re.sub(r"\b(e\.g|i\.e|et al|vs|cf|Fig|Eq|No|pp?|\d+)\.", "", line)
    return bool(re.search(r"[a-z0-9)][.!?] +[A-Z]", line)) and not line.lstrip().startswith(("|", "#"))


@every_text
def test_one_sentence_a_line(path: Path) -> None:
    assert [line for line in text(path).splitlines() if crowded(line)] == []


@every_text
def test_spelling_is_british(path: Path) -> None:
    assert [line for line in text(path).splitlines() if AMERICAN.search(line)] == []


def test_no_common_misspelling() -> None:
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    kinds = (".md", ".ipynb", ".py", ".toml", ".css", ".js", ".html", ".yml")
    command = [sys.executable, "-m", "codespell_lib", *(name for name in files if name.endswith(kinds))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "", "mend it, or add a name to ignore-words-list in pyproject.toml"
    assert done.returncode == 0
