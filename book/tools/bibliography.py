"""The bibliography: what chapters name under “Further reading”, each work once, with the chapters that name it."""

import re
from dataclasses import dataclass, field

from chapters import NOTEBOOKS, load

HEAD = """# Bibliography

What the chapters name under “Further reading”, by first author; each chapter says there what it is good for.
A link with `doi` leads to the published version, one with `arXiv` to a version that everybody may read.
"""
# A work as chapters write it: authors, title, where and when, and its address. What follows is the chapter's comment.
WORK = re.compile(r"(?P<text>.+?\[(?:doi:|arXiv:|PMLR )[^\]]+\]\((?P<address>https://[^\s\]]+?)\)(?=[.,;\s]|$))")
# One without a number: a book, or proceedings that gave none.
PLAIN = re.compile(r"(?P<text>[^\[]+?: .+?\b(?:1[89]|20)\d\d\)?(?:, \d+–\d+)?)(?:\. |\.$)")
YEAR = re.compile(r"\b(1[89]\d\d|20[0-3]\d)\b")


@dataclass
class Work:
    """A work as it is best written somewhere, and the numbers of the chapters that name it."""

    text: str
    chapters: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str, str]:
        """Surname of the first author, year, text: what the list is sorted by."""
        surname = re.split(r"[,:]| and | et al", self.text)[0].rpartition(" ")[2]
        years = YEAR.findall(re.sub(r"\[[^\]]*\]\([^ ]*\)", "", self.text)) or ["0"]
        return surname.casefold(), years[-1], self.text


def items() -> list[tuple[str, str]]:
    """Return the items of all lists of further reading, each with its chapter's number."""
    found = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        for cell in load(path)["cells"]:
            _, heading, rest = "".join(cell["source"]).partition("## Further reading\n")
            if heading and cell["cell_type"] == "markdown":
                lines = rest.partition("\n## ")[0].splitlines()
                found += [(path.stem[:2], line.removeprefix("- ").strip()) for line in lines if line.startswith("- ")]
    return found


def works() -> list[Work]:
    """Return every work once; software and laws, which have no authors, stay in their chapters."""
    found: dict[str, Work] = {}
    for chapter, item in items():
        if match := WORK.match(item) or PLAIN.match(item):
            address = match.groupdict().get("address") or match["text"]
            work = found.setdefault(address.casefold(), Work(""))
            work.text = max(work.text, match["text"], key=len)
            if chapter not in work.chapters:
                work.chapters.append(chapter)
    return sorted(found.values(), key=lambda work: work.key)


def page() -> str:
    """Return the page, in Markdown."""
    names = {path.stem[:2]: path.stem for path in NOTEBOOKS.glob("*.ipynb")}
    lines = [HEAD]
    for work in works():
        named = ", ".join(f"[{chapter}](../notebooks/{names[chapter]}.ipynb)" for chapter in work.chapters)
        lines.append(f"- {work.text}. Chapter {named}.")
    return "\n".join([*lines, ""])
