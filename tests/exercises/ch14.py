"""Usual mistakes in the exercises of chapter 14."""

STEP = """
def filtered(m, P, z, F, Q, H, R):
    m, P = {mean}, {covariance}
    K = P @ H.T @ np.linalg.inv(H @ P @ H.T + R)
    return {answer}
"""
MOVED = {"mean": "F @ m", "covariance": "F @ P @ F.T + Q", "answer": "m + K @ (z - H @ m), P - K @ H @ P"}

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
        (STEP.format(**MOVED | {"answer": "m - K @ (z - H @ m), P - K @ H @ P"}), "the gain is"),
        (STEP.format(**MOVED | {"answer": "m"}), "two things"),
    ],
    "E25": [
        (GREEDY, "cheapest pair first"),
        (ASSIGN.format(cost="cost", kept="cost[a, b] <= gate"), "after the assignment"),
        (ASSIGN.format(cost="cost", kept="True"), "no pair"),
        (ASSIGN.format(cost="np.minimum(cost, gate)", kept="cost[a, b] < gate"), "Two pairs were allowed"),
        ("def assigned(cost, gate):\n    return [(0, 0)]", "cheapest pair first"),
        ("def assigned(cost, gate):\n    return 3", "list of pairs"),
    ],
    "E27": [
        (MOTA.format(**RIGHT | {"switch": "0"}), "forgotten"),
        (MOTA.format(**RIGHT | {"keep": "="}), "however long ago"),
        (MOTA.format(**RIGHT | {"switch": "last.get(name) != track"}), "first match"),
        (MOTA.format(**RIGHT | {"answer": "1 - (sum(true) - hits + switches) / sum(true)"}), "missing"),
        (MOTA.format(**RIGHT | {"answer": "(sum(true) - hits + sum(found) - hits + switches) / sum(true)"}), "1 minus"),
        (MOTA.format(**RIGHT | {"answer": SUM.replace("sum(true)", "sum(found)")}), "is 0.067"),
        (MOTA.format(**RIGHT | {"answer": f"max(0, {SUM})"}), "may be negative"),
    ],
}
