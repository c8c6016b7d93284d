"""The built pages in headless Chromium: nothing from outside, no error, nothing cut off, and everything moves."""

import functools
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import axe_playwright_python
import pytest
from fontTools.ttLib import TTFont
from playwright.sync_api import Browser, Locator, Page, Request, Route

import serve
from chapters import ROOT, sources
from pages import HTML
from shots import WIDTHS

pytestmark = pytest.mark.pages

PAGES = sorted(
    path.relative_to(HTML).as_posix() for folder in ("book", "notebooks") for path in (HTML / folder).rglob("*.html")
)
ALL_PAGES = [*PAGES, "genindex.html", "search.html"]
every_page = pytest.mark.parametrize("name", PAGES)

# Pictures that no reader would see described: no alternative text, and no ancestor that speaks for them.
SILENT_PICTURES = """() => Array.from(document.images)
    .filter(image => !(image.alt || "").trim() && !image.closest("[role=img][aria-label]"))
    .map(image => image.outerHTML.slice(0, 200))"""
BROKEN_PICTURES = """async () => {
    const images = Array.from(document.images);
    images.forEach(image => { image.loading = "eager"; });
    await Promise.allSettled(images.map(image => image.decode()));
    return images.filter(image => !image.naturalWidth).map(image => image.outerHTML.slice(0, 200));
}"""
# What sticks out to the right of the window, and is not inside something that scrolls by itself.
OVERFLOW = """() => {
    const root = document.documentElement;
    return root.scrollWidth <= root.clientWidth ? [] : Array.from(document.querySelectorAll("article *"))
        .filter(element => element.getBoundingClientRect().right > root.clientWidth + 1)
        .slice(0, 5).map(element => element.outerHTML.slice(0, 150)).concat(["page width " + root.scrollWidth]);
}"""
MATHS = """() => Array.from(document.querySelectorAll(".math")).filter(
    formula => !formula.querySelector("mjx-container math") || formula.querySelector("[data-mjx-error]")
).map(formula => formula.outerHTML.slice(0, 200))"""

# What a first look costs: the page, and what it fetched before anybody moved.
WEIGHT = """() => ["navigation", "resource"].flatMap(kind => performance.getEntriesByType(kind))
    .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""
HEAVIEST = 1_500_000  # bytes, not compressed as a host would
UNSIZED = """() => Array.from(document.querySelectorAll("article img")).filter(image =>
    !(image.getAttribute("width") && image.getAttribute("height") && image.loading === "lazy") &&
    image.src.length > 3000).map(image => image.outerHTML.slice(0, 200))"""
HEADINGS = """() => {
    const levels = Array.from(document.querySelectorAll("h1, h2, h3, h4, h5, h6"), heading => +heading.tagName[1]);
    return levels.filter((level, place) => place ? level === 1 || level > levels[place - 1] + 1 : level !== 1);
}"""
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
BARRIERS = """async ([without, options]) => (await axe.run({exclude: without}, options)).violations
    .flatMap(rule => rule.nodes.map(node => rule.id + ": " + node.target + " " + node.failureSummary)).slice(0, 9)"""
MOVING_STYLES = """() => Array.from(document.querySelectorAll("*")).filter(element => {
    const style = getComputedStyle(element);
    const moves = parseFloat(style.transitionDuration) > 0 || style.animationName !== "none";
    return moves || style.scrollBehavior === "smooth";
}).map(element => element.outerHTML.slice(0, 100))"""

# Choices of a quiz that do not open when they are clicked, leave another one open, or give no verdict.
SILENT_CHOICES = """() => Array.from(document.querySelectorAll("details[name]")).filter(choice => {
    choice.querySelector("summary").click();
    const open = document.querySelectorAll(`details[name="${choice.name}"][open]`);
    const verdict = choice.querySelector("strong");
    const replies = verdict.checkVisibility() && /^(No|Right)[.]$/.test(verdict.innerText);
    return !(choice.open && open.length === 1 && replies);
}).map(choice => choice.outerHTML.slice(0, 150))"""


class Parsed(HTMLParser):
    """A page's links, its anchors, and what it would fetch."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif "src" in values or (tag == "link" and values.get("rel") not in ("canonical", "next", "prev")):
            self.fetched.append(values.get("src", values.get("href", "")))


@functools.cache
def parsed(path: Path) -> Parsed:
    return Parsed(path)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with serve.site() as address:
        yield address


Visit = Callable[..., tuple[Page, list[str]]]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open a page with the network refused; what goes wrong from then on gathers in the list."""
    contexts = []

    def open_page(address: str, width: int = 1280, scheme: str = "light") -> tuple[Page, list[str]]:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        wrong: list[str] = []
        inside = address[: address.index("/", len("http://"))] if address.startswith("http") else HTML.as_uri()

        def judge(route: Route, request: Request) -> None:
            if request.url.startswith((inside, "data:", "blob:")):
                route.continue_()
            else:
                wrong.append(f"outside request: {request.url}")
                route.abort()

        context.route("**/*", judge)
        page = context.new_page()
        page.on(
            "console", lambda message: wrong.append(f"console: {message.text}") if message.type == "error" else None
        )
        page.on("pageerror", lambda error: wrong.append(f"page error: {error}"))
        # A picture for the dark is not waited for when it is day again.
        page.on(
            "requestfailed",
            lambda request: (
                wrong.append(f"failed request: {request.url}") if "ABORTED" not in (request.failure or "") else None
            ),
        )
        page.on("response", lambda reply: wrong.append(f"{reply.status}: {reply.url}") if reply.status >= 400 else None)
        page.goto(address, wait_until="load")
        return page, wrong

    yield open_page
    for context in contexts:
        context.close()


def move_player(page: Page, player: Locator) -> None:
    """Step, scrub, key and play."""
    player.scroll_into_view_if_needed()
    slider, image = player.locator("input[type=range]"), player.locator(".vt-frame img").first

    def state() -> tuple[str, str, str]:
        return (
            slider.input_value(),
            player.locator("output").inner_text(),
            image.evaluate("image => image.style.transform"),
        )

    def moves(act: Callable[[], None]) -> None:
        before = state()
        act()
        assert all(a != b for a, b in zip(before, state(), strict=True)), f"a player stands still at {before}"

    moves(lambda: player.get_by_role("button", name="Step forward").click())
    moves(lambda: slider.press("End"))
    moves(lambda: player.press("Home"))
    player.get_by_role("button", name="Play").click()
    page.wait_for_function("([slider]) => slider.value !== '0'", arg=[slider.element_handle()], timeout=5000)
    player.get_by_role("button", name="Pause").click()


def move_explorable(explorable: Locator) -> None:
    """Move every slider from end to end."""
    explorable.scroll_into_view_if_needed()
    image = explorable.locator("img").first  # a second one, for the dark, moves with it
    shown = {image.get_attribute("src")}
    sliders, outputs = explorable.locator("input[type=range]").all(), explorable.locator("output").all()
    for slider, output in zip(sliders, outputs, strict=True):
        values = set()
        for key in ("Home", "End"):
            slider.press(key)
            assert output.inner_text() == slider.get_attribute("aria-valuetext")
            values.add(output.inner_text())
            shown.add(image.get_attribute("src"))
        assert len(values) == 2, f"a slider stands still at {values}"
    assert len(shown) > 1, "no slider of an explorable changes its picture"


def move_everything(page: Page) -> tuple[int, int]:
    """Move what can be moved; return the numbers of players and of explorables."""
    players, explorables = page.locator(".vt-player").all(), page.locator(".vt-explore").all()
    for player in players:
        move_player(page, player)
    for explorable in explorables:
        move_explorable(explorable)
    return len(players), len(explorables)


def test_there_is_a_book() -> None:
    if not HTML.exists():
        pytest.skip("the book is not built: make book")
    assert "book/intro.html" in PAGES
    assert (HTML / "index.html").exists()


def barriers(page: Page, *rules: str, code: bool = False) -> list[str]:
    """What axe finds on the page as it is shown now, by some rules, or by those of the standards but for contrast.

    Formulas, which axe would take apart letter by letter, are left out: what of them speaks is MathML. So are, but for
    `code`, the thousands of coloured words of code, which have the same few colours on every page.
    """
    options: dict[str, object] = {"preload": False, "runOnly": list(rules) or STANDARDS}
    if not rules:
        options["rules"] = {"color-contrast": {"enabled": False}}
    found: list[str] = page.evaluate(BARRIERS, [[["mjx-container"], *([] if code else [["pre"]])], options])
    return found


@every_page
def test_page(visit: Visit, site: str, name: str) -> None:
    page, wrong = visit(site + name)
    assert page.evaluate(WEIGHT) < HEAVIEST
    assert page.evaluate(HEADINGS) == []
    assert page.evaluate(MATHS) == []
    assert page.evaluate(UNSIZED) == []
    assert page.evaluate(BROKEN_PICTURES) == []
    assert page.evaluate(SILENT_PICTURES) == []
    page.evaluate(AXE)
    assert barriers(page, code=True) == []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=scheme, timeout=5000)
        for width in WIDTHS.values():
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(OVERFLOW) == [], (scheme, width)
        assert barriers(page, "color-contrast") == []
    # Now on a telephone: what is true of a page there is the same by day and by night.
    assert barriers(page, "target-size", "scrollable-region-focusable") == []
    move_everything(page)
    assert page.evaluate(OVERFLOW) == []
    assert wrong == []


@every_page
def test_everything_moves_and_replies_from_a_file(visit: Visit, name: str) -> None:
    page, wrong = visit((HTML / name).as_uri())
    assert page.evaluate(MATHS) == []
    source = (HTML / name).read_text(encoding="utf-8")
    assert move_everything(page) == (source.count('class="vt-player"'), source.count('class="vt-explore"'))
    others = page.locator("input[type=range]:not(.vt-player input):not(.vt-explore input)")
    assert others.count() == 0, "a slider that no test moves"
    assert page.evaluate(SILENT_CHOICES) == []
    assert wrong == []


def test_code_can_be_read_by_day_and_by_night(visit: Visit) -> None:
    page, _ = visit((HTML / "notebooks/06_convolution_2d_to_3d.html").as_uri())
    page.evaluate(AXE)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=scheme, timeout=5000)
        assert barriers(page, "color-contrast", code=True) == []


@pytest.mark.parametrize("name", ["book/intro.html", "notebooks/01_what_video_analysis_is.html"])
def test_nothing_moves_for_who_wants_no_motion(browser: Browser, name: str) -> None:
    page = browser.new_page(reduced_motion="reduce")
    page.goto((HTML / name).as_uri())
    assert page.evaluate(MOVING_STYLES) == []
    frames = page.locator(".vt-player input").all()
    page.wait_for_timeout(500)
    assert {frame.input_value() for frame in frames} <= {"0"}, "a player starts when it is asked to"
    page.close()


@pytest.mark.parametrize("name", ["book/intro.html", "notebooks/01_what_video_analysis_is.html"])
def test_a_keyboard_reaches_everything(browser: Browser, name: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((HTML / name).as_uri())
    reached, blind = [], []
    for _ in range(700):
        page.keyboard.press("Tab")
        now = page.evaluate("""() => {
            const element = document.activeElement, style = getComputedStyle(element);
            const seen = [style.outlineStyle, style.boxShadow, style.textDecorationLine].some(look => look !== "none");
            return [element.tagName, element.className + " " + element.id + " " + element.innerText, seen];
        }""")
        if now[0] == "BODY":
            break
        reached.append(f"{now[0]} {now[1]}")
        blind += [] if now[2] else [reached[-1][:100]]
    else:
        pytest.fail(f"Tab never came to an end; last at {reached[-1][:100]}")
    assert "Skip to main content" in reached[0]
    assert blind == [], "focus that cannot be seen"
    wanted = ["search-button", "INPUT", "SUMMARY", "vt-player", "Open in Colab", "Report a mistake"]
    for part in wanted if "notebooks" in name else ["search-button", "The ledger of claims", "Tracking"]:
        assert any(part in each for each in reached), part
    page.close()


def test_search_finds_a_page(visit: Visit, site: str) -> None:
    found = "ul.search a:has-text('The ledger of claims')"
    page, wrong = visit(site + "search.html?q=ledger")
    page.wait_for_selector(found, timeout=10000)
    assert wrong == []
    # From a file the results come without their excerpts, which a browser does not let a script read.
    visit((HTML / "search.html").as_uri() + "?q=ledger")[0].wait_for_selector(found, timeout=10000)


@pytest.mark.parametrize("name", ALL_PAGES)
def test_links_and_anchors_resolve(name: str) -> None:
    path = HTML / name
    dead = []
    for link in parsed(path).links:
        target, anchor = urldefrag(link)
        if "://" in target or target.startswith("mailto:"):
            continue
        file = (path.parent / unquote(target)).resolve() if target else path
        anchors = parsed(file).anchors if file.is_file() and file.suffix == ".html" else {unquote(anchor)}
        if not file.is_file() or (anchor and unquote(anchor) not in anchors):
            dead.append(link)
    assert dead == []


@pytest.mark.parametrize("name", ALL_PAGES)
def test_nothing_is_fetched_from_outside_or_in_vain(name: str) -> None:
    fetched = parsed(HTML / name).fetched
    assert [address for address in fetched if "://" in address or address.startswith("//")] == []
    assert [address for address in fetched if "fontawesome.js" in address or "MathJax" in address] == []


def test_every_icon_is_in_the_fonts() -> None:
    theme = (HTML / "_static/styles/pydata-sphinx-theme.css").read_text(encoding="utf-8")
    icons: set[int] = set()
    for path in (HTML / "_static/vendor/fontawesome/webfonts").glob("*.woff2"):
        icons |= set(TTFont(path).getBestCmap())
        assert path.stat().st_size < 10_000
    shown = {icon for name in ALL_PAGES for icon in re.findall(r"\bfa-([a-z-]+)", (HTML / name).read_text("utf-8"))}
    drawn = {
        icon: int(code, 16)
        for selectors, code in re.findall(r'([^{}]*)\{content:"\\(\w+)"', theme)
        for icon in re.findall(r"\.fa-([a-z0-9-]+):before", selectors)
    }
    assert {icon for icon in shown & set(drawn) if drawn[icon] not in icons} == set()
    assert {"bars", "magnifying-glass", "rocket", "download"} <= shown & set(drawn)


OUTSIDE = re.compile(r"https?://[^\s\"'<>)\]}`|]+")
PLAIN_HTTP = ("http://127.0.0.1", "http://www.w3.org/", "http://www.sitemaps.org/")  # this machine, and names of XML
SHORT = ("bit.ly", "t.co", "goo.gl", "tinyurl.com", "youtu.be")


def test_links_to_outside_are_well_formed() -> None:
    bad = []
    for path in [*ROOT.glob("*.md"), *ROOT.glob("book/**/*.md"), *sources()]:
        for link in OUTSIDE.findall(path.read_text(encoding="utf-8")):
            parts = urlsplit(link.rstrip(".,;:*\\"))
            right = parts.scheme == "https" or link.startswith(PLAIN_HTTP)
            whole = "." in parts.netloc or parts.netloc.isupper()  # HUB stands for the reader's own
            if not (right and whole) or "utm_" in link or parts.hostname in SHORT:
                bad.append((path.name, link))
    assert bad == []


@every_page
def test_a_link_says_where_it_goes(name: str) -> None:
    html = (HTML / name).read_text(encoding="utf-8")
    article = html.partition("<article")[2].partition("</article>")[0]
    said = [re.sub(r"<[^>]*>|\s+", " ", text).strip() for text in re.findall(r"<a [^>]*>(.*?)</a>", article, re.DOTALL)]
    assert [text for text in said if text.casefold() in ("", "here", "this", "link", "click here", "more")] == []


@every_page
def test_colab_links_name_chapters_that_exist(name: str) -> None:
    links = [link for link in parsed(HTML / name).links if "colab.research.google.com" in link]
    named = {link.split("/blob/main/")[-1] for link in links}
    assert named <= {path.relative_to(ROOT).as_posix() for path in sources()}
    if name.startswith(("notebooks/", "book/wrap_up/")):
        assert named == {Path(name).with_suffix(".ipynb").as_posix()}
