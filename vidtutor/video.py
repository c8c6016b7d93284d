"""Video files and clips: look at a file, read it, sample it, cut it to size, write it, play it. Chapter 02.

A *frame* is `uint8 (H, W, 3)`, a *clip* is `uint8 (T, H, W, 3)`; both are RGB, turned the way a player shows them.

Nothing here seeks. Told to jump to a frame (`CAP_PROP_POS_FRAMES`), OpenCV gives another one in some files, without a
word, and only decoding a file in order tells which files those are. So every function goes through from the start:
`grab()` decodes a frame, `retrieve()` makes pixels of it, and that second, larger part is done for wanted frames alone.
In a clip of some hundred frames this is the faster way too, as each jump decodes anew from the last key frame.
"""

import base64
import html
import os
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
from IPython.display import HTML
from numpy.typing import NDArray

# FFmpeg tells stderr all its troubles with a damaged file; the errors and warnings below say it in one sentence.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

Frame = NDArray[np.uint8]
Clip = NDArray[np.uint8]

LARGEST_EMBEDDED = 8_000_000  # bytes: Colab struggles with a notebook of more than 10 MB
RAW_BGR, YUV_420 = (int.from_bytes(code, "little") for code in (b"BGR\x18", b"I420"))


class VideoError(ValueError):
    """A video file that cannot be used: one sentence with the file, the problem and the way out."""


@dataclass(frozen=True)
class VideoInfo:
    """What the header of a video file says, before anything is decoded.

    frames: how many, or None where the header lists no frames (Matroska, WebM, AVI, MPEG-TS and raw streams give a
    duration at most). Even a list can be wrong: only `probe(path, count=True)` gives the true number.
    width, height: pixels, as shown, so after rotation.
    fps: frames a second; an average, or a guess, where the frame rate varies.
    codec: OpenCV's four letters, such as h264, hevc, VP90, AV01, FMP4; "raw" for uncompressed pixels.
    rotation: degrees, clockwise, by which a player turns the stored picture; frames read here are turned already.
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

    count: decode the whole file, so that `frames` and `duration` are true whatever the header says.
    Raises VideoError if the file is missing, empty or no video, or if `count` finds no frame. Chapter 02.
    """
    with _Reader(path) as reader:
        if not count:
            return reader.info
        while reader.grab():
            pass
    reader.check_end(asked=0)
    return replace(reader.info, frames=reader.seen, duration=round(reader.last() + 1 / reader.info.fps, 6))


def frames(path: str | Path, start: int = 0, stop: int | None = None, strict: bool = False) -> Iterator[Frame]:
    """Yield the frames of a video file one by one, `uint8 (H, W, 3)` RGB: the memory is that of one frame.

    start, stop: the span, as in a slice, counted from 0; exact to the frame, since the file is decoded in order.
    strict: where a file ends before its header or `stop` promises, raise VideoError; otherwise the frames that exist
    are given, and a warning follows.
    Raises VideoError for a file without a frame to give, ValueError for an impossible span. Chapter 02.
    """
    if start < 0 or (stop is not None and stop <= start):
        raise ValueError(f"the span {start}:{stop} holds no frame; give 0 <= start < stop")
    with _Reader(path) as reader:
        while reader.seen != stop and reader.grab():
            if reader.seen > start:
                yield reader.frame()
    if 0 < reader.seen <= start:
        raise VideoError(f"{path} has no frame {start}: it holds {reader.seen}, counted from 0; start earlier")
    reader.check_end(stop, strict)


def read(path: str | Path, start: int = 0, stop: int | None = None, strict: bool = False) -> Clip:
    """Read a video file, or the span start:stop of its frames, as a clip `uint8 (T, H, W, 3)` RGB.

    One second of 1280×720 at 25 fps is 69 MB: use `frames` or `sample` for a long file.
    Arguments and errors are those of `frames`. Chapter 02.
    """
    info = probe(path)
    one_frame = np.dtype((np.uint8, (info.height, info.width, 3)))
    return np.fromiter(frames(path, start, stop, strict), dtype=one_frame)


def sample_indices(total: int, count: int, strategy: str = "uniform", seed: int = 0) -> NDArray[np.int64]:
    """Choose `count` of `total` frames, in order: `int64 (count,)`.

    "uniform": the centres of `count` equal parts. "segment": one random frame of each part, as in TSN (Wang et al.,
    2016). "random": any frames, none twice. Where count > total, all three repeat frames evenly, as "uniform" does.
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


def sample(
    path: str | Path,
    count: int,
    strategy: str = "uniform",
    seed: int = 0,
    strict: bool = False,
    change: Callable[[Frame], Frame] | None = None,
    threads: int | None = None,
) -> Clip:
    """Read `count` frames spread over a whole video file, `uint8 (count, H, W, 3)` RGB; see `sample_indices`.

    They are spread over the frames that exist: where the header's number proves wrong, a second pass chooses again.
    strict: raise VideoError where a file ends before its header promises, instead of a warning.
    change: done to each frame as it is read, so that only what is kept is in memory.
    threads: how many decode this file; None leaves it to OpenCV, and 1 is best where many files are read at a time.
    Raises VideoError as `frames` does. Chapter 02.
    """
    found, reader = _pick(path, lambda total: sample_indices(total, count, strategy, seed), None, change, threads)
    reader.check_end(strict=strict)
    indices = sample_indices(reader.seen, count, strategy, seed)
    if not set(indices.tolist()) <= set(found):
        found, _ = _pick(path, lambda total: indices, reader.seen, change, threads)
    return np.stack([found[index] for index in indices.tolist()])


def resize(clip: Clip, height: int, width: int) -> Clip:
    """Scale every frame of a clip `uint8 (T, H, W, 3)` to `uint8 (T, height, width, 3)`; proportions are not kept.

    Shrinking averages the pixels that fall together (INTER_AREA), so that fine patterns do not flicker; enlarging
    interpolates linearly. Raises ValueError for anything but a clip and for a size below 1. Chapter 02.
    """
    _check(clip, "a clip", 4)
    if height < 1 or width < 1:
        raise ValueError(f"cannot resize to {height}×{width} pixels; height and width must be at least 1")
    shrinking = height * width < clip.shape[1] * clip.shape[2]
    method = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    scaled = np.empty((len(clip), height, width, 3), np.uint8)
    for before, after in zip(clip, scaled, strict=True):
        after[:] = cv2.resize(before, (width, height), interpolation=method)
    return scaled


def crop(clip: Clip, height: int, width: int, top: int | None = None, left: int | None = None) -> Clip:
    """Cut the same rectangle out of every frame of a clip: `uint8 (T, height, width, 3)`, a view, not a copy.

    top, left: its first row and column; None means centred.
    Raises ValueError for anything but a clip and for a rectangle that does not fit. Chapter 02.
    """
    _check(clip, "a clip", 4)
    full_height, full_width = clip.shape[1:3]
    top = (full_height - height) // 2 if top is None else top
    left = (full_width - width) // 2 if left is None else left
    if not (0 <= top < top + height <= full_height and 0 <= left < left + width <= full_width):
        raise ValueError(
            f"{height}×{width} pixels from row {top}, column {left} on do not fit into frames of "
            f"{full_height}×{full_width}; crop less, or resize the clip first"
        )
    return clip[:, top : top + height, left : left + width]


def write(path: str | Path, clip: Clip | Iterable[Frame], fps: float) -> Path:
    """Write a clip, or frames `uint8 (H, W, 3)` as they come, to an .mp4 that plays in every browser (H.264, yuv420p).

    fps: frames a second. A generator of frames needs no more memory for a long video than for a short one.
    Such a file has half the resolution in colour, so its sides are even: an odd one gets its last row or column twice,
    and reads back one pixel larger. Compression loses a little: values come back close, not equal.
    The file appears when it is whole. Raises ValueError for wrong frames, VideoError for a wrong path. Chapter 02.
    """
    if not fps > 0:
        raise ValueError(f"fps is {fps}; give a number of frames a second above 0")
    stream = iter(clip)
    first = next(stream, None)
    if first is None:
        raise ValueError("there is no frame to write; give at least one")
    _check(first, "a frame", 3)
    odd_height, odd_width = first.shape[0] % 2, first.shape[1] % 2

    def padded() -> Iterator[bytes]:
        for frame in chain([first], stream):
            _check(frame, "a frame", 3)
            if frame.shape != first.shape:
                raise ValueError(f"a frame of shape {frame.shape} follows others of {first.shape}; resize them alike")
            yield cv2.copyMakeBorder(frame, 0, odd_height, 0, odd_width, cv2.BORDER_REPLICATE).tobytes()

    size = f"{first.shape[1] + odd_width}x{first.shape[0] + odd_height}"
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", str(fps), "-i", "-"]
    # Without these words in the file, browsers take the colours of a picture of 720 rows for those of HD television.
    colours = ["-x264-params", "colormatrix=smpte170m:colorprim=smpte170m:transfer=smpte170m"]
    return _encode(path, [*raw, *colours], padded())


def convert(source: str | Path, target: str | Path) -> Path:
    """Copy a video that OpenCV cannot decode, or browsers do not play, to an .mp4 that they do, by FFmpeg.

    Rotation is applied, sound is left out, an odd side gains a black line.
    Raises VideoError if FFmpeg cannot read the source or write the target. Chapter 02.
    """
    padded = ["-map", "0:v:0", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2"]
    every_frame_once = ["-fps_mode", "passthrough"]  # FFmpeg 7 makes 88 frames of 30 whose rate varies
    return _encode(target, ["-i", str(Path(source).resolve()), *padded, *every_frame_once])


def play(video: str | Path | Clip, fps: float = 25.0, title: str = "Video") -> HTML:
    """Show a clip `uint8 (T, H, W, 3)` or a video file in a notebook, as a player that holds the whole video.

    fps: the speed of a clip; a file has its own. title: what the player is called for those who cannot see it.
    A file of a kind that browsers do not play is converted first.
    Raises VideoError for a file that cannot be used and for more than 8 MB, ValueError for a wrong clip. Chapter 02.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.mp4"
        if isinstance(video, np.ndarray):
            path = write(copy, video, fps)
        else:
            path = Path(video) if _plays_in_browsers(video) else convert(video, copy)
        if path.stat().st_size > LARGEST_EMBEDDED:
            raise VideoError(
                f"{title} takes {path.stat().st_size / 1e6:.1f} MB, and a notebook should hold 8 at most; "
                "play fewer frames, as in play(read(path, 0, 250)), or smaller ones, by resize"
            )
        source = f"data:video/{'webm' if path.suffix == '.webm' else 'mp4'};base64,{_base64(path.read_bytes())}"
        _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(read(path, 0, 1)[0], cv2.COLOR_RGB2BGR))
    name, poster = html.escape(title), f"data:image/jpeg;base64,{_base64(jpeg.tobytes())}"
    return HTML(
        f'<video controls muted loop playsinline title="{name}" aria-label="{name}" poster="{poster}" src="{source}" '
        'style="max-width: 100%; min-width: min(100%, 320px)"></video>'
    )


class _Reader(AbstractContextManager["_Reader"]):
    """An open video file that is decoded forwards, with a count of the frames seen and the time of the last one."""

    def __init__(self, path: str | Path, threads: int | None = None) -> None:
        path = Path(path)
        if path.is_dir():
            raise VideoError(f"{path} is a folder; give the path of a video file")
        if not path.exists():
            raise VideoError(f"{path} does not exist; check the name, and the folder where it is sought, {Path.cwd()}")
        if path.stat().st_size == 0:
            raise VideoError(f"{path} is empty; download or export it again")
        # The full path, because FFmpeg takes "a:b.mp4" for an address; FFmpeg alone, to read alike on every machine.
        settings = [cv2.CAP_PROP_N_THREADS, threads] if threads else []
        self.capture = cv2.VideoCapture(str(path.resolve()), cv2.CAP_FFMPEG, settings)
        if not self.capture.isOpened():
            raise VideoError(
                f"{path} is no video that OpenCV can open: another kind of file, one without a picture, or one cut off "
                "before its table of contents; see whether it plays elsewhere, and download or export it again"
            )
        self.capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)  # OpenCV 4.11 does not turn frames by itself
        self.info = self._header(path)
        self.seen, self.time = 0, 0.0

    def __exit__(self, *_: object) -> None:
        self.capture.release()

    def _header(self, path: Path) -> VideoInfo:
        """Say what the header says, as far as it is to be believed."""
        claimed = self.capture.get(cv2.CAP_PROP_FRAME_COUNT)
        fps = self.capture.get(cv2.CAP_PROP_FPS) or 25.0  # where no rate is stored, 25 as FFmpeg takes it
        believable = 0 < claimed <= path.stat().st_size  # a coded frame takes a byte at least
        with path.open("rb") as file:
            lists_frames = file.read(8)[4:] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")  # MP4 and MOV
        code = int(self.capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
        return VideoInfo(
            path=path,
            frames=int(claimed) if believable and lists_frames else None,
            width=int(self.capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            height=int(self.capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
            fps=fps,
            codec=code.to_bytes(4, "little").decode("latin-1").strip("\0 ") or "raw",
            rotation=int(self.capture.get(cv2.CAP_PROP_ORIENTATION_META)),
            duration=round(claimed / fps, 6) if believable else None,
        )

    def pixels(self) -> int:
        """Give FFmpeg's number for the layout of the stored pixels."""
        return int(self.capture.get(cv2.CAP_PROP_CODEC_PIXEL_FORMAT))

    def grab(self) -> bool:
        """Decode the next frame without making pixels of it; False at the end."""
        if not self.capture.grab():
            return False
        self.seen, self.time = self.seen + 1, self.capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        return True

    def frame(self) -> Frame:
        """Make RGB pixels of the frame grabbed last."""
        # OpenCV 4.13 to 5.0 spoils its memory and aborts where such frames are stored from the bottom row upwards.
        if self.info.codec == "raw" and self.pixels() == RAW_BGR:
            raise VideoError(f"{self.info.path} holds uncompressed frames that can crash OpenCV; {self._way_out()}")
        return np.asarray(cv2.cvtColor(self.capture.retrieve()[1], cv2.COLOR_BGR2RGB), np.uint8)

    def last(self) -> float:
        """Return when the last frame begins, in seconds; raw and MPEG program streams say 0 of every frame."""
        return self.time or (self.seen - 1) / self.info.fps

    def check_end(self, asked: int | None = None, strict: bool = False) -> None:
        """Warn, or raise if strict, where the file ended before the frames that were asked for or that it promises."""
        path, header = self.info.path, self.info
        if not self.seen:
            raise VideoError(f"{path} holds no frame that OpenCV can decode (codec {header.codec}); {self._way_out()}")
        if asked is not None:
            short, expected = self.seen < asked, f"{asked} frames that were asked for"
        elif header.frames is not None:
            short, expected = self.seen < header.frames, f"{header.frames} frames that its header promises"
        else:  # a duration at most, in which sound may last a little longer than the picture
            short = self.last() + 1 / header.fps < (header.duration or 0) - 0.2
            expected = f"{header.duration} s that its header promises"
        if short:
            problem = f"{path} ends after {self.seen} frames, at {self.last():.2f} s, short of the {expected}"
            sentence = f"{problem}; fetch it again if it was cut off or damaged, or work with what it holds"
            if strict:
                raise VideoError(sentence)
            warnings.warn(sentence, stacklevel=3)

    def _way_out(self) -> str:
        """Say how to get a copy that OpenCV reads."""
        return f"if it plays elsewhere, read a copy: vidtutor.video.convert({str(self.info.path)!r}, 'copy.mp4')"


def _pick(
    path: str | Path,
    choose: Callable[[int], NDArray[np.int64]],
    total: int | None,
    change: Callable[[Frame], Frame] | None,
    threads: int | None,
) -> tuple[dict[int, Frame], _Reader]:
    """Go through a whole file once; return the frames chosen of its `total`, and the reader for what it counted.

    total: how many frames there are; None means what the header says.
    """
    found = {}
    with _Reader(path, threads) as reader:
        total = total or max(1, round((reader.info.duration or 0) * reader.info.fps))
        wanted = set(choose(total).tolist())
        while reader.grab():
            if reader.seen - 1 in wanted:
                frame = reader.frame()
                found[reader.seen - 1] = change(frame) if change else frame
    return found, reader


def _plays_in_browsers(path: str | Path) -> bool:
    """Say whether Chromium, Firefox and Safari play a file as it is."""
    with _Reader(path) as reader:
        kind = (reader.info.path.suffix, reader.info.codec, reader.pixels())
    return kind in {(".mp4", "h264", YUV_420), (".webm", "VP80", YUV_420), (".webm", "VP90", YUV_420)}


def _encode(target: str | Path, source: Sequence[str], stream: Iterable[bytes] = ()) -> Path:
    """Let FFmpeg make H.264 of a source, or of the frames fed to it; move the file to its place when it is whole."""
    target = Path(target)
    if target.suffix.lower() != ".mp4" or not target.parent.is_dir():
        raise VideoError(f"{target} cannot be written; give a name that ends in .mp4, in a folder that exists")
    h264 = ["-an", "-c:v", "libx264", "-crf", "20", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    with tempfile.TemporaryDirectory(prefix=".", dir=target.parent) as folder:
        part = Path(folder).resolve() / "part.mp4"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, *h264, str(part)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdin is not None
            with suppress(BrokenPipeError):  # FFmpeg has given up; its return code says so
                for frame in stream:
                    process.stdin.write(frame)
            complaint = process.communicate()[1].decode(errors="replace").splitlines()
        if process.returncode:
            raise VideoError(f"{target} cannot be written; FFmpeg says: {' '.join(complaint[-1:])}")
        os.replace(part, target)
    return target


def _check(array: np.ndarray, name: str, axes: int) -> None:
    """Raise ValueError unless an array is a frame (3 axes) or a clip (4)."""
    if not isinstance(array, np.ndarray) or array.ndim != axes or array.shape[-1] != 3 or array.dtype != np.uint8:
        shape = "(H, W, 3)" if axes == 3 else "(T, H, W, 3)"
        given = f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
        raise ValueError(f"{name} must be uint8 {shape}, not {given}; 0…1 becomes (255 * x).round().astype('uint8')")


def _base64(data: bytes) -> str:
    """Write bytes as text, for a data: address."""
    return base64.b64encode(data).decode()
