"""The usual mistakes of chapter 16, each with a part of the sentence that it must get."""

SCORES = """
def class_scores(counts):
    right, true, named = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
"""
RATIOS = SCORES + "    p, r = right / np.maximum(named, 1), right / np.maximum(true, 1)\n"
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
        (RATIOS + "    return p, r, 2 * p * r / np.maximum(p + r, 1)", "no count of clips"),
        (RATIOS + "    return p, r, p * r / np.maximum(p + r, 1e-9)", "lacks the 2"),
        (RATIOS + "    return p, r, right / np.maximum(true + named - right, 1)", "another measure"),
        (RATIOS + "    return p, 2 * right / np.maximum(true + named, 1), r", "in this order"),
        (SCORES + "    return right / (named + 1e-3), right / (true + 1e-3), right", "a little too small"),
        (SCORES + "    return right / np.maximum(named, 1), right / np.maximum(true, 1)", "Return three arrays"),
        (SCORES + "    return right.sum() / 97, right.sum() / 97, right.sum() / 97", "one number a class"),
    ],
    "E23": [
        (HITS + "    return precision.mean()", "mean of the precisions at every box"),
        (HITS + "    return np.sum(precision * hits) / max(hits.sum(), 1)", "missed objects are left out"),
        (HITS + "    return hits.mean()", "their order must count"),
        (HITS + "    return hits.sum() / objects", "This is the recall"),
        (HITS + "    return np.sum(precision * hits) / len(hits)", "the number of boxes"),
        (HITS + "    return np.sum(precision * hits)", "are added up"),
        (
            HITS.replace("(hits, float)", "(hits, float)[::-1]") + "    return np.sum(precision * hits) / objects",
            "the last box",
        ),
        (
            HITS + "    best = np.maximum.accumulate(precision[::-1])[::-1]\n    return np.sum(best * hits) / objects",
            "in COCO's way",
        ),
        (HITS + "    return np.trapezoid(precision, np.cumsum(hits) / objects)", "straight lines"),
        (HITS + "    return np.sum(precision * hits) / (objects + 1)", "is expected"),
    ],
    "E52": [
        (DRAW + "    return values[rng.integers(len(values), size=len(values))].mean()", "three whole videos"),
        (
            DRAW
            + "    drawn = names[rng.integers(len(names), size=len(names))]\n"
            + "    return np.mean([values[videos == name].mean() for name in drawn])",
            "not of means",
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
            + "    return values[np.isin(videos, drawn)].mean()",
            "counts once here",
        ),
        (
            DRAW
            + "    drawn = videos[rng.integers(len(videos), size=len(names))]\n"
            + "    return np.concatenate([values[videos == name] for name in drawn]).mean()",
            "each of them alike",
        ),
        (
            DRAW
            + "    drawn = names[rng.integers(len(names) - 1, size=len(names))]\n"
            + "    return np.concatenate([values[videos == name] for name in drawn]).mean()",
            "each of them alike",
        ),
        (
            DRAW
            + "    drawn = names[rng.integers(len(names), size=len(names))]\n"
            + "    return np.mean([values[videos == name][0] for name in drawn])",
            "every value of each",
        ),
        (DRAW + "    return values[videos == names[rng.integers(len(names))]].mean()", "as many videos as there are"),
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
        (BINS + "    return np.abs(gaps * clips).sum()", "how many there are in all"),
        (BINS + "    return np.abs(gaps * clips).sum() / 10", "the number of bins"),
        (BINS + "    return np.abs(gaps).max()", "the largest distance"),
        (BINS + "    return np.average(gaps**2, weights=clips) ** 0.5", "the root is taken"),
        (
            BINS
            + "    right = np.array([correct[place == b].mean() for b in filled])\n"
            + "    return np.average(np.abs((filled + 0.5) / 10 - right), weights=clips)",
            "the middle of the bin",
        ),
        (BINS + "    return np.mean((confidence - correct) ** 2)", "squared distance of every single clip"),
        (
            BINS.replace("np.unique(place)", "range(10)") + "    return np.average(np.abs(gaps), weights=clips)",
            "is NaN",
        ),
        (BINS + "    return 2 * np.average(np.abs(gaps), weights=clips)", "is expected"),
    ],
}
