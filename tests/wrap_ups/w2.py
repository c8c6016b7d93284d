"""Usual mistakes in the second wrap-up quiz: each leads to the wrong choice whose reply names it."""

ONE_LARGE_STEP = """
def moved(name, place, step):
    changed = {key: value.copy() for key, value in params.items()}
    changed[name][place] += step
    return loss(changed)


ours = backward(params)
error = {}
for name in params:
    places = list(np.ndindex(ours[name].shape))
    slopes = np.array([moved(name, i, 1.0) - loss(params) for i in places]).reshape(ours[name].shape)
    error[name] = np.abs(ours[name] - slopes).max()
answer = max(error, key=error.get)
"""

FILTERS = """
from scipy import ndimage

cleaned = {{
    "Mean of the 9 frames": spoilt.mean(axis=0),
    "Median of the 9 frames": np.median(spoilt, axis=0),
    "Mean of 3 × 3 pixels": ndimage.uniform_filter(spoilt[4], 3),
    "Median of 3 × 3 pixels": ndimage.median_filter(spoilt[4], 3),
}}
distance = {{name: {distance} for name, picture in cleaned.items()}}
answer = min(distance, key=distance.get)
"""

MOVEMENT = """
from scipy import ndimage

u = v = 0.0
for _ in range({rounds}):
    back = ndimage.shift(second, (-v, -u), mode="grid-wrap")
    I_y, I_x = np.gradient((first + back) / 2)
    A = np.stack([I_x.ravel(), I_y.ravel()], axis=1)
    more = np.linalg.lstsq(A, -(back - first).ravel(), rcond=None)[0]
    u, v = u + more[0], v + more[1]
answer = {answer}
"""

LABELS = """
def steps(clip):
    rows = (clip.max(axis=-1) > 180).sum(axis=2)
    height = rows @ np.exp(2j * np.pi * np.arange(32) / 32)
    return np.angle(height[1:] / height[:-1])


changed = {answers}
turned = [name for name, share in changed.items() if share > 0.5]
answer = turned[0] if turned else "None of these"
"""
EVERY_STEP_TURNED = """{
    "Play it backwards": np.mean([(-steps(c)[:4].sum() < 0) != (steps(c)[:4].sum() < 0) for c in clips.clips]),
}"""
ENDS = """{
    "Turn it upside down": np.mean([abs(steps(c[:, ::-1]).sum() - steps(c).sum()) > 0.5 for c in clips.clips]),
    "Play it backwards": np.mean([abs(steps(c[::-1]).sum() - steps(c).sum()) > 0.5 for c in clips.clips]),
}"""

SHARED = """
train = {{{known} for row in table if row["set"] == "train"}}
others = {{{known} for row in table if row["set"] {others}}}
answer = "{name}" if train & others else "Nothing"
"""

MISTAKES = {
    1: [
        (ONE_LARGE_STEP, "W2"),
    ],
    2: [
        ("answer = int((params['b1'] < -10).sum())", "3"),
        ("answer = int((forward(params)[1].max(axis=0) == 0).sum())", "4"),
        ("answer = int((forward(params)[1].max(axis=0) == 0).sum() + (params['W2'] == 0).sum())", "6"),
    ],
    3: [
        (FILTERS.format(distance="np.abs(picture - clean[4]).max()"), "Mean of 3 × 3 pixels"),
        (FILTERS.format(distance="np.median(np.abs(picture - clean[4]))"), "Median of the 9 frames"),
    ],
    4: [
        (MOVEMENT.format(rounds=1, answer='f"({u:.1f}, {v:.1f})"'), "(3.6, -2.3)"),
        (MOVEMENT.format(rounds=20, answer='f"({-u:.1f}, {-v:.1f})"'), "(-3.4, 2.2)"),
        (MOVEMENT.format(rounds=20, answer='f"({v:.1f}, {u:.1f})"'), "(-2.2, 3.4)"),
    ],
    5: [
        (LABELS.format(answers=EVERY_STEP_TURNED), "Play it backwards"),
        (LABELS.format(answers=ENDS), "None of these"),
    ],
    6: [
        (SHARED.format(known='row["video"]', others='== "test"', name="Videos"), "Videos"),
        (SHARED.format(known='row["camera"]', others='!= "train"', name="A camera"), "A camera"),
        (SHARED.format(known='row["person"]', others='== "test"', name="A person"), "Nothing"),
    ],
}
