"""The usual mistakes of chapter 01, each with a part of the sentence that it must get."""

MISTAKES = {
    "E01": [
        (
            """
def to_thwc(clip, layout):
    size = dict(zip(layout, clip.shape))
    return clip.reshape([size[axis] for axis in "THWC"])
""",
            "`reshape` deals the same numbers out",
        ),
        (
            """
def to_thwc(clip, layout):
    return clip.transpose(["THWC".index(axis) for axis in layout])
""",
            "has shape",
        ),
        (
            """
def to_thwc(clip, layout):
    return clip
""",
            "has shape",
        ),
        (
            """
def to_thwc(clip, layout):
    moved = clip.transpose([layout.index(axis) for axis in "THWC"])
    return moved[:, :, ::-1] if layout == "WCTH" else moved
""",
            "where that axis is in the input",
        ),
        (
            """
def to_thwc(clip, layout):
    moved = clip.transpose([layout.index(axis) for axis in "THWC"]).copy()
    clip[:] = 0
    return moved
""",
            "has changed the array",
        ),
        (
            """
def to_thwc(clip, layout):
    return np.moveaxis(clip, layout.index('T'), 0)
""",
            "stand in the input",
        ),
        (
            """
def to_thwc(clip, layout):
    return clip.T
""",
            "the four numbers for `transpose`",
        ),
        (
            """
def to_thwc(clip, layout):
    clip.transpose([layout.index(axis) for axis in 'THWC'])
""",
            "is there a `return`",
        ),
    ],
    "E31": [
        (
            """
def speed_kmh(places, fps, metres_per_pixel):
    way = np.hypot(*(places[-1] - places[0])) * metres_per_pixel
    return way / (len(places) / fps) * 3.6
""",
            "between 13 places lie 12 steps",
        ),
        (
            """
def speed_kmh(places, fps, metres_per_pixel):
    return np.hypot(*(places[-1] - places[0])) * metres_per_pixel * fps / (len(places) - 1)
""",
            "metres a second",
        ),
        (
            """
def speed_kmh(places, fps, metres_per_pixel):
    return np.hypot(*(places[-1] - places[0])) * fps / (len(places) - 1) * 3.6
""",
            "that is in pixels",
        ),
        (
            """
def speed_kmh(places, fps, metres_per_pixel):
    return np.hypot(*(places[-1] - places[0])) * metres_per_pixel / (len(places) - 1) * 3.6
""",
            "the way in one frame",
        ),
        (
            """
def speed_kmh(places, fps, metres_per_pixel):
    way = abs(places[-1, 0] - places[0, 0]) * metres_per_pixel
    return way * fps / (len(places) - 1) * 3.6
""",
            "y counts as well as x",
        ),
        (
            """
def speed_kmh(places, fps, metres_per_pixel):
    way = np.hypot(*np.diff(places, axis=0).T).sum() * metres_per_pixel
    return way * fps / (len(places) - 1) * 3.6
""",
            "noise adds up to speed",
        ),
        (
            """
def speed_kmh(places, fps, metres_per_pixel):
    way = np.hypot(*(places[-1] - places[0]))
    return way * metres_per_pixel * fps / (len(places) - 1) / 3.6
""",
            "multiply by 3.6",
        ),
        (
            """
def speed_kmh(places, fps, metres_per_pixel):
    way = np.hypot(*(places[-1] - places[0]))
    return way * metres_per_pixel * fps / (len(places) - 1) * 3600
""",
            "1,000 metres",
        ),
        (
            """
def speed_kmh(places, fps, metres_per_pixel):
    way = np.hypot(*(places[-1] - places[0]))
    return way * metres_per_pixel * fps * 3.6
""",
            "the whole way in one step",
        ),
        (
            """
def speed_kmh(places, fps, metres_per_pixel):
    way = np.hypot(*(places[-1] - places[0]))
    return way / metres_per_pixel * fps / (len(places) - 1) * 3.6
""",
            "do not divide",
        ),
        (
            """
def speed_kmh(places, fps, metres_per_pixel):
    return np.abs(places[-1] - places[0]).sum() * metres_per_pixel * fps / (len(places) - 1) * 3.6
""",
            "not x + y",
        ),
    ],
}
