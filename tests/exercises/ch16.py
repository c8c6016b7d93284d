"""The usual mistakes of chapter 16, each with a part of the sentence that it must get."""

SCORES = """
def class_scores(counts):
    right, true, named = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
"""
HITS = """
def average_precision(hits, objects):
    hits = np.asarray(hits, float)
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
"""
DRAW = """
def one_draw(values, videos, rng):
    names = np.unique(videos)
"""
BINS = """
def calibration_error(confidence, correct):
    place = (10 * confidence).astype(int)
    filled = np.unique(place)
    gaps = np.array([confidence[place == b].mean() - correct[place == b].mean() for b in filled])
    clips = np.array([np.sum(place == b) for b in filled])
"""

MISTAKES = {
    "E20": [
        (SCORES + "    return right / true, right / named, 2 * right / (true + named)", "changed places"),
        (SCORES + "    return right / named, right / true, 2 * right / (true + named)", "divide by at least 1"),
        (
            SCORES
            + "    with np.errstate(all='ignore'):\n"
            + "        return right / named, right / true, 2 * right / (true + named)",
            "has NaN in it with a class that is absent",
        ),
        (
            SCORES
            + "    named, true = np.maximum(named, 1), np.maximum(true, 1)\n"
            + "    return right / named, right / true, (right / named + right / true) / 2",
            "the harmonic one is 2PR / (P + R)",
        ),
        (
            SCORES + "    return right / counts.sum(), right / true, 2 * right / (true + named)",
            "precision divides by the whole matrix",
        ),
        (
            SCORES
            + "    p, r, f = (np.where(w > 0, a / np.maximum(w, 1), 1.0)"
            + " for a, w in ((right, named), (right, true), (2 * right, true + named)))\n"
            + "    return p, r, f",
            "0/0 is to be 0 there",
        ),
        (SCORES + "    return right / np.maximum(named, 1), right / np.maximum(true, 1)", "Return three arrays"),
        (SCORES + "    return right.sum() / 97, right.sum() / 97, right.sum() / 97", "one number a class"),
    ],
    "E23": [
        (HITS + "    return precision.mean()", "mean of the precisions at every box"),
        (HITS + "    return np.sum(precision * hits) / max(hits.sum(), 1)", "missed objects are left out"),
        (HITS + "    return hits.mean()", "their order must count"),
        (HITS + "    return hits.sum() / objects", "This is the recall"),
        (HITS + "    return np.sum(precision * hits) / len(hits)", "is expected"),
    ],
    "E52": [
        (DRAW + "    return values[rng.integers(len(values), size=len(values))].mean()", "whole videos"),
        (
            DRAW
            + "    drawn = names[rng.integers(len(names), size=len(names))]\n"
            + "    return np.mean([values[videos == name].mean() for name in drawn])",
            "not of two means",
        ),
        (
            DRAW
            + "    drawn = rng.permutation(names)\n"
            + "    return np.concatenate([values[videos == name] for name in drawn]).mean()",
            "draw with replacement",
        ),
        (
            DRAW
            + "    drawn = names[rng.integers(len(names), size=len(names))]\n"
            + "    return values[np.isin(videos, drawn) & (videos != names[0])].mean() if len(set(drawn)) > 1 else 0.4",
            "counts twice",
        ),
        (
            DRAW
            + "    drawn = names[np.random.default_rng().integers(len(names), size=len(names))]\n"
            + "    return np.concatenate([values[videos == name] for name in drawn]).mean() + np.random.rand()",
            "draw from `rng`",
        ),
    ],
    "E53": [
        (BINS + "    return np.abs(gaps).mean()", "All bins count alike"),
        (BINS + "    return np.abs(gaps).sum() / 10", "divides by ten bins"),
        (BINS + "    return np.average(gaps, weights=clips)", "cancel, as in one bin for all"),
        (BINS + "    return abs(confidence.mean() - correct.mean())", "take the absolute value in each bin"),
        (BINS + "    return np.average(gaps**2, weights=clips)", "squared"),
        (BINS + "    return np.abs(confidence - correct).mean()", "every single clip"),
        (BINS + "    return np.abs(gaps * clips).sum()", "is expected"),
    ],
}
