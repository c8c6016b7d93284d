"""The usual mistakes of chapter 22, each with a part of the sentence that it must get."""

NAMES = 'def name_them():\n    return {"A": "%s", "B": "%s", "C": "%s", "D": "%s"}'
RULE = "def overfits(history, margin=0.15):\n    a, v = history['accuracy'], history['val_accuracy']\n    return "
NEXT = "def next_change(training, validation, wanted, checked):\n"

LIST = (
    NEXT
    + "    if not checked:\n        return 'look at the data'\n    if training {} wanted:\n"
    + "        return 'fit the training clips'\n    return 'more videos' if {} else 'test once'"
)

MISTAKES = {
    "E66": [
        (NAMES % ("overfitting", "too small", "stopped too early", "rate too high"), "stay together"),
        (NAMES % ("too small", "rate too high", "stopped too early", "overfitting"), "nearly by heart"),
        (NAMES % ("too small", "overfitting", "too small", "rate too high"), "still falling fast"),
        (NAMES % ("too small", "overfitting", "stopped too early", "too small"), "far above ln 4"),
        (NAMES % ("too small", "overfitting", "stopped too early", "leak"), "none of the four names"),
        ("def name_them():\n    return ['too small']", "keys A, B, C and D"),
    ],
    "E67": [
        (RULE + "a[-1] > max(v)", "where is the margin"),
        (RULE + "a[0] - v[0] > margin", "It misses 0.99"),
        (RULE + "any(x - y > margin for x, y in zip(a, v))", "Only the first epochs"),
        (RULE + "a[-1] - v[-1] > margin", "a single bad epoch"),
        (RULE + "abs(a[-1] - max(v)) > margin", "the sign of the gap"),
        (RULE + "max(a) - max(v) > margin", "not the best one"),
        (RULE + "sum(a) / len(a) - sum(v) / len(v) > margin", "Means over all epochs"),
        (RULE + "a[v.index(max(v))] - max(v) > margin", "the best validation epoch"),
        (RULE + "a[-1] - max(v) >= margin", "take `>`"),
        (RULE + "a[-1] - max(v) > 0.15", "With a margin of 0.5"),
        (RULE + "a[-1] - max(v) > max(margin, 0.15)", "With a margin of 0.01"),
        (RULE + "a[-1] - max(v)", "Return True or False"),
    ],
    "E68": [
        (NEXT + "    return 'fit the training clips' if training < wanted else 'more videos'", "before everything"),
        (
            NEXT
            + "    if not checked and training - validation > 0.15:\n        return 'look at the data'\n"
            + "    return 'test once'",
            "Good numbers too",
        ),
        (
            NEXT
            + "    if not checked:\n        return 'look at the data'\n"
            + "    return 'more videos' if training - validation > 0.15 else 'test once'",
            "later question",
        ),
        (
            NEXT
            + "    if not checked:\n        return 'look at the data'\n"
            + "    return 'fit the training clips' if training < 0.9 else 'more videos'",
            "where 0.5 is wanted",
        ),
        (
            NEXT
            + "    if not checked:\n        return 'look at the data'\n"
            + "    return 'fit the training clips' if training < wanted else 'test once'",
            "what more videos cure",
        ),
        (
            NEXT
            + "    if not checked:\n        return 'look at the data'\n    if training < wanted:\n"
            + "        return 'fit the training clips'\n"
            + "    return 'more videos' if training - validation > 0.01 and wanted > 0.5 else 'test once'",
            "Nothing is wrong here",
        ),
        (LIST.format("<=", "training - validation > 0.15"), "is not below the 0.9"),
        (LIST.format("<", "training - validation > 0.25"), "A gap of 0.2"),
        (LIST.format("<", "training - validation > 0.1"), "A gap of 0.12"),
        (LIST.format("<", "validation < wanted"), "only the gap counts"),
        (LIST.format("<", "abs(training - validation) > 0.15"), "the sign of the gap"),
        (NEXT + "    return ['look at the data', 'more videos']", "One change at a time"),
        (NEXT + "    return 'look'", "none of the four strings"),
    ],
}
