"""How a chapter shows things: pictures, contact sheets, a frame player, pictures that follow sliders, sentences.

Everything comes out as HTML that carries its own pictures, so it works in Jupyter, in Colab, in the built book and on
a slide, with the network off. Importing this module gives Matplotlib the book's look.
"""

import inspect
import io
import itertools
import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from vidtutor.viewer import player, sheet
from vidtutor.web import key, template, webp_address

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, Markdown
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.transforms import Bbox
from PIL import Image

__all__ = ["COLOURS", "explore", "picture", "player", "say", "sheet"]

# Okabe and Ito's colours, which stay apart for colour-blind eyes; yellow last, because it fades on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
MOST_PICTURES = 150


@dataclass(frozen=True)
class Drawn:
    """A figure as a picture: its data address, its height and width on the page, and where it holds photographs.

    photos: boxes "left top right bottom" in pixels of the page, with commas between them. There frames, heat maps and
    colour bars keep their colours where the book turns a figure dark.
    """

    address: str
    height: int
    width: int
    photos: str

    def tag(self, alt: str) -> str:
        """The picture as an <img>; ValueError without an alternative text."""
        if not alt.strip():
            raise ValueError("a picture needs an alternative text: say in a sentence what is seen")
        # Its ground is transparent, for the book's dark pages; a notebook may be dark as well, and shows it on white.
        style = "max-width:100%;height:auto;border-radius:8px;background:#fff"
        size = f'width="{self.width}" height="{self.height}" data-photos="{self.photos}"'
        return f'<img src="{self.address}" alt="{escape(alt)}" {size} loading="lazy" style="{style}">'


plt.rcParams.update(
    {
        "axes.grid": True,
        "axes.prop_cycle": plt.cycler(color=COLOURS),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlesize": 13,
        "figure.constrained_layout.use": True,
        "figure.dpi": 100,
        "figure.figsize": (6.6, 3.6),
        "font.size": 13,  # about 10 pixels where the figure shrinks to a telephone's 390
        "grid.alpha": 0.3,
        "image.cmap": "gray",
        "image.interpolation": "nearest",
        "legend.frameon": False,
        "lines.linewidth": 2,
    }
)


Draw = Callable[..., tuple[Drawn, str]]  # from a slider's values to a picture and its alternative text


def picture(alt: str, figure: Figure | None = None) -> HTML:
    """Turn the current Matplotlib figure, or `figure`, into a sharp inline picture, and close it.

    alt: what is seen, in a sentence, for readers who cannot see it. A figure 6.6 inches wide fills a page.
    Raises ValueError for an empty `alt`, or where no figure is open. Chapter 01.
    """
    return HTML(_drawn(figure, scale=2).tag(alt))


def explore(draw: Callable[..., object], **values: Sequence[Any]) -> Any:
    """Let the reader move sliders and see what `draw` draws: one call for a live notebook and for the built book.

    draw: a function of the names in `values` that draws one Matplotlib figure. Its docstring is the alternative text,
    a format string over those names: "Response of the kernel at speed {speed} px/frame."
    values: for each name the values its slider takes. A slider starts at the parameter's default where it is one of the
    values (`def draw(speed=2)`), else at the first. Returns ipywidgets in a live kernel; where the environment variable
    VIDTUTOR_STATIC is set, HTML sliders over a picture for each combination. Raises ValueError for a `draw` without a
    docstring, for no values, and for more than 150 combinations. Chapter 01.
    """
    text = inspect.getdoc(draw)
    if not text:
        raise ValueError("explore needs a draw function with a docstring: one sentence that says what is seen")
    if not values or not all(len(choices) for choices in values.values()):
        raise ValueError("explore needs at least one name with its values, as in explore(draw, speed=[1, 2, 4])")
    options = {name: list(choices) for name, choices in values.items()}
    many = math.prod(len(choices) for choices in options.values())
    if many > MOST_PICTURES:
        raise ValueError(f"{many} combinations are more than the {MOST_PICTURES} a page can carry: offer fewer values")
    defaults = {name: parameter.default for name, parameter in inspect.signature(draw).parameters.items()}
    start = {n: defaults[n] if defaults.get(n) in choices else choices[0] for n, choices in options.items()}

    def drawn(**chosen: Any) -> tuple[Drawn, str]:
        plt.close("all")
        draw(**chosen)
        return _drawn(None, scale=1.5), text.format(**chosen)

    return _still(drawn, options, start) if os.environ.get("VIDTUTOR_STATIC") else _live(drawn, options, start)


def say(sentence: str) -> Markdown:
    """Show a sentence of prose that holds a measured number, so that no number is typed by hand. Chapter 01."""
    return Markdown(sentence)


def _live(drawn: Draw, options: dict[str, list[Any]], start: dict[str, Any]) -> widgets.VBox:
    """Sliders in a live kernel, of widgets that ipywidgets 7.7 and 8.1 share."""
    shown = widgets.HTML()
    sliders = {
        name: widgets.SelectionSlider(
            options=[(str(choice), choice) for choice in choices], value=start[name], description=_spoken(name)
        )
        for name, choices in options.items()
    }

    def update(_: object = None) -> None:
        figure, alt = drawn(**{name: slider.value for name, slider in sliders.items()})
        shown.value = figure.tag(alt)

    for slider in sliders.values():
        slider.observe(update, names="value")
    update()
    return widgets.VBox([*sliders.values(), shown])


def _still(drawn: Draw, options: dict[str, list[Any]], start: dict[str, Any]) -> HTML:
    """The same sliders as HTML, over a picture for each combination; equal pictures are stored once."""
    pictures: dict[str, int] = {}
    photos = []
    states = []
    for combination in itertools.product(*options.values()):
        chosen = dict(zip(options, combination, strict=True))
        figure, alt = drawn(**chosen)
        if figure.address not in pictures:
            pictures[figure.address] = len(pictures)
            photos.append(figure.photos)
        states.append((pictures[figure.address], alt, figure.height, figure.width))
        if chosen == start:
            first = figure.tag(alt)
    sliders = "".join(_slider(_spoken(name), choices, start[name]) for name, choices in options.items())
    values = [[str(choice) for choice in choices] for choices in options.values()]
    state = json.dumps({"pictures": list(pictures), "photos": photos, "states": states, "values": values})
    state = state.replace("</", "<\\/")  # or an alternative text could end the script
    label = escape("Sliders: " + ", ".join(_spoken(name) for name in options))
    gaps = {"key": key(state), "label": label, "sliders": sliders, "picture": first, "state": state}
    return HTML(template("explore").substitute(gaps))


def _slider(name: str, choices: list[Any], start: Any) -> str:
    """One labelled slider; it stays disabled where no script runs."""
    value = escape(str(start))
    here = f'value="{choices.index(start)}" aria-valuetext="{value}" autocomplete="off"'
    return (
        f'<label><span>{escape(name)}</span><input type="range" min="0" max="{len(choices) - 1}" {here} disabled>'
        f"<output>{value}</output></label>"
    )


def _drawn(figure: Figure | None, scale: float) -> Drawn:
    """Turn a figure into a picture of `scale` pixels to the page's pixel, and close it."""
    if figure is None and not plt.get_fignums():
        raise ValueError("there is no open Matplotlib figure to show: draw one first, in the same cell")
    figure = figure or plt.gcf()
    raw = io.BytesIO()
    figure.savefig(raw, format="png", dpi=100 * scale, transparent=True, pil_kwargs={"compress_level": 0})
    image = Image.open(raw)
    width, height = round(image.width / scale), round(image.height / scale)
    photos = _photos(figure)
    plt.close(figure)
    # Lines and areas are smaller when kept exactly, photographs when not.
    address = min(webp_address(image, lossless=True, effort=2), webp_address(image, quality=75, effort=4), key=len)
    return Drawn(address, height, width, photos)


def _photos(figure: Figure) -> str:
    """The boxes of all that shows an array by colours, where the figure was drawn last; as `Drawn` has them."""
    top = figure.bbox.height
    boxes = []
    for artist in figure.findobj(lambda artist: isinstance(artist, AxesImage | QuadMesh)):
        room = artist.axes.bbox if artist.axes else figure.bbox
        seen = Bbox.intersection(artist.get_window_extent(), room) if artist.get_visible() else None
        if seen is not None:
            edges = np.array([seen.x0, top - seen.y1, seen.x1, top - seen.y0]) * 100 / figure.dpi
            boxes.append(" ".join(str(round(edge)) for edge in edges))
    return ",".join(boxes)


def _spoken(name: str) -> str:
    return name.replace("_", " ")
