"""Put the book's public address everywhere that it is needed.

    python book/tools/address.py https://github.com/you/your-book

pyproject.toml holds the address; badges, links and install cells repeat it, because they must work as they stand.
"""

import re
import sys
import tomllib
from pathlib import Path

from chapters import ROOT, write

ADDRESS = re.compile(r"https://github\.com/([A-Za-z0-9][A-Za-z0-9-]{0,38})/([A-Za-z0-9._-]+)")
# How an address of ours begins: on GitHub, in Colab, in Binder.
PLACES = r"(github\.com|raw\.githubusercontent\.com|colab\.research\.google\.com/github|mybinder\.org/v2/gh)/"
HOLDERS = [
    "pyproject.toml",
    "*.md",
    "CITATION.cff",
    "book/**/*.md",
    "book/*.yml",
    "book/**/*.ipynb",
    "notebooks/*.ipynb",
    "vidtutor/**/*.py",
]


def holders(root: Path) -> list[Path]:
    """Return the files that may hold the address; pyproject.toml, the one that decides, last."""
    found = {path for pattern in HOLDERS for path in root.glob(pattern)}
    return sorted(found, key=lambda path: (path.name == "pyproject.toml", path))


def current(root: Path) -> tuple[str, str]:
    """Return owner and name from pyproject.toml."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return parse(project["urls"]["Repository"])


def parse(url: str) -> tuple[str, str]:
    """Split the address of a repository; ValueError says what an address looks like."""
    match = ADDRESS.fullmatch(url.strip().rstrip("/").removesuffix(".git"))
    if not match or match[2] in (".", ".."):
        raise ValueError(f"{url!r} is not the address of a repository: write it as https://github.com/you/your-book")
    return match[1], match[2]


def change(root: Path, url: str) -> list[Path]:
    """Write the new address into every file that holds the old one; return those files."""
    new = "/".join(parse(url))
    old = re.compile(PLACES + re.escape("/".join(current(root))) + r"(?![A-Za-z0-9_-])")
    changed = {}
    for path in holders(root):
        text = path.read_bytes().decode("utf-8")
        if (replaced := old.sub(lambda match: f"{match[1]}/{new}", text)) != text:
            changed[path] = replaced
    for path, text in changed.items():
        write(path, text)
    return list(changed)


def main() -> int:
    """Change the address; return the exit status."""
    try:
        changed = change(ROOT, sys.argv[1] if len(sys.argv) > 1 else "")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    for path in changed:
        print(f"  {path.relative_to(ROOT)}")
    print(f"The address now stands in {len(changed)} files. Run make book, then commit.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
