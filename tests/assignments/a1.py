"""The usual mistakes of assignment 1: for each task (the cell, the tests that must fail)."""

SHOTS = """
def shot_starts(clip, limit=0.4):
    parts = [np.histogram(frame.mean(axis=-1), 32, (0, 256))[0] / {size} for frame in clip]
    distance = [np.abs(b - a).sum() / {half} for a, b in zip(parts, parts[1:])]
    return {first} + [t + {step} for t in range(len(distance)) if distance[t] > limit]
"""

SHIFT = """
def shift(before, after, reach):
    height, width = before.shape
    best = (np.inf, 0, 0)
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            old = before[max(0, -down) : height - max(0, down), max(0, -right) : width - max(0, right)]
            new = after[max(0, down) : height - max(0, -down), max(0, right) : width - max(0, -right)]
            best = min(best, ({difference}, right, down))
    return {answer}
"""
MEAN = "np.mean((new.astype(float) - old) ** 2)"

MUTANTS = {
    "1.1": [
        (SHOTS.format(size="frame[..., 0].size", half=2, first="[0]", step=1), {"1.1-3"}),  # a flash begins shots
        (SHOTS.format(size="frame[..., 0].size", half=1, first="[0]", step=1), {"1.1-2", "1.1-3"}),  # not halved
        (SHOTS.format(size="1", half=2, first="[0]", step=1), {"1.1-2", "1.1-3"}),  # counts, which grow with the frame
        (SHOTS.format(size="frame[..., 0].size", half=2, first="[0]", step=0), {"1.1-1", "1.1-2", "1.1-3"}),  # the end
        (SHOTS.format(size="frame[..., 0].size", half=2, first="[]", step=1), {"1.1-1", "1.1-2", "1.1-3"}),  # no first
        (
            # The mean of a frame in place of its histogram.
            """
def shot_starts(clip, limit=0.4):
    mean = clip.mean(axis=(1, 2, 3)) / 256
    return [0] + [t for t in range(1, len(clip)) if abs(mean[t] - mean[t - 1]) > limit]
""",
            {"1.1-2", "1.1-3"},
        ),
    ],
    "1.2": [
        (
            # The nearest frame, which may not have been taken yet.
            """
def shown(times, fps):
    good = np.flatnonzero(times > np.maximum.accumulate(np.concatenate([[-np.inf], times[:-1]])))
    moments = times[0] + np.arange(int((times[good[-1]] - times[0]) * fps) + 1) / fps
    return good[np.abs(times[good] - moments[:, None]).argmin(axis=1)]
""",
            {"1.2-1", "1.2-2"},
        ),
        (
            # Broken times stay.
            """
def shown(times, fps):
    moments = times[0] + np.arange(int((times[-1] - times[0]) * fps) + 1) / fps
    return np.searchsorted(times, moments, side="right") - 1
""",
            {"1.2-3"},
        ),
        (
            # Only the neighbour before is looked at.
            """
def shown(times, fps):
    good = np.flatnonzero(np.diff(times, prepend=-np.inf) > 0)
    moments = times[0] + np.arange(int((times[good].max() - times[0]) * fps) + 1) / fps
    return good[np.searchsorted(times[good], moments, side="right") - 1]
""",
            {"1.2-3"},
        ),
        (
            # A frame appears one moment late.
            """
def shown(times, fps):
    good = np.flatnonzero(times > np.maximum.accumulate(np.concatenate([[-np.inf], times[:-1]])))
    moments = times[0] + np.arange(int((times[good[-1]] - times[0]) * fps) + 1) / fps
    return good[np.maximum(np.searchsorted(times[good], moments, side="left") - 1, 0)]
""",
            {"1.2-1", "1.2-2", "1.2-3"},
        ),
        (
            # Positions among the good frames.
            """
def shown(times, fps):
    times = times[times > np.maximum.accumulate(np.concatenate([[-np.inf], times[:-1]]))]
    moments = times[0] + np.arange(int((times[-1] - times[0]) * fps) + 1) / fps
    return np.searchsorted(times, moments, side="right") - 1
""",
            {"1.2-3"},
        ),
    ],
    "1.3": [
        (SHIFT.format(difference=MEAN, answer="(-best[1], -best[2])"), {"1.3-1", "1.3-2"}),
        (SHIFT.format(difference=MEAN, answer="(best[2], best[1])"), {"1.3-1", "1.3-2"}),
        (SHIFT.format(difference="np.sum((new.astype(float) - old) ** 2)", answer="best[1:]"), {"1.3-3"}),
        (SHIFT.format(difference="np.mean((new - old) ** 2)", answer="best[1:]"), {"1.3-3"}),  # bytes wrap around
        (SHIFT.format(difference=MEAN, answer="best"), {"1.3-1", "1.3-2", "1.3-3"}),
    ],
    "1.4": [
        (
            # Neighbours only.
            """
def steady_kmh(times, places, metres_per_pixel):
    velocities = np.diff(places, axis=0) / np.diff(times)[:, None]
    return np.hypot(*np.median(velocities, axis=0)) * metres_per_pixel * 3.6
""",
            {"1.4-2"},
        ),
        (
            # A straight line through all places.
            """
def steady_kmh(times, places, metres_per_pixel):
    return np.hypot(*np.polyfit(times, places, 1)[0]) * metres_per_pixel * 3.6
""",
            {"1.4-2"},
        ),
        (
            # The median of lengths, which trembling makes longer.
            """
def steady_kmh(times, places, metres_per_pixel):
    i, j = np.triu_indices(len(times), 1)
    lengths = np.hypot(*(places[j] - places[i]).T) / (times[j] - times[i])
    return np.median(lengths) * metres_per_pixel * 3.6
""",
            {"1.4-2"},
        ),
        (
            # Metres a second.
            """
def steady_kmh(times, places, metres_per_pixel):
    i, j = np.triu_indices(len(times), 1)
    velocities = (places[j] - places[i]) / (times[j] - times[i])[:, None]
    return np.hypot(*np.median(velocities, axis=0)) * metres_per_pixel
""",
            {"1.4-1", "1.4-2"},
        ),
        (
            # Only x.
            """
def steady_kmh(times, places, metres_per_pixel):
    i, j = np.triu_indices(len(times), 1)
    return abs(np.median((places[j] - places[i])[:, 0] / (times[j] - times[i]))) * metres_per_pixel * 3.6
""",
            {"1.4-1", "1.4-2"},
        ),
    ],
    "1.5": [
        (
            # Twins are joined one by one, and nobody else of their group comes along.
            """
def groups(sources, twins):
    group = [list(dict.fromkeys(sources)).index(name) for name in sources]
    for i, j in twins:
        group[i] = group[j] = min(group[i], group[j])
    order = list(dict.fromkeys(group))
    return [order.index(number) for number in group]
""",
            {"1.5-2"},
        ),
        (
            # Twins are forgotten.
            """
def groups(sources, twins):
    order = list(dict.fromkeys(sources))
    return [order.index(name) for name in sources]
""",
            {"1.5-1", "1.5-2"},
        ),
        (
            # Numbers with holes.
            """
def groups(sources, twins):
    group = [sources.index(name) for name in sources]
    for i, j in twins:
        low, high = sorted((group[i], group[j]))
        group = [low if number == high else number for number in group]
    return group
""",
            {"1.5-1"},
        ),
    ],
}
