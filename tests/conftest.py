"""The browser that every test of a page shares."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from shots import BROWSER_OPTIONS, browser_path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = browser_path()
    if executable is None:
        pytest.skip("no Chromium or Chrome on this machine (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=BROWSER_OPTIONS)
        yield started
        started.close()
