"""A screenshot of every page of the built book, wide and narrow, light and dark, in build/shots.

python book/tools/shots.py [part of a page's name]
"""

import shutil
import sys

from playwright.sync_api import sync_playwright

from chapters import ROOT
from pages import HTML

SHOTS = ROOT / "build/shots"
WIDTHS = {"wide": 1280, "narrow": 390}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def browser_path() -> str | None:
    """Return the Chromium or Chrome of this machine, if there is one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def main() -> None:
    """Take the screenshots of all pages, or of those whose name holds the first argument."""
    executable = browser_path()
    if executable is None:
        raise SystemExit(f"No browser found. Install one of {', '.join(BROWSERS)} (Debian: apt install chromium).")
    SHOTS.mkdir(parents=True, exist_ok=True)
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=BROWSER_OPTIONS)
        for path in sorted([*HTML.glob("book/**/*.html"), *HTML.glob("notebooks/*.html")]):
            if part not in path.stem:
                continue
            for name, width in WIDTHS.items():
                for scheme in ("light", "dark"):
                    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
                    page.goto(path.as_uri())
                    page.add_style_tag(content="* { transition: none !important; animation: none !important; }")
                    # Lazy pictures load when they come near the window: walk down once.
                    page.evaluate("""async () => {
                        for (let y = 0; y < document.body.scrollHeight; y += 600) {
                            window.scrollTo(0, y);
                            await new Promise(done => setTimeout(done, 30));
                        }
                        window.scrollTo(0, 0);
                    }""")
                    target = SHOTS / f"{path.stem}.{name}.{scheme}.png"
                    page.screenshot(path=target, full_page=True)
                    page.close()
                    print(target.relative_to(ROOT), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
