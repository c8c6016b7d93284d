"""The usual mistakes of chapter 18, each with a part of the sentence that it must get."""

MIDDLE = """
def mid_channels(c_in, c_out, t, d):
    return {}
"""
SHIFT = """
def live_shift(x, part):
    y = x.copy()
    {}
    return y
"""
FRONTIER = """
def frontier(accuracy, gflops, views):
    cost = {}
    as_good = accuracy[:, None] >= accuracy
    as_cheap = cost[:, None] <= cost
    better = (accuracy[:, None] > accuracy) | (cost[:, None] < cost)
    return {}
"""
TOTAL, NONE_BEATS = "gflops * views", "~(as_good & as_cheap & better).any(axis=0)"
WHOLE = "t * d * d * c_in * c_out"

MISTAKES = {
    "E09": [
        (MIDDLE.format("c_in"), "the number of channels that come in"),
        (MIDDLE.format("c_out"), "the number of channels that"),
        (MIDDLE.format(f"{WHOLE} / (d * d * c_in + t * c_out)"), "there is no part of a channel"),
        (MIDDLE.format(f"-(-{WHOLE} // (d * d * c_in + t * c_out))"), "rounded up"),
        (MIDDLE.format(f"{WHOLE} // (d * c_in + t * c_out)"), "d × d places, not d"),
        (MIDDLE.format(f"{WHOLE} // (d * d * c_in + c_out)"), "has t places, not one"),
        (MIDDLE.format(f"144 if c_in == c_out else {WHOLE} // (t * c_in + d * d * c_out)"), "space comes first here"),
        (MIDDLE.format("t * d * c_in * c_out // (d * d * c_in + t * c_out)"), "t × d × d places, not t × d"),
        (MIDDLE.format(f"({WHOLE} - 1) // (d * d * c_in + t * c_out)"), "are not more"),
        (MIDDLE.format("144"), "a channel in the middle costs"),
    ],
    "E60": [
        (SHIFT.format("pass"), "Nothing moves here"),
        (SHIFT.format("y[:, 1:], y[:, 0] = x[:, :-1], 0"), "only the first `part` do, the others"),
        (SHIFT.format("y = np.roll(x, 1, axis=1)"), "and they wrap round"),
        (SHIFT.format("y[..., :part] = np.roll(x[..., :part], 1, axis=1)"), "comes in again at the start"),
        (SHIFT.format("y[..., :part] = np.roll(x[..., :part], 1, axis=2)"), "along the axis of rows: time is axis 1"),
        (
            SHIFT.format("y[:, :, :, 1:, :part], y[:, :, :, 0, :part] = x[:, :, :, :-1, :part], 0"),
            "axis of columns, but",
        ),
        (SHIFT.format("y[1:, ..., :part], y[0, ..., :part] = x[:-1, ..., :part], 0"), "axis of clips, but"),
        (SHIFT.format("y[:, :-1, ..., :part], y[:, -1, ..., :part] = x[:, 1:, ..., :part], 0"), "not seen yet"),
        (
            SHIFT.format("y[:, 1:, ..., -part:], y[:, 0, ..., -part:] = x[:, :-1, ..., -part:], 0"),
            "The last channels move",
        ),
        (SHIFT.format("y[:, 1:, ..., :part] = x[:, :-1, ..., :part]"), "The first frame keeps its own"),
        (
            SHIFT.format("x[:, 1:, ..., :part], x[:, 0, ..., :part] = x[:, :-1, ..., :part].copy(), 0; y = x"),
            "write into a copy",
        ),
        (
            SHIFT.format(
                "y[:, 1:, ..., :part], y[:, 0, ..., :part] = x[:, :-1, ..., :part], 0\n"
                "    more = slice(part, 2 * part)\n"
                "    y[:, :-1, ..., more], y[:, -1, ..., more] = x[:, 1:, ..., more], 0"
            ),
            "shifts both ways",
        ),
        (SHIFT.format("y[:, 1:, ..., :part], y[:, 0] = x[:, :-1, ..., :part], 0"), "is all zero"),
        (SHIFT.format("y = np.zeros_like(x); y[:, 1:, ..., :part] = x[:, :-1, ..., :part]"), "are lost"),
        (
            SHIFT.format("y[:, 1:, ..., :part], y[:, 0, ..., :part] = x[:, :1, ..., :part], 0"),
            "what it has just written",
        ),
        (
            SHIFT.format("y[:, 1:, ..., : part + 1], y[:, 0, ..., : part + 1] = x[:, :-1, ..., : part + 1], 0"),
            "One channel too many",
        ),
        (SHIFT.format("y[..., :part] = 0"), "are off"),
    ],
    "E61": [
        (FRONTIER.format("gflops", NONE_BEATS), "The views are left out"),
        (FRONTIER.format("gflops + views", NONE_BEATS), "so multiply"),
        (FRONTIER.format(TOTAL, "~(as_good & as_cheap).any(axis=0)"), "does each of them beat itself"),
        (FRONTIER.format(TOTAL, "~(as_good & as_cheap & better).any(axis=1)"), "upside down"),
        (FRONTIER.format("-gflops * views", NONE_BEATS), "low cost is the good side"),
        (FRONTIER.format(TOTAL, "(as_good & as_cheap & better).any(axis=0)"), "turn it round"),
        (FRONTIER.format(TOTAL, "accuracy == accuracy.max()"), "a cheaper one may be unbeaten"),
        (
            FRONTIER.format(TOTAL, "~((accuracy[:, None] > accuracy) & (cost[:, None] < cost)).any(axis=0)"),
            "not both have to be better",
        ),
        (FRONTIER.format(TOTAL, "cost == cost.min()"), "Only the cheapest"),
        (FRONTIER.format(TOTAL, "accuracy == accuracy"), "is beaten by another one"),
        (FRONTIER.format(TOTAL, "accuracy.max()"), "Return True or False"),
    ],
}
