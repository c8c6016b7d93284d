"""Usual mistakes in the fourth wrap-up quiz: each leads to the wrong choice whose reply names it."""

AVERAGE_PRECISION = """
from vidtutor import detect

truth = street.objects.where(street.objects.label == 0)
cars = found.where(found.label == 0)
given, hits = set(), []
for i in {order}:
    there = truth.at(cars.frame[i])
    free = [j for j in range(len(there)) if (cars.frame[i], there.identity[j]) not in given]
    overlaps = detect.iou(cars.box[i : i + 1], there.box[free])[0]
    hits.append(len(free) > 0 and overlaps.max() >= 0.5)
    if hits[-1] and {once}:
        given.add((cars.frame[i], there.identity[free[overlaps.argmax()]]))
precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
answer = f"{{(precision * hits).sum() / {number}:.2f}}"
"""
SURE_FIRST = "np.argsort(-cars.score, kind='stable')"

CROSSINGS = """
from vidtutor import behaviour

over = behaviour.crossings(tracks, {{"ours": LINE}})
answer = {answer}
"""

BY_SIDE = """
from vidtutor import behaviour

(x1, y1), (x2, y2) = LINE
answer = 0
for path in behaviour.paths(tracks):
    x, y = path.centre.T
    right = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1) < 0
    answer += int((right[1:] & ~right[:-1]).sum())
"""

MISTAKES = {
    1: [
        (
            "shuffled = evaluate.shuffled_frames(test_clips)\n"
            "answer = round(evaluate.accuracy(shuffled.labels, fit(train_clips)(shuffled)), 1)",
            "0.4",
        ),
        ("answer = round(evaluate.accuracy(test_clips.labels, fit(train_clips)(test_clips)), 1)", "0.9"),
    ],
    2: [
        (
            "counts = evaluate.confusion(labels, probabilities.argmax(axis=1), 3)\n"
            "answer = f'{evaluate.average_scores(counts, \"macro\").f1:.2f}'",
            "0.55",
        ),
        (
            "first, scores = evaluate.per_video(probabilities, videos, vote=True)\n"
            "counts = evaluate.confusion(labels[first], scores.argmax(axis=1), 3)\n"
            "answer = f'{evaluate.average_scores(counts, \"macro\").f1:.2f}'",
            "0.75",
        ),
        (
            "first, scores = evaluate.per_video(probabilities, videos)\n"
            "counts = evaluate.confusion(labels[first], scores.argmax(axis=1), 3)\n"
            "answer = f'{evaluate.average_scores(counts, \"micro\").f1:.2f}'",
            "0.85",
        ),
    ],
    3: [
        (AVERAGE_PRECISION.format(order="range(len(cars))", once="True", number="len(truth)"), "0.50"),
        (AVERAGE_PRECISION.format(order=SURE_FIRST, once="True", number="sum(hits)"), "0.82"),
        (AVERAGE_PRECISION.format(order=SURE_FIRST, once="False", number="len(truth)"), "1.12"),
    ],
    4: [
        (
            """
rated = [mot.rate(street.objects, fault(tracks))["MOTA"] for fault in FAULTS.values()]
answer = list(FAULTS)[int(np.argmax(rated))]
""",
            "The frames are counted from 1.",
        )
    ],
    5: [
        (CROSSINGS.format(answer="sum(crossing.direction == -1 for crossing in over)"), "10"),
        (BY_SIDE, "15"),
        (CROSSINGS.format(answer="len(over)"), "23"),
    ],
    6: [
        (
            "areas = [evaluate.precision_recall(test_fell, test_scores[name]).area for name in 'AB']\n"
            "answer = 'Model ' + 'AB'[int(np.argmax(areas))]",
            "Model A",
        ),
        (
            "alarms = [test_scores[name] >= 0.5 for name in 'AB']\n"
            "costs = [40 * (test_fell & ~alarm).sum() + (~test_fell & alarm).sum() for alarm in alarms]\n"
            "answer = 'Model ' + 'AB'[int(np.argmin(costs))]",
            "Model A",
        ),
    ],
}
