"""The usual mistakes of chapter 23, each with a part of the sentence that it must get."""

FAILURES = (
    "def surest_failures(labels, probabilities):\n"
    "    said, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)\n"
    "    wrong = np.flatnonzero(said != labels)\n    return "
)
THRESHOLD = "def threshold(sure, right, wanted):\n"

MISTAKES = {
    "E69": [
        (FAILURES + "said != labels", "That is a mask"),
        (FAILURES + "np.argsort(-sure)", "All clips are in it"),
        (FAILURES + "np.sort(sure[wrong])[::-1]", "values themselves"),
        (FAILURES + "wrong[np.argsort(sure[wrong])]", "turn the order round"),
        (FAILURES + "wrong", "in the order of the clips"),
        (FAILURES + "wrong[np.argsort(probabilities[wrong, labels[wrong]])]", "the *true* class"),
        (FAILURES + "np.argsort(-sure[wrong])", "Positions among the failures"),
        (FAILURES + "np.flatnonzero(said == labels)", "gets right: return the others"),
        (FAILURES + "np.where(said != labels)", "gives a tuple"),
        (FAILURES + "wrong[np.argsort(np.diff(np.sort(-probabilities[wrong]))[:, 0] * -1)]", "lead over the second"),
        (FAILURES + "np.roll(wrong, 1)", "surest first"),
        (FAILURES + "wrong[np.argsort(-sure[wrong])][:3]", "has shape (3,)"),
        (FAILURES + "wrong[np.argsort(-sure[wrong])] if len(wrong) else np.array([0])", "the array is empty"),
        (FAILURES.replace("return ", "wrong.sort()"), "is there a `return`"),
    ],
    "E70": [
        (
            THRESHOLD
            + "    best = np.inf\n    for value in sorted(sure)[::-1]:\n"
            + "        if right[sure >= value].mean() < wanted:\n            break\n"
            + "        best = value\n    return best",
            "do not stop at the first failure",
        ),
        (
            THRESHOLD + "    return min([v for v in sure if right[sure >= v].mean() > wanted], default=np.inf)",
            "use `>=`",
        ),
        (
            THRESHOLD + "    return min([v for v in sure if right[sure > v].sum() >= wanted * sum(sure > v) > 0])",
            "its own clip too",
        ),
        (THRESHOLD + "    return max(right[sure >= v].mean() for v in sure if v < 0.95)", "Return one of the values"),
        (THRESHOLD + "    return min(v for v in sure if right[sure >= v].sum() >= wanted)", "the part is of these"),
        (
            THRESHOLD + "    return min([v for v in sure if (right & (sure >= v)).mean() >= wanted], default=np.inf)",
            "of the clips with",
        ),
        (
            THRESHOLD + "    return max([v for v in sure if right[sure >= v].mean() >= wanted], default=np.inf)",
            "return the lowest",
        ),
        (
            THRESHOLD
            + "    return min(range(6), key=lambda i: sure[i] if right[sure >= sure[i]].mean() >= 0.8 else 2)",
            "is a position",
        ),
        (
            THRESHOLD + "    return min(v for v in np.arange(101) / 100 if right[sure >= v].mean() >= wanted)",
            "none of the values",
        ),
        (THRESHOLD + "    return 0.9", "not 0.9"),
        (
            THRESHOLD + "    return min([v for v in sure if right[sure >= v].mean() >= 0.8], default=np.inf)",
            "use `wanted`",
        ),
        (
            THRESHOLD + "    return min([v for v in sure if right[sure >= v].mean() >= wanted], default=None)",
            "return `np.inf`",
        ),
        (
            THRESHOLD + "    return min([v for v in sure if right[sure >= v].mean() >= wanted], default=1.0)",
            "return `np.inf`",
        ),
    ],
}
