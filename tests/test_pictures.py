"""The pictures of a page: in files, with a second one for the dark in which photographs keep their colours."""

import io
import json
import re
from pathlib import Path

from vidtutor import show

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

import pictures
from pictures import Album, darkened


@pytest.fixture
def album(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Album:
    monkeypatch.setattr(pictures, "MADE", tmp_path / "made")
    return Album(tmp_path / "files", "_static/pictures")


def figure_with_a_photo() -> str:
    figure, (left, right) = plt.subplots(1, 2)
    left.imshow(np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8))
    right.plot([0, 1], [0, 1], color="black", label="a line")
    return str(show.picture("A photograph beside a line.", figure).data)


def boxes(html: str) -> list[list[int]]:
    (photos,) = re.findall(r'data-photos="([^"]*)"', html)
    return [[int(edge) for edge in box.split()] for box in photos.split(",")]


def luminance(colour: np.ndarray) -> np.ndarray:
    """Relative luminance as WCAG defines it, of sRGB in 0…255."""
    value = colour / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def test_figures_say_where_their_photographs_are() -> None:
    ((left, top, right, bottom),) = boxes(figure_with_a_photo())
    assert 0 < left < right < 330, "the photograph is in the left half of 660 pixels"
    assert (right - left) / (bottom - top) == pytest.approx(32 / 24, abs=0.02)
    plt.plot([0, 1])
    assert 'data-photos=""' in show.picture("A line, and no photograph.").data


def test_heat_maps_and_their_bars_are_photographs_too() -> None:
    figure, axes = plt.subplots()
    figure.colorbar(axes.pcolormesh(np.arange(6).reshape(2, 3)))
    assert len(boxes(str(show.picture("A heat map.", figure).data))) == 2


def test_what_is_hidden_or_outside_is_no_photograph() -> None:
    figure, axes = plt.subplots()
    axes.imshow(np.zeros((4, 4))).set_visible(False)
    axes.imshow(np.zeros((4, 4)), extent=(10, 14, 10, 14))
    axes.set(xlim=(0, 4), ylim=(0, 4))
    assert 'data-photos=""' in show.picture("Nothing.", figure).data


def test_a_figure_becomes_two_files(album: Album) -> None:
    html = album.page(figure_with_a_photo(), "../")
    light, dark = re.findall(r'<img class="only-(?:light|dark)" src="\.\./_static/pictures/([^"]+)" alt="A photo', html)
    assert dark == light.replace(".webp", ".dark.webp")
    assert "data:" not in html
    assert "data-photos" not in html
    assert html.count('width="660" height="360" loading="lazy"') == 2
    album.finish()
    day, night = (np.asarray(Image.open(album.folder / name).convert("RGBA")) for name in (light, dark))
    (left, top, right, bottom) = (2 * edge for edge in boxes(figure_with_a_photo())[0])
    inside = slice(top + 4, bottom - 4), slice(left + 4, right - 4)
    difference = np.abs(day[inside].astype(int) - night[inside])
    assert difference.mean() < 8, "a photograph keeps its colours, but for what compression changes"
    line = day[..., 3] > 250
    line[:, : right + 4] = False
    assert day[line][:, :3].mean() < 60
    assert night[line][:, :3].mean() > 200


def test_every_colour_of_the_book_can_be_seen_in_the_dark() -> None:
    colours = np.array([[*bytes.fromhex(colour[1:]), 255] for colour in show.COLOURS], np.uint8)
    turned = np.asarray(darkened(colours[None], []))[0, :, :3].astype(float)
    ground = luminance(np.array([20, 24, 30]))
    contrast = (luminance(turned) + 0.05) / (ground + 0.05)
    assert contrast.min() > 4.5, dict(zip(show.COLOURS, contrast.round(1), strict=True))


def test_greys_change_places_and_colours_keep_their_hue() -> None:
    row = np.array([[0, 0, 0, 255], [255, 255, 255, 255], [0, 114, 178, 128]], np.uint8)
    black, white, blue = np.asarray(darkened(row[None], []))[0].astype(int)
    assert black[0] > 220 > 40 > white[0]
    assert blue[0] < blue[1] < blue[2]
    assert blue[3] == 128
    assert np.array_equal(np.asarray(darkened(row[None], [[0, 0, 3, 1]]))[0], row)


def test_sliders_name_files(album: Album, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDTUTOR_STATIC", "1")

    def wave(speed: int) -> None:
        """A wave at {speed}: </script>."""
        plt.plot([0, speed])

    html = album.page(show.explore(wave, speed=[1, 2, 3]).data, "")
    (state,) = re.findall(r"var data = (.*);", html)
    names = json.loads(state)["pictures"]
    assert len(names) == 3
    assert html.count("</script>") == 1
    assert "data:image" not in html
    assert f'src="{names[0]}"' in html
    album.finish()
    for name in names:
        for path in (album.folder / Path(name).name, album.folder / Path(name).name.replace(".webp", ".dark.webp")):
            assert Image.open(path).size == (990, 540)


def test_frames_of_a_film_have_one_file_and_small_ones_none(album: Album) -> None:
    clip = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)
    html = album.page(show.player(clip).data, "../../")
    (name,) = re.findall(r'<img src="\.\./\.\./_static/pictures/([0-9a-f]+)\.webp"', html)
    assert (album.folder / f"{name}.webp").exists()
    assert "only-dark" not in html
    small = show.player(np.zeros((2, 8, 8, 3), np.uint8)).data
    assert album.page(small, "../") == small


def test_a_dark_picture_is_made_once(album: Album, monkeypatch: pytest.MonkeyPatch) -> None:
    html = figure_with_a_photo()
    album.page(html, "")
    album.finish()
    (made,) = pictures.MADE.glob("*.dark.webp")
    buffer = io.BytesIO()
    Image.new("RGB", (3, 3)).save(buffer, "WEBP")
    made.write_bytes(buffer.getvalue())
    again = Album(album.folder.with_name("again"), "")
    again.page(html, "")
    again.finish()
    assert (again.folder / made.name).read_bytes() == buffer.getvalue()
