"""Usual mistakes in the sixth wrap-up quiz: each leads to the wrong choice whose reply names it."""

ACCURACY = """
answer = f"{{{accuracy}:.2f}}"
"""

CHANGE = """
answer = max(CHANGES, key=lambda change: {measure})
"""
EARLY = "np.mean(fit(**USUAL | CHANGES[change])[1][1:6])"

GAIN = """
names = ("dropout", "more clips", "wider")
found = {{name: [trial["accuracy"] for trial in trials if trial["change"] == name] for name in names}}
answer = max(found, key=lambda name: {measure})
"""

BOUND = """
first = {first}
loading = sum(end - begin for what, batch, begin, end in profile if what == "load" and batch >= first)
stepping = sum(end - begin for what, batch, begin, end in profile if what == "step" and batch >= first)
whole = profile[-1][-1] - (profile[1][-1] if first else 0)
answer = f"{{{bound}:.1f}} times"
"""

CURVES = """
answer = max(histories, key=lambda name: {measure})
"""

MISTAKES = {
    1: [
        (ACCURACY.format(accuracy="score(outputs, labels)"), "0.74"),
        (ACCURACY.format(accuracy="score(outputs[:256], labels[:256])"), "0.81"),
    ],
    2: [
        (CHANGE.format(measure="fit(**USUAL | CHANGES[change])[1][-1]"), "more nodes"),
    ],
    3: [
        (GAIN.format(measure="np.mean(found[name])"), "dropout"),
        (GAIN.format(measure="max(found[name])"), "wider"),
    ],
    4: [
        (BOUND.format(first=1, bound="(loading + stepping) / stepping"), "2.5 times"),
        (BOUND.format(first=0, bound="whole / stepping"), "1.3 times"),
    ],
    5: [
        (CURVES.format(measure="histories[name]['accuracy'][-1] - histories[name]['val_accuracy'][-1]"), "B"),
        (CURVES.format(measure="-max(histories[name]['val_accuracy'])"), "D"),
    ],
}
