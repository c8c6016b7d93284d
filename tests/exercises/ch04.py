"""The usual mistakes of chapter 04, each with a part of the sentence that it must get."""

MISTAKES = {
    "E04": [
        (
            """
def motion_energy(clip):
    return np.diff(clip, axis=0).mean(axis=(1, 2, 3))
""",
            "97 − 103 is 250 in uint8",
        ),
        (
            """
def motion_energy(clip):
    return np.abs(clip[1:] - clip[:-1]).mean(axis=(1, 2, 3))
""",
            "the bytes wrapped around",
        ),
        (
            """
def motion_energy(clip):
    return np.diff(clip.astype(float), axis=0).mean(axis=(1, 2, 3))
""",
            "brighter and darker cancel",
        ),
        (
            """
def motion_energy(clip):
    return np.abs(np.diff(clip.astype(float).mean(axis=(1, 2, 3))))
""",
            "before the average, not after it",
        ),
        (
            """
def motion_energy(clip):
    return np.abs(np.diff(clip.astype(float), axis=0)).mean(axis=0)
""",
            "you averaged over time",
        ),
        (
            """
def motion_energy(clip):
    return np.abs(np.diff(clip.astype(float), axis=0)).mean()
""",
            "does not tell when",
        ),
        (
            """
def motion_energy(clip):
    return np.abs(np.diff(clip.astype(float), axis=0)).mean(axis=(1, 2))
""",
            "over the three channels as well",
        ),
        (
            """
def motion_energy(clip):
    return (np.diff(clip.astype(float), axis=0) ** 2).mean(axis=(1, 2, 3))
""",
            "these are squares",
        ),
        (
            """
def motion_energy(clip):
    return np.abs(np.diff(clip.astype(float), axis=0)).sum(axis=(1, 2, 3))
""",
            "these are sums",
        ),
        (
            """
def motion_energy(clip):
    return np.abs(clip[1:] - clip[0].astype(float)).mean(axis=(1, 2, 3))
""",
            "which frames are compared",
        ),
        (
            """
def motion_energy(clip):
    return np.abs(np.diff(clip.astype(float), axis=0)).mean(axis=(1, 2, 3)) / 255
""",
            "keep the grey levels",
        ),
        (
            """
def motion_energy(clip):
    return np.abs(np.diff(clip.astype(float), axis=0)).max(axis=(1, 2, 3))
""",
            "the largest changes",
        ),
        (
            """
def motion_energy(clip):
    return np.abs(np.diff(clip.mean(axis=-1), axis=0)).mean(axis=(1, 2))
""",
            "the channels were averaged first",
        ),
        (
            """
def motion_energy(clip):
    return np.abs(np.diff(clip.astype(np.int8), axis=0)).mean(axis=(1, 2, 3))
""",
            "int8 ends at 127",
        ),
        (
            """
def motion_energy(clip):
    return np.abs(np.diff(clip.astype(float), axis=0, prepend=clip[:1])).mean(axis=(1, 2, 3))
""",
            "T − 1 numbers",
        ),
    ],
    "E28": [
        (
            """
def solve_window(I_x, I_y, I_t, least=1e-3):
    A = np.stack([I_x.ravel(), I_y.ravel()], axis=1)
    return np.linalg.solve(A.T @ A, A.T @ I_t.ravel())
""",
            "both signs are turned",
        ),
        (
            """
def solve_window(I_x, I_y, I_t, least=1e-3):
    A = np.stack([I_y.ravel(), I_x.ravel()], axis=1)
    return np.linalg.solve(A.T @ A, -A.T @ I_t.ravel())
""",
            "u and v are exchanged",
        ),
        (
            """
def solve_window(I_x, I_y, I_t, least=1e-3):
    A = np.stack([I_y.ravel(), I_x.ravel()], axis=1)
    return np.linalg.solve(A.T @ A, A.T @ I_t.ravel())
""",
            "exchanged, and the sign",
        ),
        (
            """
def solve_window(I_x, I_y, I_t, least=1e-3):
    return -np.sum(I_x * I_t) / np.sum(I_x**2), -np.sum(I_y * I_t) / np.sum(I_y**2)
""",
            "the mixed sum",
        ),
        (
            """
def solve_window(I_x, I_y, I_t, least=1e-3):
    return -np.sum(I_x * I_t), -np.sum(I_y * I_t)
""",
            "the matrix was not inverted",
        ),
        (
            """
def solve_window(I_x, I_y, I_t, least=1e-3):
    return -np.mean(I_t / I_x), -np.mean(I_t / I_y)
""",
            "least-squares solution",
        ),
        (
            """
def solve_window(I_x, I_y, I_t, least=1e-3):
    A = np.stack([I_x.ravel(), I_y.ravel()], axis=1)
    return np.linalg.solve(A.T @ A, -A.T @ I_t.ravel())
""",
            "flat window, all derivatives 0, has no inverse",
        ),
        (
            """
def solve_window(I_x, I_y, I_t, least=1e-3):
    A = np.stack([I_x.ravel(), I_y.ravel()], axis=1)
    return np.linalg.pinv(A) @ -I_t.ravel()
""",
            "which looks measured",
        ),
        (
            """
def solve_window(I_x, I_y, I_t, least=1e-3):
    A = np.stack([I_x.ravel(), I_y.ravel()], axis=1)
    if np.linalg.eigvalsh(A.T @ A)[1] < least:
        return np.nan, np.nan
    return np.linalg.pinv(A) @ -I_t.ravel()
""",
            "window on an upright edge",
        ),
        (
            """
def solve_window(I_x, I_y, I_t, least=1e-3):
    A = np.stack([I_x.ravel(), I_y.ravel()], axis=1)
    if np.linalg.eigvalsh(A.T @ A / len(A))[0] < least:
        return np.nan, np.nan
    return np.linalg.solve(A.T @ A, -A.T @ I_t.ravel())
""",
            "it has an answer",
        ),
        (
            """
def solve_window(I_x, I_y, I_t, least=1e-3):
    A = np.stack([I_x.ravel(), I_y.ravel()], axis=1)
    if np.linalg.eigvalsh(A.T @ A)[0] < 1e-3:
        return np.nan, np.nan
    return np.linalg.solve(A.T @ A, -A.T @ I_t.ravel())
""",
            "use the argument `least`",
        ),
        (
            """
def solve_window(I_x, I_y, I_t, least=1e-3):
    A = np.stack([I_x.ravel(), I_y.ravel()], axis=1)
    normal = A.T @ A
    if np.linalg.cond(normal) > 1 / least:
        return np.nan, np.nan
    return np.linalg.solve(normal, -A.T @ I_t.ravel())
""",
            "nor the ratio of the two",
        ),
        (
            """
def solve_window(I_x, I_y, I_t, least=1e-3):
    A = np.stack([I_x.ravel(), I_y.ravel()], axis=1)
    normal = A.T @ A
    if np.sqrt(np.linalg.eigvalsh(normal)[0]) < least:
        return np.nan, np.nan
    return np.linalg.solve(normal, -A.T @ I_t.ravel())
""",
            "neither its root",
        ),
        (
            """
def solve_window(I_x, I_y, I_t, least=1e-3):
    A = np.stack([I_x.ravel(), I_y.ravel()], axis=1)
    normal = A.T @ A
    if normal.diagonal().min() < least:
        return np.nan, np.nan
    return np.linalg.solve(normal, -A.T @ I_t.ravel())
""",
            "slanting edge",
        ),
        (
            """
def solve_window(I_x, I_y, I_t, least=1e-3):
    A = np.stack([I_x.ravel(), I_y.ravel()], axis=1)
    normal = A.T @ A
    if np.linalg.eigvalsh(normal)[0] > least:
        return np.nan, np.nan
    return np.linalg.solve(normal, -A.T @ I_t.ravel())
""",
            "in all directions has an answer",
        ),
        (
            """
def solve_window(I_x, I_y, I_t, least=1e-3):
    A = np.stack([I_x.ravel(), I_y.ravel()], axis=1)
    normal = A.T @ A
    if np.linalg.eigvalsh(normal)[0] < least:
        return np.nan
    return np.linalg.solve(normal, -A.T @ I_t.ravel())
""",
            "two numbers as ever",
        ),
        (
            """
def solve_window(I_x, I_y, I_t, least=1e-3):
    A = np.stack([I_x.ravel(), I_y.ravel()], axis=1)
    normal = A.T @ A
    return normal @ (-A.T @ I_t.ravel())
""",
            "multiplied by the matrix",
        ),
    ],
    "E42": [
        (
            """
def direction(u, v):
    return np.arctan2(v, u)
""",
            "these are radians",
        ),
        (
            """
def direction(u, v):
    return np.arctan2(v, u) % (2 * np.pi)
""",
            "these are radians: np.degrees",
        ),
        (
            """
def direction(u, v):
    return np.degrees(np.arctan2(v, u))
""",
            "up comes out negative",
        ),
        (
            """
def direction(u, v):
    return np.degrees(np.arctan2(u, v)) % 360
""",
            "u and v are exchanged",
        ),
        (
            """
def direction(u, v):
    return np.degrees(np.arctan2(-v, u)) % 360
""",
            "down and up are exchanged",
        ),
        (
            """
def direction(u, v):
    with np.errstate(divide="ignore"):
        return np.degrees(np.arctan(v / u)) % 360
""",
            "cannot tell left from right",
        ),
        (
            """
def direction(u, v):
    return np.degrees(np.arctan2(v, u)) + 180
""",
            "right is 0, down 90",
        ),
        (
            """
def direction(u, v):
    return np.degrees(np.arctan2(v, -u)) % 360
""",
            "right and left are exchanged",
        ),
        (
            """
def direction(u, v):
    return np.arctan2(v, u) % 360
""",
            "np.degrees first",
        ),
        (
            """
def direction(u, v):
    return np.abs(np.degrees(np.arctan2(v, u)))
""",
            "up has become down",
        ),
        (
            """
def direction(u, v):
    return np.degrees(np.arctan2(v, u)) + 360
""",
            "only the negative ones",
        ),
    ],
}
