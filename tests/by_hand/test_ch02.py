"""Chapter 02: its colours, measures, codec and sampling equal OpenCV's, SciPy's, FFmpeg's and the book's own."""

from collections.abc import Callable
from types import SimpleNamespace

from vidtutor import video

import cv2
import numpy as np
import pytest
from scipy import stats

ByHand = Callable[[str], SimpleNamespace]
SHAPES = [(3, 4, 6), (8, 16, 10), (5, 32, 48)]


def clip_of(shape: tuple[int, int, int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3)).astype(np.uint8)


def smooth(total: int, height: int = 64, width: int = 96) -> np.ndarray:
    """A bright disc that moves over a slope: something that compresses."""
    clip = np.empty((total, height, width, 3), np.uint8)
    clip[:] = np.linspace(40, 160, width).astype(np.uint8)[None, None, :, None]
    for t, frame in enumerate(clip):
        cv2.circle(frame, (20 + t, height // 2), 9, (220, 60, 40), -1)
    return clip


@pytest.mark.parametrize("shape", SHAPES)
def test_yuv_equals_opencv(by_hand: ByHand, shape: tuple[int, int, int]) -> None:
    frame = clip_of(shape)[0]
    ours = by_hand("02").to_yuv(frame)
    theirs = cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb)[..., [0, 2, 1]]
    assert np.abs(np.clip(ours, 0, 255) - theirs).max() <= 1.1  # OpenCV rounds, and its matrix is of fixed point
    back = by_hand("02").to_rgb(ours).astype(int)
    assert np.abs(back - frame).max() <= 1


def test_grey_has_no_colour(by_hand: ByHand) -> None:
    grey = np.arange(256)[None, :, None].repeat(3, axis=2)
    yuv = by_hand("02").to_yuv(grey)
    np.testing.assert_allclose(yuv[..., 0], grey[..., 0], atol=1e-9)
    np.testing.assert_allclose(yuv[..., 1:], 128, atol=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_halve_equals_opencv(by_hand: ByHand, shape: tuple[int, int, int]) -> None:
    frame = clip_of(shape, 1)[0].astype(float)
    small = cv2.resize(frame, (shape[2] // 2, shape[1] // 2), interpolation=cv2.INTER_AREA)
    theirs = cv2.resize(small, (shape[2], shape[1]), interpolation=cv2.INTER_NEAREST)
    np.testing.assert_allclose(by_hand("02").halve(frame), theirs, atol=1e-9)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_psnr_equals_opencv(by_hand: ByHand, seed: int) -> None:
    one, other = clip_of((1, 20, 30), seed)[0], clip_of((1, 20, 30), seed + 9)[0]
    assert by_hand("02").psnr(one, other) == pytest.approx(cv2.PSNR(one, other), rel=1e-9)
    assert by_hand("02").psnr(one, one) == np.inf


@pytest.mark.parametrize("values", [1, 2, 7, 256])
def test_entropy_equals_scipy(by_hand: ByHand, values: int) -> None:
    numbers = np.random.default_rng(values).integers(0, values, (30, 40))
    theirs = stats.entropy(np.bincount(numbers.ravel()), base=2)
    assert by_hand("02").entropy(numbers) == pytest.approx(theirs, abs=1e-9)
    assert by_hand("02").entropy(numbers - 5) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("shape", [(1, 1, 1), *SHAPES])
def test_the_codec_gives_every_byte_back_at_step_1(by_hand: ByHand, shape: tuple[int, int, int]) -> None:
    clip = clip_of(shape, 2)
    np.testing.assert_array_equal(by_hand("02").decode(by_hand("02").encode(clip, 1), clip.shape, 1), clip)


@pytest.mark.parametrize("step", [2, 5, 16, 64])
def test_the_codec_never_errs_by_more_than_half_a_step(by_hand: ByHand, step: int) -> None:
    clip = clip_of((40, 8, 8), 3)
    again = by_hand("02").decode(by_hand("02").encode(clip, step), clip.shape, step)
    assert again.dtype == np.uint8
    assert np.abs(again.astype(int) - clip).max() <= step / 2  # in the last frame as in the first: no drift


def test_frame_types_and_packets_of_a_file_that_we_order(by_hand: ByHand, tmp_path) -> None:  # type: ignore[no-untyped-def]
    chapter = by_hand("02")
    names = chapter.save.__globals__  # the chapter's functions find their folder among its names
    names["folder"] = tmp_path
    path = chapter.save("a.mp4", smooth(20), "-g", 8, "-bf", 2, "-sc_threshold", 0)
    types, (shown, sizes) = chapter.frame_types(path), chapter.packets(path)
    assert [t for t, kind in enumerate(types) if kind == "I"] == [0, 8, 16] and len(types) == 20
    assert len(set(shown.tolist())) == 20 and sizes.min() > 0
    assert sizes.sum() < path.stat().st_size < sizes.sum() + 5000
    np.testing.assert_allclose(chapter.timestamps(path), np.arange(20) / 12, atol=0.002)


def test_a_mark_survives_compression(by_hand: ByHand, tmp_path) -> None:  # type: ignore[no-untyped-def]
    chapter = by_hand("02")
    marked = chapter.mark(smooth(200))
    path = video.write(tmp_path / "marked.mp4", marked, 12)
    assert [chapter.number_on(frame) for frame in video.frames(path)] == list(range(200))


@pytest.mark.parametrize("strategy", ["uniform", "segment", "random"])
@pytest.mark.parametrize(("total", "count"), [(360, 8), (10, 4), (7, 7), (5, 1)])
@pytest.mark.parametrize("seed", [0, 3])
def test_choose_equals_sample_indices(by_hand: ByHand, strategy: str, total: int, count: int, seed: int) -> None:
    ours = by_hand("02").choose(total, count, strategy, seed)
    np.testing.assert_array_equal(ours, video.sample_indices(total, count, strategy, seed))


@pytest.mark.parametrize(("gop", "keyframes"), [(1, range(40)), (12, range(0, 40, 12)), (250, [0])])
def test_a_seek_decodes_from_the_key_frame_on(by_hand: ByHand, gop: int, keyframes: range | list[int]) -> None:
    for n in range(40):
        walked = next(back for back in range(n + 1) if n - back in keyframes) + 1
        assert by_hand("02").decoded_by_seeking([n], gop) == walked
