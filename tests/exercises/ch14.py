"""Usual mistakes in the exercises of chapter 14."""

STEP = """
def filtered(m, P, z, F, Q, H, R):
    m, P = {mean}, {covariance}
    K = P @ H.T @ np.linalg.inv(H @ P @ H.T + R)
    return {answer}
"""
MOVED = {"mean": "F @ m", "covariance": "F @ P @ F.T + Q", "answer": "m + K @ (z - H @ m), P - K @ H @ P"}

LATE = """
def filtered(m, P, z, F, Q, H, R):
    K = P @ H.T @ np.linalg.inv(H @ P @ H.T + R)
    {}
    return {}
"""

ASSIGN = """
from scipy.optimize import linear_sum_assignment


def assigned(cost, gate):
    i, j = linear_sum_assignment({cost})
    return [(int(a), int(b)) for a, b in zip(i, j) if {kept}]
"""
GREEDY = """
def assigned(cost, gate):
    cost, pairs = cost.copy(), []
    while cost.size and cost.min() <= gate:
        i, j = np.unravel_index(cost.argmin(), cost.shape)
        pairs.append((int(i), int(j)))
        cost[i], cost[:, j] = np.inf, np.inf
    return sorted(pairs)
"""

MOTA = """
def mota(matched, true, found):
    hits, switches, last = sum(map(len, matched)), 0, {{}}
    for frame in matched:
        switches += sum({switch} for name, track in frame.items())
        last {keep} frame
    return {answer}
"""
FRAMES = """
def mota(matched, true, found):
    last, each = {}, []
    for frame, t, f in zip(matched, true, found):
        switches = sum(last.get(name, track) != track for name, track in frame.items())
        each.append(1 - (t + f - 2 * len(frame) + switches) / t)
        last |= frame
    return np.mean(each)
"""
NAMES = """
def mota(matched, true, found):
    hits = sum(name == track for frame in matched for name, track in frame.items())
    return 1 - (sum(true) - hits + sum(found) - hits) / sum(true)
"""
SUM = "1 - (sum(true) - hits + sum(found) - hits + switches) / sum(true)"
RIGHT = {"switch": "last.get(name, track) != track", "keep": "|=", "answer": SUM}

MISTAKES = {
    "E24": [
        (STEP.format(**MOVED | {"covariance": "F @ P + Q"}), "F P Fᵀ, not F P"),
        (STEP.format(**MOVED | {"covariance": "F @ P @ F.T"}), "Q is missing"),
        (STEP.format(**MOVED | {"mean": "m"}), "not moved by F"),
        (STEP.format(**MOVED | {"mean": "m", "covariance": "P"}), "Nothing is predicted"),
        (STEP.format(**MOVED | {"answer": "m, P"}), "prediction alone"),
        (STEP.format(**MOVED | {"answer": "m + K @ (z - H @ m), P"}), "covariance smaller"),
        (STEP.format(**MOVED | {"covariance": "F.T @ P @ F + Q"}), "yours on the left"),
        (STEP.format(**MOVED | {"covariance": "F @ P @ F.T - Q"}), "adds doubt"),
        (STEP.format(**MOVED | {"answer": "m - K @ (z - H @ m), P - K @ H @ P"}), "moves away from z"),
        (STEP.format(**MOVED | {"answer": "m + K @ (z - H @ m), P + K @ H @ P"}), "not +"),
        (STEP.format(**MOVED).replace(" + R)", ")"), "R is missing"),
        (
            STEP.format(**MOVED)
            .replace("m, P = F @ m", "old = m\n    m, P = F @ m")
            .replace("z - H @ m", "z - H @ old"),
            "not the last one",
        ),
        (LATE.format("m, P = F @ m, F @ P @ F.T + Q", "m + K @ (z - H @ m), P - K @ H @ P"), "needs the predicted one"),
        (
            LATE.format("m, P = m + K @ (z - H @ m), P - K @ H @ P", "F @ m, F @ P @ F.T + Q"),
            "First predict, then correct",
        ),
        (STEP.format(**MOVED | {"answer": "m + K @ (z - H @ m) / 2, P - K @ H @ P"}), "the gain is"),
        (STEP.format(**MOVED | {"answer": "m"}), "two things"),
    ],
    "E25": [
        (GREEDY, "cheapest pair first"),
        (ASSIGN.format(cost="cost", kept="cost[a, b] <= gate"), "after the assignment"),
        (ASSIGN.format(cost="cost", kept="True"), "no pair"),
        (ASSIGN.format(cost="np.minimum(cost, gate)", kept="cost[a, b] < gate"), "Two pairs were allowed"),
        (
            ASSIGN.format(cost="np.where(cost > gate, 2 * gate, cost)", kept="cost[a, b] <= gate"),
            "all allowed ones together",
        ),
        (ASSIGN.format(cost="np.where(cost >= gate, 1e6, cost)", kept="cost[a, b] < gate"), "costs just the gate"),
        (ASSIGN.format(cost="np.where(cost > gate, np.inf, cost)", kept="True"), "as 1e6"),
        (
            ASSIGN.format(cost="np.where(cost > gate, 1e6, cost)", kept="True").replace(
                "return [(int(a), int(b))", "return [(int(b), int(a))"
            ),
            "(row, column)",
        ),
        (
            ASSIGN.format(cost="cost", kept="True").partition("    return")[0] + "    return i, j",
            "`zip` them",
        ),
        (
            "def assigned(cost, gate):\n    return [(i, int(row.argmin())) for i, row in enumerate(cost)]",
            "one track only",
        ),
        ("def assigned(cost, gate):\n    return [(0, int(cost[0].argmin()))]", "cheapest pair first"),
        ("def assigned(cost, gate):\n    return 3", "list of pairs"),
    ],
    "E27": [
        (MOTA.format(**RIGHT | {"switch": "0"}), "forgotten"),
        (MOTA.format(**RIGHT | {"keep": "="}), "however long ago"),
        (MOTA.format(**RIGHT | {"switch": "last.get(name) != track"}), "first match"),
        (MOTA.format(**RIGHT | {"answer": "1 - (sum(true) - hits + switches) / sum(true)"}), "missing"),
        (MOTA.format(**RIGHT | {"answer": "(sum(true) - hits + sum(found) - hits + switches) / sum(true)"}), "1 minus"),
        (MOTA.format(**RIGHT | {"answer": SUM.replace("/ sum(true)", "/ sum(found)")}), "boxes that were found"),
        (MOTA.format(**RIGHT | {"answer": SUM.replace("/ sum(true)", "/ hits")}), "by the matches"),
        (FRAMES, "for each frame"),
        (NAMES, "whatever the track is called"),
        (MOTA.format(**RIGHT | {"answer": SUM.replace("/ sum(true)", "/ len(true)")}), "is 0.067"),
        (MOTA.format(**RIGHT | {"answer": f"max(0, {SUM})"}), "may be negative"),
    ],
}
