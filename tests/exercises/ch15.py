"""The usual mistakes of chapter 15, each with a part of the sentence that it must get."""

COUNT = """
def count_crossings(ahead, band):
    change = np.diff(np.sign(ahead[{}]))
    return int((change > 0).sum()), int((change < 0).sum())
"""
SPEED = """
def steady_speed(places, fps, metres_per_pixel):
    time = np.arange(len(places))
    slope = {}
    return np.hypot(*slope) * metres_per_pixel * {}
"""
EDIE = """
def edie_numbers(times, ways, length, seconds):
    density = {} * 1000
    flow = {} * 3600
    return {}
"""
SUMS = "sum(times) / (length * seconds)", "sum(ways) / (length * seconds)"

MISTAKES = {
    "E26": [
        (
            """
def count_crossings(ahead, band):
    change = np.diff(np.sign(ahead[np.isfinite(ahead)]))
    return int((change > 0).sum()), int((change < 0).sum())
""",
            "every change of sides is counted",
        ),
        (
            """
def count_crossings(ahead, band):
    change = np.diff(np.sign(ahead))
    return int((change > 0).sum()), int((change < 0).sum())
""",
            "Throw away what is within the band first",
        ),
        (
            """
def count_crossings(ahead, band):
    side = np.where(np.abs(ahead) > band, np.sign(ahead), 0)
    change = np.diff(side)
    return int((change > 0).sum()), int((change < 0).sum())
""",
            "each passage counts twice",
        ),
        (
            """
def count_crossings(ahead, band):
    side = np.sign(ahead[np.abs(ahead) > band])
    change = np.diff(side)
    return int((change < 0).sum()), int((change > 0).sum())
""",
            "right and left are exchanged",
        ),
        (
            """
def count_crossings(ahead, band):
    inside = (np.abs(ahead) <= band).astype(int)
    change = np.diff(inside)
    return int((change > 0).sum()), int((change < 0).sum())
""",
            "enters the band",
        ),
        (COUNT.format("np.abs(ahead) > band / 2"), "to either side of the line"),
        (COUNT.format("np.abs(ahead) > 1"), "to either side of the line"),
        (COUNT.format("np.abs(ahead) >= band"), "not above it yet"),
        (
            COUNT.format("np.abs(ahead) > band").replace("(change > 0)", "change[change > 0]"),
            "instead of adding them up",
        ),
        (
            """
def count_crossings(ahead, band):
    before, after = ahead[:-1], ahead[1:]
    return int(((before < -band) & (after > band)).sum()), int(((before > band) & (after < -band)).sum())
""",
            "may well be in the band",
        ),
        (
            """
def count_crossings(ahead, band):
    side = np.sign(ahead[~(np.abs(ahead) <= band)])
    change = np.diff(side)
    return int((change > 0).sum()), int((change < 0).sum())
""",
            "hidden while crossing",
        ),
    ],
    "E49": [
        (
            """
def steady_speed(places, fps, metres_per_pixel):
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    return steps.mean() * fps * metres_per_pixel * 3.6
""",
            "trembling makes every step longer",
        ),
        (
            """
def steady_speed(places, fps, metres_per_pixel):
    step = (places[-1] - places[0]) / (len(places) - 1)
    return np.hypot(*step) * fps * metres_per_pixel * 3.6
""",
            "waste what is between",
        ),
        (
            """
def steady_speed(places, fps, metres_per_pixel):
    step = (places[-1] - places[0]) / len(places)
    return np.hypot(*step) * fps * metres_per_pixel * 3.6
""",
            "there are 24 steps",
        ),
        (
            """
def steady_speed(places, fps, metres_per_pixel):
    slope = np.polyfit(np.arange(len(places)), places, 1)[0]
    return np.hypot(*slope) * fps * metres_per_pixel
""",
            "metres a second",
        ),
        (
            """
def steady_speed(places, fps, metres_per_pixel):
    slope = np.polyfit(np.arange(len(places)), places[:, 0], 1)[0]
    return abs(slope) * fps * metres_per_pixel * 3.6
""",
            "only x is used",
        ),
        (
            """
def steady_speed(places, fps, metres_per_pixel):
    slope = np.polyfit(np.arange(len(places)), places, 1)[0]
    return np.hypot(*slope) * fps * 3.6
""",
            "a pixel is",
        ),
        (SPEED.format("np.polyfit(time, places, 1)[0]", "fps / 3.6"), "multiply by it"),
        (SPEED.format("np.polyfit(time / fps, places, 1)[0]", "fps * 3.6"), "counts twice"),
        (SPEED.format("np.polyfit(time, places, 1)[1]", "fps * 3.6"), "gives the slopes first"),
        (SPEED.format("np.median(np.diff(places, axis=0), axis=0)", "fps * 3.6"), "one straight line to all places"),
    ],
    "E50": [
        (
            """
def edie_numbers(times, ways, length, seconds):
    density = sum(times) / (length * seconds) * 1000
    flow = sum(ways) / (length * seconds) * 3600
    return density, flow, np.mean([3.6 * way / time for way, time in zip(ways, times)]) if times else 0.0
""",
            "one that creeps",
        ),
        (
            """
def edie_numbers(times, ways, length, seconds):
    density = len(times) / length * 1000
    flow = sum(ways) / (length * seconds) * 3600
    return density, flow, flow / density if density else 0.0
""",
            "not there all the time",
        ),
        (
            """
def edie_numbers(times, ways, length, seconds):
    density = sum(times) / (length * seconds) * 1000
    flow = len(ways) / seconds * 3600
    return density, flow, flow / density if density else 0.0
""",
            "not all of them drove through",
        ),
        (
            """
def edie_numbers(times, ways, length, seconds):
    density = sum(times) / (length * seconds)
    flow = sum(ways) / (length * seconds) * 3600
    return density, flow, flow / density if density else 0.0
""",
            "multiply by 1000",
        ),
        (
            """
def edie_numbers(times, ways, length, seconds):
    density = sum(times) / (length * seconds) * 1000
    flow = sum(ways) / (length * seconds) * 3600
    return density, flow, flow / density
""",
            "ZeroDivisionError",
        ),
        (EDIE.format(*SUMS, "flow, density, flow / density"), "density comes first"),
        (EDIE.format(*SUMS, "density, flow, density / flow"), "not density by flow"),
        (EDIE.format(*SUMS[::-1], "density, flow, flow / density"), "the other way round"),
        (
            EDIE.format(*SUMS, "density, flow, flow / density").replace("sum", "np.mean"),
            "not averaged",
        ),
        (EDIE.format(*SUMS, "density / 1000, flow / 3600, flow / density / 3.6"), "by 1000 and by 3600"),
        (
            EDIE.format("sum(times) / length", "sum(ways) / seconds", "density, flow, flow / density"),
            "each of yours by one of the two",
        ),
    ],
}
