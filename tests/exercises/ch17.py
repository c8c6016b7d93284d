"""The usual mistakes of chapter 17, each with a part of the sentence that it must get."""

SCALED = """
def scaled(clips, batch, epochs, rate, k, optimiser):
    updates = epochs * -(-clips // (batch * k))
    right = rate * (k if optimiser == "SGD" else k**0.5)
"""
BETTER = """
def better(a, b, t):
    apart = a - b
    error = apart.std(ddof=1) / len(apart) ** 0.5
"""
RULE = "    return 'unclear' if abs(apart.mean()) <= t * error else 'a' if apart.mean() > 0 else 'b'"
NOISE = """
def scale_of_noise(short, long, small, large):
    noise = (short - long) / (1 / small - 1 / large)
    true = long - noise / large
"""

MISTAKES = {
    "E57": [
        (SCALED + "    return epochs * -(-clips // batch), right, 1", "the updates of the old batch"),
        (SCALED + "    u = epochs * (clips // (batch * k))\n    return u, right, max(1, u // 10)", "round up"),
        (SCALED + "    return updates // epochs, right, 1", "multiply by the epochs"),
        (
            SCALED + "    u = -(-clips * epochs // (batch * k))\n    return u, right, max(1, u // 10)",
            "in an epoch, then multiply",
        ),
        (
            SCALED + "    u = clips * epochs // (batch * k)\n    return u, right, max(1, u // 10)",
            "in an epoch, then multiply",
        ),
        (SCALED + "    return 7, right, 1", "updates, not 7"),
        (SCALED + "    return updates, rate, max(1, updates // 10)", "has not changed"),
        (SCALED + "    return updates, rate / k, max(1, updates // 10)", "goes down here"),
        (SCALED + "    return updates, rate / k**0.5, max(1, updates // 10)", "goes down, by the root"),
        (SCALED + "    return updates, rate * k, max(1, updates // 10)", "which is for SGD"),
        (SCALED + "    return updates, rate * k**0.5, max(1, updates // 10)", "which is for Adam"),
        (SCALED + "    return updates, 3 * rate, max(1, updates // 10)", "under Adam the rate is"),
        (SCALED + "    return updates, right, updates // 10", "the warm-up takes"),
        (SCALED + "    return updates, right, max(1, round(updates / 10))", "a tenth, rounded"),
        (SCALED + "    return updates, right", "updates, rate and warm-up"),
    ],
    "E58": [
        (BETTER + "    return 'a' if apart.mean() > 0 else 'b'", "prove nothing"),
        (
            BETTER + "    return 'a' if (apart > 0).all() else 'b' if (apart < 0).all() else 'unclear'",
            "winning with every seed is not enough",
        ),
        (
            BETTER + "    return 'a' if a.min() > b.max() else 'b' if b.min() > a.max() else 'unclear'",
            "compare seed by seed",
        ),
        (
            BETTER + "    return 'unclear' if abs(apart.mean()) <= t * error else 'b' if apart.mean() > 0 else 'a'",
            "the higher accuracy",
        ),
        (
            BETTER + "    return 'unclear' if abs(apart.mean()) < t * error else 'a' if apart.mean() > 0 else 'b'",
            "two equal settings",
        ),
        (BETTER.replace("ddof=1", "ddof=0") + RULE, "takes n - 1"),
        (BETTER.replace("** 0.5", "") + RULE, "not by n"),
        (BETTER.replace(" / len(apart) ** 0.5", "") + RULE, "over the root of n"),
        (BETTER.replace("len(apart)", "3") + RULE, "need not be three"),
        (BETTER + RULE.replace("t *", "4.30 *"), "use `t`"),
        (BETTER + "    return 'a' if apart.mean() > t * error else 'unclear'", "a difference below zero"),
        (BETTER + "    return apart.mean()", "one of the words"),
    ],
    "E59": [
        (NOISE + "    return true / noise", "turn it over"),
        (NOISE + "    return noise", "the noise alone"),
        (NOISE + "    return true", "squared gradient alone"),
        (NOISE + "    return noise / long", "still holds noise"),
        (NOISE + "    return noise / short", "hold more noise"),
        (NOISE + "    return (short - long) / long", "Only the difference"),
        (NOISE + "    return noise / (long - noise)", "not the whole noise"),
        (NOISE + "    return -noise / (long + noise / large)", "the wrong way round"),
        (NOISE + "    return short / long", "plain ratio"),
        (NOISE + "    return 3 * noise / true", "you return"),
    ],
}
