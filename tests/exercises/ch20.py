"""The usual mistakes of chapter 20, each with a part of the sentence that it must get."""

QUANTISE = """
def quantise(x, low, high):
    scale = {}
    zero = {}
    codes = {}
    return codes, {}
"""
SCALE, ZERO = "(high - low) / 255", "round(-128 - low / scale)"
CODES, BACK = "np.clip(np.rint(x / scale) + zero, -128, 127).astype(np.int8)", "scale * (codes.astype(float) - zero)"
STREAM = """
def stream(frames, kernel):
    buffer = [np.zeros(kernel.shape[1])] * {}
    for frame in frames:
        known = [*buffer, frame]
        yield {}
        buffer = {}
"""
TAPS = "sum(x @ tap for x, tap in zip(known, kernel))"
AGES = """
def ages(arrive, seconds, room):
    free, begins, out = 0.0, [], []
    for now in arrive:
        begins = [begin for begin in begins if begin > now]
        if {}:
            out.append(np.nan)
            continue
        begins.append({})
        free = begins[-1] + seconds
        out.append({})
    return np.array(out)
"""
FULL, BEGIN, AGE = "free > now and len(begins) >= room", "max(free, now)", "free - now"

MISTAKES = {
    "E29": [
        (QUANTISE.format("(high - low) / 256", ZERO, CODES, BACK), "255 steps: divide the range by those"),
        (QUANTISE.format("max(abs(low), abs(high)) / 127", 0, CODES, BACK), "the symmetric way"),
        (
            QUANTISE.format(SCALE, 0, "np.clip(np.rint((x - low) / scale), 0, 255).astype(np.uint8)", BACK),
            "begin at -128",
        ),
        (QUANTISE.format(SCALE, "round(-128 + low / scale)", CODES, BACK), "the wrong sign"),
        (QUANTISE.format(SCALE, "-128 - low / scale", CODES, BACK), "a code, so round it"),
        (
            QUANTISE.format(SCALE, ZERO, "np.clip(np.rint((x - low) / scale - 128), -128, 127).astype(np.int8)", BACK),
            "round x / s by itself",
        ),
        (QUANTISE.format(SCALE, ZERO, CODES.replace("rint", "floor"), BACK), "rounded down"),
        (QUANTISE.format(SCALE, ZERO, CODES, "scale * (codes - np.int8(zero))"), "wraps: turn the codes into floats"),
        (QUANTISE.format(SCALE, ZERO, CODES, "x"), "s · (q - z)"),
        (
            """
def quantise(x, low, high):
    scale = max(abs(low), abs(high))
    codes = np.clip(np.rint(x / scale), -128, 127).astype(np.int8)
    return codes, codes * scale
""",
            "the scale is the largest value itself",
        ),
        (
            """
def quantise(x, low, high):
    scale = (high - low) / 255
    codes = np.clip(np.rint(x / scale), -128, 127).astype(np.int8)
    return codes, codes * scale
""",
            "the zero point is missing",
        ),
        (
            """
def quantise(x, low, high):
    scale = (high - low) / 255
    zero = round(-128 - low / scale)
    codes = (np.rint(x / scale) + zero).astype(np.int64).astype(np.int8)
    return codes, scale * (codes.astype(float) - zero)
""",
            "must be cut off, or they wrap",
        ),
        (
            """
def quantise(x, low, high):
    low, high = x.min(), x.max()
    scale = (high - low) / 255
    zero = round(-128 - low / scale)
    codes = np.clip(np.rint(x / scale) + zero, -128, 127).astype(np.int8)
    return codes, scale * (codes.astype(float) - zero)
""",
            "the range was taken from x",
        ),
        (
            """
def quantise(x, low, high):
    scale = (high - low) / 255
    zero = round(-128 - low / scale)
    codes = np.clip((x / scale).astype(int) + zero, -128, 127).astype(np.int8)
    return codes, scale * (codes.astype(float) - zero)
""",
            "round to the nearest",
        ),
        (
            """
def quantise(x, low, high):
    scale = (high - low) / 255
    zero = round(-128 - low / scale)
    codes = np.clip(np.rint(x / scale) + zero, -128, 127).astype(np.int8)
    return codes, codes * scale
""",
            "restored lacks the zero point",
        ),
        (
            """
def quantise(x, low, high):
    scale = (high - low) / 255
    zero = round(-128 - low / scale)
    codes = np.clip(np.rint(x / scale) + zero, -128, 127)
    return codes, scale * (codes - zero)
""",
            "eight bits are `np.int8`",
        ),
        (
            """
def quantise(x, low, high):
    return np.zeros(x.shape, np.int8)
""",
            "should return two arrays",
        ),
    ],
    "E30": [
        (
            STREAM.format("(len(kernel) - 1)", TAPS, "known[1:]").replace(
                "known =", "buffer = buffer if any(map(any, buffer)) else [frame] * len(buffer)\n        known ="
            ),
            "before the film lie frames of zeros",
        ),
        (STREAM.format("(len(kernel) - 1)", TAPS + " / len(kernel)", "known[1:]"), "not averaged"),
        (STREAM.format("len(kernel)", TAPS, "known[1:]"), "comes a frame late"),
        (STREAM.format("(len(kernel) - 1)", TAPS, "known"), "gives away its oldest frame"),
        (STREAM.format("(len(kernel) - 1)", TAPS, "known[-(len(kernel) - 1) :]"), "and no more"),
        ("def stream(frames, kernel):\n    return next(frames) @ kernel[-1]\n", "`yield` each"),
        (
            """
def stream(frames, kernel):
    film = np.array(list(frames))
    half = len(kernel) // 2
    padded = np.pad(film, ((half, half), (0, 0)))
    for t in range(len(film)):
        yield sum(x @ tap for x, tap in zip(padded[t:], kernel))
""",
            "neither collect the film nor look ahead",
        ),
        (
            """
def stream(frames, kernel):
    buffer = [np.zeros(kernel.shape[1])] * (len(kernel) - 1)
    for frame in frames:
        buffer = [*buffer, frame]
        yield sum(x @ tap for x, tap in zip(buffer, kernel[::-1]))
        buffer = buffer[1:]
""",
            "the kernel runs backwards",
        ),
        (
            """
def stream(frames, kernel):
    for frame in frames:
        yield frame @ kernel[-1]
""",
            "the buffer stays empty",
        ),
        (
            """
def stream(frames, kernel):
    buffer = []
    for frame in frames:
        buffer.append(frame)
        if len(buffer) == len(kernel):
            yield sum(x @ tap for x, tap in zip(buffer, kernel))
            buffer.pop(0)
""",
            "came after 3 frames were read",
        ),
        (
            """
def stream(frames, kernel):
    buffer = [np.zeros(kernel.shape[1])] * (len(kernel) - 1)
    for frame in frames:
        yield sum(x @ tap for x, tap in zip([*buffer, frame], kernel))
        if len(buffer):
            buffer[-1] = frame
""",
            "are not those of a causal convolution",
        ),
        (
            """
def stream(frames, kernel):
    next(frames)
""",
            "`yield` each",
        ),
    ],
    "E65": [
        (AGES.format(FULL, BEGIN, "free"), "the moments of the answers"),
        (AGES.format(FULL, BEGIN, "begins[-1] - now"), "how long each frame waits"),
        (AGES.format(FULL, "free", AGE), "not before"),
        (AGES.format(FULL.replace(">=", ">"), BEGIN, AGE), "One frame too many"),
        (AGES.format("free > now", BEGIN, AGE), "may wait, if there is room"),
        (AGES.format("len(begins) + (free > now) >= room", BEGIN, AGE), "finds the reader free is let in"),
        (AGES.format(FULL + " and now < 0.5", BEGIN, AGE), "are dropped, not"),
        (
            """
def ages(arrive, seconds, room):
    free, out = 0.0, []
    for now in arrive:
        free = max(free, now) + seconds
        out.append(free - now)
    return np.array(out)
""",
            "Nothing was dropped",
        ),
        (
            """
def ages(arrive, seconds, room):
    free, begins, out = 0.0, [], []
    for now in arrive:
        begins = [begin for begin in begins if begin > now]
        if free > now and len(begins) >= room:
            out.append(np.nan)
            continue
        begins.append(max(free, now))
        free = begins[-1] + seconds
        out.append(seconds)
    return np.array(out)
""",
            "belongs to its age",
        ),
        (
            """
def ages(arrive, seconds, room):
    done, free, waiting = np.full(len(arrive), np.nan), 0.0, []
    for i, now in enumerate([*arrive, np.inf]):
        while waiting and max(free, arrive[waiting[0]]) <= now:
            first = waiting.pop(0)
            free = done[first] = max(free, arrive[first]) + seconds
        if now < np.inf:
            waiting.append(i)
        if free > now and len(waiting) > room:
            waiting.pop(0)
    return done - arrive
""",
            "the newcomer is turned away",
        ),
        (
            """
def ages(arrive, seconds, room):
    done, out = [], []
    for now in arrive:
        inside = [end for end in done if end > now]
        if len(inside) >= max(room, 1):
            out.append(np.nan)
            continue
        done.append(max([now, *inside]) + seconds)
        out.append(done[-1] - now)
    return np.array(out)
""",
            "it takes no room",
        ),
        (
            """
def ages(arrive, seconds, room):
    return np.array([seconds])
""",
            "NaN for dropped frames",
        ),
    ],
}
