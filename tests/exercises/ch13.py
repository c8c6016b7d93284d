"""The usual mistakes of chapter 13, each with a part of the sentence that it must get."""

IOU = """
def iou_matrix(a, b):
    sides = np.minimum(a[:, None, 2:], b[:, 2:]) - np.maximum(a[:, None, :2], b[:, :2])
    shared = {shared}
    area_a, area_b = ((c[:, 2:] - c[:, :2]).prod(axis=1) for c in (a, b))
    return {ratio}
"""
CUT, RATIO = "np.maximum(sides, 0).prod(axis=2)", "shared / (area_a[:, None] + area_b - shared)"
AROUND = "(np.maximum(a[:, None, 2:], b[:, 2:]) - np.minimum(a[:, None, :2], b[:, :2])).prod(axis=2)"
NMS = """
def suppress(boxes, scores, labels, limit):
    low = np.maximum(boxes[:, None, :2], boxes[:, :2])
    shared = np.maximum(np.minimum(boxes[:, None, 2:], boxes[:, 2:]) - low, 0).prod(axis=2)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    iou = shared / (area[:, None] + area - shared)
    clash = {clash}
    kept = []
    order = {order}
    for n, i in enumerate(order):
        if not clash[i, {against}].any():
            kept.append(i)
    return {result}
"""
CLASH, SAME, SORTED = "(iou > limit) & (labels[:, None] == labels)", "labels[:, None] == labels", "np.argsort(-scores)"
CELL = """
def boxes_at(rows, columns, log_sides, offsets, cell):
    corner = np.stack([{corner}], axis=1)
    centre = {centre}
    half = {half}
    return np.concatenate([{box}], axis=1)
"""
RIGHT = {
    "corner": "columns, rows",
    "centre": "(corner + 0.5 + offsets) * cell",
    "half": "np.exp(log_sides) / 2",
    "box": "centre - half, centre + half",
}


def _nms(**parts: str) -> str:
    return NMS.format(**{"clash": CLASH, "order": SORTED, "against": "kept", "result": "kept"} | parts)


MISTAKES = {
    "E21": [
        (IOU.format(shared="sides.prod(axis=2)", ratio=RATIO), "cut each side off at 0 before"),
        (IOU.format(shared="np.maximum(sides.prod(axis=2), 0)", ratio=RATIO), "cut off each side before"),
        (IOU.format(shared=CUT, ratio="shared / (area_a[:, None] + area_b)"), "take it off once"),
        (IOU.format(shared=CUT, ratio="shared"), "This is the shared area"),
        (IOU.format(shared=CUT, ratio="shared / area_a[:, None]"), "the part of the first box"),
        (IOU.format(shared=CUT, ratio="shared / area_b"), "the part of the second box"),
        (IOU.format(shared=CUT, ratio="shared / np.minimum(area_a[:, None], area_b)"), "the smaller box"),
        (IOU.format(shared=CUT, ratio=f"1 - {RATIO}"), "is 0.190, not 0.810"),
        (IOU.format(shared="np.abs(sides).prod(axis=2)", ratio=RATIO), "The product of `np.abs`"),
        (IOU.format(shared=AROUND, ratio=RATIO), "ends at the smaller of the two high ones"),
        (IOU.format(shared=CUT, ratio=f"shared / {AROUND}"), "the box around both"),
        (IOU.format(shared=CUT, ratio="2 * shared / (area_a[:, None] + area_b)"), "twice the shared area"),
        (IOU.format(shared=CUT, ratio=f"({RATIO}).T"), "A row belongs to a box of a"),
        (
            """
def iou_matrix(a, b):
    sides = np.minimum(a[:, None, 2:], b[:, 2:]) - np.maximum(a[:, None, :2], b[:, :2]) + 1
    shared = np.maximum(sides, 0).prod(axis=2)
    area_a, area_b = ((c[:, 2:] - c[:, :2] + 1).prod(axis=1) for c in (a, b))
    return shared / (area_a[:, None] + area_b - shared)
""",
            "no + 1 in the sides",
        ),
        ("def iou_matrix(a, b):\n    return np.ones(len(a))\n", "has shape (3,), where (3, 4)"),
    ],
    "E22": [
        (_nms(order="range(len(boxes))"), "not sorted"),
        (_nms(order="np.argsort(scores)"), "from the worst score to the best"),
        (_nms(against="order[:n]"), "still drops others"),
        (_nms(clash="iou > limit"), "different labels"),
        (_nms(clash=f"(iou >= limit) & ({SAME})"), "exactly the limit stays"),
        (_nms(clash="iou > 2"), "Nothing is dropped"),
        (_nms(clash=f"(iou > 0.5) & ({SAME})"), "do you use `limit`"),
        (_nms(against="range(len(boxes))"), "clash with itself"),
        (_nms(against="kept[-1:]"), "the last one that stayed only"),
        (_nms(result="[list(order).index(i) for i in kept]"), "places in the sorted list"),
        (_nms(clash=f"(iou < limit) & ({SAME})"), "comparison is turned round"),
        (_nms(result="sorted(kept)"), "the best score comes first"),
        (_nms(clash=f"(iou > 0.9) & ({SAME})", result="kept[:2]"), "should stay, not"),
        ("def suppress(boxes, scores, labels, limit):\n    return boxes\n", "Return a list of positions"),
        ("def suppress(boxes, scores, labels, limit):\n    pass\n", "is None"),
    ],
    "E45": [
        (CELL.format(**RIGHT | {"corner": "rows, columns"}), "the other way round"),
        (CELL.format(**RIGHT | {"centre": "(corner + offsets) * cell"}), "half a cell from its corner"),
        (CELL.format(**RIGHT | {"centre": "(corner + 0.5) * cell + offsets"}), "in cells, not in pixels"),
        (CELL.format(**RIGHT | {"centre": "(corner + 0.5) * cell"}), "The offsets are missing"),
        (CELL.format(**RIGHT | {"centre": "corner + 0.5 + offsets"}), "still in cells"),
        (CELL.format(**RIGHT | {"half": "log_sides / 2"}), "take np.exp"),
        (CELL.format(**RIGHT | {"half": "np.exp(log_sides) / 2 * cell"}), "in pixels already"),
        (CELL.format(**RIGHT | {"half": "np.exp(log_sides)"}), "not a whole one"),
        (CELL.format(**RIGHT | {"centre": "(corner + 0.5 - offsets) * cell"}), "add them"),
        (CELL.format(**RIGHT | {"centre": "(corner + 0.5 + offsets[:, ::-1]) * cell"}), "first column of `offsets`"),
        (CELL.format(**RIGHT | {"half": "np.exp(log_sides[:, ::-1]) / 2"}), "first column of `log_sides`"),
        (
            CELL.format(
                corner="rows, columns",
                centre="(corner + 0.5 + offsets[:, ::-1]) * cell",
                half="np.exp(log_sides[:, ::-1]) / 2",
                box=RIGHT["box"],
            ),
            "the other way round throughout",
        ),
        (CELL.format(**RIGHT | {"half": "2**log_sides / 2"}), "not a power of 2"),
        (CELL.format(**RIGHT | {"centre": "(corner + offsets) * cell + 0.5"}), "not half a pixel"),
        (CELL.format(**RIGHT | {"box": "centre, centre + 2 * half"}), "begins at its centre"),
        (
            CELL.format(**RIGHT).rstrip() + "[:, [0, 2, 1, 3]]",
            "order of the columns",
        ),
        (CELL.format(**RIGHT | {"box": "centre, 2 * half"}), "These are centres and sides"),
        (CELL.format(**RIGHT | {"box": "centre - half, 2 * half"}), "These are corner and sides"),
        (CELL.format(**RIGHT | {"box": "centre + half, centre - half"}), "The peak in row 5"),
    ],
}
