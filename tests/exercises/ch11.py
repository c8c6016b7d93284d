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
        (COUNT.format(**RIGHT | {"convolution": "3 * 3 * 3 * 64 + 64"}), "Keras counts 205,526,915"),
    ],
    "E18": [
        (REPAIR.format(**MENDED | {"pool": "layers.Flatten()"}), "fully"),
        (REPAIR.format(**MENDED | {"shape": "(8, 32, 32, 3)"}), "should be free"),
        (REPAIR.format(**MENDED | {"shape": "(8, 32, 32, 3)", "pool": DENSE}), "fewer than a million"),
        (REPAIR.format(**MENDED | {"head": "sigmoid"}), "softmax"),
        (REPAIR.format(**MENDED | {"activation": '"relu"'}), "before the normalisation"),
        (REPAIR.format(**MENDED | {"units": 1}), "of shape (2, 5)"),
        ("def repaired(classes):\n    return None", "keras.Model, not NoneType"),
    ],
}
