"""Checks of chapter 05: a split by source video, a mirror that knows its labels."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, expect_number
from vidtutor.worlds import CLASSES

import numpy as np

ACTIONS = ("Archery", "Diving", "Punch", "YoYo")


def _source(name: str) -> str:
    return name.rsplit("_c", 1)[0]


@exercise("E19")
def split_by_video(answer: Callable[..., Any]) -> None:
    """A split of UCF101's file names by source video: what a split must keep, whatever the lot."""
    rng = np.random.default_rng(19)
    names = [
        f"v_{action}_g{group:02}_c{clip:02}.avi"
        for action in ACTIONS
        for group in range(1, 11)
        for clip in range(1, 4 + group % 4)
    ]
    names = [names[place] for place in rng.permutation(len(names))]
    train, test = _two_lists(answer(list(names), 0.25, 0), names)
    videos, kept_back = sorted({_source(name) for name in names}), sorted({_source(name) for name in test})
    if kept_back in (videos[: len(kept_back)], videos[-len(kept_back) :]):
        raise Wrong("The test videos stand side by side in the alphabet, so they are of few classes: draw them by lot.")
    if not 6 <= len(kept_back) <= 14:
        why = ": training comes first, the test second" if 26 <= len(kept_back) <= 34 else ""
        why = ": the share is of the source videos, not of the clips" if len(kept_back) > 34 else why
        raise Wrong(
            f"Of 40 source videos, {len(kept_back)} are in the test: with share=0.25 about 10 are expected{why}."
        )
    lost = sorted({name.split("_")[1] for name in names} - {name.split("_")[1] for name in train})
    if lost:
        raise Wrong(f"No clip of {lost[0]} is left for training: whole classes went to the test, not source videos.")
    if _two_lists(answer(list(names), 0.25, 0), names) != (train, test):
        raise Wrong("Two calls with seed=0 give two splits: take the generator from the seed.")
    again = [{_source(name) for name in _two_lists(answer(list(names), 0.25, seed), names)[1]} for seed in (1, 2)]
    if again == [set(kept_back)] * 2:
        raise Wrong("Seeds 0, 1 and 2 keep back the same videos: the lot does not depend on the seed.")
    most = len({_source(name) for name in _two_lists(answer(list(names), 0.9, 0), names)[1]})
    if most < 30:
        why = "a lot that puts names back draws some twice, so draw with `permutation` or `replace=False`."
        if most == len(kept_back):
            why = "their number follows from `share`."
        raise Wrong(f"With share=0.9 only {most} of 40 source videos are in the test: {why}")
    for count, share in ((2, 0.1), (3, 0.95)):
        few = [f"v_Diving_g{group:02}_c{clip:02}.avi" for group in range(1, count + 1) for clip in (1, 2)]
        _two_lists(answer(list(few), share, 0), few, f" ({count} source videos, share={share})")


def _two_lists(returned: Any, names: list[str], when: str = "") -> tuple[list[str], list[str]]:
    """The training and the test names, if they are a split of `names` that no source video spans."""
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise Wrong(f"Return two lists, (train, test), not {type(returned).__name__}.")
    train, test = ([str(name) for name in part] for part in returned)
    for part, which in ((train, "training"), (test, "test")):
        if not part:
            raise Wrong(f"The {which} list is empty{when}: each needs at least one source video.")
    torn = sorted({_source(name) for name in train} & {_source(name) for name in test})
    if torn:
        raise Wrong(f"{torn[0]} has clips in training and in the test: draw the lot for source videos, not for clips.")
    if sorted(train + test) != sorted(names):
        raise Wrong(f"{len(names)} names went in, and {len(train) + len(test)} came out: each belongs into one list.")
    return train, test


@exercise("E34")
def random_mirror(answer: Callable[..., Any]) -> None:
    """A mirror for clips with its labels, against `np.flip` and the classes' names."""
    clip = np.random.default_rng(34).integers(0, 256, (5, 6, 7, 3), dtype=np.uint8)
    drawn = [_mirrored(answer, clip, label, seed) for label in range(8) for seed in range(12)]
    if not 24 <= sum(drawn) <= 72:
        raise Wrong(f"Of 96 clips {sum(drawn)} were mirrored: about half are expected, with `rng.random() < 0.5`.")
    if drawn != [_mirrored(answer, clip, label, seed) for label in range(8) for seed in range(12)]:
        raise Wrong("The same generator gave two different lots: draw from `rng`, and not from NumPy's own.")


def _mirrored(answer: Callable[..., Any], clip: np.ndarray, label: int, seed: int) -> bool:
    """Whether the clip came back mirrored; raises Wrong unless clip and label fit together."""
    given = clip.copy()
    returned = answer(given, label, np.random.default_rng(seed))
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise Wrong("Return two things, the clip and its label.")
    if not np.array_equal(given, clip):
        raise Wrong("The clip that was given has changed: assign to a new array, not into the old one.")
    changed = expect_array(returned[0], clip.shape, "The clip")
    name, became = CLASSES[label], int(expect_number(returned[1], "The label")) % len(CLASSES)
    flips = {axis: np.flip(clip, axis) for axis in range(4)}
    if np.array_equal(changed, clip):
        if became != label:
            raise Wrong(f"A clip that was not mirrored changed from {name} to {CLASSES[became]}: one draw for both.")
        return False
    if np.array_equal(changed, flips[2]):
        partner = {"right": "left", "clockwise": "counterclockwise"}
        partner |= {value: key for key, value in partner.items()}
        true = partner.get(name, name)
        if CLASSES[became] != true:
            raise Wrong(f"In the mirror, {name} is {true}, and not {CLASSES[became]}.")
        return True
    for axis, why in ((0, "it runs backwards"), (1, "it stands on its head"), (3, "red and blue have changed places")):
        if np.array_equal(changed, flips[axis]):
            raise Wrong(f"The clip is not mirrored: {why}. The axes are (T, H, W, C), and W is the third.")
    for axes, what in (((1, 2), "rows and columns"), ((0, 1, 2, 3), "all four axes"), ((0, 2), "time too")):
        if np.array_equal(changed, np.flip(clip, axes)):
            raise Wrong(f"The clip is turned along {what}; only W, the third of (T, H, W, C), is to be turned.")
    frames = zip(changed, clip, flips[2], strict=True)
    if all(np.array_equal(new, old) or np.array_equal(new, flip) for new, old, flip in frames):
        raise Wrong("Some frames are mirrored and some are not: draw once for the clip.")
    raise Wrong("What comes back is neither the clip nor its mirror image.")
