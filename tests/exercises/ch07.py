"""The usual mistakes of chapter 07, each with a part of the sentence that it must get."""

NORMALISE = """
def normalise(x, gamma, beta, state, training, momentum=0.9, eps=1e-3):
    mean, variance = state
    axes = (0, 1, 2, 3)
    if training:
        mean, variance = x.mean(axis=axes), x.var(axis=axes)
        state = tuple(momentum * old + (1 - momentum) * new for old, new in zip(state, (mean, variance)))
    return gamma * (x - mean) / np.sqrt(variance + eps) + beta, state
"""
UPDATE = "momentum * old + (1 - momentum) * new"
CROSS_ENTROPY = """
def cross_entropy(logits, labels):
    z = logits - logits.max(axis=1, keepdims=True)
    return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), labels]).mean()
"""


def mended(source: str, *changes: tuple[str, str]) -> str:
    """The solution with a mistake put in."""
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    return source


MISTAKES = {
    "E11": [
        (mended(NORMALISE, ("if training:", "if True:")), "prediction uses the running mean and variance"),
        (
            mended(NORMALISE, ("        mean, variance = x", "        now = x"), ("(mean, variance))", "now)")),
            "training uses the batch's own mean",
        ),
        (mended(NORMALISE, ("np.sqrt(variance + eps)", "(variance + eps)")), "divide by the standard deviation"),
        (mended(NORMALISE, ("np.sqrt(variance + eps)", "(np.sqrt(variance) + eps)")), "eps belongs under the root"),
        (mended(NORMALISE, ("x.var(", "x.std(")), "under the root stands the variance"),
        (mended(NORMALISE, (") + beta, state", "), state"), ("gamma * (x", "(x")), "gamma and beta are missing"),
        (mended(NORMALISE, ("axes = (0, 1, 2, 3)", "axes = 0")), "the channel is the last axis"),
        (mended(NORMALISE, (UPDATE, "(1 - momentum) * old + momentum * new")), "the part of the old mean that stays"),
        (mended(NORMALISE, (UPDATE, "new")), "forgets its past"),
        (mended(NORMALISE, (UPDATE, "old")), "came back unchanged"),
        (mended(NORMALISE, ("+ beta, state", "+ beta")), "should return two things"),
        (mended(NORMALISE, ("axes = (0, 1, 2, 3)", "axes = (1, 2, 3)")), "it goes over axes (0, 1, 2, 3)"),
        (mended(NORMALISE, ("axes = (0, 1, 2, 3)", "axes = None")), "here all share one"),
        (mended(NORMALISE, ("gamma * (x", "(x")), "gamma is missing"),
        (mended(NORMALISE, ("variance + eps", "variance")), "eps is missing"),
        (mended(NORMALISE, ("x.var(axis=axes)", "x.var(axis=axes, ddof=1)")), "not by M − 1"),
        (
            mended(NORMALISE, ("momentum * old + (1 - momentum) * new", "0.9 * old + 0.1 * new")),
            "momentum is an argument",
        ),
        (
            mended(
                NORMALISE,
                ("mean, variance = x.mean", "now = x.mean"),
                ("        state = tuple", "        mean, variance = state = tuple"),
                ("(mean, variance))", "now)"),
            ),
            "not the running ones just updated",
        ),
    ],
    "E12": [
        (
            """
def cross_entropy(logits, labels):
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(p)), labels]).mean()
""",
            "overflows",
        ),
        (
            """
def cross_entropy(logits, labels):
    z = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = z / z.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(p)), labels]).mean()
""",
            "take no logarithm of a probability",
        ),
        (
            """
def cross_entropy(logits, labels):
    z = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = z / z.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(p)), labels] + 1e-12).mean()
""",
            "a small number inside the logarithm spoils it",
        ),
        (mended(CROSS_ENTROPY, (").mean()", ").sum()")), "return the mean"),
        (mended(CROSS_ENTROPY, (").mean()", ")")), "where a single number is expected"),
        (mended(CROSS_ENTROPY, ("return (", "return -(")), "a loss is never negative"),
        (
            """
def cross_entropy(logits, labels):
    z = logits - logits.max(axis=1, keepdims=True)
    total = np.log(np.exp(z).sum(axis=1))
    return total.mean() - z[:, labels].mean()
""",
            "and not `z[:, labels]`",
        ),
        (
            """
def cross_entropy(logits, labels):
    z = logits - logits.max(axis=1, keepdims=True)
    total = np.log(np.exp(z).sum(axis=1))
    return (total - logits[np.arange(len(z)), labels]).mean()
""",
            "from the true one as well",
        ),
        (
            """
def cross_entropy(logits, labels):
    z = logits - logits.max(axis=1, keepdims=True)
    total = np.log(np.exp(z).sum(axis=1))
    return total.mean()
""",
            "the likeliest class",
        ),
        (
            """
def cross_entropy(logits, labels):
    z = logits - logits.max(axis=1, keepdims=True)
    total = np.log(np.exp(z).sum(axis=1))
    return (total[:, None] - z).mean()
""",
            "only the true one counts",
        ),
        (
            """
def cross_entropy(logits, labels):
    z = logits - logits.max(axis=1, keepdims=True)
    total = np.log(np.exp(z).sum(axis=1))
    return 1 - np.exp(z[np.arange(len(z)), labels] - total).mean()
""",
            "a mean of 1 − p",
        ),
        (
            """
def cross_entropy(logits, labels):
    z = logits - logits.max()
    return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), labels]).mean()
""",
            "of each row",
        ),
    ],
    "E37": [
        ("def average_clips(maps, lengths):\n    return maps.mean(axis=(1, 2, 3))\n", "filled in count as well"),
        (
            """
def average_clips(maps, lengths):
    counts = np.arange(maps.shape[1]) < np.asarray(lengths)[:, None]
    return np.where(counts[..., None], maps.mean(axis=(2, 3)), 0).mean(axis=1)
""",
            "divide by the frames that count",
        ),
        (
            """
def average_clips(maps, lengths):
    counts = np.arange(maps.shape[1]) < np.asarray(lengths)[:, None]
    return np.where(counts[..., None], maps.mean(axis=(2, 3)), 0).sum(axis=1)
""",
            "that is the sum over the frames",
        ),
        (
            """
def average_clips(maps, lengths):
    counts = np.arange(maps.shape[1]) < np.asarray(lengths)[:, None]
    return (counts[..., None] * maps.mean(axis=(2, 3))).sum(axis=1) / np.asarray(lengths)[:, None]
""",
            "NaN times 0 is NaN",
        ),
        ("def average_clips(maps, lengths):\n    return maps.mean(axis=(0, 1, 2, 3))\n", "has shape (2,)"),
        (
            """
def average_clips(maps, lengths):
    return np.array([clip[: n + 1].mean(axis=(0, 1, 2)) for clip, n in zip(maps, lengths)])
""",
            "one frame too many",
        ),
        (
            """
def average_clips(maps, lengths):
    return np.array([clip[-n:].mean(axis=(0, 1, 2)) for clip, n in zip(maps, lengths)])
""",
            "at the beginning of a clip",
        ),
        (
            """
def average_clips(maps, lengths):
    return maps[:, : min(lengths)].mean(axis=(1, 2, 3))
""",
            "cut to the shortest one",
        ),
        (
            """
def average_clips(maps, lengths):
    return np.array([clip[:n].mean() for clip, n in zip(maps, lengths)])
""",
            "and they stay",
        ),
    ],
}
