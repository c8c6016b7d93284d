"""Words with their meaning, the index, Chinese as Chinese, and what search engines are told."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from chapters import ROOT
from pages import HTML

sys.path.append(str(ROOT / "book/_ext"))
import accessible
import words

GLOSSARY = ROOT / "book/glossary.md"
PAGES = sorted([*HTML.glob("notebooks/*.html"), *HTML.glob("book/wrap_up/*.html")])
ALL = sorted([*HTML.glob("book/**/*.html"), *HTML.glob("notebooks/*.html")])
built = pytest.mark.skipif(not (HTML / "index.html").exists(), reason="the book is not built: make book")
TERM = re.compile(r'<a class="term" id="(word-\d+)" href="([^"#]+)#([^"]+)" data-meaning="([^"]+)">([^<]+)</a>')


def test_spellings_cover_the_glossary() -> None:
    entries = words.entries(GLOSSARY)
    heads = re.findall(r"^(\S.* · .+)$", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    assert list(entries) == heads
    pattern, known = words.spellings(GLOSSARY)
    assert set(known.values()) == set(entries)
    for text, word in (("two LSTMs", "LSTM"), ("The receptive fields", "receptive field"), ("batches", "batch")):
        match = pattern.search(text)
        assert match and match[1] == word
    assert pattern.search("a rebatching") is None
    longest = pattern.search("batch normalisation")
    assert longest and longest[1] == "batch normalisation"
    assert not words._same_letters("ADAM", known["adam"])


def test_everyday_words_are_in_the_glossary() -> None:
    assert set(words.spellings(GLOSSARY)[1]) >= words.EVERYDAY


@built
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_words_lead_to_their_entries_once(path: Path) -> None:
    found = TERM.findall(path.read_text(encoding="utf-8"))
    assert len({anchor for _, _, anchor, _, _ in found}) == len(found), "once a page"
    assert len(found) >= 5 or path.parent.name == "wrap_up"
    glossary = (HTML / "book/glossary.html").read_text(encoding="utf-8")
    for _, target, anchor, meaning, _ in found:
        assert (path.parent / target).resolve() == HTML / "book/glossary.html"
        assert f'id="{anchor}"' in glossary
        assert 20 < len(meaning) < 400


@built
def test_the_index_names_chapters() -> None:
    index = (HTML / "genindex.html").read_text(encoding="utf-8")
    numbers = re.findall(r'<a href="notebooks/(\d\d)_[^"]*#word-\d+">([^<]+)</a>', index)
    assert len(numbers) > 300
    assert all(number == shown for number, shown in numbers)
    assert not re.search(r">\[\d+\]<", index)


def test_chinese_is_marked_and_nothing_twice() -> None:
    mark = accessible.say_what_is_chinese
    assert mark("<h1>Code · 代码</h1>") == '<h1>Code · <span lang="zh-Hans">代码</span></h1>'
    assert mark("“层，层。”") == '“<span lang="zh-Hans">层，层。</span>”'
    same = '<p lang="zh">代码</p>', "<title>代码</title>", "<pre>代码</pre>", '<a title="代码">x</a>', "<p>plain</p>"
    assert [mark(html) for html in same] == list(same)
    once = mark("<p>代码</p>")
    assert mark(once) == once


@built
@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_what_search_engines_are_told(path: Path) -> None:
    html = path.read_text(encoding="utf-8")
    (title,) = re.findall(r"<title>(.*?)</title>", html)
    assert title.count("Deep Learning for Video Analysis") == 1
    (told,) = re.findall(r'<meta name="description" content="([^"]*)">', html)
    assert 20 <= len(told) <= 320, told
    assert "&lt;" not in told
    assert '<html lang="en"' in html
    assert "og:title" in html
    assert "canonical" not in html and "og:image" not in html, "no absolute address unless BOOK_URL says which"


@built
def test_descriptions_differ() -> None:
    told = [re.findall(r'name="description" content="([^"]*)"', path.read_text(encoding="utf-8"))[0] for path in ALL]
    assert sorted({each for each in told if told.count(each) > 1}) == []


def test_a_public_address_gives_sitemap_canonical_and_card(tmp_path: Path) -> None:
    """A book of two pages, built by Sphinx alone with our extension."""
    (tmp_path / "conf.py").write_text(
        f"import sys; sys.path.append({str(ROOT / 'book/_ext')!r})\n"
        "project = html_title = 'Two pages'; extensions = ['sharing', 'myst_parser']; html_theme = 'basic'\n"
    )
    (tmp_path / "index.md").write_text("# Two pages\n\nThe first page leads to the [second](two.md), and is a page.\n")
    (tmp_path / "two.md").write_text("---\norphan: true\n---\n# Second\n\nThis page says less than the first one.\n")
    command = [sys.executable, "-m", "sphinx", "-q", str(tmp_path), str(tmp_path / "out")]
    subprocess.run(command, check=True, env=os.environ | {"BOOK_URL": "https://example.org/book/"})
    second = (tmp_path / "out/two.html").read_text(encoding="utf-8")
    assert '<link rel="canonical" href="https://example.org/book/two.html"' in second
    assert '<meta property="og:image" content="https://example.org/book/_static/card.png">' in second
    assert '<meta property="og:url" content="https://example.org/book/two.html">' in second
    assert '<meta name="description" content="This page says less than the first one.">' in second
    sitemap = ElementTree.parse(tmp_path / "out/sitemap.xml")
    places = [place.text for place in sitemap.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert places == ["https://example.org/book/index.html", "https://example.org/book/two.html"]
    assert "https://example.org/book/sitemap.xml" in (tmp_path / "out/robots.txt").read_text()


@built
@pytest.mark.pages
def test_a_meaning_shows_for_pointer_keyboard_and_finger(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((HTML / "notebooks/09_recurrence.html").as_uri())
    word, box = page.locator("a.term").first, page.locator("#meaning")
    word.hover()
    assert box.is_visible()
    assert word.get_attribute("aria-describedby") == "meaning"
    box.hover()
    page.wait_for_timeout(400)
    assert box.is_visible(), "it stays while the pointer is on it"
    page.keyboard.press("Escape")
    assert box.is_hidden()
    word.focus()
    assert box.is_visible()
    assert box.inner_text() == word.get_attribute("data-meaning")
    page.locator("article h1").click()
    page.wait_for_timeout(400)
    assert box.is_hidden()
    page.close()

    phone = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone.goto((HTML / "notebooks/09_recurrence.html").as_uri())
    for word in phone.locator("a.term").all()[:5]:
        phone.keyboard.press("Escape")  # it may lie over the next word
        word.tap()
        assert phone.locator("#meaning").is_visible()
        edges = phone.locator("#meaning").bounding_box()
        assert edges and edges["x"] >= 0 and edges["x"] + edges["width"] <= 390
        assert phone.url.endswith("09_recurrence.html"), "the first touch does not leave"
    phone.locator("a.term").nth(4).tap()
    phone.wait_for_url("**/glossary.html#*")
    phone.close()


@built
@pytest.mark.pages
@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("Farnebäck", "From images to motion"),  # stands in a notebook alone
        ("variance of the mixture", "Tracking"),  # introduces a formula
        ("过拟合", "Glossary"),
    ],
)
def test_search_finds(browser: Browser, query: str, title: str) -> None:
    page = browser.new_page()
    page.goto((HTML / "search.html").as_uri() + "?q=" + query)
    page.wait_for_selector(f"ul.search a:has-text('{title}')", timeout=10000)
    page.close()
