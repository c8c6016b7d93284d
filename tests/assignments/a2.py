"""The usual mistakes of assignment 2: for each task (the cell, the tests that must fail)."""

BILL = """
def bill(shape, stack):
    parameters = macs = 0
    for filters, kernel, strides, groups in stack:
        taps = math.prod(kernel) * shape[3]{groups}
        before = shape
        shape = (*({rounded} for n, s in zip(shape[:3], strides)), filters)
        parameters += (taps + {bias}) * filters
        macs += taps * filters * math.prod({paid}[:3])
    return parameters, macs, shape
"""
RIGHT = {"groups": " // groups", "rounded": "-(-n // s)", "bias": 1, "paid": "shape"}

POOL = """
def soft_pool(x, beta):
    highest = x.max(axis=1, keepdims=True){shift}
    powers = np.exp(beta * (x - highest))
    return highest[:, 0] + np.log(powers.{average}(axis=1)) / beta


def soft_pool_backward(x, beta, dy):
    powers = np.exp(beta * (x - x.max(axis=1, keepdims=True)))
    return {gradient}
"""
GRADIENT = "dy[:, None] * powers / powers.sum(axis=1, keepdims=True)"

TIME = """
def uses_time(predict, clips, labels, seed=0):
    rng, frames = np.random.default_rng(seed), clips.shape[1]
    still = np.repeat(clips[:, {frame}][:, None], {copies}, axis=1)
    mixed = {mixed}
    versions = {{"clips": (clips, labels), "one frame": (still, labels), "shuffled": (mixed, labels)}}
    versions["backwards"] = clips[:, ::-1], {partner}
    return {{name: float(np.mean(predict(shown) == true)) for name, (shown, true) in versions.items()}}
"""
EACH = "np.stack([clip[rng.permutation(frames)] for clip in clips])"
SEES = {"frame": "frames // 2", "copies": "frames", "mixed": EACH, "partner": "labels ^ 1"}

NETWORK = """
def build(shape, classes):
    clips = x = keras.Input({shape}, dtype="uint8")
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    {first}
    for width, strides in (({width}, (1, 2, 2)), (2 * {width}, (1, 2, 2)), (3 * {width}, (1, 1, 1))):
        x = layers.Conv3D(width, {kernel}, strides=strides, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.Activation("relu")(x)
    x = layers.GlobalAveragePooling3D()(x)
    return keras.Model(clips, layers.{head}(layers.Dense(classes)(x)))
"""
GOOD = {"shape": "shape", "first": "", "width": 8, "kernel": 3, "head": "Softmax()"}

MUTANTS = {
    "2.1": [
        (BILL.format(**RIGHT | {"rounded": "n // s"}), {"2.1-2"}),
        (BILL.format(**RIGHT | {"groups": ""}), {"2.1-3"}),
        (BILL.format(**RIGHT | {"bias": 0}), {"2.1-1", "2.1-2", "2.1-3"}),
        (BILL.format(**RIGHT | {"paid": "before"}), {"2.1-2"}),  # multiply-adds at the size of the input
    ],
    "2.2": [
        (POOL.format(shift="", average="sum", gradient=GRADIENT), {"2.2-1", "2.2-2"}),
        (POOL.format(shift=" * 0", average="mean", gradient=GRADIENT), {"2.2-2"}),  # it overflows
        (POOL.format(shift="", average="mean", gradient=f"beta * {GRADIENT}"), {"2.2-3"}),  # beta cancels
        (POOL.format(shift="", average="mean", gradient=GRADIENT.replace("axis=1", "axis=2")), {"2.2-3"}),
        (POOL.format(shift="", average="mean", gradient=GRADIENT.replace("dy[:, None] * ", "")), {"2.2-3"}),
        (POOL.format(shift="", average="mean", gradient="dy[:, None] * np.ones_like(x) / x.shape[1]"), {"2.2-3"}),
    ],
    "2.3": [
        (TIME.format(**SEES | {"mixed": "clips[:, rng.permutation(frames)]"}), {"2.3-3"}),  # one order for all
        (TIME.format(**SEES | {"mixed": "rng.permuted(clips, axis=1)"}), {"2.3-3"}),  # pixels of all frames mixed
        (TIME.format(**SEES | {"mixed": EACH.replace("rng", "np.random")}), {"2.3-3"}),  # the seed is not used
        (TIME.format(**SEES | {"frame": "0"}), {"2.3-2"}),
        (TIME.format(**SEES | {"copies": "1"}), {"2.3-2"}),
        (TIME.format(**SEES | {"partner": "labels"}), {"2.3-1"}),
    ],
    "2.4": [
        (
            # Flattened in place of averaged: too many parameters.
            NETWORK.format(**GOOD).replace("GlobalAveragePooling3D()(x)", "Dense(64)(layers.Flatten()(x))"),
            {"2.4-1", "2.4-2", "2.4-3"},
        ),
        (NETWORK.format(**GOOD | {"shape": "(8, 16, 16, 3)"}), {"2.4-2"}),
        (NETWORK.format(**GOOD | {"kernel": "(1, 3, 3)"}), {"2.4-3"}),  # no two frames meet
        (
            # The mean of the frames is all that the network sees.
            NETWORK.format(**GOOD | {"first": "x = layers.AveragePooling3D((shape[0], 1, 1))(x)"}),
            {"2.4-3"},
        ),
        (NETWORK.format(**GOOD | {"head": "Softmax(axis=0)"}), {"2.4-1", "2.4-2"}),
    ],
}
