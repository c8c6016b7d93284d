"""Chapter 19: what it writes by hand equals NumPy, and does what its sentences say."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from vidtutor import pipeline, video, worlds
from vidtutor.footage import Footage

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

ByHand = Callable[[str], SimpleNamespace]


@pytest.mark.parametrize("workers", [1, 2, 3, 5])
@pytest.mark.parametrize("numbers", [4, 60, 61])
def test_ring_equals_the_sum(by_hand: ByHand, workers: int, numbers: int) -> None:
    gradients = np.random.default_rng(workers).normal(size=(workers, numbers))
    summed, sent = by_hand("19").ring(gradients)
    np.testing.assert_allclose(summed, np.tile(gradients.sum(axis=0), (workers, 1)), atol=1e-12)
    if numbers % workers == 0:
        np.testing.assert_array_equal(sent, 2 * (workers - 1) * numbers // workers)


def test_cache_decodes_once_and_again_where_a_file_changes(by_hand: ByHand, tmp_path: Path) -> None:
    files, calls = [tmp_path / name for name in ("a", "b")], []
    for file in files:
        file.write_text(file.name)

    def decode(path: Path) -> np.ndarray:
        calls.append(path.name)
        return np.full((2, 3), ord(path.read_text()[0]), np.uint8)

    for _ in range(2):
        kept = by_hand("19").cached(files, (2, 3), decode, tmp_path)
        np.testing.assert_array_equal(kept, [[[97] * 3] * 2, [[98] * 3] * 2])
    assert calls == ["a", "b"]
    assert not kept.flags.writeable
    files[1].write_text("c")
    assert by_hand("19").cached(files, (2, 3), decode, tmp_path)[1, 0, 0] == 99
    assert len(calls) == 4


def test_a_cache_that_stops_half_way_is_begun_anew(by_hand: ByHand, tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("a")

    def broken(path: Path) -> np.ndarray:
        raise OSError("no more disk")

    with pytest.raises(OSError, match="no more disk"):
        by_hand("19").cached([file], (2,), broken, tmp_path)
    kept = by_hand("19").cached([file], (2,), lambda path: np.array([7, 8], np.uint8), tmp_path)
    np.testing.assert_array_equal(kept, [[7, 8]])


def test_the_cache_of_the_package_holds_the_same(by_hand: ByHand, tmp_path: Path) -> None:
    clips = worlds.motion(3, seed=4).clips
    files = tuple(video.write(tmp_path / f"{i}.mp4", clip, fps=8) for i, clip in enumerate(clips))
    footage = Footage(files, np.array([0, 1, 1]), ("a", "b"), ("x", "y", "z"))

    def both() -> tuple[np.ndarray, np.ndarray]:
        mine = by_hand("19").cached(files, clips.shape[1:], video.read, tmp_path)
        return mine, pipeline.decode(footage, *clips.shape[1:3], folder=tmp_path / "package").clips

    for shared in (1, 2):  # another file of the same name makes another cache, in both
        mine, packaged = both()
        np.testing.assert_array_equal(mine, packaged)
        both()
        assert len(list(tmp_path.glob("*.npy"))) == len(list((tmp_path / "package").iterdir())) == shared
        files[0].write_bytes(files[1].read_bytes())
    assert not mine.flags.writeable and not packaged.flags.writeable


def test_float16_loses_what_numpy_says(by_hand: ByHand) -> None:
    smallest = np.finfo(np.float16).smallest_subnormal
    given = by_hand("19").after_float16(np.array([smallest / 4, 1.0, 1e5], np.float32), 1)
    np.testing.assert_array_equal(given, [0, 1, np.inf])
    assert by_hand("19").after_float16(np.array([smallest / 4], np.float32), 1024)[0] == smallest / 4


@pytest.mark.parametrize(("workers", "expected"), [(0, 100), (1, 80), (2, 40), (4, 20), (8, 20)])
def test_step_time(by_hand: ByHand, workers: int, expected: float) -> None:
    assert by_hand("19").step_time(80, 20, workers) == expected


def test_efficiency_is_one_alone_and_counts_every_byte(by_hand: ByHand) -> None:
    assert by_hand("19").efficiency(1, 1e9) == 1
    assert by_hand("19").efficiency(4, 1e6, compute=0.006, wire=1e9) == pytest.approx(0.5)  # 1.5 × 4 MB take 6 ms


@pytest.mark.parametrize("name", ["arrow", "order", "turn"])
def test_shortcut_equals_scikit_learn(by_hand: ByHand, name: str) -> None:
    chapter = by_hand("19")
    films = np.random.default_rng(0).integers(0, 256, (40, 16, 4, 4, 3)).astype(np.uint8)
    chapter.shortcut.__globals__["films"] = films
    answer = np.random.default_rng(1).permutation(np.arange(40) % 2)
    frames = np.array([list(side) for side in chapter.PRETEXTS[name]])[answer]
    clips = np.stack([film[places] for film, places in zip(films, frames, strict=True)]).astype(float)
    change = np.log(np.abs(clips[:, 1:] - clips[:, :-1]).mean(axis=(2, 3, 4)))
    features = np.concatenate([change, change**2], axis=1)
    line = LinearRegression().fit(features[:20], 2 * answer[:20] - 1)
    expected = np.mean((line.predict(features[20:]) > 0) == answer[20:])
    assert chapter.shortcut(name, seed=1) == pytest.approx(expected, abs=0.051)  # one clip may lie on the line


def test_a_pretext_shows_what_it_says(by_hand: ByHand) -> None:
    on, back = (np.array(side) for side in by_hand("19").PRETEXTS["turn"])
    np.testing.assert_array_equal(np.abs(np.diff(on)), np.abs(np.diff(back)))
    assert on[-1] > on[4]
    assert back[-1] < back[4]
