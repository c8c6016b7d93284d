"""Video files: every frame in its place, whatever the container; and one clear sentence for every broken file."""

import base64
import itertools
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from vidtutor import video
from vidtutor.video import VideoError

import cv2
import numpy as np
import pytest
from make_videos import claiming, cut, decoded_by_ffmpeg, encode, ffmpeg, numbered, numbers, raw_avi, turned

TOTAL = 30
# A tenth of a second a frame, then four. FFmpeg 7 needs to be told to keep every frame.
UNEVEN = ("-vf", "setpts='if(lt(N,10),N,10+(N-10)*4)/10/TB'", "-fps_mode", "passthrough")
FILES: dict[str, tuple[object, ...]] = {
    "plain.mp4": (),
    "fragmented.mp4": ("-movflags", "frag_keyframe+empty_moov"),
    "uneven.mp4": (*UNEVEN, "-use_editlist", "0"),  # that of FFmpeg 7 hides the last frame
    "uneven.mkv": (*UNEVEN, "-c:v", "libx264"),
    "plain.mkv": ("-c:v", "libx264"),
    "plain.webm": ("-c:v", "libvpx", "-b:v", "1M", "-cpu-used", "8"),
    "plain.avi": ("-c:v", "mpeg4", "-q:v", "2"),
    "plain.ts": ("-c:v", "libx264"),
    "plain.h264": (),
    "hevc.mp4": ("-c:v", "libx265", "-x265-params", "log-level=error"),
    "a:b 100%d é.mp4": (),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty numbered frames at ten a second, in every container."""
    folder = tmp_path_factory.mktemp("videos")
    for name, options in FILES.items():
        encode(folder / name, numbered(TOTAL), *options)
    return folder


# Looking and reading


@pytest.mark.parametrize("name", FILES)
def test_every_frame_is_read_in_its_place(folder: Path, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clip = video.read(folder / name, strict=True)
        assert clip.shape == (TOTAL, 48, 64, 3) and clip.dtype == np.uint8
        assert numbers(clip) == list(range(TOTAL))
        assert numbers(video.read(folder / name, 7, 12)) == list(range(7, 12))
        assert numbers(video.sample(folder / name, 7)) == video.sample_indices(TOTAL, 7).tolist()
        assert numbers(np.stack(list(video.frames(folder / name, start=27)))) == [27, 28, 29]


@pytest.mark.parametrize("name", FILES)
def test_probe_says_what_is_there_and_never_a_wrong_count(folder: Path, name: str) -> None:
    info = video.probe(folder / name)
    assert (info.width, info.height, info.rotation) == (64, 48, 0)
    assert info.frames == (TOTAL if name.endswith(".mp4") else None)
    counted = video.probe(folder / name, count=True)
    assert counted.frames == TOTAL
    if name != "plain.h264":  # which knows neither rate nor times: 25 frames a second are assumed
        assert counted.duration == pytest.approx(9.0 if "uneven" in name else 3.0, abs=0.5)


def test_probe_names_the_codec_the_rate_and_the_length(folder: Path) -> None:
    info = video.probe(folder / "plain.mp4")
    assert (info.path, info.codec, info.fps, info.duration) == (folder / "plain.mp4", "h264", 10, 3.0)
    assert video.probe(folder / "plain.h264").duration is None
    assert video.probe(folder / "plain.webm").codec == "VP80"


@pytest.mark.parametrize("strategy", ["uniform", "random", "segment"])
@pytest.mark.parametrize("count", [1, 16, TOTAL, 2 * TOTAL])
def test_sample_reads_the_frames_that_sample_indices_chooses(folder: Path, strategy: str, count: int) -> None:
    clip = video.sample(folder / "plain.mp4", count, strategy, seed=3)
    assert numbers(clip) == video.sample_indices(TOTAL, count, strategy, seed=3).tolist()


def test_seeking_gives_the_wrong_frames_which_is_why_nothing_here_seeks(folder: Path) -> None:
    capture = cv2.VideoCapture(str(folder / "plain.ts"), cv2.CAP_FFMPEG)
    sought = []
    for index in range(TOTAL):
        capture.set(cv2.CAP_PROP_POS_FRAMES, index)
        found, frame = capture.read()
        sought += numbers(frame[None, :, :, ::-1]) if found else [-1]
    capture.release()
    assert sought != list(range(TOTAL)), "OpenCV seeks right here now: look again at the first words of video.py"
    assert numbers(video.sample(folder / "plain.ts", TOTAL)) == list(range(TOTAL))


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_frames_are_turned_as_the_file_says(folder: Path, tmp_path: Path, degrees: int) -> None:
    path = turned(tmp_path / "turned.mp4", folder / "plain.mp4", degrees)
    clip, info = video.read(path), video.probe(path)
    assert info.rotation == degrees
    assert clip.shape[1:3] == (info.height, info.width) == ((48, 64) if degrees == 180 else (64, 48))
    assert np.array_equal(np.rot90(clip, degrees // 90, (1, 2)), video.read(folder / "plain.mp4"))
    assert np.abs(clip - decoded_by_ffmpeg(path, info.height, info.width).astype(int)).mean() < 3


def test_odd_sizes_are_kept(tmp_path: Path) -> None:
    path = encode(tmp_path / "odd.mkv", numbered(5, 49, 67), "-c:v", "libvpx-vp9", "-cpu-used", "8", "-crf", "20")
    clip = video.read(path)
    assert clip.shape == (5, 49, 67, 3) and numbers(clip) == list(range(5))
    assert np.abs(clip - decoded_by_ffmpeg(path, 49, 67).astype(int)).mean() < 3


@pytest.mark.parametrize(("start", "stop"), [(-1, None), (3, 3), (5, 2), (0, 0)])
def test_an_impossible_span_is_refused(folder: Path, start: int, stop: int | None) -> None:
    with pytest.raises(ValueError, match=f"the span {start}:{stop} holds no frame"):
        video.read(folder / "plain.mp4", start, stop)


def test_a_span_past_the_end_is_never_silently_shorter(folder: Path) -> None:
    with pytest.warns(UserWarning, match=r"plain\.mp4 ends after 30 frames, .* short of the 40 frames"):
        assert numbers(video.read(folder / "plain.mp4", 28, 40)) == [28, 29]
    with pytest.raises(VideoError, match="short of the 40 frames that were asked for"):
        video.read(folder / "plain.mp4", 28, 40, strict=True)
    with pytest.raises(VideoError, match="has no frame 30: it holds 30"):
        video.read(folder / "plain.mp4", 30, 40)


# Files that lie, and files that are broken


@pytest.mark.parametrize("name", ["fast.mp4", "plain.mkv", "plain.avi", "plain.webm"])
def test_a_file_cut_in_the_middle_gives_its_frames_and_a_warning(folder: Path, tmp_path: Path, name: str) -> None:
    source = encode(tmp_path / name, numbered(100), *FILES.get(name, ("-movflags", "+faststart")))
    path = cut(tmp_path / f"cut_{name}", source, 0.6)
    with pytest.warns(UserWarning, match=f"cut_{name} ends after .* short of the 10"):
        clip = video.read(path)
    assert 10 < len(clip) < 95
    assert numbers(clip)[:-3] == list(range(len(clip)))[:-3]  # the last ones may be damaged
    assert video.probe(path, count=True).frames == len(clip)
    with pytest.raises(VideoError, match="fetch it again"):
        video.read(path, strict=True)
    with pytest.warns(UserWarning, match="ends after"):
        sampled = video.sample(path, 5)
    assert numbers(sampled)[:4] == video.sample_indices(len(clip), 5).tolist()[:4]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert numbers(video.read(path, 3, 6, strict=True)) == [3, 4, 5]


@pytest.mark.parametrize("claim", [4, 0, 0xFFFFFFFF])
def test_a_header_that_claims_too_little_or_nonsense_is_not_believed(folder: Path, tmp_path: Path, claim: int) -> None:
    path = claiming(tmp_path / "lie.avi", folder / "plain.avi", claim)
    assert video.probe(path).frames is None
    assert video.probe(path, count=True).frames == TOTAL
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert numbers(video.read(path, strict=True)) == list(range(TOTAL))
        assert numbers(video.sample(path, 6)) == video.sample_indices(TOTAL, 6).tolist()


def test_a_header_that_claims_too_much_is_told(folder: Path, tmp_path: Path) -> None:
    path = claiming(tmp_path / "lie.avi", folder / "plain.avi", 300)
    with pytest.warns(UserWarning, match=r"short of the 30\.0 s that its header promises"):
        assert numbers(video.read(path)) == list(range(TOTAL))
    with pytest.warns(UserWarning, match="short of"):
        assert numbers(video.sample(path, 6)) == video.sample_indices(TOTAL, 6).tolist()


def test_sound_that_lasts_a_little_longer_is_no_reason_to_warn(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "sound.mkv"
    ffmpeg("-i", folder / "plain.mkv", "-f", "lavfi", "-i", "sine=duration=3.15", "-c:v", "copy", "-c:a", "aac", path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(video.read(path, strict=True)) == TOTAL


@pytest.fixture(scope="module")
def broken(folder: Path) -> dict[str, Path]:
    """One file for every way of being no video."""
    made = {name: folder / f"{name.replace(' ', '_')}.mp4" for name in ("missing", "folder", "empty", "text", "sound")}
    made["folder"].mkdir()
    made["empty"].touch()
    made["text"].write_text("This is no video.\n" * 50)
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", made["sound"])
    made["cut"] = cut(folder / "cut_before_index.mp4", folder / "plain.mp4", 0.6)
    made["zero"] = folder / "zero.avi"
    cv2.VideoWriter(str(made["zero"]), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48)).release()
    made["av1"] = encode(folder / "av1.mp4", numbered(3), "-c:v", "libaom-av1", "-cpu-used", "8")
    return made


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("missing", "does not exist; check the name"),
        ("folder", "is a folder; give the path"),
        ("empty", "is empty; download or export"),
        ("text", "is no video that OpenCV can open"),
        ("sound", "one without a picture"),
        ("cut", "cut off before its table of contents"),
        ("zero", r"holds no frame that OpenCV can decode \(codec MJPG\)"),
        ("av1", r"holds no frame that OpenCV can decode \(codec AV01\); .*convert\("),
    ],
)
def test_a_broken_file_gives_one_clear_sentence(broken: dict[str, Path], kind: str, sentence: str) -> None:
    path = broken[kind]
    if kind == "av1" and cv2.VideoCapture(str(path), cv2.CAP_FFMPEG).grab():
        pytest.skip("this OpenCV decodes AV1")
    for attempt in (
        lambda: video.probe(path, count=True),
        lambda: video.read(path),
        lambda: next(video.frames(path)),
        lambda: video.sample(path, 4),
    ):
        with pytest.raises(VideoError, match=sentence) as error:
            attempt()
        assert str(error.value).startswith(str(path)) and "\n" not in str(error.value)


def test_uncompressed_frames_do_not_crash_the_process(tmp_path: Path) -> None:
    """In a process of its own: OpenCV 4.13 to 5.0 aborts on 24-bit frames that are stored from the bottom upwards."""
    paths = [
        raw_avi(tmp_path / f"{bits}_{width}_{order}.avi", numbered(3, 48, width), bits, order == "upwards")
        for bits, width, order in itertools.product((8, 24, 32), (64, 67), ("upwards", "downwards"))
    ]
    paths.append(tmp_path / "24.mov")
    ffmpeg("-i", tmp_path / "24_64_upwards.avi", "-c", "copy", paths[-1])
    script = """
import sys
from vidtutor import video
for path in sys.argv[1:]:
    try:
        print(video.probe(path, count=True).frames, video.read(path)[:, -1, 0].tolist())
    except video.VideoError as error:
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, *paths], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    for path, line in zip(paths, done.stdout.splitlines(), strict=True):
        if path.name.startswith("24"):
            assert line.startswith(f"{path} holds uncompressed frames that can crash OpenCV; ") and "convert(" in line
        else:
            pixel = [30, 30, 30] if path.name.startswith("8") else [30, 30, 220]  # the blue band, in its green if grey
            assert line == f"3 {[pixel] * 3}"


def test_a_damaged_file_does_not_chatter(folder: Path, tmp_path: Path) -> None:
    path = cut(tmp_path / "cut.ts", folder / "plain.ts", 0.6)
    script = f"from vidtutor import video; video.read({str(path)!r})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert "h264" not in done.stderr


# Choosing frames


def test_uniform_takes_the_centres_of_equal_parts() -> None:
    assert video.sample_indices(10, 5).tolist() == [1, 3, 5, 7, 9]
    assert video.sample_indices(9, 3).tolist() == [1, 4, 7]
    assert video.sample_indices(7, 1).tolist() == [3]
    assert video.sample_indices(5, 5).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("strategy", ["uniform", "random", "segment"])
def test_more_than_there_are_repeats_frames_in_order(strategy: str) -> None:
    assert video.sample_indices(3, 6, strategy).tolist() == [0, 0, 1, 1, 2, 2]
    assert video.sample_indices(3, 5, strategy, seed=1).tolist() == video.sample_indices(3, 5).tolist()


def test_random_takes_no_frame_twice_and_every_frame_alike() -> None:
    drawn = np.array([video.sample_indices(12, 4, "random", seed) for seed in range(600)])
    assert (np.diff(drawn) > 0).all()
    assert np.abs(np.bincount(drawn.ravel(), minlength=12) - 200).max() < 60


def test_segment_takes_one_frame_of_each_part_and_every_frame_alike() -> None:
    drawn = np.array([video.sample_indices(10, 4, "segment", seed) for seed in range(600)])
    bounds = np.arange(5) * 10 // 4
    assert (drawn >= bounds[:-1]).all() and (drawn < bounds[1:]).all()
    for part in range(4):
        share = np.bincount(drawn[:, part] - bounds[part]) / 600
        assert len(share) == bounds[part + 1] - bounds[part] and np.abs(share - 1 / len(share)).max() < 0.08


def test_a_seed_chooses_the_same_frames_again() -> None:
    for strategy in ("random", "segment"):
        again = [video.sample_indices(100, 8, strategy, seed).tolist() for seed in (5, 5, 6)]
        assert again[0] == again[1] != again[2]


def test_sample_indices_refuses_nonsense() -> None:
    with pytest.raises(ValueError, match="cannot choose 0 of 5 frames"):
        video.sample_indices(5, 0)
    with pytest.raises(ValueError, match="cannot choose 2 of 0 frames"):
        video.sample_indices(0, 2)
    with pytest.raises(ValueError, match="no strategy 'centre'; choose 'uniform'"):
        video.sample_indices(5, 2, "centre")


# Cutting to size


def test_resize_averages_what_falls_together() -> None:
    clip = np.random.default_rng(0).integers(0, 256, (3, 12, 20, 3)).astype(np.uint8)
    small = video.resize(clip, 6, 10)
    means = clip.reshape(3, 6, 2, 10, 2, 3).mean(axis=(2, 4))
    assert small.shape == (3, 6, 10, 3) and small.dtype == np.uint8
    assert np.abs(small - means).max() <= 0.51
    assert video.resize(clip, 24, 30).shape == (3, 24, 30, 3)
    assert np.array_equal(video.resize(clip, 12, 20), clip)
    assert video.resize(clip[:0], 6, 10).shape == (0, 6, 10, 3)


def test_crop_is_centred_or_where_it_is_told() -> None:
    clip = np.arange(2 * 6 * 9 * 3).reshape(2, 6, 9, 3).astype(np.uint8)
    assert np.array_equal(video.crop(clip, 2, 3), clip[:, 2:4, 3:6])
    assert np.array_equal(video.crop(clip, 2, 3, top=0), clip[:, 0:2, 3:6])
    assert np.array_equal(video.crop(clip, 2, 3, top=4, left=6), clip[:, 4:, 6:])
    assert np.array_equal(video.crop(clip, 6, 9), clip)


@pytest.mark.parametrize(
    ("height", "width", "top", "left"), [(7, 3, None, None), (2, 3, -1, 0), (2, 3, 5, 0), (2, 3, 0, 7), (0, 3, 0, 0)]
)
def test_a_crop_that_does_not_fit_is_refused(height: int, width: int, top: int | None, left: int | None) -> None:
    with pytest.raises(ValueError, match="do not fit into frames of 6×9"):
        video.crop(np.zeros((2, 6, 9, 3), np.uint8), height, width, top, left)


@pytest.mark.parametrize(
    ("wrong", "given"),
    [
        (np.zeros((2, 6, 9, 3), np.float32), r"float32 \(2, 6, 9, 3\)"),
        (np.zeros((6, 9, 3), np.uint8), r"uint8 \(6, 9, 3\)"),
        (np.zeros((2, 6, 9), np.uint8), r"uint8 \(2, 6, 9\)"),
        ([[1]], "list"),
    ],
)
def test_what_is_no_clip_is_refused(wrong: np.ndarray, given: str) -> None:
    for attempt in (lambda: video.resize(wrong, 4, 4), lambda: video.crop(wrong, 4, 4)):
        with pytest.raises(ValueError, match=rf"a clip must be uint8 \(T, H, W, 3\), not {given}"):
            attempt()


def test_resize_refuses_an_empty_size() -> None:
    with pytest.raises(ValueError, match="cannot resize to 0×5 pixels"):
        video.resize(np.zeros((2, 6, 9, 3), np.uint8), 0, 5)


# Writing


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    clip = numbered(12)
    path = video.write(tmp_path / "clip.mp4", clip, fps=12.5)
    info = video.probe(path)
    assert (info.frames, info.fps, info.codec, info.duration) == (12, 12.5, "h264", 0.96)
    again = video.read(path, strict=True)
    assert numbers(again) == list(range(12))
    assert np.abs(again.astype(int) - clip).mean() < 4
    assert os.listdir(tmp_path) == ["clip.mp4"]
    assert path.read_bytes().index(b"moov") < path.read_bytes().index(b"mdat")


@pytest.mark.parametrize("height", [64, 720])
def test_colours_survive(tmp_path: Path, height: int) -> None:
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (200, 100, 50), (30, 60, 200)]
    frame = np.repeat(np.array(colours, np.uint8), 40, axis=0)[None].repeat(height, axis=0)
    again = video.read(video.write(tmp_path / "colours.mp4", frame[None], 10))[0]
    assert np.abs(again[height // 2, 20::40].astype(int) - colours).max() <= 4


def test_an_odd_side_is_written_with_its_last_line_twice(tmp_path: Path) -> None:
    clip = numbered(4, 49, 67)
    again = video.read(video.write(tmp_path / "odd.mp4", clip, 10))
    assert again.shape == (4, 50, 68, 3)
    assert numbers(video.crop(again, 49, 67, top=0, left=0)) == list(range(4))
    assert np.abs(again[:, -1].astype(int) - again[:, -2]).mean() < 2
    assert np.abs(again[:, :, -1].astype(int) - again[:, :, -2]).mean() < 2


def test_frames_are_written_as_they_come_and_from_any_view(tmp_path: Path) -> None:
    taken = []

    def stream() -> Iterator[np.ndarray]:
        for frame in numbered(6)[::-1, ::-1, ::-1][:, ::-1, ::-1]:
            taken.append(1)
            yield frame

    path = video.write(tmp_path / "clip.MP4", stream(), 10)
    assert len(taken) == 6 and numbers(video.read(path)) == [5, 4, 3, 2, 1, 0]


def test_a_failed_writing_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = video.write(tmp_path / "clip.mp4", numbered(3), 10)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"a frame of shape \(20, 64, 3\) follows others of \(48, 64, 3\)"):
        video.write(path, [*numbered(3), *numbered(1, 20)], 10)
    with pytest.raises(ValueError, match=r"a frame must be uint8 \(H, W, 3\), not float64 .*\(255 \* x\)"):
        video.write(path, [numbered(1)[0], numbered(1)[0] / 255], 10)
    with pytest.raises(VideoError, match=r"clip\.mp4 cannot be written; FFmpeg says: ."):
        video.write(path, np.zeros((9, 2, 20_000, 3), np.uint8), 10)  # wider than H.264 goes
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["clip.mp4"]


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no frame to write"):
        video.write(tmp_path / "clip.mp4", [], 10)
    with pytest.raises(ValueError, match="fps is 0"):
        video.write(tmp_path / "clip.mp4", numbered(1), 0)
    with pytest.raises(ValueError, match=r"a frame must be uint8 \(H, W, 3\), not uint8 \(64, 3\)"):
        video.write(tmp_path / "clip.mp4", numbered(1)[0], 10)  # a frame where a clip should be
    for path in (tmp_path / "clip.avi", tmp_path / "nowhere" / "clip.mp4"):
        with pytest.raises(VideoError, match=r"cannot be written; give a name that ends in \.mp4"):
            video.write(path, numbered(1), 10)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("kind", ["av1", "uneven", "raw", "odd"])
def test_convert_makes_a_readable_copy(folder: Path, broken: dict[str, Path], tmp_path: Path, kind: str) -> None:
    source = {
        "av1": broken["av1"],
        "uneven": folder / "uneven.mkv",
        "raw": raw_avi(tmp_path / "raw.avi", numbered(5), 24, bottom_up=True),
        "odd": encode(tmp_path / "odd.mkv", numbered(5, 49, 67), "-c:v", "ffv1"),
    }[kind]
    clip = video.read(video.convert(source, tmp_path / "copy.mp4"), strict=True)
    assert clip.shape[1:3] == ((50, 68) if kind == "odd" else (48, 64))
    assert numbers(clip[:, :48]) == list(range({"av1": 3, "uneven": TOTAL}.get(kind, 5)))


def test_convert_says_what_ffmpeg_says(broken: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"copy\.mp4 cannot be written; FFmpeg says: .*nvalid data"):
        video.convert(broken["text"], tmp_path / "copy.mp4")


# Playing


def source_of(shown: str) -> str:
    return re.findall(r' src="(data:video/\w+;base64,.{40})', shown)[0]


def test_play_embeds_a_labelled_player(folder: Path) -> None:
    shown = video.play(numbered(5), fps=10, title='A "cat" & a dog').data
    assert shown.startswith("<video controls muted loop playsinline ")
    assert 'aria-label="A &quot;cat&quot; &amp; a dog"' in shown and 'poster="data:image/jpeg;base64,/9j/' in shown
    assert source_of(shown).startswith("data:video/mp4;base64,AAAA")


def test_play_converts_only_what_browsers_do_not_play(folder: Path, broken: dict[str, Path], tmp_path: Path) -> None:
    def copied(path: Path) -> bool:
        return base64.b64encode(path.read_bytes()).decode() in video.play(path).data

    wide = encode(tmp_path / "444.mp4", numbered(3), "-pix_fmt", "yuv444p")
    assert copied(folder / "plain.mp4") and copied(folder / "plain.webm")
    for path in (folder / "plain.avi", folder / "plain.mkv", folder / "hevc.mp4", broken["av1"], wide):
        assert not copied(path) and "data:video/mp4" in video.play(path).data
    assert "data:video/webm" in video.play(folder / "plain.webm").data


def test_play_refuses_what_is_too_large_or_no_video(monkeypatch: pytest.MonkeyPatch, broken: dict[str, Path]) -> None:
    with pytest.raises(VideoError, match="does not exist"):
        video.play(broken["missing"])
    with pytest.raises(ValueError, match="a frame must be uint8"):
        video.play(np.zeros((2, 6, 9, 3)))
    monkeypatch.setattr(video, "LARGEST_EMBEDDED", 1000)
    with pytest.raises(VideoError, match=r"Walk takes 0\.0 MB, .* play fewer frames"):
        video.play(numbered(5), title="Walk")


def test_the_player_plays_in_chromium(browser) -> None:
    shown = video.play(numbered(40, 720, 1280), fps=20).data
    script = """async () => {
        const film = document.querySelector('video');
        await film.play();
        while (film.currentTime < 0.3) await new Promise((done) => setTimeout(done, 50));
        film.pause();
        const canvas = new OffscreenCanvas(128, 72);
        const pen = canvas.getContext('2d');
        pen.drawImage(film, 0, 0, 128, 72);
        const pixels = Array.from(pen.getImageData(0, 0, 128, 72).data);
        return {duration: film.duration, time: film.currentTime, width: film.clientWidth, pixels};
    }"""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.set_content(shown)
    seen = page.evaluate(script)
    page.close()
    frame = np.array(seen["pixels"], np.uint8).reshape(72, 128, 4)[:, :, :3]
    assert seen["duration"] == pytest.approx(2.0) and 300 < seen["width"] <= 390
    assert numbers(frame[None])[0] == pytest.approx(20 * seen["time"], abs=2)
    assert np.abs(frame[6, 64].astype(int) - (220, 30, 30)).max() < 8  # the colours of large pictures, too


# Real files


@pytest.mark.footage
@pytest.mark.skipif("VIDTUTOR_DATA" not in os.environ, reason="VIDTUTOR_DATA does not name a folder of footage")
def test_every_real_file_reads_right_or_says_why_not() -> None:
    paths = [path for part in ("odd", "footage") for path in sorted(Path(os.environ["VIDTUTOR_DATA"], part).iterdir())]
    assert paths
    for path in paths:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                info, first, sampled = video.probe(path, count=True), video.read(path, 0, 3), video.sample(path, 4)
        except VideoError as error:
            assert str(error).startswith(str(path)) and "convert(" in str(error)
            continue
        assert info.frames is not None and sampled.shape == (4, info.height, info.width, 3)
        if path.name == "corrupted.mp4":  # FFmpeg paints over what is damaged, OpenCV stops there
            continue
        true = decoded_by_ffmpeg(path, 36, 64).astype(int)
        assert len(true) == info.frames
        clip = video.resize(np.concatenate([first, sampled]), 36, 64)
        for frame, index in zip(clip, [0, 1, 2, *video.sample_indices(info.frames, 4)], strict=True):
            distances = np.abs(true - frame).mean(axis=(1, 2, 3))
            assert distances[index] < min(10, distances.min() + 0.1), (path, index)  # the right one is the nearest
