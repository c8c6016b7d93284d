"""Video files and clips: look at a file, read it, sample it, cut it to size, write it, play it. Chapter 02.

A *frame* is `uint8 (H, W, 3)`, a *clip* is `uint8 (T, H, W, 3)`; both are RGB, turned the way a player shows them.

Nothing here seeks. Asking OpenCV for frame 500 (`CAP_PROP_POS_FRAMES`) gives another frame in files of variable frame
rate or with a damaged header, and it is slower besides: a jump decodes everything since the last key frame. Going
through a file with `grab()`, which decodes, and calling `retrieve()`, which converts to pixels, for the wanted frames
alone is exact in every file and several times faster.
"""

import base64
import html
import os
import subprocess
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
from IPython.display import HTML
from numpy.typing import NDArray

# FFmpeg prints its troubles with a damaged file to stderr; the errors and warnings below say them in one sentence.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

Frame = NDArray[np.uint8]
Clip = NDArray[np.uint8]

H264 = ["-an", "-c:v", "libx264", "-crf", "20", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
LARGEST_EMBEDDED = 8_000_000  # bytes; Colab refuses notebooks much larger than this
RAW_BGR = int.from_bytes(b"BGR\x18", "little")
YUV_420 = int.from_bytes(b"I420", "little")


class VideoError(ValueError):
    """A video file that cannot be used: one sentence with the file, the problem and the way out."""


@dataclass(frozen=True)
class VideoInfo:
    """What the header of a video file says, before anything is decoded.

    frames: how many; None where the header holds no believable count (Matroska, WebM, AVI, MPEG-TS, raw streams:
    they give a duration at most). Only `probe(path, count=True)` gives the true number.
    width, height: pixels, as shown, so after rotation.
    fps: frames a second, on average where the frame rate varies.
    codec: the four letters by which OpenCV calls it, such as h264, hevc, VP90, AV01, FMP4; "raw" if not coded.
    rotation: degrees, clockwise, by which a player turns the stored picture; every frame read here is turned already.
    duration: seconds, or None where the header does not say.
    """

    path: Path
    frames: int | None
    width: int
    height: int
    fps: float
    codec: str
    rotation: int
    duration: float | None


def probe(path: str | Path, count: bool = False) -> VideoInfo:
    """Say what a video file is: size, frame rate, codec, rotation, length.

    count: go through the file, decoding, so that `frames` and `duration` are true whatever the header says.
    Raises VideoError if the file is missing, empty or no video, or if `count` finds no frame. Chapter 02.
    """
    with _opened(path) as (capture, info):
        if not count:
            return info
        frames, end = 0, 0.0
        for end in _grabbed(capture):
            frames += 1
    _check_end(replace(info, frames=None, duration=None), frames, end)
    last = end or (frames - 1) / info.fps  # a raw stream carries no times: each of its frames is at 0
    return replace(info, frames=frames, duration=last + 1 / info.fps)


def frames(path: str | Path, start: int = 0, stop: int | None = None, strict: bool = False) -> Iterator[Frame]:
    """Yield the frames of a video file one by one, `uint8 (H, W, 3)` RGB, so that a long file needs little memory.

    start, stop: the span, as in a slice, counted from 0; frame exact, since the file is decoded in order.
    strict: a file that ends before its header or `stop` promises raises VideoError, where otherwise the frames that
    exist are given and a warning follows.
    Raises VideoError for a file without a frame to give, ValueError for an impossible span. Chapter 02.
    """
    if start < 0 or (stop is not None and stop <= start):
        raise ValueError(f"the span {start}:{stop} holds no frame; give 0 <= start < stop")
    with _opened(path) as (capture, info):
        seen, end = 0, 0.0
        for end in _grabbed(capture):
            if seen >= start:
                yield _retrieved(capture, info)
            seen += 1
            if seen == stop:
                return
    if 0 < seen <= start:
        raise VideoError(f"{path} has no frame {start}: it holds {seen} frames, counted from 0; start earlier")
    _check_end(info, seen, end, stop, strict)


def read(path: str | Path, start: int = 0, stop: int | None = None, strict: bool = False) -> Clip:
    """Read a video file, or the span start:stop of its frames, as a clip `uint8 (T, H, W, 3)` RGB.

    One second of 1280×720 at 25 fps is 69 MB: a long file is better read by `frames` or `sample`.
    Arguments and errors are those of `frames`. Chapter 02.
    """
    info = probe(path)
    one_frame = np.dtype((np.uint8, (info.height, info.width, 3)))
    return np.fromiter(frames(path, start, stop, strict), dtype=one_frame)


def sample_indices(total: int, count: int, strategy: str = "uniform", seed: int = 0) -> NDArray[np.int64]:
    """Choose `count` of `total` frames, in order: `int64 (count,)`.

    "uniform": the centres of `count` equal parts. "segment": one random frame of each part, as in TSN (Wang et al.,
    2016). "random": any frames, none twice. Where count > total, each strategy repeats frames evenly, as "uniform".
    Raises ValueError for fewer than one frame and for any other strategy. Chapter 02.
    """
    if total < 1 or count < 1:
        raise ValueError(f"cannot choose {count} of {total} frames; both must be at least 1")
    if strategy not in ("uniform", "random", "segment"):
        raise ValueError(f"there is no strategy {strategy!r}; choose 'uniform', 'random' or 'segment'")
    parts = np.arange(count)
    if strategy == "uniform" or count > total:
        return (2 * parts + 1) * total // (2 * count)
    rng = np.random.default_rng(seed)
    if strategy == "random":
        return np.sort(rng.choice(total, count, replace=False))
    return rng.integers(parts * total // count, (parts + 1) * total // count)


def sample(path: str | Path, count: int, strategy: str = "uniform", seed: int = 0) -> Clip:
    """Read `count` frames spread over a video file, `uint8 (count, H, W, 3)` RGB; see `sample_indices`.

    The whole file is decoded, so that the frames are spread over those that exist: where the header's count turns out
    wrong, a second pass chooses again. A file that ends too early gives a warning.
    Raises VideoError as `frames` does, ValueError as `sample_indices` does. Chapter 02.
    """
    info = probe(path)
    guess = max(1, round((info.duration or 0) * info.fps))
    indices = sample_indices(guess, count, strategy, seed)
    found, total, end = _picked(path, indices)
    _check_end(info, total, end)
    if total != guess:
        indices = sample_indices(total, count, strategy, seed)
        found, *_ = _picked(path, indices)
    return np.stack([found[index] for index in indices.tolist()])


def resize(clip: Clip, height: int, width: int) -> Clip:
    """Scale every frame of a clip `uint8 (T, H, W, 3)` to `uint8 (T, height, width, 3)`, whatever that does to its shape.

    Shrinking averages the pixels that fall together (INTER_AREA), so that fine patterns do not flicker; enlarging
    interpolates linearly. Raises ValueError for anything but a clip and for sizes below 1. Chapter 02.
    """
    _check_clip(clip)
    if height < 1 or width < 1:
        raise ValueError(f"cannot resize to {height}×{width} pixels; height and width must be at least 1")
    shrinking = height * width < clip.shape[1] * clip.shape[2]
    small = np.empty((len(clip), height, width, 3), np.uint8)
    for before, after in zip(clip, small, strict=True):
        after[:] = cv2.resize(before, (width, height), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR)
    return small


def crop(clip: Clip, height: int, width: int, top: int | None = None, left: int | None = None) -> Clip:
    """Cut the same rectangle out of every frame of a clip: `uint8 (T, height, width, 3)`, a view, not a copy.

    top, left: its first row and column; None puts it in the centre.
    Raises ValueError for anything but a clip and for a rectangle that does not fit. Chapter 02.
    """
    _check_clip(clip)
    top = (clip.shape[1] - height) // 2 if top is None else top
    left = (clip.shape[2] - width) // 2 if left is None else left
    inside = 0 <= top < top + height <= clip.shape[1] and 0 <= left < left + width <= clip.shape[2]
    if not inside:
        raise ValueError(
            f"a crop of {height}×{width} pixels at row {top}, column {left} does not fit into frames of "
            f"{clip.shape[1]}×{clip.shape[2]}; choose a smaller one, or resize the clip first"
        )
    return clip[:, top : top + height, left : left + width]


def write(path: str | Path, clip: Clip | Iterable[Frame], fps: float) -> Path:
    """Write a clip, or frames as they come, as an .mp4 that plays in every browser: H.264, yuv420p, faststart.

    clip: frames `uint8 (H, W, 3)` RGB, all of one shape; a generator keeps the memory small.
    H.264 halves the resolution of colour, so its sides are even: an odd one gets its last row or column twice, and the
    file reads back one pixel larger (crop it). The compression loses a little, so values come back close, not equal.
    The file appears when it is whole; until then an older one of that name stays.
    Raises ValueError for wrong frames, VideoError for a path that cannot be written. Chapter 02.
    """
    if not fps > 0:
        raise ValueError(f"fps is {fps}; give a number of frames a second above 0")
    stream = iter(clip)
    first = next(stream, None)
    if first is None:
        raise ValueError("there is no frame to write; give at least one")
    _check_frame(first, first)
    height, width = first.shape[:2]

    def even() -> Iterator[bytes]:
        for frame in chain([first], stream):
            _check_frame(frame, first)
            yield cv2.copyMakeBorder(frame, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE).tobytes()

    size = f"{width + width % 2}x{height + height % 2}"
    return _encoded(Path(path), ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", str(fps), "-i", "-"], even())


def convert(source: str | Path, target: str | Path) -> Path:
    """Make a copy of a video that OpenCV reads and browsers play, by the FFmpeg of imageio-ffmpeg: H.264 in an .mp4.

    For what OpenCV cannot decode, such as AV1. Rotation is applied, sound left out, an odd side gains a black line.
    Raises VideoError if FFmpeg cannot read the source or write the target. Chapter 02.
    """
    even = ["-map", "0:v:0", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2"]
    return _encoded(Path(target), ["-i", str(Path(source).resolve()), *even])


def play(video: str | Path | Clip, fps: float = 25.0, title: str = "Video") -> HTML:
    """Show a clip `uint8 (T, H, W, 3)` or a video file in a notebook: a player with controls, embedded, so it travels.

    fps: the speed of a clip; a file has its own. title: what the player is called for those who cannot see it.
    A file of a kind that browsers do not play is converted first.
    Raises VideoError for a file that cannot be used and for more than 8 MB, ValueError for a wrong clip. Chapter 02.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.mp4"
        if isinstance(video, np.ndarray):
            _check_clip(video)
            path = write(copy, video, fps)
        else:
            path = Path(video) if _plays_in_browsers(video) else convert(video, copy)
        if path.stat().st_size > LARGEST_EMBEDDED:
            raise VideoError(
                f"{title} takes {path.stat().st_size / 1e6:.1f} MB, too much to embed in a notebook (limit 8 MB); "
                "play fewer frames, as in play(read(path, 0, 250)), or smaller ones by resize"
            )
        kind = "webm" if path.suffix == ".webm" else "mp4"
        data = base64.b64encode(path.read_bytes()).decode()
        _, picture = cv2.imencode(".jpg", cv2.cvtColor(read(path, 0, 1)[0], cv2.COLOR_RGB2BGR))
    poster, name = base64.b64encode(picture.tobytes()).decode(), html.escape(title)
    return HTML(
        f'<video controls muted loop playsinline title="{name}" aria-label="{name}" '
        f'style="max-width: 100%; min-width: min(100%, 320px)" poster="data:image/jpeg;base64,{poster}" '
        f'src="data:video/{kind};base64,{data}"></video>'
    )


@contextmanager
def _opened(path: str | Path) -> Iterator[tuple[cv2.VideoCapture, VideoInfo]]:
    """Open a video file and read its header, or say why not; close it whatever happens."""
    path = Path(path)
    if path.is_dir():
        raise VideoError(f"{path} is a folder; give the path of a video file")
    if not path.exists():
        raise VideoError(f"{path} does not exist; check its name, and the folder that it is sought from: {Path.cwd()}")
    if path.stat().st_size == 0:
        raise VideoError(f"{path} is empty; download or export it again")
    # The whole path, because FFmpeg takes "a:b.mp4" for an address; FFmpeg alone, because other readers count otherwise.
    capture = cv2.VideoCapture(str(path.resolve()), cv2.CAP_FFMPEG)
    try:
        if not capture.isOpened():
            raise VideoError(
                f"{path} is no video that OpenCV can open: another kind of file, one without a picture, or one cut off "
                "before its table of contents; check that it plays elsewhere, and download or export it again"
            )
        yield capture, _header(path, capture)
    finally:
        capture.release()


def _header(path: Path, capture: cv2.VideoCapture) -> VideoInfo:
    """Say what the header of an open file says, as far as it is to be believed."""
    fps, claimed = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FRAME_COUNT)
    believable = 0 < claimed <= path.stat().st_size  # a coded frame takes a byte at least
    with path.open("rb") as file:
        lists_frames = file.read(8)[4:] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")  # MP4 and MOV
    code = int(capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
    return VideoInfo(
        path=path,
        frames=int(claimed) if believable and lists_frames else None,
        width=int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
        height=int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        fps=fps,
        codec=code.to_bytes(4, "little").decode("latin-1").strip("\0 ") or "raw",
        rotation=int(capture.get(cv2.CAP_PROP_ORIENTATION_META)),
        duration=claimed / fps if believable else None,
    )


def _grabbed(capture: cv2.VideoCapture) -> Iterator[float]:
    """Decode frame after frame, without making pixels of them; yield each one's time in seconds."""
    while capture.grab():
        yield capture.get(cv2.CAP_PROP_POS_MSEC) / 1000


def _retrieved(capture: cv2.VideoCapture, info: VideoInfo) -> Frame:
    """Make RGB pixels of the frame grabbed last."""
    # OpenCV 4.13 to 5.0 corrupts its memory and aborts on such frames if they are stored from the bottom upwards.
    if info.codec == "raw" and int(capture.get(cv2.CAP_PROP_CODEC_PIXEL_FORMAT)) == RAW_BGR:
        raise VideoError(
            f"{info.path} holds uncompressed 24-bit frames, which make some OpenCV versions crash; {_way_out(info)}"
        )
    return cv2.cvtColor(capture.retrieve()[1], cv2.COLOR_BGR2RGB)


def _picked(path: str | Path, indices: NDArray[np.int64]) -> tuple[dict[int, Frame], int, float]:
    """Go through a file; return the frames at these indices, the true number of frames, the last one's time."""
    wanted, found, seen, end = set(indices.tolist()), {}, 0, 0.0
    with _opened(path) as (capture, info):
        for end in _grabbed(capture):
            if seen in wanted:
                found[seen] = _retrieved(capture, info)
            seen += 1
    return found, seen, end


def _check_end(info: VideoInfo, seen: int, end: float, stop: int | None = None, strict: bool = False) -> None:
    """Speak up if a file ended, after `seen` frames, the last at `end` seconds, before it should have."""
    if not seen:
        raise VideoError(f"{info.path} holds no frame that OpenCV can decode (codec {info.codec}); {_way_out(info)}")
    if stop is not None:
        short, promised = seen < stop, f"frames up to {stop} were asked for"
    elif info.frames is not None:
        short, promised = seen < info.frames, f"its header promises {info.frames} frames"
    else:  # a duration is all there is; sound may last a little longer than the picture
        short = info.duration is not None and end + 1 / info.fps < info.duration - 0.2
        promised = f"its header promises {info.duration} s"
    if short:
        sentence = (
            f"{info.path} ends after {seen} frames, at {end:.2f} s, though {promised}: it was cut off, trimmed or "
            "damaged; fetch it again, or work with the frames there are"
        )
        if strict:
            raise VideoError(sentence)
        warnings.warn(sentence, stacklevel=3)


def _way_out(info: VideoInfo) -> str:
    """Say how to get a copy that OpenCV reads."""
    return f"if it plays elsewhere, read a copy: vidtutor.video.convert({str(info.path)!r}, 'copy.mp4')"


def _check_frame(frame: Frame, like: Frame) -> None:
    """Raise ValueError unless this is a frame, and of the same shape as another."""
    if not isinstance(frame, np.ndarray) or frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
        raise ValueError(f"a frame must be uint8 (H, W, 3), not {_described(frame)}; scale 0…1 by 255 and round")
    if frame.shape != like.shape:
        raise ValueError(f"a frame has the shape {frame.shape}, those before it {like.shape}; resize them alike")


def _check_clip(clip: Clip) -> None:
    """Raise ValueError unless this is a clip."""
    if not isinstance(clip, np.ndarray) or clip.ndim != 4 or clip.shape[3] != 3 or clip.dtype != np.uint8:
        raise ValueError(f"a clip must be uint8 (T, H, W, 3), not {_described(clip)}; scale 0…1 by 255 and round")


def _described(value: object) -> str:
    """Name the dtype and shape of an array, or the type of anything else."""
    return f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__


def _plays_in_browsers(path: str | Path) -> bool:
    """Say whether Chromium, Firefox and Safari play a file as it is."""
    with _opened(path) as (capture, info):
        pixels = int(capture.get(cv2.CAP_PROP_CODEC_PIXEL_FORMAT))
    kinds = {".mp4": ("h264",), ".m4v": ("h264",), ".webm": ("VP80", "VP90")}
    return pixels == YUV_420 and info.codec in kinds.get(info.path.suffix, ())


def _encoded(target: Path, source: Sequence[str], frames: Iterable[bytes] = ()) -> Path:
    """Let FFmpeg make H.264 of a source, or of the frames fed to it; move the file to its place when it is whole."""
    if target.suffix.lower() != ".mp4" or not target.parent.is_dir():
        raise VideoError(f"{target} cannot be written; give a name that ends in .mp4, in a folder that exists")
    with tempfile.TemporaryDirectory(prefix=".", dir=target.parent) as folder:
        part = Path(folder) / "part.mp4"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, *H264, str(part.resolve())]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdin is not None
            with suppress(BrokenPipeError):  # FFmpeg has given up: its return code says so
                for frame in frames:
                    process.stdin.write(frame)
            complaint = process.communicate()[1].decode(errors="replace").strip()
        if process.returncode:
            raise VideoError(f"{target} cannot be written: FFmpeg says {complaint.splitlines()[-1:]}")
        os.replace(part, target)
    return target
