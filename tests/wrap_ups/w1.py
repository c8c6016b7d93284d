"""Usual mistakes in the first wrap-up quiz: each leads to the wrong choice whose reply names it."""

REPEATS = """
change = np.abs({difference}).mean(axis=(1, 2, 3))
answer = int((change {test}).sum())
"""
UNSIGNED, SIGNED = "recorded[1:] - recorded[:-1]", "np.diff(recorded.astype(int), axis=0)"

SPEED = """
metres = {metres} * METRES_PER_PIXEL
answer = f"{{{metres_to} * metres / {time}:.0f}} km/h"
"""
STRAIGHT, TIME = "np.linalg.norm(places[-1] - places[0])", "(seconds[-1] - seconds[0])"

HEADERS = """
files = [video.probe(path) for path in sorted(folder.glob("*.mp4"))]
{find}
"""

SAMPLES = """
lit = {lit}
caught = [n for n in range(1, 121) if np.isin(video.sample_indices(120, n), lit).any()]
answer = {answer}
"""
LIT = "np.flatnonzero(night.max(axis=(1, 2, 3)) > 200)"
BRIGHT = "np.flatnonzero(night.mean(axis=(1, 2, 3)) > night.mean())"

ANSWERS = """
cars_to_the_left = sum((c.line, c.label, c.direction) == ("road", 0, -1) for c in street.crossings)
true = {{
    "What is where?": {largest} == "lorry",
    "Who is who?": {people} == 13,
    "How do things move?": cars_to_the_left == 2,
}}
(answer,) = (question for question, holds in true.items() if not holds)
"""

MISTAKES = {
    1: [
        (REPEATS.format(difference=SIGNED, test="== 0"), "3"),
        (REPEATS.format(difference=UNSIGNED, test="< 1.5"), "8"),
        (REPEATS.format(difference=SIGNED, test=">= 1.5") + "answer += 1  # the first frame is new as well", "48"),
    ],
    2: [
        (SPEED.format(metres=STRAIGHT, metres_to="1", time=TIME), "5 km/h"),
        (
            SPEED.format(metres="np.linalg.norm(np.diff(places, axis=0), axis=1).sum()", metres_to="3.6", time=TIME),
            "23 km/h",
        ),
        (SPEED.format(metres=STRAIGHT, metres_to="3.6", time="((len(places) - 1) / HEADER_FPS)"), "27 km/h"),
    ],
    3: [
        (HEADERS.format(find="answer = max(files, key=lambda file: file.path.stat().st_size).path.name"), "gate.mp4"),
        (HEADERS.format(find="answer = min(files, key=lambda file: file.frames).path.name"), "lane.mp4"),
        (
            HEADERS.format(
                find="lies = [file.path.name for file in files if round(file.duration * file.fps) != file.frames]\n"
                'answer = lies[0] if lies else "None of them"'
            ),
            "None of them",
        ),
    ],
    4: [
        (ANSWERS.format(largest="'lorry'", people="street.counts[:, 2].max()"), "Who is who?"),
        (ANSWERS.format(largest="street.labels[street.objects.label[60]]", people="13"), "What is where?"),
    ],
    5: [
        (SAMPLES.format(lit=LIT, answer="caught[0]"), "11"),
        (SAMPLES.format(lit=LIT, answer="120 // len(lit)"), "30"),
        (SAMPLES.format(lit=BRIGHT, answer="max(set(range(1, 121)) - set(caught)) + 1"), "3"),
    ],
}
