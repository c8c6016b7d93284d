"""The bibliography: every work once, in one form, with a number that has the form that it should."""

import re

import pytest

import bibliography
from chapters import NOTEBOOKS, ROOT
from pages import HTML


def test_every_work_is_cited_in_one_form() -> None:
    kinds = bibliography.WORK, bibliography.PLAIN
    loose = [item for _, item in bibliography.items() if not any(kind.match(item) for kind in kinds)]
    assert all(re.match(r"(PyTorchVideo|TensorFlow|LiteRT|\[Regulation)", item) for item in loose), loose
    found = bibliography.works()
    assert [work.key for work in found] == sorted(work.key for work in found)
    assert all(1805 < int(work.key[1]) < 2030 for work in found), [work.text for work in found if work.key[1] == "0"]
    titles = [re.sub(r"\W+", " ", work.text.partition(": ")[2].partition(". ")[0]).casefold() for work in found]
    assert sorted({title for title in titles if titles.count(title) > 1}) == [], "one work, two addresses"


def test_numbers_of_works_have_the_form_that_they_should() -> None:
    for path in [*NOTEBOOKS.glob("*.ipynb"), *(ROOT / "book").rglob("*.md")]:
        text = path.read_text(encoding="utf-8")
        for shown, address in re.findall(r"\[(?:doi:|arXiv:)([^\]]+)\]\((https?://[^\s\]]+?)\)(?=[.,;\s]|$)", text):
            kind = r"https://doi\.org/10\.\d{4,9}/\S+" if "doi" in address else r"https://arxiv\.org/abs/\S+"
            assert re.fullmatch(kind, address) and address.endswith(shown), (path.name, shown, address)
        for number in re.findall(r"arxiv\.org/abs/([^)\"\s]+)", text):
            assert re.fullmatch(r"(\d{4}\.\d{4,5}|[a-z-]+/\d{7})", number), (path.name, number)


@pytest.mark.skipif(not (HTML / "index.html").exists(), reason="the book is not built: make book")
def test_the_bibliography_names_the_chapters() -> None:
    page = (HTML / "book/bibliography.html").read_text(encoding="utf-8")
    items = re.findall(r"<li><p>(.*?)</p></li>", page, re.DOTALL)
    assert len(items) == len(bibliography.works())
    (batch_norm,) = [item for item in items if "1502.03167" in item]
    assert 'href="../notebooks/07_' in batch_norm
