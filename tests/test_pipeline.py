"""From files to batches: what is decoded, what is cached, what is drawn anew, and what becomes of bad files."""

import hashlib
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from vidtutor import pipeline, video, worlds
from vidtutor.footage import Footage
from vidtutor.worlds import ClipSet

import numpy as np
import pytest
import tensorflow as tf
from make_videos import cut, decoded_by_ffmpeg, encode, numbered, numbers


def sourced(paths: list[Path], labels: list[int] | None = None) -> Footage:
    labels = labels or [number % 2 for number in range(len(paths))]
    return Footage(tuple(paths), np.array(labels), ("a", "b"), tuple(path.stem for path in paths))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four clips that carry their frame numbers, from 0, 40, 80 and 120 on, 40 frames each."""
    home = tmp_path_factory.mktemp("files")
    return [encode(home / f"{i}.mp4", numbered(40, 64, 128, first=40 * i), "-crf", 10) for i in range(4)]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VIDTUTOR_CACHE", str(tmp_path / "home"))
    monkeypatch.setenv("VIDTUTOR_STATIC", "1")
    return tmp_path / "home" / "cache"


def test_clips_are_the_files_in_order_and_to_size(files: list[Path]) -> None:
    made = pipeline.decode(sourced(files, [0, 1, 1, 0]), 8, 32)
    assert made.clips.shape == (4, 8, 32, 32, 3) and made.clips.dtype == np.uint8
    assert made.labels.tolist() == [0, 1, 1, 0] and made.sources == ("0", "1", "2", "3") and made.bad == ()
    for path, clip in zip(files, made.clips, strict=True):
        # 128 × 64, the square in the middle, halved: by FFmpeg and by ours.
        whole = decoded_by_ffmpeg(path, 32, 64)[video.sample_indices(40, 8)]
        assert np.abs(whole[:, :, 16:48].astype(int) - clip).mean() < 3
    with pytest.raises(ValueError, match="read-only"):
        made.clips[0] = 0


def test_the_cache_is_used_again_and_known_by_content(
    files: list[Path], cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = np.array(pipeline.decode(sourced(files), 4, 16).clips)
    copies = [Path(shutil.copy(path, tmp_path / f"copy of {path.name}")) for path in files]
    calls = []
    sample = video.sample
    monkeypatch.setattr(video, "sample", lambda *given, **named: calls.append(given) or sample(*given, **named))
    assert np.array_equal(pipeline.decode(sourced(copies), 4, 16).clips, first) and not calls
    shutil.copy(files[0], copies[3])  # another content under the same name
    changed = pipeline.decode(sourced(copies), 4, 16).clips
    assert len(calls) == 4 and np.array_equal(changed[3], first[0])
    pipeline.decode(sourced(files), 5, 16)
    pipeline.decode(sourced(files), 4, 18)
    assert len(calls) == 12
    assert len(list(cache.iterdir())) == 4


def test_bad_files_are_left_out_counted_and_named(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = [cut(tmp_path / "cut.mp4", files[0], 0.9), tmp_path / "empty.mp4", tmp_path / "gone.mp4"]
    bad.append(tmp_path / "text.avi")
    bad[1].touch()
    bad[3].write_text("no video")
    # Without its table of contents at the front, a file that is cut off still opens, and ends too early.
    stream = encode(tmp_path / "stream.mp4", numbered(40, 64, 128), "-movflags", "+faststart")
    bad.append(cut(tmp_path / "early.mp4", stream, 0.6))
    mixed = sourced([files[0], bad[0], bad[1], files[1], bad[2], bad[3], files[2], bad[4]], [0, 1, 0, 1, 0, 1, 1, 0])
    made = pipeline.decode(mixed, 4, 16)
    said = capsys.readouterr().out
    assert "5 of 8 files" in said and all(path.name in said for path in bad)
    assert [path for path, _ in made.bad] == bad[:2] + bad[2:]
    assert made.labels.tolist() == [0, 1, 1] and made.sources == ("0", "1", "2")
    assert np.array_equal(made.clips, pipeline.decode(sourced(files[:3]), 4, 16).clips)
    capsys.readouterr()
    assert pipeline.decode(mixed, 4, 16).bad == made.bad  # out of the cache
    assert "5 of 8 files" in capsys.readouterr().out
    with pytest.raises(video.VideoError, match=r"(?s)5 of 8 files.*early\.mp4.*bad='skip'"):
        pipeline.decode(mixed, 4, 16, bad="refuse")
    with pytest.raises(video.VideoError, match=r"(?s)2 of 3 files.*Nothing is left of b"):
        pipeline.decode(sourced([files[0], bad[0], bad[1]], [0, 1, 1]), 4, 16)


def test_a_whole_file_whose_frames_have_no_times_is_no_short_one(tmp_path: Path) -> None:
    path = encode(tmp_path / "stream.mpg", numbered(40, 64, 64), "-q:v", 2, "-r", 25)
    made = pipeline.decode(sourced([path, encode(tmp_path / "b.mp4", numbered(9, 64, 64))]), 4, 64)
    assert made.bad == ()
    assert numbers(np.array(made.clips[0])) == sorted(set(numbers(np.array(made.clips[0]))))


def test_short_files_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    short = encode(tmp_path / "short.mp4", numbered(3, 64, 64), "-crf", 10)
    made = pipeline.decode(sourced([short, encode(tmp_path / "long.mp4", numbered(9, 64, 64))]), 6, 64)
    assert numbers(np.array(made.clips[0])) == [0, 0, 1, 1, 2, 2]
    said = capsys.readouterr().out
    assert "1 of 2 files" in said and "short.mp4" in said and "long.mp4" not in said


def test_the_cache_is_bounded(files: list[Path], cache: Path) -> None:
    one = 4 * 4 * 16**2 * 3  # bytes of four clips of 4 × 16 × 16
    for start in range(3):
        pipeline.decode(sourced(files[start:] + files[:start]), 4, 16, limit=2.5 * one)
    kept = list(cache.iterdir())
    assert len(kept) == 2
    pipeline.decode(sourced(files[1:] + files[:1]), 4, 16, limit=2.5 * one)
    assert sorted(cache.iterdir()) == sorted(kept)  # the second was still there; the first made room
    with pytest.raises(ValueError, match=r"would take 0\.0 GB.*fewer frames"):
        pipeline.decode(sourced(files), 8, 64, limit=2.5 * one)
    with pytest.raises(ValueError, match="'skip' or 'refuse'"):
        pipeline.decode(sourced(files), bad="ignore")


def test_a_clip_outlives_its_cache(files: list[Path], cache: Path) -> None:
    made = pipeline.decode(sourced(files), 4, 16)
    before = np.array(made.clips)
    shutil.rmtree(cache)
    assert np.array_equal(made.clips, before)


DECODE = """
import hashlib, sys
from pathlib import Path
from vidtutor import pipeline
from vidtutor.footage import Footage
import numpy as np
paths = tuple(map(Path, sys.argv[2:]))
footage = Footage(paths, np.arange(len(paths)) % 2, ("a", "b"), tuple(path.stem for path in paths))
print(hashlib.sha256(pipeline.decode(footage, 8, 32, folder=sys.argv[1]).clips.tobytes()).hexdigest())
"""


def test_two_programs_share_one_cache(files: list[Path], tmp_path: Path) -> None:
    command = [sys.executable, "-c", DECODE, str(tmp_path / "shared"), *map(str, files)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) for _ in "ab"]
    found = {program.communicate(timeout=180)[0].strip() for program in both}
    ours = pipeline.decode(sourced(files), 8, 32, folder=tmp_path / "alone").clips.tobytes()
    assert found == {hashlib.sha256(ours).hexdigest()}
    assert len(list((tmp_path / "shared").iterdir())) == 1  # and nothing half-made beside it


def test_batches_hold_every_clip_once_in_a_new_order_each_epoch() -> None:
    clips = worlds.motion(10, frames=2, size=16, seed=1)
    data = pipeline.batches(clips, 4, seed=3)
    assert data.element_spec == (tf.TensorSpec((None, 2, 16, 16, 3), tf.uint8), tf.TensorSpec((None,), tf.int64))
    epochs = [[(clip.tobytes(), label) for x, y in data.as_numpy_iterator() for clip, label in zip(x, y, strict=True)]
              for _ in range(3)]  # fmt: skip
    whole = sorted((clip.tobytes(), label) for clip, label in zip(clips.clips, clips.labels, strict=True))
    assert all(sorted(epoch) == whole for epoch in epochs)
    assert len({str(epoch) for epoch in epochs}) == 3
    again = pipeline.batches(clips, 4, seed=3)
    assert [x.tobytes() for x, _ in again.as_numpy_iterator()] == [
        x.tobytes() for x, _ in pipeline.batches(clips, 4, seed=3).as_numpy_iterator()
    ]
    with pytest.raises(ValueError, match="0 clips in batches of 4"):
        pipeline.batches(replace(clips, clips=clips.clips[:0]), 4)


def test_augmentation_is_drawn_anew_behind_the_cache(files: list[Path]) -> None:
    made = pipeline.decode(sourced(files), 10, 40)
    data = pipeline.batches(made, 4, augment=pipeline.augmentation(made.classes, 8, 32), seed=1)
    epochs = [next(data.as_numpy_iterator()) for _ in range(3)]
    assert all(x.shape == (4, 8, 32, 32, 3) for x, _ in epochs)
    pixels = [{clip.tobytes() for clip in x} for x, _ in epochs]
    assert not pixels[0] & pixels[1] and not pixels[1] & pixels[2]


def test_augmentation_is_one_draw_a_clip() -> None:
    still = np.repeat(worlds.motion(1, frames=2, size=48, seed=2).clips[:, :1], 12, axis=1)[0]
    augment = pipeline.augmentation(("turn left", "turn right"), 8, 32)
    made = [augment(still, 0, np.random.default_rng(seed)) for seed in range(40)]
    for clip, label in made:
        assert clip.shape == (8, 32, 32, 3) and clip.dtype == np.uint8
        assert (clip == clip[0]).all()  # a still scene stays still
        assert label in (0, 1)
    labels = [label for _, label in made]
    assert 8 < sum(labels) < 32
    # Undo the mirror where the label changed: left in the picture is again left.
    clip = np.zeros((8, 32, 32, 3), np.uint8)
    clip[:, :, :8] = 255
    for seed in range(20):
        out, label = augment(clip, 0, np.random.default_rng(seed))
        bright_left = out[:, :, :8].mean() > out[:, :, -8:].mean()
        assert bright_left == (label == 0)
    with pytest.raises(ValueError, match="are not in a clip"):
        augment(clip[:4], 0, np.random.default_rng(0))


def test_a_class_without_its_mirror_image_is_never_mirrored() -> None:
    names = ("turn left", "turn right", "Counterclockwise", "Clockwise", "goes left", "jump", "leftover")
    assert pipeline.mirrored(names).tolist() == [1, 0, 3, 2, -1, 5, 6]
    clip = np.arange(32, dtype=np.uint8)[None, None, :, None] * np.ones((8, 32, 1, 3), np.uint8) * 8
    augment = pipeline.augmentation(names, 8, 32)
    for seed in range(20):
        out, label = augment(clip, 4, np.random.default_rng(seed))
        assert label == 4 and out[0, 0, 0, 0] <= out[0, 0, -1, 0]


def test_centre_is_a_view_of_the_middle() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 10, 40, 44, 3), np.uint8)
    clips = ClipSet(pixels, np.arange(3), ("a", "b", "c"))
    middle = pipeline.centre(clips, 8, 32)
    assert np.array_equal(middle.clips, clips.clips[:, 1:9, 4:36, 6:38]) and middle.clips.base is not None
    assert middle.labels is clips.labels and middle.classes == clips.classes
    with pytest.raises(ValueError, match="are not in a clip"):
        pipeline.centre(clips, 11, 32)
