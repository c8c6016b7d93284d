"""Usual mistakes in the exercises of chapter 12."""

REPAIR = """
import keras
from keras import layers


def repaired(shape, classes):
    clips = x = keras.Input(shape)
    x = {convolution}(x)
    x = {flat}(x)
    x = layers.Dense(16, activation="relu")(x)
    x = {recurrent}(x)
    x = {attention}
    x = {pool}(x)
    return keras.Model(clips, layers.Dense({units}, activation="{activation}")(x))
"""
MENDED = {
    "convolution": "layers.TimeDistributed(layers.Conv2D(8, 3, strides=2, activation='relu'))",
    "flat": "layers.TimeDistributed(layers.Flatten())",
    "recurrent": "layers.Bidirectional(layers.LSTM(8, return_sequences=True))",
    "attention": "layers.Attention()([x, x])",
    "pool": "layers.GlobalAveragePooling1D()",
    "units": "classes",
    "activation": "softmax",
}
AVERAGED = (
    "(lambda x: layers.RepeatVector(shape[0])(layers.GlobalAveragePooling1D()(layers.Reshape((shape[0], -1))(x))))"
)
MEAN = "(lambda x: layers.Reshape((1, -1))(layers.GlobalAveragePooling3D()(x)))"

HEAD = """
def head(labels):
    if labels.ndim == 1 and labels.max() < 2:
        return {binary}
    if labels.ndim == 1:
        return {several}
    if (labels.sum(axis=1) == 1).all():
        return {one_hot}
    return {many}
"""
HEADS = {
    "binary": '1, "sigmoid", "binary_crossentropy"',
    "several": 'int(labels.max()) + 1, "softmax", "sparse_categorical_crossentropy"',
    "one_hot": 'labels.shape[1], "softmax", "categorical_crossentropy"',
    "many": 'labels.shape[1], "sigmoid", "binary_crossentropy"',
}

MISTAKES = {
    "E17": [
        (REPAIR.format(**MENDED | {"recurrent": "(lambda x: x)"}), "The recurrence is gone"),
        (REPAIR.format(**MENDED | {"recurrent": "layers.LSTM(8, return_sequences=True)"}), "forwards only"),
        (REPAIR.format(**MENDED | {"flat": MEAN}), "its second axis should be time"),
        (REPAIR.format(**MENDED | {"flat": AVERAGED}), "averaged away"),
        (
            REPAIR.format(**MENDED | {"recurrent": "layers.Bidirectional(layers.LSTM(8))", "pool": "(lambda x: x)"}),
            "last state only",
        ),
        (REPAIR.format(**MENDED | {"attention": "x"}), "no attention left"),
        (REPAIR.format(**MENDED | {"pool": "(lambda x: x)"}), "has shape (3, 6, 4)"),
        (REPAIR.format(**MENDED | {"activation": "sigmoid"}), "wants a softmax"),
        ("def repaired(shape, classes):\n    return None", "keras.Model, not NoneType"),
        (REPAIR.format(**MENDED | {"convolution": "(lambda x: x)"}), "no convolution on the frames"),
        (REPAIR.format(**MENDED | {"convolution": "layers.Conv3D(8, 3)"}), "mixes frames"),
        (REPAIR.format(**MENDED | {"convolution": "layers.Conv2D(8, 3)"}), "`Conv2D` wants pictures"),
        (REPAIR.format(**MENDED | {"flat": "layers.Flatten()"}), "`Flatten` melts time too"),
        (REPAIR.format(**MENDED | {"attention": "layers.Attention()(x)"}), "Attention wants a list"),
        (REPAIR.format(**MENDED | {"recurrent": "layers.Bidirectional(layers.LSTM(8))"}), "no time is left"),
        (
            REPAIR.format(
                **MENDED
                | {"recurrent": "(lambda x: layers.Attention()([x, x]))", "attention": MENDED["recurrent"] + "(x)"}
            ),
            "Attention stands before",
        ),
    ],
    "E51": [
        (HEAD.format(**HEADS | {"binary": '1, "softmax", "binary_crossentropy"'}), "always 1"),
        (HEAD.format(**HEADS | {"several": '1, "sigmoid", "binary_crossentropy"'}), "below zero"),
        (HEAD.format(**HEADS | {"several": '5, "softmax", "categorical_crossentropy"'}), "wants a row"),
        (HEAD.format(**HEADS | {"one_hot": '3, "softmax", "sparse_categorical_crossentropy"'}), "these are rows"),
        (HEAD.format(**HEADS | {"many": '3, "softmax", "categorical_crossentropy"'}), "several may be true"),
        (
            HEAD.format(**HEADS | {"several": '4, "softmax", "sparse_categorical_crossentropy"'}),
            "units should not be 4",
        ),
        ("def head(labels):\n    return 1", "three things"),
        (
            HEAD.format(**HEADS | {"several": 'len(labels), "softmax", "sparse_categorical_crossentropy"'}),
            "the largest label and 1 more",
        ),
        (
            HEAD.format(
                **HEADS | {"several": 'len(set(labels.tolist())), "softmax", "sparse_categorical_crossentropy"'}
            ),
            "need not hold them all",
        ),
        (HEAD.format(**HEADS | {"binary": '2, "softmax", "sparse_categorical_crossentropy"'}), "say as much as two"),
        (HEAD.format(**HEADS | {"one_hot": '3, "sigmoid", "binary_crossentropy"'}), "the classes exclude each other"),
        (HEAD.format(**HEADS | {"many": '3, "sigmoid", "categorical_crossentropy"'}), "a question of its own"),
        (HEAD.format(**HEADS).replace("labels.sum(axis=1) == 1", "labels.max(axis=1) == 1"), "several may be true"),
        (HEAD.format(**HEADS).replace("labels.sum(axis=1) == 1", "labels.sum(axis=1) <= 1"), "or none"),
    ],
}
