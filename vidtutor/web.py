"""Pictures and templates as HTML that carries everything it needs: what `show` and `player` are made of."""

import base64
import hashlib
import io
from importlib import resources
from string import Template

from PIL import Image


def webp_address(image: Image.Image, lossless: bool = False, quality: int = 60, effort: int = 6) -> str:
    """Encode a picture as a WebP data address, for the `src` of an <img>.

    lossless: keep it exactly. quality: 0…100. effort: 0…6, slow and small at 6.
    """
    target = io.BytesIO()
    image.save(target, "WEBP", lossless=lossless, quality=quality, method=effort)
    return "data:image/webp;base64," + base64.b64encode(target.getvalue()).decode()


def template(name: str) -> Template:
    """Read one of the package's HTML templates; its gaps are written $name."""
    return Template(resources.files("vidtutor").joinpath("templates", f"{name}.html").read_text("utf-8"))


def key(*contents: str) -> str:
    """Make a name out of contents: the same on every run, and another one for everything else on the page."""
    return hashlib.sha256("".join(contents).encode()).hexdigest()[:12]
