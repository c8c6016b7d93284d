"""The first time that a page uses a word of the glossary, the word leads there, and the index to the page.

A page then shows the meaning beside the word (`words.js`). Chapters themselves hold plain Markdown.
"""

import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

GLOSSARY = "book/glossary"
PLACES = ("notebooks/", "book/wrap_up/")
ENTRY = re.compile(r"^(\S.*? · .+)\n  (.+?) Chapters? (.+)$", re.MULTILINE)
# Words that mean something else as often: they lead to the glossary only in the chapter that teaches them.
EVERYDAY = {
    *("batch", "bias", "clip", "container", "degradation", "density", "detection", "filter", "flicker", "folding"),
    *("frame", "gate", "identification", "inference", "kernel", "label", "leak", "loss", "mask", "mirror", "momentum"),
    *("node", "parameter", "precision", "recall", "state", "temperature", "threshold", "token", "tracking", "view"),
    *("verification", "weight"),
}
SILENT = (nodes.title, nodes.reference, nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)


class Word(nodes.inline):
    """A word of the text that the glossary explains; `term` is the entry."""


@cache
def entries(source: Path) -> dict[str, tuple[str, str]]:
    """Return the entries of the glossary: meaning, and the numbers of the chapters that teach it, as written."""
    found = ENTRY.findall(source.read_text(encoding="utf-8"))
    return {term: (re.sub(r"[*`$\\]", "", meaning), chapters) for term, meaning, chapters in found}


@cache
def spellings(source: Path) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return a pattern of all words to look for, and the entry of each spelling in small letters."""
    known: dict[str, str] = {}
    for term in entries(source):
        english = term.partition(" · ")[0]
        word, _, short = english.partition(" (")
        known[word.casefold()] = term
        if short.rstrip(")").isalnum() and not short[0].isdigit():
            known[short.rstrip(")").casefold()] = term
    longest_first = sorted(known, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, longest_first))})(?:es|s)?(?![\w-])", re.I), known


class FindWords(SphinxTransform):
    """Marks words, and gives each a place in the index; before Sphinx collects the index."""

    default_priority = 840

    def apply(self, **_: Any) -> None:
        """Walk through the page once."""
        docname = self.env.docname
        if not docname.startswith(PLACES):
            return
        source = Path(self.app.srcdir) / f"{GLOSSARY}.md"
        self.env.note_dependency(str(source))
        pattern, known = spellings(source)
        number, seen = docname.rpartition("/")[2][:2], set[str]()
        for text in list(self.document.findall(nodes.Text)):
            if _silent(text):
                continue
            for match in pattern.finditer(text):
                term = known[match[1].casefold()]
                everyday = match[1].casefold() in EVERYDAY and number not in entries(source)[term][1]
                if term not in seen and not everyday and _same_letters(match[1], term):
                    seen.add(term)
                    _replace(text, match, term, f"word-{len(seen)}")
                    break  # the rest of this text is left to its next word elsewhere


def _silent(text: nodes.Text) -> bool:
    parent: nodes.Node | None = text.parent
    while parent is not None:
        if isinstance(parent, SILENT):
            return True
        if isinstance(parent, nodes.section) and parent.astext().startswith("Further reading"):
            return True
        parent = parent.parent
    return False


def _same_letters(word: str, term: str) -> bool:
    """Short forms such as IoU are written as they are; of other words the first letter may be a capital."""
    return word in term or word[0].lower() + word[1:] in term


def _replace(text: nodes.Text, match: re.Match[str], term: str, anchor: str) -> None:
    word = Word("", match[0], classes=["term"], ids=[anchor], term=term)
    index = addnodes.index(entries=[("single", term, anchor, "", None)])
    before, after = text[: match.start()], text[match.end() :]
    text.parent.replace(text, [nodes.Text(before), index, word, nodes.Text(after)])


def link(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Turn words into links with their meaning, where the output is HTML."""
    objects = app.env.domaindata["std"]["objects"]
    meanings = entries(Path(app.srcdir) / f"{GLOSSARY}.md")
    for word in list(doctree.findall(Word)):
        _, anchor = objects["term", word["term"]]
        address = f"{app.builder.get_relative_uri(docname, GLOSSARY)}#{anchor}"
        meaning = escape(f"{word['term']}: {meanings[word['term']][0]}")
        opening = f'<a class="term" id="{word["ids"][0]}" href="{address}" data-meaning="{meaning}">'
        word.replace_self(nodes.raw("", f"{opening}{escape(word.astext())}</a>", format="html"))


def number_index(app: Sphinx, exception: Exception | None) -> None:
    """Let the index name chapters by their numbers, where Sphinx counts its links."""
    path = Path(app.outdir) / "genindex.html"
    if not exception and path.exists():
        html = path.read_text(encoding="utf-8")
        html = re.sub(r'(<a href="(?:notebooks|book/wrap_up)/(\w\d)[^"]*">)\[\d+\]', r"\1\2", html)
        path.write_text(html, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_node(Word)
    app.add_transform(FindWords)
    app.connect("doctree-resolved", link)
    app.connect("build-finished", number_index)
    app.add_js_file("words.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
