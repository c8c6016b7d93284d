"""Clips on a page: a contact sheet, and a player that steps through frames."""

from collections.abc import Sequence
from html import escape
from typing import Any

from vidtutor.web import key, template, webp_address

import numpy as np
from IPython.display import HTML
from numpy.typing import NDArray
from PIL import Image


def sheet(clips: Any, titles: Sequence[str] | None = None, columns: int = 8) -> HTML:
    """Lay clips out as a contact sheet: a row for each clip, `columns` frames of it evenly chosen, first to last.

    clips: one clip uint8 (T, H, W, 3) or a sequence of them, which may differ in T. titles: one for each clip.
    The number under a frame is its index. Raises ValueError for clips or titles of another shape. Chapter 01.
    """
    rows = []
    for clip, title in _titled(clips, titles):
        chosen = np.unique(np.linspace(0, len(clip) - 1, min(columns, len(clip))).round().astype(int))
        cells = "".join(
            f"<span>{_frame_tag(_shrunk(clip[[t]], 240), '', _magnified(clip))}<small>{t}</small></span>"
            for t in chosen
        )
        label = escape(f"{title}: frames {', '.join(map(str, chosen))}")
        caption = f"<figcaption>{escape(title)}</figcaption>" if titles else ""
        style = f"--vt-columns:{columns}"
        rows.append(f'<figure>{caption}<div role="img" aria-label="{label}" style="{style}">{cells}</div></figure>')
    return HTML(template("sheet").substitute(rows="".join(rows)))


def player(clips: Any, titles: Sequence[str] | None = None, fps: float = 8) -> HTML:
    """Play one clip, or several side by side in step: play, pause, step, scrub, space bar and arrow keys.

    clips: uint8 (T, H, W, 3), or a sequence of such clips with the same T. titles: one for each clip; they are also
    what a screen reader says. fps: frames a second. Frames more than 640 pixels wide are shown smaller. It never starts
    by itself. Raises ValueError for clips or titles of another shape. Chapter 01.
    """
    titled = _titled(clips, titles)
    lengths = {len(clip) for clip, _ in titled}
    if len(lengths) != 1:
        raise ValueError(f"clips of {sorted(lengths)} frames cannot play in step: cut them to one length")
    room = min(max(680 // len(titled), 160), 480)  # pixels of the page's width for each clip
    widest = "100%" if len(titled) == 1 else "calc(50% - 5px)"  # at least two side by side, to compare, on a telephone
    figures = []
    for clip, title in titled:
        across = clip.shape[2]
        # Small frames grow by whole steps, so that their pixels stay square; larger ones take the room there is.
        width = across * (min(room, 400) // across) if _magnified(clip) else room
        caption = f"<figcaption>{escape(title)}</figcaption>" if titles else ""
        strip = _frame_tag(_shrunk(clip, 640), title, _magnified(clip))
        figures.append(f'<figure style="width:{width}px;max-width:{widest}">{strip}{caption}</figure>')
    frames = lengths.pop()
    return HTML(
        template("player").substitute(
            key=key(*figures),
            label=escape("Player: " + ", ".join(title for _, title in titled)),
            figures="".join(figures),
            frames=frames,
            last=frames - 1,
            columns=_columns(frames),
            rows=-(-frames // _columns(frames)),
            interval=round(1000 / fps),
        )
    )


def _titled(clips: Any, titles: Sequence[str] | None) -> list[tuple[NDArray[np.uint8], str]]:
    """The clips, checked, each with its title or with a plain description."""
    several = [clips] if getattr(clips, "ndim", 0) == 4 else list(clips)
    for clip in several:
        if getattr(clip, "dtype", None) != np.uint8 or clip.ndim != 4 or clip.shape[3] != 3 or not clip.size:
            found = f"{clip.dtype} {clip.shape}" if hasattr(clip, "shape") else type(clip).__name__
            raise ValueError(f"clips must be uint8 (T, H, W, 3), not {found}: turn 0…1 into uint8 by (clip * 255)")
    if not several or (titles is not None and len(titles) != len(several)):
        raise ValueError(f"{len(several)} clips with {len(titles or [])} titles: give one title for each clip")
    described = titles or [f"clip of {len(c)} frames, {c.shape[2]} × {c.shape[1]} pixels" for c in several]
    return list(zip(several, described, strict=True))


def _columns(frames: int) -> int:
    """Columns of the sheet of frames; nearly square, because WebP stops at 16383 pixels."""
    return int(np.ceil(np.sqrt(frames)))


def _magnified(clip: NDArray[np.uint8]) -> bool:
    """Whether frames are so small that they are shown with their pixels to be seen, and stored exactly."""
    return clip.shape[2] < 128


def _shrunk(clip: NDArray[np.uint8], most: int) -> list[Image.Image]:
    """The frames as pictures, at most `most` pixels wide."""
    height, width = clip.shape[1:3]
    frames = [Image.fromarray(frame) for frame in clip]
    if width > most:
        frames = [frame.resize((most, round(height * most / width)), Image.Resampling.LANCZOS) for frame in frames]
    return frames


def _frame_tag(frames: list[Image.Image], alt: str, exact: bool) -> str:
    """A box that shows the first of the frames, which lie side by side and row by row in one picture."""
    width, height = frames[0].size
    columns = _columns(len(frames))
    whole = Image.new("RGB", (columns * width, -(-len(frames) // columns) * height))
    for i, frame in enumerate(frames):
        whole.paste(frame, (i % columns * width, i // columns * height))
    rendering = ";image-rendering:pixelated" if exact else ""
    # `!important`, because the themes of notebooks and books give every picture a padding and a largest width.
    style = f"display:block;width:{columns}00%!important;height:auto!important;max-width:none!important"
    style += ";margin:0!important;padding:0!important"
    return (
        f'<div class="vt-frame" style="overflow:hidden;border-radius:6px;aspect-ratio:{width}/{height}">'
        f'<img src="{webp_address(whole, exact)}" alt="{escape(alt)}" width="{whole.width}" height="{whole.height}" '
        f'loading="lazy" style="{style}{rendering}"></div>'
    )
