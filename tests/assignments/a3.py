"""The usual mistakes of assignment 3: for each task (the cell, the tests that must fail)."""

FATES = """
def fates(boxes, scores, truth, limit=0.5):
    found = {{"right": 0, "double": 0, "ghost": 0, "missed": len(truth)}}
    overlaps, free = detect.iou(boxes, truth), np.ones(len(truth), bool)
    for place in {order}:
        near = overlaps[place] {above} limit
        if {takes}.any():
            free[{choice}] = False
            found["right"] += 1
            found["missed"] -= {one}
        else:
            found["double" if {seen} else "ghost"] += 1
    return found
"""
BOXES = {"order": "np.argsort(-scores, kind='stable')", "above": ">=", "takes": "(near & free)", "one": "1"}
BOXES |= {"choice": "np.where(near & free, overlaps[place], -1).argmax()", "seen": "near.any()"}

STITCH = """
def stitch(tracks, longest, reach):
    worth = np.zeros((len(tracks), len(tracks)))
    for (i, early), (j, late) in itertools.product(enumerate(tracks), repeat=2):
        gap = late[0, 0] - early[-1, 0]
        if {allowed}:
            way = early[-1] - early[{back}]
            there = early[-1, 1:] + {forward}
            worth[i, j] = max(0, reach - np.hypot(*(late[0, 1:] - there)))
    before = {{}}
    {choose}
    names = list(range(len(tracks)))
    for j in {order}:
        names[j] = names[before[j]]
    return names
"""
ALL = "before = {int(j): int(i) for i, j in zip(*linear_sum_assignment(-worth)) if worth[i, j] > 0}"
GREEDY = """for k in np.argsort(-worth, axis=None, kind="stable"):
        i, j = (int(n) for n in np.unravel_index(k, worth.shape))
        if worth[i, j] > 0 and j not in before and i not in before.values():
            before[j] = i"""
PIECES = {"allowed": "0 < gap <= longest", "back": "max(0, len(early) - 6)", "forward": "gap * way[1:] / way[0]"}
PIECES |= {"choose": ALL, "order": "sorted(before, key=lambda j: tracks[j][0, 0])"}

JOURNEYS = """
def journeys(paths, gates):
    found = Counter()
    for path in paths:
        {known}
        passed = []
        for step, (here, there) in enumerate(itertools.pairwise(known)):
            for name, (start, end) in gates.items():
                way, gate, apart = there - here, np.subtract(end, start), start - here
                turn = way[0] * gate[1] - way[1] * gate[0]
                if turn:
                    along = (apart[0] * gate[1] - apart[1] * gate[0]) / turn
                    across = (apart[0] * way[1] - apart[1] * way[0]) / turn
                    passed += [({when}, name)] if 0 <= along < 1 {ends} else []
        {order}
        if {enough}:
            found[passed[0][1], passed[-1][1]] += 1
    return dict(found)
"""
WAYS = {"known": "known = path[~np.isnan(path).any(axis=1)]", "ends": "and 0 <= across <= 1", "order": "passed.sort()"}
WAYS |= {"when": "step + along", "enough": "len(passed) > 1"}

MUTANTS = {
    "3.1": [
        (FATES.format(**BOXES | {"order": "range(len(boxes))"}), {"3.1-2"}),
        (FATES.format(**BOXES | {"seen": "False"}), {"3.1-1", "3.1-2"}),  # doubles are ghosts
        (FATES.format(**BOXES | {"takes": "near", "choice": "overlaps[place].argmax()"}), {"3.1-1", "3.1-2"}),
        (FATES.format(**BOXES | {"above": ">"}), {"3.1-3"}),
        # The first one that fits, not the one that fits best.
        (FATES.format(**BOXES | {"choice": "(near & free).argmax()"}), {"3.1-2"}),
        (FATES.format(**BOXES | {"one": "0"}), {"3.1-1", "3.1-2"}),
    ],
    "3.2": [
        (STITCH.format(**PIECES | {"forward": "0"}), {"3.2-1", "3.2-3"}),  # where it was, not where it would be
        (STITCH.format(**PIECES | {"choose": GREEDY}), {"3.2-2"}),
        (STITCH.format(**PIECES | {"allowed": "0 <= gap <= longest"}), {"3.2-3"}),
        (STITCH.format(**PIECES | {"allowed": "0 < gap"}), {"3.2-3"}),
        (STITCH.format(**PIECES | {"back": "0"}), {"3.2-3"}),  # the velocity of the whole way
        (STITCH.format(**PIECES | {"order": "sorted(before)"}), {"3.2-3"}),  # chains in the order of the list
        (
            STITCH.format(**PIECES | {"forward": "gap * way[1:] / (min(6, len(early)) - 1)"}),
            {"3.2-3"},
        ),  # rows for frames
        (STITCH.format(**PIECES | {"allowed": "i < j and 0 < gap <= longest"}), {"3.2-3"}),
    ],
    "3.3": [
        (JOURNEYS.format(**WAYS | {"ends": ""}), {"3.3-2", "3.3-3"}),  # lines without ends
        (JOURNEYS.format(**WAYS | {"known": "known = path"}), {"3.3-3"}),  # what is hidden is lost
        (JOURNEYS.format(**WAYS | {"enough": "passed"}), {"3.3-1", "3.3-2", "3.3-3"}),
        # Only journeys between two different gates.
        (JOURNEYS.format(**WAYS | {"enough": "passed and passed[0][1] != passed[-1][1]"}), {"3.3-3"}),
        # Two gates in one step, in the order of the gates.
        (JOURNEYS.format(**WAYS | {"when": "step", "order": "passed.sort(key=lambda p: p[0])"}), {"3.3-3"}),
    ],
    "3.4": [
        (
            # Each counted crossing looks for itself.
            """
def compare(counted, true, within):
    near = lambda one, other: one[1:] == other[1:] and abs(one[0] - other[0]) <= within
    right = sum(any(near(one, other) for other in true) for one in counted)
    return right, len(counted) - right, len(true) - right
""",
            {"3.4-2", "3.4-3"},
        ),
        (
            # Each takes the nearest that is left.
            """
def compare(counted, true, within):
    left = list(true)
    for one in counted:
        near = [other for other in left if one[1:] == other[1:] and abs(one[0] - other[0]) <= within]
        if near:
            left.remove(min(near, key=lambda other: abs(one[0] - other[0])))
    right = len(true) - len(left)
    return right, len(counted) - right, len(true) - right
""",
            {"3.4-3"},
        ),
        (
            # Lines and directions are forgotten.
            """
def compare(counted, true, within):
    fits = np.array([[abs(one[0] - other[0]) <= within for other in true] for one in counted], float)
    right = int(fits[linear_sum_assignment(-fits)].sum()) if fits.size else 0
    return right, len(counted) - right, len(true) - right
""",
            {"3.4-1", "3.4-2", "3.4-3"},
        ),
        (
            # Totals alone.
            """
def compare(counted, true, within):
    right = min(len(counted), len(true))
    return right, len(counted) - right, len(true) - right
""",
            {"3.4-1", "3.4-2", "3.4-3"},
        ),
    ],
    "3.5": [
        (
            # The mean of the ratios.
            """
def corrected(machine, hand, whole):
    ratios = hand / machine
    return whole * ratios.mean(), whole * ratios.std(ddof=1) / np.sqrt(len(hand))
""",
            {"3.5-2"},
        ),
        (
            # The spread of the ratios without one, as if they were independent.
            """
def corrected(machine, hand, whole):
    others = (hand.sum() - hand) / (machine.sum() - machine)
    return whole * hand.sum() / machine.sum(), whole * others.std(ddof=1) / np.sqrt(len(hand))
""",
            {"3.5-2"},
        ),
        (
            # The ratio upside down.
            """
def corrected(machine, hand, whole):
    ratio = machine.sum() / hand.sum()
    others = (machine.sum() - machine) / (hand.sum() - hand)
    return whole * ratio, whole * np.sqrt((len(hand) - 1) * np.mean((others - others.mean()) ** 2))
""",
            {"3.5-1", "3.5-2"},
        ),
        (
            # The error of the ratio, not of the total.
            """
def corrected(machine, hand, whole):
    others = (hand.sum() - hand) / (machine.sum() - machine)
    return whole * hand.sum() / machine.sum(), np.sqrt((len(hand) - 1) * np.mean((others - others.mean()) ** 2))
""",
            {"3.5-2"},
        ),
    ],
}
