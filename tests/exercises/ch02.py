"""The usual mistakes of chapter 02, each with a part of the sentence that it must get."""

MISTAKES = {
    "E02": [
        (
            """
def raw_bytes(seconds, fps, height, width, dtype="uint8"):
    return seconds * fps * height * width * np.dtype(dtype).itemsize
""",
            "a pixel has three numbers",
        ),
        (
            """
def raw_bytes(seconds, fps, height, width, dtype="uint8"):
    return seconds * fps * height * width * 3 * 4
""",
            "only float32 takes 4 bytes",
        ),
        (
            """
def raw_bytes(seconds, fps, height, width, dtype="uint8"):
    return seconds * fps * height * width * 3
""",
            "a number of type float32 takes 4 bytes",
        ),
        (
            """
def raw_bytes(seconds, fps, height, width, dtype="uint8"):
    return seconds * fps * height * width * 3 * np.dtype(dtype).itemsize * 8
""",
            "those are bits",
        ),
        (
            """
def raw_bytes(seconds, fps, height, width, dtype="uint8"):
    return height * width * 3 * np.dtype(dtype).itemsize
""",
            "that is one frame",
        ),
        (
            """
def raw_bytes(seconds, fps, height, width, dtype="uint8"):
    return seconds * height * width * 3 * np.dtype(dtype).itemsize
""",
            "frames in a second",
        ),
        (
            """
def raw_bytes(seconds, fps, height, width, dtype="uint8"):
    return seconds * fps * height * width * 3 * np.dtype(dtype).itemsize / 1e9
""",
            "gigabytes",
        ),
        (
            """
def raw_bytes(seconds, fps, height, width, dtype="uint8"):
    return seconds * fps * height * width * 3 * np.dtype(dtype).itemsize / 2**20
""",
            "megabytes",
        ),
        (
            """
def raw_bytes(seconds, fps, height, width, dtype="uint8"):
    return seconds * fps * height * width * 3 * np.dtype(dtype).itemsize * 4 / 3
""",
            "red, green and blue",
        ),
        (
            """
def raw_bytes(seconds, fps, height, width, dtype="uint8"):
    return int(seconds) * fps * height * width * 3 * np.dtype(dtype).itemsize
""",
            "may be a fraction",
        ),
    ],
    "E03": [
        (
            """
def uniform(total, count):
    return np.arange(count)
""",
            "the first frames",
        ),
        (
            """
def uniform(total, count):
    return np.arange(count) * total // count
""",
            "the beginnings of the parts",
        ),
        (
            """
def uniform(total, count):
    return np.linspace(0, total - 1, count).round().astype(int)
""",
            "from the first to the last frame",
        ),
        (
            """
def uniform(total, count):
    return (np.arange(count) + 0.5) * total / count
""",
            "an index is an integer",
        ),
        (
            """
def uniform(total, count):
    return np.floor((np.arange(count) + 0.5) * total / count)
""",
            "an index is an integer",
        ),
        (
            """
def uniform(total, count):
    length = total // count
    return np.arange(count) * length + length // 2
""",
            "not the length of a part",
        ),
        (
            """
def uniform(total, count):
    return [(2 * i + 1) * total // (2 * count) for i in range(min(count, total))]
""",
            "has shape (3,), where (6,) is expected",
        ),
        (
            """
def uniform(total, count):
    return np.round((np.arange(count) + 0.5) * total / count).astype(int)
""",
            "do not round",
        ),
        (
            """
def uniform(total, count):
    return np.ceil((np.arange(count) + 0.5) * total / count).astype(int)
""",
            "not rounded up",
        ),
        (
            """
def uniform(total, count):
    return np.arange(1, count + 1) * total // (count + 1)
""",
            "T + 1 parts",
        ),
    ],
    "E40": [
        (
            """
def frames_to_decode(n, keyframes):
    return n + 1
""",
            "need not start at the beginning",
        ),
        (
            """
def frames_to_decode(n, keyframes):
    return n - max(key for key in keyframes if key <= n)
""",
            "so add 1",
        ),
        (
            """
def frames_to_decode(n, keyframes):
    return n - max([0] + [key for key in keyframes if key < n]) + 1
""",
            "12 is a key frame itself",
        ),
        (
            """
def frames_to_decode(n, keyframes):
    return min([key for key in keyframes if key >= n] or [n]) - n + 1
""",
            "start at the key frame at or before",
        ),
        (
            """
def frames_to_decode(n, keyframes):
    return n % 12 + 1
""",
            "is 25, not 6: the distances of key frames may differ: take them from `keyframes`",
        ),
        (
            """
def frames_to_decode(n, keyframes):
    return 1
""",
            "a P frame is only a rest",
        ),
        (
            """
def frames_to_decode(n, keyframes):
    return n % (keyframes[1] if keyframes[1:] else n + 1) + 1
""",
            "may differ: look for the last one",
        ),
        (
            """
def frames_to_decode(n, keyframes):
    return n - keyframes[-1] + 1
""",
            "only goes forwards",
        ),
    ],
}
