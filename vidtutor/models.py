"""The two printed listings, mended: readable functions that return an uncompiled `keras.Model`.

Every model takes clips as they are stored, uint8 (N, T, H, W, 3), and scales them itself, so that a saved model carries
its own preprocessing. Batch normalisation uses momentum 0.9: Keras's 0.99 needs more steps than a short training has.
"""

import keras
from keras import layers

Shape = tuple[int, int, int, int]


def conv3d_net(shape: Shape, classes: int, widths: tuple[int, ...] = (16, 32, 64)) -> keras.Model:
    """Listing A mended: 3-D convolutions with stride, then the mean over time and space, then a softmax.

    shape: (T, H, W, 3) of one clip. classes: how many. widths: filters of each block; every block halves height and
    width, and from the third on also time. Returns probabilities float32 (N, classes).
    Raises ValueError where `shape` is not four positive numbers. Chapter 11.
    """
    clips = x = _clips(shape)
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    for block, width in enumerate(widths):
        strides = (1, 2, 2) if block < 2 else (2, 2, 2)
        # Batch normalisation subtracts the mean, and a bias with it: so the convolution goes without one.
        x = layers.Conv3D(width, 3, strides=strides, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.Activation("relu")(x)
    x = layers.GlobalAveragePooling3D()(x)
    return keras.Model(clips, _softmax(classes)(x), name="conv3d_net")


def cnn_lstm_attention(shape: Shape, classes: int, units: int = 64) -> keras.Model:
    """Listing B mended: a CNN on every frame, a bidirectional LSTM over the frames, attention among its states.

    Each frame comes with its difference from the frame before, and the CNN's map is flattened rather than averaged:
    both keep where things are, which is what movement is told by. shape: (T, H, W, 3) of one clip. classes: how many.
    units: size of the LSTM in each direction. Returns probabilities float32 (N, classes); the layers "states" and
    "attention" are there to be looked at. Raises ValueError where `shape` is not four positive numbers. Chapter 12.
    """
    clips = x = _clips(shape)
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    before = layers.Cropping3D(((0, 1), 0, 0))(layers.ZeroPadding3D(((1, 0), 0, 0))(x))
    x = layers.Concatenate()([x, layers.Subtract()([x, before])])
    # A kernel of one frame is the same 2-D convolution on every frame, and cheaper than TimeDistributed.
    for width in (8, 16, 32):
        x = layers.Conv3D(width, (1, 3, 3), strides=(1, 2, 2), padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.Activation("relu")(x)
    x = layers.Reshape((shape[0], -1))(x)
    x = layers.Dropout(0.1)(layers.Dense(units, activation="relu")(x))
    states = layers.Bidirectional(layers.LSTM(units, return_sequences=True), name="states")(x)
    # Added to the states, as in a transformer's block.
    x = layers.Add()([states, layers.Attention(use_scale=True, name="attention")([states, states])])
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(clips, _softmax(classes)(x), name="cnn_lstm_attention")


def _clips(shape: Shape) -> keras.KerasTensor:
    if len(shape) != 4 or min(shape) < 1:
        raise ValueError(f"a clip has the shape (frames, height, width, 3) in positive numbers, not {shape}")
    return keras.Input(shape, dtype="uint8", name="clips")


def _softmax(classes: int) -> layers.Layer:
    # float32 also where the rest of the model computes in float16: small probabilities would vanish.
    return layers.Dense(classes, activation="softmax", dtype="float32", name="probabilities")
