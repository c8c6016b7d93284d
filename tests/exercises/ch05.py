"""The usual mistakes of chapter 05, each with a part of the sentence that it must get."""

SPLIT = """
def split_by_video(names, share=0.25, seed=0):
    rng = np.random.default_rng(seed)
    source = {name: name.rsplit("_c", 1)[0] for name in names}
    videos = sorted(set(source.values()))
"""
BACK = """
    return [n for n in names if source[n] not in kept_back], [n for n in names if source[n] in kept_back]
"""

MISTAKES = {
    "E19": [
        (
            """
def split_by_video(names, share=0.25, seed=0):
    mixed = list(np.random.default_rng(seed).permutation(names))
    count = round(share * len(mixed))
    return mixed[count:], mixed[:count]
""",
            "has clips in training and in the test",
        ),
        (SPLIT + "    kept_back = videos[-round(share * len(videos)):]" + BACK, "of few classes"),
        (SPLIT + "    kept_back = videos[1::round(1 / share)]" + BACK, "Seeds 0, 1 and 2"),
        (
            SPLIT + "    kept_back = rng.permutation(videos)[:round(share * len(videos))]" + BACK,
            "The test list is empty",
        ),
        (
            SPLIT + "    kept_back = rng.permutation(videos)[:max(1, round(share * len(videos)))]" + BACK,
            "The training list is empty (3 source videos, share=0.95)",
        ),
        (
            SPLIT + "    kept_back = np.random.default_rng().permutation(videos)[:10]" + BACK,
            "Two calls with seed=0",
        ),
        (
            SPLIT + "    kept_back = rng.permutation(videos)[:round((1 - share) * len(videos))]" + BACK,
            "about 10 are expected",
        ),
        (
            SPLIT
            + "    kept_back = set(rng.permutation(videos)[:10])\n"
            + "    names = sorted({source[n]: n for n in names}.values())"
            + BACK,
            "each belongs into one list",
        ),
        (
            """
def split_by_video(names, share=0.25, seed=0):
    actions = sorted({name.split("_")[1] for name in names})
    kept_back = np.random.default_rng(seed + 3).permutation(actions[1:-1])[:1]
    test = [name for name in names if name.split("_")[1] in kept_back]
    return [name for name in names if name not in test], test
""",
            "whole classes went to the test",
        ),
        (SPLIT + "    return videos", "Return two lists"),
        (
            SPLIT
            + "    kept_back = set(rng.choice(videos, max(1, min(len(videos) - 1, round(share * len(videos))))))"
            + BACK,
            "replace=False",
        ),
        (
            SPLIT + "    kept_back = set(rng.permutation(videos)[: min(len(videos) - 1, 10)])" + BACK,
            "follows from `share`",
        ),
        (
            SPLIT + "    kept_back = set(rng.permutation(videos)[round(share * len(videos)) :])" + BACK,
            "training comes first",
        ),
        (
            SPLIT + "    kept_back = set(rng.permutation(videos)[: min(39, round(share * len(names)))])" + BACK,
            "of the source videos, not of the clips",
        ),
    ],
    "E34": [
        (
            """
def random_mirror(clip, label, rng):
    return (clip[::-1], [1, 0, 3, 2, 5, 4, 7, 6][label]) if rng.random() < 0.5 else (clip, label)
""",
            "it runs backwards",
        ),
        (
            """
def random_mirror(clip, label, rng):
    return (clip[:, ::-1], [1, 0, 2, 3, 5, 4, 6, 7][label]) if rng.random() < 0.5 else (clip, label)
""",
            "it stands on its head",
        ),
        (
            """
def random_mirror(clip, label, rng):
    return (clip[..., ::-1], [1, 0, 2, 3, 5, 4, 6, 7][label]) if rng.random() < 0.5 else (clip, label)
""",
            "red and blue have changed places",
        ),
        (
            """
def random_mirror(clip, label, rng):
    return (clip[:, :, ::-1] if rng.random() < 0.5 else clip), label
""",
            "In the mirror, right is left, and not right",
        ),
        (
            """
def random_mirror(clip, label, rng):
    return (clip[:, :, ::-1], [1, 0, 2, 3, 4, 5, 6, 7][label]) if rng.random() < 0.5 else (clip, label)
""",
            "In the mirror, clockwise is counterclockwise",
        ),
        (
            """
def random_mirror(clip, label, rng):
    return (clip[:, :, ::-1], label ^ 1) if rng.random() < 0.5 else (clip, label)
""",
            "In the mirror, down is down, and not up",
        ),
        (
            """
def random_mirror(clip, label, rng):
    frames = [frame[:, ::-1] if rng.random() < 0.5 else frame for frame in clip]
    return np.stack(frames), label
""",
            "draw once for the clip",
        ),
        (
            """
def random_mirror(clip, label, rng):
    if rng.random() < 0.5:
        clip = clip[:, :, ::-1]
    return clip, [1, 0, 2, 3, 5, 4, 6, 7][label]
""",
            "A clip that was not mirrored changed from right to left",
        ),
        (
            """
def random_mirror(clip, label, rng):
    return clip[:, :, ::-1], [1, 0, 2, 3, 5, 4, 6, 7][label]
""",
            "Of 96 clips 96 were mirrored",
        ),
        (
            """
def random_mirror(clip, label, rng):
    if rng.random() < 0.5:
        clip[:] = clip[:, :, ::-1].copy()
        label = [1, 0, 2, 3, 5, 4, 6, 7][label]
    return clip, label
""",
            "The clip that was given has changed",
        ),
        (
            """
def random_mirror(clip, label, rng):
    return clip[:, :, ::-1]
""",
            "Return two things",
        ),
        (
            """
def random_mirror(clip, label, rng):
    return (clip[:, :, ::-1], [1, 0, 2, 3, 5, 4, 6, 7][label]) if np.random.random() < 0.5 else (clip, label)
""",
            "draw from `rng`",
        ),
        (
            """
def random_mirror(clip, label, rng):
    return (np.flip(clip), [1, 0, 2, 3, 5, 4, 6, 7][label]) if rng.random() < 0.5 else (clip, label)
""",
            "all four axes",
        ),
        (
            """
def random_mirror(clip, label, rng):
    return (clip[:, ::-1, ::-1], [1, 0, 2, 3, 5, 4, 6, 7][label]) if rng.random() < 0.5 else (clip, label)
""",
            "rows and columns",
        ),
    ],
}
