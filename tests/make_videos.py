"""Video files for the tests, good and broken: every frame carries its number, so that a wrong one is known at sight."""

import struct
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np

BITS = 8


def numbered(total: int, height: int = 48, width: int = 64, first: int = 0) -> np.ndarray:
    """A clip that says its frame numbers in eight dark or light columns, under a red band and over a blue one."""
    columns = np.arange(width) * BITS // width
    clip = np.empty((total, height, width, 3), np.uint8)
    for frame, number in zip(clip, range(first, first + total), strict=True):
        frame[:] = np.where((number >> columns) & 1, 220, 40)[:, None]
        frame[: height // 4], frame[-height // 4 :] = (220, 30, 30), (30, 30, 220)
    return clip


def numbers(clip: np.ndarray) -> list[int]:
    """Read the frame numbers of a numbered clip, and check on the way that it is upright and RGB."""
    height, width = clip.shape[1:3]
    red, blue = clip[:, height // 8, width // 2].astype(int), clip[:, -height // 8, width // 2].astype(int)
    assert (red[:, 0] - red[:, 2] > 100).all() and (blue[:, 2] - blue[:, 0] > 100).all()
    centres = (2 * np.arange(BITS) + 1) * width // (2 * BITS)
    return [int(row @ (1 << np.arange(BITS))) for row in clip[:, height // 2, centres, 1] > 128]


def ffmpeg(*arguments: object, data: bytes = b"") -> bytes:
    """Run the FFmpeg of imageio-ffmpeg, and return what it writes to its output."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *map(str, arguments)]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def encode(path: Path, clip: np.ndarray, *options: object, fps: int = 10) -> Path:
    """Write a clip by FFmpeg, with its own choice of codec for the file's name unless the options say otherwise."""
    size = f"{clip.shape[2]}x{clip.shape[1]}"
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", fps, "-i", "-")
    ffmpeg(*raw, "-pix_fmt", "yuv420p", *options, path, data=clip.tobytes())
    return path


def decoded_by_ffmpeg(path: Path, height: int, width: int) -> np.ndarray:
    """What FFmpeg itself makes of a file, every frame once, scaled to a size: the independent oracle."""
    scaled = ("-map", "0:v:0", "-vf", f"scale={width}:{height}:flags=area", "-fps_mode", "passthrough")
    raw = ffmpeg("-i", path, *scaled, "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def cut(path: Path, source: Path, share: float) -> Path:
    """Keep the first part of a file's bytes."""
    data = source.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def turned(path: Path, source: Path, degrees: int) -> Path:
    """Copy an .mp4 and have it say that it is to be turned clockwise by 90, 180 or 270 degrees for showing."""
    cosine, sine = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    data = bytearray(source.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40  # after version, times, identity, duration, layer and volume
    values = [cosine << 16, sine << 16, 0, -sine << 16, cosine << 16, 0, 0, 0, 1 << 30]
    struct.pack_into(">9i", data, matrix, *values)
    path.write_bytes(data)
    return path


def claiming(path: Path, source: Path, frames: int) -> Path:
    """Copy an .avi and have both its headers claim a number of frames."""
    data = bytearray(source.read_bytes())
    struct.pack_into("<I", data, data.index(b"avih") + 8 + 16, frames)
    struct.pack_into("<I", data, data.index(b"strh") + 8 + 32, frames)
    path.write_bytes(data)
    return path


def raw_avi(path: Path, clip: np.ndarray, bits: int, bottom_up: bool) -> Path:
    """Write uncompressed pixels (a DIB), 8 bits grey or 24 or 32 bits colour, first or last row first."""
    total, height, width, _ = clip.shape
    channels = {8: clip[..., 1:2], 24: clip[..., ::-1], 32: np.pad(clip[..., ::-1], [(0, 0)] * 3 + [(0, 1)])}[bits]
    rows = channels.reshape(total, height, -1)
    rows = np.pad(rows, [(0, 0), (0, 0), (0, -rows.shape[2] % 4)])[:, :: -1 if bottom_up else 1]
    palette = b"".join(bytes([grey, grey, grey, 0]) for grey in range(256)) if bits == 8 else b""
    size = rows[0].size

    def chunk(name: bytes, data: bytes) -> bytes:
        return name + struct.pack("<I", len(data)) + data

    main = struct.pack("<14I", 100_000, 0, 0, 0, total, 0, 1, size, width, height, 0, 0, 0, 0)
    stream = struct.pack("<4s11I4h", b"vids", 0, 0, 0, 0, 1, 10, 0, total, size, 0, 0, 0, 0, width, height)
    bitmap = struct.pack("<IiiHH6I", 40, width, height if bottom_up else -height, 1, bits, 0, size, 0, 0, 0, 0)
    lists = chunk(b"strh", stream) + chunk(b"strf", bitmap + palette)
    header = chunk(b"LIST", b"hdrl" + chunk(b"avih", main) + chunk(b"LIST", b"strl" + lists))
    film = chunk(b"LIST", b"movi" + b"".join(chunk(b"00db", frame.tobytes()) for frame in rows))
    path.write_bytes(chunk(b"RIFF", b"AVI " + header + film))
    return path
