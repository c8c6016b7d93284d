"""Pictures, sheets, the player and the sliders: the HTML they make, and how it behaves in a real browser."""

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path

from vidtutor import show

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

WIDTH = 390


def clip_of(frames: int = 5, height: int = 24, width: int = 32, first: int = 0) -> np.ndarray:
    """A clip whose frames are plain greys, so that a frame is known by its brightness."""
    shades = (first + np.arange(frames) * 40).astype(np.uint8)
    return np.broadcast_to(shades[:, None, None, None], (frames, height, width, 3)).copy()


def pictures(html: str) -> list[Image.Image]:
    found = re.findall(r'src="data:image/webp;base64,([^"]+)"', html)
    return [Image.open(io.BytesIO(base64.b64decode(data))) for data in found]


def draw(speed: int, noise: float = 0.5) -> None:
    """Wave at speed {speed} & noise {noise}."""
    plt.plot([0, speed], [0, noise * speed])


def test_picture_is_sharp_labelled_and_closes_the_figure() -> None:
    plt.plot([1, 2])
    html = show.picture('A "line" & nothing else').data
    assert 'alt="A &quot;line&quot; &amp; nothing else" width="660" height="360"' in html
    assert "max-width:100%" in html
    assert pictures(html)[0].size == (1320, 720)
    assert plt.get_fignums() == []


def test_picture_takes_the_figure_that_it_is_given() -> None:
    small, _ = plt.subplots(figsize=(2, 1))
    plt.figure()
    assert 'width="200" height="100"' in show.picture("small", small).data
    assert len(plt.get_fignums()) == 1
    plt.close("all")


def test_a_picture_needs_words_and_a_figure() -> None:
    with pytest.raises(ValueError, match="no open Matplotlib figure"):
        show.picture("something")
    plt.figure()
    with pytest.raises(ValueError, match="alternative text"):
        show.picture(" ")


def test_sheet_takes_evenly_chosen_frames_first_and_last_included() -> None:
    html = show.sheet([clip_of(9, first=0), clip_of(2)], ["ups <1>", "downs"], columns=5).data
    assert re.findall(r"<small>(\d+)</small>", html) == ["0", "2", "4", "6", "8", "0", "1"]
    assert 'aria-label="ups &lt;1&gt;: frames 0, 2, 4, 6, 8"' in html
    shades = [np.asarray(image.convert("RGB"))[0, 0, 0] for image in pictures(html)]
    assert shades == [0, 80, 160, 240, 320 % 256, 0, 40]


def test_player_keeps_small_frames_exactly() -> None:
    clip = np.random.default_rng(0).integers(0, 256, (7, 16, 20, 3), dtype=np.uint8)
    (whole,) = pictures(show.player(clip).data)
    assert whole.size == (3 * 20, 3 * 16)
    assert np.array_equal(np.asarray(whole.convert("RGB"))[16:32, 20:40], clip[4])


def test_player_shrinks_wide_frames_and_stays_small() -> None:
    (whole,) = pictures(show.player(clip_of(1, 500, 1000)).data)
    assert whole.size == (640, 320)
    smooth = np.linspace(0, 255, 192)[None, None, :, None] * np.linspace(0.2, 1, 30)[:, None, None, None]
    clip = np.broadcast_to(smooth, (30, 128, 192, 3)) + np.random.default_rng(0).normal(0, 5, (30, 128, 192, 1))
    assert len(show.player(np.clip(clip, 0, 255).astype(np.uint8)).data) < 150_000


def test_each_output_says_itself_what_it_needs() -> None:
    for html in (show.player(clip_of()).data, show.sheet(clip_of()).data):
        assert not re.search(r"https?://", html)
        assert not re.search(r"\$\w", html)


@pytest.mark.parametrize(
    ("clips", "titles", "message"),
    [
        (np.zeros((3, 4, 4, 3)), None, r"uint8 \(T, H, W, 3\), not float64 \(3, 4, 4, 3\)"),
        ([clip_of()[0]], None, r"not uint8 \(24, 32, 3\)"),
        (["film.mp4"], None, "not str"),
        ([clip_of()], ["one", "two"], "1 clips with 2 titles"),
        ([], None, "0 clips"),
    ],
)
def test_clips_of_another_kind_are_refused(clips: object, titles: list[str] | None, message: str) -> None:
    for shown in (show.player, show.sheet):
        with pytest.raises(ValueError, match=message):
            shown(clips, titles)


def test_clips_that_cannot_play_in_step_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\[3, 5\] frames"):
        show.player([clip_of(3), clip_of(5)])


def test_live_sliders_redraw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIDTUTOR_STATIC", raising=False)
    box = show.explore(draw, speed=[1, 2, 4], noise=[0.0, 0.5])
    speed, noise, shown = box.children
    assert (speed.description, speed.value, noise.value) == ("speed", 1, 0.5)
    assert 'alt="Wave at speed 1 &amp; noise 0.5."' in shown.value
    speed.value = 4
    assert 'alt="Wave at speed 4 &amp; noise 0.5."' in shown.value
    assert plt.get_fignums() == []


def test_still_sliders_store_equal_pictures_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDTUTOR_STATIC", "1")

    def parity(number: int) -> None:
        """The number {number} </script>."""
        plt.title("even" if number % 2 == 0 else "odd")

    html = show.explore(parity, number=[1, 2, 3, 4, 5]).data
    assert html.count("data:image/webp") == 1 + 2
    assert html.count("</script>") == 1
    assert html == show.explore(parity, number=[1, 2, 3, 4, 5]).data


def test_explore_refuses_what_it_cannot_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDTUTOR_STATIC", "1")
    with pytest.raises(ValueError, match="docstring"):
        show.explore(lambda speed: None, speed=[1])
    with pytest.raises(ValueError, match="at least one name"):
        show.explore(draw)
    with pytest.raises(ValueError, match="at least one name"):
        show.explore(draw, speed=[])
    with pytest.raises(ValueError, match="160 combinations are more than the 150"):
        show.explore(draw, speed=range(16), noise=range(10))


def test_say_is_markdown() -> None:
    assert show.say(f"It reached **{0.931:.2f}**.").data == "It reached **0.93**."


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two players, one of them twice, a sheet, a picture and sliders on one page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIDTUTOR_STATIC", "1")
        sliders = show.explore(draw, speed=[1, 2, 4], noise=[0, 0.5]).data
    plt.plot([1, 2])
    two = show.player([clip_of(), clip_of(first=20)], ["right", "left"], fps=50).data
    parts = [two, two, show.player(clip_of(6, 128, 192)).data, show.sheet([clip_of()] * 2).data]
    parts += [show.picture("a line").data, sliders]
    path = tmp_path_factory.mktemp("page") / "page.html"
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>t</title>'
    scheme = ":root{color-scheme:light dark} body{margin:16px;max-width:720px} img{max-width:100%;padding:8px}"
    path.write_text(f'<!doctype html><html lang="en">{head}<style>{scheme}</style>{"".join(parts)}', "utf-8")
    return path


@pytest.fixture
def page(browser, page_file: Path) -> Iterator[object]:
    """The page at a telephone's width; an error in a script, or a request, fails the test."""
    opened = browser.new_page(viewport={"width": WIDTH, "height": 800}, offline=True)
    trouble: list[str] = []
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("request", lambda request: trouble.append(request.url) if request.url.startswith("http") else None)
    opened.goto(page_file.as_uri())
    yield opened
    opened.close()
    assert trouble == []


def brightness(page, picture) -> int:
    """The shade in the middle of what is really on the screen."""
    shot = Image.open(io.BytesIO(picture.screenshot())).convert("RGB")
    return shot.getpixel((shot.width // 2, shot.height // 2))[0]


def test_player_steps_scrubs_and_wraps_around(page) -> None:
    player = page.locator(".vt-player").first
    frame, counter = player.locator(".vt-frame"), player.locator("output")
    assert counter.text_content() == "1 / 5"
    player.get_by_role("button", name="Step forward").click()
    player.get_by_role("button", name="Step forward").click()
    assert counter.text_content() == "3 / 5"
    assert abs(brightness(page, frame.nth(0)) - 80) <= 2
    assert abs(brightness(page, frame.nth(1)) - 100) <= 2, "the second clip is not in step"
    player.get_by_role("slider", name="Frame").fill("3")
    assert abs(brightness(page, frame.nth(0)) - 120) <= 2
    player.get_by_role("slider", name="Frame").fill("0")
    player.get_by_role("button", name="Step back").click()
    assert counter.text_content() == "5 / 5"


def test_player_plays_pauses_and_leaves_the_others_alone(page) -> None:
    players = page.locator(".vt-player")
    players.nth(0).get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('.vt-player output').textContent != '1 / 5'")
    players.nth(0).get_by_role("button", name="Pause").click()
    stopped = players.nth(0).locator("output").text_content()
    page.wait_for_timeout(150)
    assert players.nth(0).locator("output").text_content() == stopped
    assert players.nth(1).locator("output").text_content() == "1 / 5", "a copy of the same player moved too"
    assert players.nth(2).locator("output").text_content() == "1 / 6"


def test_player_obeys_the_keyboard_and_keeps_its_keys(page) -> None:
    page.evaluate("window.seen = []; document.addEventListener('keydown', e => seen.push(e.key))")
    player = page.locator(".vt-player").nth(2)
    counter = player.locator("output")
    player.focus()
    for key, expected in (("ArrowRight", "2 / 6"), ("ArrowLeft", "1 / 6"), ("End", "6 / 6"), ("Home", "1 / 6")):
        page.keyboard.press(key)
        assert counter.text_content() == expected
    page.keyboard.press("Space")
    assert player.get_by_role("button", name="Pause").is_visible()
    page.keyboard.press("Space")
    assert player.get_by_role("button", name="Play").is_visible()
    player.get_by_role("button", name="Play").focus()
    page.keyboard.press("Space")
    assert player.get_by_role("button", name="Pause").is_visible(), "space on the button acted twice"
    page.keyboard.press("Tab")
    assert page.evaluate("seen") == ["Tab"]


def test_sliders_change_picture_and_words(page) -> None:
    explore = page.locator(".vt-explore")
    image, speed = explore.locator("img"), explore.get_by_role("slider", name="speed")
    assert image.get_attribute("alt") == "Wave at speed 1 & noise 0.5."
    before = image.get_attribute("src")
    speed.focus()
    page.keyboard.press("ArrowRight")
    assert image.get_attribute("alt") == "Wave at speed 2 & noise 0.5."
    assert image.get_attribute("src") != before
    assert explore.locator("output").all_text_contents() == ["2", "0.5"]
    assert speed.get_attribute("aria-valuetext") == "2"


def test_page_fits_a_telephone_and_adds_no_globals(page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH
    plain = "(() => { const f = document.body.appendChild(document.createElement('iframe'));"
    names = page.evaluate(plain + "return Object.keys(window).filter(k => !(k in f.contentWindow)) })()")
    assert [name for name in names if not re.fullmatch(r"\d+", name)] == []


def test_first_frames_show_where_no_script_runs(browser, page_file: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": WIDTH, "height": 800})
    page = context.new_page()
    page.goto(page_file.as_uri())
    assert abs(brightness(page, page.locator(".vt-frame").nth(1)) - 20) <= 2
    assert page.locator(".vt-controls:visible").count() == 0
    assert page.locator(".vt-explore input:enabled").count() == 0
    assert page.locator(".vt-explore img").is_visible()
    context.close()
