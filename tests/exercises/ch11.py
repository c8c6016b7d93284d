"""Usual mistakes in the exercises of chapter 11."""

COUNT = """
def parameters(frames, height, width, classes):
    convolution = {convolution}
    normalisation = {normalisation}
    flat = {flat}
    return convolution + normalisation + (flat + {bias}) * 128 + (128 + {bias}) * classes
"""
RIGHT = {
    "convolution": "3 * 3 * 3 * 3 * 64 + 64",
    "normalisation": "4 * 64",
    "flat": "(frames // 2) * (height // 2) * (width // 2) * 64",
    "bias": 1,
}

REPAIR = """
import keras
from keras import layers


def repaired(classes):
    clips = x = keras.Input({shape})
    x = layers.Conv3D(16, 3, padding="same", activation={activation})(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.Activation("relu")(x)
    x = {pool}(x)
    return keras.Model(clips, layers.Dense({units}, activation="{head}")(x))
"""
MENDED = {
    "shape": "(None, None, None, 3)",
    "activation": None,
    "pool": "layers.GlobalAveragePooling3D()",
    "units": "classes",
    "head": "softmax",
}
DENSE = "(lambda x: layers.Dense(128)(layers.Flatten()(x)))"

MISTAKES = {
    "E10": [
        (COUNT.format(**RIGHT | {"flat": "frames * height * width * 64"}), "without pooling"),
        (COUNT.format(**RIGHT | {"convolution": "3 * 3 * 3 * 3 * 64"}), "64 biases"),
        (COUNT.format(**RIGHT | {"normalisation": "0"}), "normalisation is missing"),
        (COUNT.format(**RIGHT | {"normalisation": "2 * 64"}), "running averages"),
        (COUNT.format(**RIGHT | {"bias": 0}), "biases of the dense layers"),
        (COUNT.format(**RIGHT | {"flat": "frames * height * width * 8"}), "drops an odd row"),
        (COUNT.format(**RIGHT | {"convolution": "3 * 3 * 3 * 64 + 64"}), "three colours"),
        (COUNT.format(**RIGHT | {"flat": "frames * (height // 2) * (width // 2) * 64"}), "halves all three axes"),
        (
            COUNT.format(**RIGHT | {"flat": "(frames // 2) * (height // 2) * (width // 2)"}),
            "64 channels for each place",
        ),
        (COUNT.format(**RIGHT | {"normalisation": "64"}), "four numbers for each channel"),
        (
            COUNT.format(**RIGHT | {"flat": "((frames - 2) // 2) * ((height - 2) // 2) * ((width - 2) // 2) * 64"}),
            "keeps the size",
        ),
        (COUNT.format(**RIGHT).replace("(flat + 1) * 128", "flat * 128"), "the biases of the first dense layer"),
    ],
    "E18": [
        (REPAIR.format(**MENDED | {"pool": "layers.Flatten()"}), "an average over time and space"),
        (REPAIR.format(**MENDED | {"shape": "(8, 32, 32, 3)"}), "should be free"),
        (REPAIR.format(**MENDED | {"shape": "(8, 32, 32, 3)", "pool": DENSE}), "fewer than a million"),
        (REPAIR.format(**MENDED | {"head": "sigmoid"}), "softmax"),
        (REPAIR.format(**MENDED | {"activation": '"relu"'}), "before the normalisation"),
        (REPAIR.format(**MENDED | {"units": 1}), "of shape (2, 5)"),
        ("def repaired(classes):\n    return None", "keras.Model, not NoneType"),
        (
            REPAIR.format(**MENDED).replace(
                '    x = layers.BatchNormalization(momentum=0.9)(x)\n    x = layers.Activation("relu")(x)\n',
                '    x = layers.Activation("relu")(x)\n    x = layers.BatchNormalization(momentum=0.9)(x)\n',
            ),
            "An activation stands before",
        ),
        (
            REPAIR.format(**MENDED).replace("    x = layers.BatchNormalization(momentum=0.9)(x)\n", ""),
            "no normalisation behind it",
        ),
        (REPAIR.format(**MENDED).replace('    x = layers.Activation("relu")(x)\n', ""), "no activation behind"),
        (REPAIR.format(**MENDED | {"shape": "(None, None, None, 1)"}), "the three colours fixed"),
        (REPAIR.format(**MENDED).replace('16, 3, padding="same"', "16, 9"), "shrinks to nothing"),
    ],
}
