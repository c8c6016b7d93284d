"""A folder of clips as a data set: what is a class, what is a clip, and which clips belong together."""

import warnings
from pathlib import Path

from vidtutor import video
from vidtutor.footage import Footage, folder, made_up, split
from vidtutor.pipeline import Decoded

import numpy as np
import pytest


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Files that only need to be there: two classes, two sources each, named like UCF101's."""
    for name in ("Archery_g01_c01", "Archery_g01_c02", "Archery_g02_c01", "Bowling_g01_c01", "Bowling_g02_c01"):
        put(tmp_path / name.split("_")[0] / f"v_{name}.avi", name)
    return tmp_path


def put(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def quietly(path: Path, **given: Path) -> Footage:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return folder(path, **given)


def test_folder(home: Path) -> None:
    footage = quietly(home)
    assert footage.classes == ("Archery", "Bowling")
    assert [footage.classes[label] for label in footage.labels] == [path.parent.name for path in footage.paths]
    assert footage.sources == ("v_Archery_g01", "v_Archery_g01", "v_Archery_g02", "v_Bowling_g01", "v_Bowling_g02")
    some = footage.take(footage.labels == 1)
    assert len(some) == 2 and some.sources == footage.sources[3:] and some.classes == footage.classes


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("v_Archery_g07_c02", "v_Archery_g07"),
        ("person03_walking_d2_uncomp", "person03"),
        ("dQw4w9WgXcQ_000010_000020", "dQw4w9WgXcQ"),
        ("market_clip03", "market"),
        ("market-part2", "market"),
        ("Market Scene 12", "Market"),
    ],
)
def test_sources_by_name(home: Path, name: str, source: str) -> None:
    put(home / "Archery" / f"{name}.mp4", name)
    footage = quietly(home)
    assert footage.sources[[path.stem for path in footage.paths].index(name)] == source


def test_names_that_do_not_tell_warn_and_stand_alone(home: Path) -> None:
    put(home / "Archery" / "walk01.mp4", "one")
    put(home / "Archery" / "walk02.mp4", "two")
    with pytest.warns(UserWarning, match=r"2 of 7 clips .*walk01.*sources\.csv") as said:
        footage = folder(home)
    assert len(said) == 1
    assert len(set(footage.sources)) == 4 + 2


def test_a_csv_names_the_sources(home: Path) -> None:
    lines = [f"{path.parent.name}/{path.name},film {path.stem[-1]}" for path in quietly(home).paths]
    table = put(home / "sources.csv", "\n".join(["file,source", *lines]))
    assert set(quietly(home).sources) == {"film 1", "film 2"}
    elsewhere = put(home.parent / "told.csv", "\n".join(["file,source", *(line.split("/")[1] for line in lines)]))
    assert quietly(home, sources=elsewhere).sources == quietly(home).sources
    table.write_text("\n".join(["file,source", *lines[1:]]))
    with pytest.raises(ValueError, match=r"no source for 1 clip.*Archery_g01_c01"):
        folder(home)
    table.write_text("clip,film\na,b")
    with pytest.raises(ValueError, match="columns file,source"):
        folder(home)
    with pytest.raises(ValueError, match=r"none\.csv does not exist"):
        folder(home, sources=home / "none.csv")


def test_what_is_no_clip_is_named(home: Path) -> None:
    put(home / "Archery" / "notes.txt", "no video")
    put(home / "stray.mp4", "in no class")
    put(home / "Archery" / ".DS_Store", "hidden")
    (home / "Empty").mkdir()
    with pytest.warns(UserWarning) as said:
        footage = folder(home)
    assert len(footage) == 5 and footage.classes == ("Archery", "Bowling")
    text = "\n".join(str(each.message) for each in said)
    assert "2 file(s)" in text and "notes.txt" in text and "stray.mp4" in text and "DS_Store" not in text
    assert "no video in Empty" in text


def test_one_file_in_two_classes_is_left_out_and_copies_share_a_source(home: Path) -> None:
    put(home / "Bowling" / "v_Bowling_g09_c01.avi", "Archery_g02_c01")
    put(home / "Archery" / "v_Archery_g09_c01.avi", "Archery_g01_c01")
    with pytest.warns(UserWarning, match="two classes.*v_Archery_g02_c01.*v_Bowling_g09_c01"):
        footage = folder(home)
    kept = {path.stem: source for path, source in zip(footage.paths, footage.sources, strict=True)}
    assert set(kept) == {
        *("v_Archery_g01_c01", "v_Archery_g01_c02", "v_Archery_g09_c01", "v_Bowling_g01_c01", "v_Bowling_g02_c01")
    }
    assert kept["v_Archery_g09_c01"] == kept["v_Archery_g01_c01"]


def test_a_link_that_leads_nowhere_is_a_clip_for_decode_to_report(home: Path) -> None:
    (home / "Archery" / "v_Archery_g03_c01.avi").symlink_to(home / "gone.avi")
    assert "v_Archery_g03_c01" in {path.stem for path in quietly(home).paths}


def test_folders_that_are_no_data_set(home: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no folder"):
        folder(home / "nowhere")
    with pytest.warns(UserWarning, match="passed over"), pytest.raises(ValueError, match="0 folder"):
        folder(home / "Archery")
    for part in ("train", "test"):
        put(tmp_path / "both" / part / "a" / "clip.mp4", part)
    with pytest.raises(ValueError, match=r"split already, into test, train.*both/test"):
        folder(tmp_path / "both")


def sourced(table: dict[str, list[str]], official: list[bool] | None = None) -> Footage:
    """Footage of these classes, a clip for each source in the lists."""
    pairs = [(label, source) for label, sources in enumerate(table.values()) for source in sources]
    labels = np.array([label for label, _ in pairs])
    paths = tuple(Path(f"{number}.mp4") for number in range(len(pairs)))
    sources = tuple(source for _, source in pairs)
    return Footage(paths, labels, tuple(table), sources, None if official is None else np.array(official))


@pytest.mark.parametrize("seed", range(5))
def test_split_keeps_sources_whole_and_every_class_on_both_sides(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = {name: [f"{name}{rng.integers(8)}" for _ in range(40)] for name in "abc"}
    table["d"] = [f"person{number % 6}" for number in range(30)]  # who also show e
    table["e"] = [f"person{number % 6}" for number in range(12)]
    footage = sourced(table)
    train, test = split(footage, seed=seed)
    assert not set(train.sources) & set(test.sources)
    assert sorted([*train.paths, *test.paths]) == sorted(footage.paths)
    assert set(train.labels) == set(test.labels) == set(range(5))
    assert 0.1 < len(set(test.sources)) / len(set(footage.sources)) < 0.4
    assert split(footage, seed=seed)[1].paths == test.paths
    assert len({split(footage, seed=other)[1].paths for other in range(6)}) > 1


def test_split_of_the_authors() -> None:
    footage = sourced({"a": ["1", "2", "3"], "b": ["4", "5"]}, [False, True, False, True, False])
    train, test = split(footage)
    assert test.sources == ("2", "4") and train.sources == ("1", "3", "5")


def test_clips_are_split_as_their_files_are() -> None:
    footage = sourced({"a": list("1123"), "b": list("45566")})
    clips = np.arange(9 * 12, dtype=np.uint8).reshape(9, 1, 2, 2, 3)
    decoded = Decoded(clips, footage.labels, footage.classes, footage.sources, None, ())
    for files, made in zip(split(footage, seed=2), split(decoded, seed=2), strict=True):
        assert made.sources == files.sources and made.labels.tolist() == files.labels.tolist()
        assert np.array_equal(made.clips, clips[[int(path.stem) for path in files.paths]])


def test_split_refuses_a_class_of_one_source() -> None:
    with pytest.raises(ValueError, match=r"'b' has clips on one side .* and has 1"):
        split(sourced({"a": ["1", "2"], "b": ["3", "3", "3"]}))


def test_made_up(tmp_path: Path) -> None:
    footage = made_up(tmp_path / "films", clips=16, seed=3)
    assert len(footage) == 16 and footage.classes == ("down", "left", "right", "up")
    assert len(set(footage.sources)) == 4
    info = video.probe(footage.paths[0], count=True)
    assert (info.frames, info.width, info.height, info.codec) == (24, 64, 48, "h264")
    with pytest.raises(ValueError, match="multiple of 16"):
        made_up(tmp_path, clips=20)
