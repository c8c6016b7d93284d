"""The lecture decks: what goes onto a slide and what into the notes, and the built decks in headless Chromium."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from vidtutor.check import CLAIM_MIME
from vidtutor.exercises.notebooks import read_exercises

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route

import slides
from chapters import NOTEBOOKS, ROOT, Notebook, load
from slides import Slide, columns, deck, take_aways

BUILT = ROOT / "build/course/slides"
DECKS = sorted(path.name for path in BUILT.glob("[0-9][0-9]_*.html"))

# A made-up chapter

PICTURE = '<img src="data:image/webp;base64,AAAA" alt="Two bars." width="660" height="360" loading="lazy">'
FRONT = """# 31 Sums of things

[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/x)

**What you will be able to do**
- Add two numbers.
- Say what came out.

**What you need first**: fingers.

**Time**: 10 minutes to read.

**The question.**
What is a sum?
How large is it?"""
SECTION = """## Adding

Here begins the prose.

> **Predict.** What comes out?
> And is it even?"""
MIDDLE = """The left bar speaks of the picture.
**What counts is that both bars are equal.**

In symbols, for two numbers:

$$a + b = c$$

The next cell is introduced here."""
QUIZ = """## Quiz

Each answer opens.

**1. What is
1 + 1?**

<details name="q1"><summary>2</summary>

**Right.** It is.

</details>
<details name="q1"><summary>3</summary>

**No.** Too much.

</details>"""
HINTS = """<details><summary>Hint</summary>

Use the plus sign.

</details>
<details><summary>Solution</summary>

```python
def total(a, b):
    return sum((a, b))
```

</details>"""
CARD = {
    "hook": "Bring apples.",
    "misconceptions": ["A sum is always larger."],
    "show": ["Two apples."],
    "skip": ["The proof."],
    "questions": [["Why?", "Because."]],
}


def markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": text.splitlines(keepends=True)}


def code(text: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "source": text.splitlines(keepends=True), "outputs": list(outputs)}


def html(text: str, **more: Any) -> dict[str, Any]:
    return {"output_type": "execute_result", "data": {"text/html": [text], "text/plain": ["<HTML>"], **more}}


def printed(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": [text]}


def claim(row: str) -> dict[str, Any]:
    return html(f'<div class="vt-box">Claim {row}</div>', **{CLAIM_MIME: {"row": row}})


@pytest.fixture
def chapter() -> Notebook:
    return {
        "cells": [
            markdown(FRONT),
            code("%pip install vidtutor"),
            code("from vidtutor.start import start\nstart()", printed("vidtutor 9.9")),
            markdown(SECTION),
            code("hidden = 1  # silent"),
            code("draw()\npicture('Two bars.')", html(PICTURE), printed("a warning", "stderr")),
            markdown(MIDDLE),
            code("print(1 + 1)", printed("2\n"), printed("and more\n")),
            markdown("> 和。\n> 很大。\n> (“A sum.\n> Large.”)\n\nAfter all.\n\n> **Pitfall.** Sums overflow."),
            markdown("## What you learned\n\n- Sums."),
            markdown(QUIZ),
            markdown("## Exercises\n\n### E99 · A total\nWrite `total`."),
            code(
                '# Exercise E99\ndef total(a, b):\n    raise NotImplementedError("your turn")\n\n\ncheck("E99", total)',
                html('<div class="vt-box">Not yet.</div>'),
            ),
            markdown(HINTS),
            markdown("## Further reading\n\n" + "\n".join(f"- [Book {i}](https://example.org/{i})" for i in range(6))),
            markdown("## The source's claims, tested\n\nWhat became of them."),
            code("claims()", *(claim(f"A{i}") for i in range(9))),
        ]
    }


def kinds(column: list[Slide]) -> list[str]:
    return [slide.kind for slide in column]


def notes(slide: Slide) -> str:
    return "".join(slide.before + slide.after)


def test_each_section_is_a_column_and_each_thing_to_be_seen_a_slide(chapter: Notebook) -> None:
    assert [kinds(column) for column in columns(chapter, {})] == [
        ["title"],
        ["words"],
        ["predict", "result img", "formula", "both", "quote", "pitfall"],
        ["words"],
        ["quiz"],
        ["exercise"],
        ["reading", "reading"],
        ["claims", "claims", "claims"],
    ]


def test_a_prediction_stands_before_its_answer_a_sentence_a_line(chapter: Notebook) -> None:
    predict, answer, *_ = columns(chapter, {})[2]
    assert "What comes out?</p>\n<p>And is it even?" in predict.body
    assert "&gt;" not in predict.body and "img" not in predict.body
    assert PICTURE.replace(' loading="lazy"', "") in answer.body, "a picture is there before its slide is"


def test_prose_is_in_the_notes_and_not_on_slides(chapter: Notebook) -> None:
    predict, picture, formula, listing, _, pitfall = columns(chapter, {})[2]
    assert "Here begins the prose." in predict.before[0]
    assert "speaks of the picture" in picture.after[0], "what stands behind a picture speaks of it"
    assert "In symbols" in formula.before[0], "and the last paragraph leads to what comes next"
    assert "introduced here" in listing.before[0] and "After all." in pitfall.before[0]
    on_slides = "".join(slide.body for column in columns(chapter, {}) for slide in column)
    for sentence in ("Here begins", "speaks of", "introduced here", "After all", "What became of them"):
        assert sentence not in on_slides
        assert sentence in deck(chapter, {})


def test_what_is_set_in_bold_is_taken_away(chapter: Notebook) -> None:
    assert columns(chapter, {})[2][1].take_aways == ["What counts is that both bars are equal."]
    assert take_aways("**A kernel is a question**, asked at every place.") == [
        "A kernel is a question, asked at every place."
    ]
    for no_sentence in (
        "A **kernel** of three numbers.",  # a word that is explained
        "**A word about it.**\nIt is long.",  # a heading in disguise
        "**Could another map have given it?** Yes.",  # a question
        "**" + "very long " * 40 + ".**",
    ):
        assert take_aways(no_sentence) == []


def test_code_lies_behind_what_it_shows(chapter: Notebook) -> None:
    _, picture, _, listing, *_ = columns(chapter, {})[2]
    assert "draw" in picture.code and "silent" in picture.code, "the code of a cell that shows nothing comes along"
    assert "<pre>2\nand more</pre>" in listing.body and 'class="highlight"' in listing.body and not listing.code


@pytest.mark.parametrize(("lines", "seen"), [(20, True), (21, False)])
def test_a_definition_is_shown_where_the_section_is_about_it(lines: int, seen: bool) -> None:
    body = "def folded(x):\n" + "    x += 1\n" * (lines - 2) + "    return x"
    parts = [slides.Block("paragraph", "Then `folded` does it."), slides.Block("code", body)]
    assert kinds(slides.lecture("Folding", parts)) == (["listing"] if seen else ["point"])
    parts[0].source = "Then something does it."
    assert kinds(slides.lecture("Folding", parts)) == ["point"], "a section of words alone shows its first sentence"


def test_a_formula_has_the_sentence_that_introduces_it(chapter: Notebook) -> None:
    formula = columns(chapter, {})[2][2]
    assert '<p class="lead">In symbols, for two numbers:</p>' in formula.body
    (drawn,) = re.findall(r'<div class="math block">\s*(<mjx-container.*</mjx-container>)\s*</div>', formula.body)
    assert "<mi>a</mi><mo>+</mo><mi>b</mi><mo>=</mo><mi>c</mi>" in drawn


def test_quotations_know_their_language(chapter: Notebook) -> None:
    quote = columns(chapter, {})[2][4]
    assert '<p lang="zh-Hans">和。 很大。</p><p>(“A sum. Large.”)</p>' in quote.body


def test_a_quiz_keeps_its_replies_closed(chapter: Notebook) -> None:
    (question,) = columns(chapter, {})[4]
    assert question.body.count('<details name="q1"><summary>') == 2
    assert "Each answer opens" not in question.body and "1. What is" in question.body


def test_an_exercise_shows_task_and_stub_hints_in_the_notes_and_no_solution(chapter: Notebook) -> None:
    (exercise,) = columns(chapter, {})[5]
    assert exercise.title == "E99 · A total"
    assert "Write <code>total</code>." in exercise.body and "NotImplementedError" in exercise.body
    assert "check" not in exercise.body and "Not yet" not in exercise.body
    assert "Use the plus sign." in notes(exercise)
    assert "sum((" not in unescape(re.sub("<[^>]*>", "", deck(chapter, {})))


def test_claims_and_references_are_spread_evenly(chapter: Notebook) -> None:
    assert [slide.body.count("vt-box") for slide in columns(chapter, {})[7]] == [3, 3, 3]
    assert [slide.body.count("<li>") for slide in columns(chapter, {})[6]] == [3, 3]


def test_the_title_slide_holds_the_question_and_its_notes_the_card(chapter: Notebook) -> None:
    (title,) = columns(chapter, CARD)[0]
    assert "<h1>Sums of things</h1>" in title.body and "chapter 31" in title.body
    assert "What is a sum?" in title.body and "How large is it?" in title.body
    for said in (
        "fingers",
        "10 minutes",
        "Bring apples",
        "always larger",
        "Two apples",
        "The proof",
        "Why?",
        "Because",
    ):
        assert said in notes(title)
        assert said not in title.body
    assert "How to begin" not in notes(columns(chapter, {})[0][0]), "without a card"


def test_neither_installation_nor_imports_nor_stderr_is_shown(chapter: Notebook) -> None:
    whole = deck(chapter, CARD)
    for word in ("pip install", "vidtutor 9.9", "a warning", "vidtutor.start"):
        assert word not in whole


def test_a_chapter_that_opens_otherwise_is_refused(chapter: Notebook) -> None:
    chapter["cells"][0]["source"] = ["# 31 Sums of things"]
    with pytest.raises(ValueError, match="opens with its title"):
        deck(chapter, {})


class Fetched(HTMLParser):
    """What a page would fetch: every address but those that somebody may follow."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag != "a":
            self.addresses += [value or "" for name, value in attributes if name in ("src", "href", "poster", "srcset")]


def test_a_deck_fetches_nothing_from_outside(chapter: Notebook) -> None:
    fetched = Fetched(deck(chapter, CARD)).addresses
    assert "reveal/dist/reveal.js" in fetched
    assert [address for address in fetched if "://" in address or address.startswith("//")] == []


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem[:2])
def test_every_chapter_gives_a_deck(path: Path) -> None:
    notebook = load(path)
    made = [slide for column in columns(notebook, {}) for slide in column]
    text = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    for word, kind in (("> **Predict.**", "predict"), ("> **Pitfall.**", "pitfall")):
        assert text.count(word) == kinds(made).count(kind)
    exercises = read_exercises(path)
    assert len(exercises) == kinds(made).count("exercise")
    shown = unescape(re.sub("<[^>]*>", "", deck(notebook, {})))
    for exercise in exercises:
        # Both have the `def` line; of the solution's own lines none may be there in a row.
        body = exercise.solution.partition("\n")[2]
        assert body and body not in shown, f"the solution of {exercise.identifier} is on a slide or in the notes"


def test_a_chapter_that_has_not_run_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(slides, "CHAPTERS", tmp_path)
    earlier = tmp_path / "slides/01_what_video_analysis_is.html"
    earlier.parent.mkdir()
    earlier.touch()
    with pytest.raises(FileNotFoundError, match=r"01_what_video_analysis_is\.ipynb.*has not run.*make book"):
        slides.build(tmp_path / "slides")
    assert earlier.exists(), "the decks that are there stay"


def test_reveal_comes_with_its_licence_and_without_source_maps(tmp_path: Path) -> None:
    slides.copy_reveal(tmp_path)
    assert "Permission is hereby granted" in (tmp_path / "LICENSE").read_text(encoding="utf-8")
    assert (tmp_path / "dist/reveal.js").stat().st_size > 50_000
    for path in tmp_path.rglob("*.*"):
        assert path.suffix != ".map" and "sourceMappingURL" not in path.read_text(encoding="utf-8")


# The built decks

LAID_OUT = """() => {
    const wrong = [];
    document.querySelectorAll(".slides section").forEach(s => s.style.setProperty("display", "block", "important"));
    document.querySelectorAll(".slide").forEach((slide, place) => {
        const body = slide.querySelector(".body"), name = place + 1 + " " + slide.className;
        if (slide.scrollHeight > 721 || slide.scrollWidth > 1281) { wrong.push(name + ": more than the canvas"); }
        body.querySelectorAll("*").forEach(part => {
            if (part.closest(".scroller, svg, .vt-frame, details, mjx-container > *")) { return; }
            const room = slide.getBoundingClientRect(), box = part.getBoundingClientRect();
            if (box.width && (box.right > room.right + 1 || box.bottom > room.bottom + 1 || box.top < room.top - 1)) {
                wrong.push(name + ": " + part.outerHTML.slice(0, 100));
            }
        });
        const heights = Array.from(body.querySelectorAll("details"), choice => {
            choice.open = true;
            const height = body.scrollHeight;
            choice.open = false;
            return height;
        });
        const high = Math.max(body.scrollHeight, ...heights) > body.clientHeight + 2;
        if (high && !body.matches(".scroller")) { wrong.push(name + ": too high"); }
        const size = parseFloat(getComputedStyle(body).fontSize);
        if (size < 24) { wrong.push(name + ": letters of " + size + " pixels"); }
        body.querySelectorAll("pre").forEach(pre => {
            if (parseFloat(getComputedStyle(pre).fontSize) < 16) { wrong.push(name + ": code too small"); }
        });
    });
    return wrong;
}"""
FORMULAS = """() => Array.from(document.querySelectorAll("mjx-merror, merror"), error => error.outerHTML)
    .concat(Array.from(document.querySelectorAll(".body .math:not(:has(mjx-container))"), left => left.outerHTML))"""
DESCRIBED = """() => Array.from(document.images)
    .filter(image => !(image.alt || "").trim() && !image.closest("[role=img][aria-label]"))
    .map(image => image.outerHTML.slice(0, 200))"""
BROKEN = "() => Array.from(document.images).filter(image => !image.naturalWidth).map(image => image.alt)"
GO_TO = (
    """element => { const place = Reveal.getIndices(element.closest("section")); Reveal.slide(place.h, place.v); }"""
)

Open = Callable[[str], tuple[Page, list[str]]]


@pytest.fixture
def course() -> None:
    if not DECKS:
        pytest.skip("the decks are not built: make course")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    yield context
    context.close()


@pytest.fixture
def show(context: BrowserContext) -> Open:
    """Open a deck from its file, with the network refused; what goes wrong gathers in the list."""

    def opened(address: str) -> tuple[Page, list[str]]:
        wrong: list[str] = []

        def judge(route: Route, request: Request) -> None:
            if request.url.startswith((BUILT.as_uri(), "data:", "blob:", "about:")):
                route.continue_()
            else:
                wrong.append(f"outside request: {request.url}")
                route.abort()

        context.route("**/*", judge)
        page = context.new_page()
        page.on("console", lambda said: wrong.append(f"console: {said.text}") if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(f"page error: {error}"))
        page.on("requestfailed", lambda request: wrong.append(f"failed request: {request.url}"))
        page.goto(f"{BUILT.as_uri()}/{address}")
        page.wait_for_selector("html[data-ready]", state="attached")
        return page, wrong

    return opened


@pytest.mark.pages
@pytest.mark.parametrize("name", DECKS)
def test_deck(show: Open, name: str) -> None:
    page, wrong = show(name)
    assert page.evaluate(FORMULAS) == []
    assert page.evaluate(DESCRIBED) == []
    assert page.evaluate(BROKEN) == []
    assert page.evaluate(LAID_OUT) == []
    assert wrong == []
    fetched = Fetched((BUILT / name).read_text(encoding="utf-8")).addresses
    assert [address for address in fetched if "://" in address or address.startswith("//")] == []


@pytest.mark.pages
@pytest.mark.parametrize("name", [name for name in DECKS if name[:2] in ("01", "06", "14")])
def test_players_and_sliders_move_and_keep_their_keys(show: Open, name: str) -> None:
    page, wrong = show(name)
    source = (BUILT / name).read_text(encoding="utf-8")
    moved = 0
    for kind in ("vt-player", "vt-explore"):
        things = page.locator(f".{kind}").all()
        assert len(things) == source.count(f'class="{kind}"')
        for thing in things:
            thing.evaluate(GO_TO)
            slide = page.evaluate("Reveal.getSlidePastCount()")
            for press in ("ArrowRight", "End", "Home"):
                slider = thing.locator("input[type=range]").first
                before = slider.input_value()
                slider.press(press)
                moved += before != slider.input_value()
            assert page.evaluate("Reveal.getSlidePastCount()") == slide, "a key for a slider turned the slide"
    assert moved
    assert wrong == []


@pytest.mark.pages
def test_keys_of_a_deck(show: Open, course: None) -> None:
    page, wrong = show(DECKS[0])
    page.keyboard.press("Space")
    assert page.evaluate("Reveal.getSlidePastCount()") == 1
    code_behind = page.locator("details.code").first
    code_behind.evaluate(GO_TO)
    for is_open in (True, False):
        page.keyboard.press("c")
        assert code_behind.evaluate("element => element.open") is is_open
    choice = page.locator("details[name]").first
    choice.evaluate(GO_TO)
    slide = page.evaluate("Reveal.getSlidePastCount()")
    choice.locator("summary").press("Space")
    assert choice.evaluate("element => element.open") and page.evaluate("Reveal.getSlidePastCount()") == slide
    assert wrong == []


@pytest.mark.pages
def test_the_speaker_sees_the_notes_from_a_file(show: Open, context: BrowserContext, course: None) -> None:
    page, wrong = show(DECKS[0])
    with context.expect_page() as opened:
        page.keyboard.press("s")
    minutes = "() => /minutes to read/.test(document.querySelector('.speaker-controls-notes .value').textContent)"
    opened.value.wait_for_function(minutes, timeout=20_000)
    assert wrong == []


@pytest.mark.pages
def test_a_deck_prints_a_slide_a_page(show: Open, course: None) -> None:
    page, wrong = show(DECKS[-1] + "?print-pdf")
    page.wait_for_selector(".pdf-page")
    printed_deck = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed_deck)) == page.locator(".slide").count()
    assert page.locator(".body.scroller, .body .scroller").count() == 0, "paper does not scroll"
    assert wrong == []


@pytest.mark.pages
def test_the_index_names_every_deck(context: BrowserContext, course: None) -> None:
    page = context.new_page()
    page.goto((BUILT / "index.html").as_uri())
    assert [link.get_attribute("href") for link in page.locator(".decks a").all()] == DECKS
    assert (BUILT / "mathjax/LICENSE").exists() and (BUILT / "reveal/LICENSE").exists()
    assert not list(BUILT.rglob("*.map"))
