"""The usual mistakes of assignment 4: for each task (the cell, the tests that must fail)."""

COMPARE = """
def compare(right_a, right_b, films):
    member = np.unique(films, return_inverse=True)[1]
    gained = {gained}
    signs = np.array(list(itertools.product((1, -1), repeat=len(gained))))
    extreme = {extreme}
    return {difference}, float(extreme.mean())
"""
SUMS = "np.bincount(member, right_a.astype(float) - right_b)"
PAIRED = {"gained": SUMS, "extreme": "np.abs(signs @ gained) >= np.abs(gained.sum())"}
PAIRED |= {"difference": "float(np.mean(right_a) - np.mean(right_b))"}

CHEAPEST = """
def cheapest(positive, scores, share, miss, false_alarm):
    {share}
    thresholds = {thresholds}
    warned = scores {above} thresholds[:, None]
    missed, false = 1 - warned[:, positive].mean(axis=1), warned[:, ~positive].mean(axis=1)
    cost = share * {costs[0]} * missed + (1 - share) * {costs[1]} * false
    best = int(np.argmax(cost <= cost.min() + 1e-12))
    return float(thresholds[best]), float(cost[best])
"""
COSTS = {"share": "", "thresholds": "np.append(np.unique(scores), np.inf)[::-1]", "above": ">="}
COSTS |= {"costs": ("miss", "false_alarm")}

AUDIT = """
def audit(event, warned, films, groups, least=5):
    table = {{}}
    for group in np.unique(groups).tolist():
        here, square = {here} & (groups == group), 1.96**2
        {count}
        table[group] = None
        if n {enough} max(least, 1):
            {interval}
            table[group] = k, n, float(middle - half), float(middle + half)
    return table
"""
FILMS = {"here": "event", "count": "n, k = len(np.unique(films[here])), len(np.unique(films[here & warned]))"}
FILMS |= {
    "enough": ">=",
    "interval": """half = 1.96 / (n + square) * np.sqrt(k * (n - k) / n + square / 4)
            middle = (k + square / 2) / (n + square)""",
}

MUTANTS = {
    "4.1": [
        (
            # Clip by clip: the rest of a known film stays.
            """
def honest(test, train):
    films, digests, seen, stays = {film for film, _ in train}, {digest for _, digest in train}, set(), []
    for film, digest in test:
        stays.append(film not in films and digest not in digests and digest not in seen)
        if stays[-1]:
            seen.add(digest)
    return stays
""",
            {"4.1-2"},
        ),
        (
            # Names alone.
            """
def honest(test, train):
    known, seen, stays = {film for film, _ in train}, set(), []
    for film, digest in test:
        stays.append(film not in known and digest not in seen)
        if stays[-1]:
            seen.add(digest)
    return stays
""",
            {"4.1-1", "4.1-2"},
        ),
        (
            # Copies are thrown out before known films are.
            """
def honest(test, train):
    films, digests = {film for film, _ in train}, {digest for _, digest in train}
    known = {film for film, digest in test if film in films or digest in digests}
    all_digests = [digest for _, digest in test]
    return [film not in known and all_digests.index(digest) == i for i, (film, digest) in enumerate(test)]
""",
            {"4.1-3"},
        ),
        (
            # Copies within the test stay.
            """
def honest(test, train):
    films, digests = {film for film, _ in train}, {digest for _, digest in train}
    known = {film for film, digest in test if film in films or digest in digests}
    return [film not in known for film, _ in test]
""",
            {"4.1-3"},
        ),
    ],
    "4.2": [
        (COMPARE.format(**PAIRED | {"extreme": "signs @ gained >= gained.sum()"}), {"4.2-1", "4.2-2", "4.2-3"}),
        (
            # Means of films: a film of one clip counts like one of eight.
            COMPARE.format(**PAIRED | {"gained": SUMS + " / np.bincount(member)"}),
            {"4.2-2"},
        ),
        (COMPARE.format(**PAIRED | {"difference": f"float(np.mean({SUMS} / np.bincount(member)))"}), {"4.2-2"}),
        (
            COMPARE.format(**PAIRED | {"extreme": "np.abs(signs @ gained) > np.abs(gained.sum())"}),
            {"4.2-1", "4.2-2", "4.2-3"},
        ),
        (
            COMPARE.format(**PAIRED | {"difference": "abs(float(np.mean(right_a) - np.mean(right_b)))"}),
            {"4.2-2", "4.2-3"},
        ),
        (
            # Each clip has a sign of its own.
            """
def compare(right_a, right_b, films):
    gained = right_a.astype(float) - right_b
    signs = np.random.default_rng(0).choice([1, -1], (4000, len(gained)))
    return float(gained.mean()), float(np.mean(np.abs(signs @ gained) >= np.abs(gained.sum())))
""",
            {"4.2-1", "4.2-2"},
        ),
    ],
    "4.3": [
        (CHEAPEST.format(**COSTS | {"share": "share = positive.mean()"}), {"4.3-2", "4.3-3"}),
        (CHEAPEST.format(**COSTS | {"above": ">"}), {"4.3-1", "4.3-2"}),
        (CHEAPEST.format(**COSTS | {"thresholds": "np.unique(scores)[::-1]"}), {"4.3-3"}),
        (CHEAPEST.format(**COSTS | {"thresholds": "np.append(np.unique(scores), np.inf)"}), {"4.3-3"}),
        (CHEAPEST.format(**COSTS | {"costs": ("false_alarm", "miss")}), {"4.3-1", "4.3-2", "4.3-3"}),
    ],
    "4.4": [
        (
            AUDIT.format(**FILMS | {"count": "n, k = int(here.sum()), int((here & warned).sum())"}),
            {"4.4-1", "4.4-2", "4.4-3"},
        ),
        (AUDIT.format(**FILMS | {"enough": ">"}), {"4.4-3"}),
        (
            # Any warning in an event film, also before the event.
            AUDIT.format(**FILMS | {"here": "np.isin(films, films[event])"}),
            {"4.4-3"},
        ),
        (AUDIT.format(**FILMS | {"here": "np.ones(len(event), bool)"}), {"4.4-3"}),
        (
            # The textbook's interval, which has no width where all or none are found.
            AUDIT.format(**FILMS | {"interval": "middle, half = k / n, 1.96 * np.sqrt(k * (n - k) / n**3)"}),
            {"4.4-2"},
        ),
    ],
}
