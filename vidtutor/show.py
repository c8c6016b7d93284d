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
from html import escape
from typing import Any

from vidtutor.viewer import player, sheet
from vidtutor.web import key, template, webp_address

import ipywidgets as widgets
import matplotlib.pyplot as plt
from IPython.display import HTML, Markdown
from matplotlib.figure import Figure
from PIL import Image

__all__ = ["COLOURS", "explore", "picture", "player", "say", "sheet"]

# Okabe and Ito's colours, which stay apart for colour-blind eyes; yellow last, because it fades on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
MOST_PICTURES = 150

Drawn = tuple[str, str, int, int]  # a picture's data address, its alternative text, its height and width on the page

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
        "savefig.facecolor": "white",
    }
)


def picture(alt: str, figure: Figure | None = None) -> HTML:
    """Turn the current Matplotlib figure, or `figure`, into a sharp inline picture, and close it.

    alt: what is seen, in a sentence, for readers who cannot see it. A figure 6.6 inches wide fills a page.
    Raises ValueError for an empty `alt`, or where no figure is open. Chapter 01.
    """
    address, height, width = _drawn(figure, scale=2)
    return HTML(_picture_tag(address, alt, height, width))


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

    def drawn(**chosen: Any) -> Drawn:
        plt.close("all")
        draw(**chosen)
        address, height, width = _drawn(None, scale=1.5)
        return address, text.format(**chosen), height, width

    return _still(drawn, options, start) if os.environ.get("VIDTUTOR_STATIC") else _live(drawn, options, start)


def say(sentence: str) -> Markdown:
    """Show a sentence of prose that holds a measured number, so that no number is typed by hand. Chapter 01."""
    return Markdown(sentence)


def _live(drawn: Callable[..., Drawn], options: dict[str, list[Any]], start: dict[str, Any]) -> widgets.VBox:
    """Sliders in a live kernel, of widgets that ipywidgets 7.7 and 8.1 share."""
    shown = widgets.HTML()
    sliders = {
        name: widgets.SelectionSlider(
            options=[(str(choice), choice) for choice in choices], value=start[name], description=_spoken(name)
        )
        for name, choices in options.items()
    }

    def update(_: object = None) -> None:
        shown.value = _picture_tag(*drawn(**{name: slider.value for name, slider in sliders.items()}))

    for slider in sliders.values():
        slider.observe(update, names="value")
    update()
    return widgets.VBox([*sliders.values(), shown])


def _still(drawn: Callable[..., Drawn], options: dict[str, list[Any]], start: dict[str, Any]) -> HTML:
    """The same sliders as HTML, over a picture for each combination; equal pictures are stored once."""
    pictures: dict[str, int] = {}
    states = []
    for combination in itertools.product(*options.values()):
        chosen = dict(zip(options, combination, strict=True))
        address, alt, height, width = drawn(**chosen)
        states.append((pictures.setdefault(address, len(pictures)), alt, height, width))
        if chosen == start:
            first = _picture_tag(address, alt, height, width)
    sliders = "".join(_slider(_spoken(name), choices, start[name]) for name, choices in options.items())
    values = [[str(choice) for choice in choices] for choices in options.values()]
    state = json.dumps({"pictures": list(pictures), "states": states, "values": values})
    state = state.replace("</", "<\\/")  # or an alternative text could end the script
    return HTML(template("explore").substitute(key=key(state), sliders=sliders, picture=first, state=state))


def _slider(name: str, choices: list[Any], start: Any) -> str:
    """One labelled slider; it stays disabled where no script runs."""
    value = escape(str(start))
    return (
        f'<label><span>{escape(name)}</span><input type="range" min="0" max="{len(choices) - 1}" '
        f'value="{choices.index(start)}" aria-valuetext="{value}" disabled><output>{value}</output></label>'
    )


def _drawn(figure: Figure | None, scale: float) -> tuple[str, int, int]:
    """A figure as a data address, `scale` pixels to the page's pixel, with its height and width there; closes it."""
    if figure is None and not plt.get_fignums():
        raise ValueError("there is no open Matplotlib figure to show: draw one first, in the same cell")
    figure = figure or plt.gcf()
    raw = io.BytesIO()
    figure.savefig(raw, format="png", dpi=100 * scale, pil_kwargs={"compress_level": 0})
    plt.close(figure)
    image = Image.open(raw).convert("RGB")
    # Lines and areas are smaller when kept exactly, photographs when not.
    address = min(webp_address(image, lossless=True, effort=2), webp_address(image, quality=75, effort=4), key=len)
    return address, round(image.height / scale), round(image.width / scale)


def _picture_tag(address: str, alt: str, height: int, width: int) -> str:
    if not alt.strip():
        raise ValueError("a picture needs an alternative text: say in a sentence what is seen")
    style = "max-width:100%;height:auto;border-radius:8px;background:#fff"
    return f'<img src="{address}" alt="{escape(alt)}" width="{width}" height="{height}" loading="lazy" style="{style}">'


def _spoken(name: str) -> str:
    return name.replace("_", " ")
