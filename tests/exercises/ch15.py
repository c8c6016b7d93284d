"""The usual mistakes of chapter 15, each with a part of the sentence that it must get."""

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
            "is right; the path was",
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
    ],
}
