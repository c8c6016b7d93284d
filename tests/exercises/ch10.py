"""The usual mistakes of chapter 10, each with a part of the sentence that it must get."""

LIVE = """
def live_attention(Q, K, V, reach):
    t = np.arange(Q.shape[1])
    back = t[:, None] - t
    seen = {seen}
    scores = Q @ K.swapaxes(1, 2){scale}
    scores = np.where(seen, scores, -np.inf)
    weights = np.exp(scores - scores.max(axis={axis}, keepdims=True))
    return weights / weights.sum(axis={axis}, keepdims=True) @ V
"""
LATE = """
def live_attention(Q, K, V, reach):
    t = np.arange(Q.shape[1])
    back = t[:, None] - t
    seen = (back >= 0) & (back <= reach)
    scores = Q @ K.swapaxes(1, 2) / np.sqrt(Q.shape[2]){before}
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    weights = weights / weights.sum(axis=2, keepdims=True){after}
    return weights @ V
"""
SEEN, ROOT = "(back >= 0) & (back <= reach)", " / np.sqrt(Q.shape[2])"
MACS = """
def attention_macs(clip, tubelet, D):
    steps = clip[0] // tubelet[0]
    places = clip[1] // tubelet[1] * (clip[2] // tubelet[2])
    def one(n):
        return {one}
    return one(steps * places), {factorised}
"""
TURNS = "steps * one(places) + places * one(steps)"
ORDER = """
def order_matters(attend, x):
    return {difference}
"""

MISTAKES = {
    "E15": [
        (LIVE.format(seen=SEEN, scale="", axis=2), "not divided by the root of d"),
        (LIVE.format(seen=SEEN, scale=" / Q.shape[2]", axis=2), "divided by d, not by its root"),
        (LIVE.format(seen=SEEN, scale=ROOT, axis=1), "runs down the columns"),
        (LIVE.format(seen="(back <= 0) & (-back <= reach)", scale=ROOT, axis=2), "It looks ahead"),
        (LIVE.format(seen="back == back", scale=ROOT, axis=2), "No frame is hidden"),
        (LIVE.format(seen="back >= 0", scale=ROOT, axis=2), "further back than the reach"),
        (LIVE.format(seen="(back >= 0) & (back < max(reach, 1))", scale=ROOT, axis=2), "one frame short"),
        (LIVE.format(seen="(back < 0) | (back > reach)", scale=ROOT, axis=2), "upside down"),
        (LATE.format(before="", after=" * seen"), "after the softmax"),
        (LATE.format(before=" * seen", after=""), "a score of 0 still gets weight"),
        (LIVE.format(seen="abs(back) <= reach", scale=ROOT, axis=2), "as many frames ahead as back"),
        ("def live_attention(Q, K, V, reach):\n    return V[:, -1]\n", "has shape (3, 16), where (3, 7, 16)"),
        (LIVE.format(seen=SEEN, scale=" / np.sqrt(V.shape[2])", axis=2), "the values' length"),
        (LIVE.format(seen="(back > 0) & (back <= reach)", scale=ROOT, axis=2), "each sees at least itself"),
        (LIVE.format(seen="(back >= 0) & (back <= reach + 1)", scale=ROOT, axis=2), "one frame too long"),
        (LIVE.format(seen=SEEN, scale=ROOT, axis=2).replace("Q @ K", "K @ Q"), "are exchanged"),
        (LIVE.format(seen=SEEN, scale=ROOT, axis=2).replace("@ V", "@ K"), "mix the keys"),
        (
            LIVE.format(seen=SEEN, scale=ROOT, axis=2).replace(" / weights.sum(axis=2, keepdims=True)", ""),
            "not divided by their sum",
        ),
    ],
    "E16": [
        (ORDER.format(difference="np.abs(attend(x) - attend(x[:, ::-1])).max()"), "the mean over time before"),
        (
            ORDER.format(difference="np.abs(attend(x).mean(1) - attend(x)[:, ::-1].mean(1)).max()"),
            "reverse what goes in",
        ),
        (ORDER.format(difference="np.abs((attend(x) - attend(x[..., ::-1])).mean(1)).max()"), "the features"),
        (ORDER.format(difference="np.abs((attend(x) - attend(x[::-1])).mean(1)).max()"), "the batch"),
        (ORDER.format(difference="(attend(x).mean(1) - attend(x[:, ::-1]).mean(1)).max()"), "take its size"),
        (ORDER.format(difference="np.abs(attend(x).mean() - attend(x[:, ::-1]).mean())"), "over time alone"),
        (ORDER.format(difference="np.abs((attend(x) - attend(x[:, ::-1])).mean(1)).mean()"), "not the mean"),
        (ORDER.format(difference="np.abs(attend(x).sum(1) - attend(x[:, ::-1]).sum(1)).max()"), "the sum over time"),
        (ORDER.format(difference="np.abs(attend(x).mean(2) - attend(x[:, ::-1]).mean(2)).max()"), "not over features"),
        (
            ORDER.format(difference="float(not np.allclose(attend(x).mean(1), attend(x[:, ::-1]).mean(1)))"),
            "not whether there is one",
        ),
    ],
    "E39": [
        (MACS.format(one="4 * n * D**2 + 2 * n * D", factorised=TURNS), "the pairs are n squared"),
        (MACS.format(one="4 * n * D**2 + n**2 * D", factorised=TURNS), "so the pairs count twice"),
        (MACS.format(one="3 * n * D**2 + 2 * n**2 * D", factorised=TURNS), "a projection too"),
        (MACS.format(one="2 * n**2 * D", factorised=TURNS), "four projections of every token are missing"),
        (MACS.format(one="4 * n * D**2 + 2 * n**2 * D", factorised="one(places) + one(steps)"), "it takes turns"),
        (
            MACS.format(
                one="4 * n * D**2 + 2 * n**2 * D",
                factorised="4 * steps * places * D**2 + 2 * steps * places * (steps + places) * D",
            ),
            "projections of its own",
        ),
        ("def attention_macs(clip, tubelet, D):\n    return clip[0] * D\n", "should return two numbers"),
        (MACS.format(one="4 * n * D**2 + 2 * n**2 * D", factorised=TURNS).replace("//", "/"), "return integers"),
        (
            MACS.format(one="4 * n * D**2 + 2 * n**2 * D", factorised="places * one(places) + steps * one(steps)"),
            "and `steps` such frames",
        ),
        (
            MACS.format(one="4 * n * D**2 + 2 * n**2 * D", factorised="steps * one(places)"),
            "attention over time is missing",
        ),
        (MACS.format(one="2 * (4 * n * D**2 + 2 * n**2 * D)", factorised=TURNS), "one multiply-add"),
        (
            MACS.format(one="4 * n * D**2 + 2 * n**2 * D", factorised=TURNS)
            .replace("return one(steps * places),", "return")
            .rstrip()
            + ", one(steps * places)",
            "the two are exchanged",
        ),
    ],
}
