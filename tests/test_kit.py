"""The kit: all that its first page leads to is in it, its sums are right, nothing in it is for teachers alone."""

import hashlib
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser

import kit
from course import COURSE
from pages import HTML

pytestmark = pytest.mark.xdist_group("kit")  # one worker makes what these tests share


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (HTML.is_dir() and COURSE.is_dir()):
        pytest.skip("book and course are not built: make book course")
    target = tmp_path_factory.mktemp("kit") / kit.NAME
    kit.fill(target)
    return target


class Links(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attributes if name in ("href", "src") and value]


@pytest.mark.pages
def test_the_first_page_leads_to_files_that_are_there(folder: Path) -> None:
    links = Links((folder / "START_HERE.html").read_text("utf-8")).found
    assert len(links) > 3 * len(list(folder.glob("notebooks/*.ipynb")))
    assert [link for link in links if "://" in link or not (folder / unquote(link)).is_file()] == []


@pytest.mark.pages
def test_the_kit_holds_what_a_room_needs_and_nothing_for_teachers_alone(folder: Path) -> None:
    held = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"book/index.html", "slides/index.html", "software/constraints.txt", "mirror/README.txt"} <= held
    assert len([name for name in held if name.startswith("software/vidtutor-") and name.endswith(".whl")]) == 1
    assert {path.name for path in (COURSE / "student").glob("*")} == {
        name.removeprefix("notebooks/") for name in held if name.startswith("notebooks/")
    }
    assert not [path for path in folder.glob("assignments/*") if "HIDDEN TESTS" in path.read_text("utf-8")]
    assert not any(name.startswith(("grading", "solutions")) for name in held)


@pytest.mark.pages
def test_the_sums_are_those_of_the_files(folder: Path) -> None:
    told = dict(line.split("  ", 1)[::-1] for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines())
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert set(told) == set(found) - {"SHA256SUMS"}
    for name in ("START_HERE.html", "book/index.html", "slides/index.html"):
        assert told[name] == hashlib.sha256(found[name].read_bytes()).hexdigest()


@pytest.mark.pages
def test_the_first_page_opens_book_and_slides_without_a_network(folder: Path, browser: Browser) -> None:
    context = browser.new_context(offline=True)
    page = context.new_page()
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    for door in ("The book", "The slides", "For teachers"):
        page.goto((folder / "START_HERE.html").as_uri())
        page.get_by_role("link", name=door).click()
        page.wait_for_load_state("load")
        assert page.url.startswith(folder.as_uri())
        page.locator("h1:visible").first.wait_for(timeout=10_000)
    context.close()
    assert failed == []


def test_the_same_folder_is_the_same_archive(tmp_path: Path) -> None:
    small = tmp_path / "small"
    (small / "inner").mkdir(parents=True)
    (small / "inner/ä.txt").write_text("one\n" * 1000, "utf-8")
    (small / "picture.png").write_bytes(b"1234")
    for name in ("a.zip", "b.zip"):
        kit.pack(small, tmp_path / name)
        (small / "picture.png").touch()
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as packed:
        assert packed.testzip() is None
        assert packed.namelist() == ["small/inner/ä.txt", "small/picture.png"]
        assert packed.read("small/inner/ä.txt") == b"one\n" * 1000


def test_a_mirror_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="is no folder: `python -m vidtutor fetch NAME --to"):
        kit.mirror(tmp_path / "mirror", tmp_path / "nowhere")


def test_a_mirror_of_footage_is_packed_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "from/kth/walking").mkdir(parents=True)
    (tmp_path / "from/kth/walking/clip.avi").write_bytes(b"clip")
    assert kit.mirror(tmp_path / "mirror", tmp_path / "from").startswith("footage of kth; ")
    assert (tmp_path / "mirror/kth/walking/clip.avi").read_bytes() == b"clip"
