"""Usual mistakes in the fifth wrap-up quiz: each leads to the wrong choice whose reply names it."""

BETTER = """
base, answer = trials["as it was"], 0
for name, values in trials.items():
    apart = values - base
    error = np.std(apart, ddof=1) / np.sqrt(8)
    unpaired = np.sqrt((values.var(ddof=1) + base.var(ddof=1)) / 8)
    answer += int(name != "as it was" and {better})
"""

ONE_CHANNEL = """
later = features.copy()
later[20:, -1] += 1
same = [name for name, layer in layers.items() if np.allclose(layer(features)[:20], layer(later)[:20])]
answer = same[0]
"""

LOST = """
def lost(scale):
    with np.errstate(over="ignore"):
        half = (gradients * scale).astype(np.float16)
    return np.sum({lost})


answer = min((1, 256, 65536, 16777216), key=lost)
"""

SILENT = """
loudest = np.abs(weights).max({axis})
answer = int(({round}(weights / (loudest / {codes})) == 0).all(axis=0).sum())
"""

TURNED_AWAY = """
arrive, needs = np.arange(len(stages)) / 33, stages.sum(axis=1) / 1000
done, waiting, free = np.full(len(arrive), np.nan), [], 0.0
for i, now in enumerate([*arrive, np.inf]):
    while waiting and max(free, arrive[waiting[0]]) <= now:
        first = waiting.pop(0)
        free = done[first] = max(free, arrive[first]) + needs[first]
    if free <= now or len(waiting) < 2:
        waiting.append(i)
answer = round(1000 * float(np.nanpercentile(done - arrive, 95)))
"""

MISTAKES = {
    1: [
        (BETTER.format(better="apart.mean() > 2.36 * unpaired"), "0"),
        (BETTER.format(better="abs(apart.mean()) > 2.36 * error"), "3"),
        (BETTER.format(better="apart.mean() > 0"), "4"),
    ],
    2: [(ONE_CHANNEL, "P")],
    3: [(LOST.format(lost="np.isinf(half)"), "1"), (LOST.format(lost="half == 0"), "16777216")],
    4: [
        (SILENT.format(axis="axis=0", round="np.rint", codes=127), "0"),
        (SILENT.format(axis="", round="np.rint", codes=255), "2"),
        (SILENT.format(axis="", round="np.trunc", codes=127), "4"),
    ],
    5: [
        ("answer = round(float(np.percentile(stages.sum(axis=1), 95)))", "49"),
        ("answer = round(float(np.percentile(stages, 95, axis=0).sum()))", "59"),
        (TURNED_AWAY, "105"),
    ],
    6: [
        (
            "dry, wet = np.mean(score[~night & ~rain] < 0.5), np.mean(score[~night & rain] < 0.5)\n"
            "answer = 'By day, in rain' if wet > dry else 'By day, dry'",
            "By day, in rain",
        ),
        (
            "groups = [('By day, dry', ~night & ~rain), ('By day, in rain', ~night & rain),\n"
            "          ('By night, dry', night & ~rain), ('By night, in rain', night & rain)]\n"
            "answer = max(groups, key=lambda group: np.sum(score[group[1]] < 0.5))[0]",
            "By day, dry",
        ),
        (
            "dark = np.mean(score[night] < 0.5) > np.mean(score[~night] < 0.5)\n"
            "wet = np.mean(score[rain] < 0.5) > np.mean(score[~rain] < 0.5)\n"
            "answer = ('By night, ' if dark else 'By day, ') + ('in rain' if wet else 'dry')",
            "By night, in rain",
        ),
    ],
}
