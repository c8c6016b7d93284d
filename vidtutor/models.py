"""The two printed listings, mended, and a detector: readable functions that return an uncompiled `keras.Model`.

Every model takes clips as they are stored, uint8 (N, T, H, W, 3), and scales them itself, so that a saved model carries
its own preprocessing. Batch normalisation uses momentum 0.9: Keras's 0.99 needs more steps than a short training has.
"""

import io
from importlib import resources

import keras
import numpy as np
from keras import layers

Shape = tuple[int, int, int, int]
AnyShape = tuple[int, int | None, int | None, int]
STREET = (2, None, None, 3)  # what the recorded detector takes: a frame and the one before it, of any size


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


def centre_net(shape: AnyShape, classes: int, width: int = 16) -> keras.Model:
    """An anchor-free detector: for each cell of 2 × 2 pixels, is it the centre of a thing, and how large is that?

    After CenterNet (Zhou, Wang, Krähenbühl 2019). It tells what is in the last frame of a clip; those before it come in
    as differences from it. shape: (T, H, W, 3), T = 1 or more; H and W may be None, then frames
    of any size will do whose sides are multiples of 8. classes: how many labels, each with a map of its own.
    Returns float32 (N, H / 2, W / 2, classes + 4): probabilities, then log width, log height in pixels, and how far the
    centre lies to the right of and below the cell's middle, in cells. `detect.read_map` turns them into boxes.
    Raises ValueError for sides that 8 does not divide. Chapter 13.
    """
    if len(shape) != 4 or any(side is not None and (side < 8 or side % 8) for side in shape[1:3]):
        raise ValueError(f"a detector takes clips (T, H, W, 3) with H and W multiples of 8, or None, not {shape}")
    clips = keras.Input(shape, dtype="uint8", name="clips")
    x = layers.Rescaling(1 / 127.5, offset=-1)(clips)
    now = x[:, -1]
    x = layers.Concatenate()([now, *(now - x[:, t] for t in range(shape[0] - 1))]) if shape[0] > 1 else now
    x = _block(x, width, strides=2)
    x = near = _block(x, 2 * width, strides=2)
    # Coarse cells see far: a lorry is 60 pixels long, and half of one looks like a car.
    x = _block(x, 2 * width, strides=2)
    x = _block(x, 2 * width)
    x = _block(x, 2 * width)
    x = _block(layers.Add()([near, layers.UpSampling2D(2)(x)]), 2 * width)
    # Nearly every cell is empty. A bias of -4, a probability of 0.02, spares the first steps from learning just that.
    rare = keras.initializers.Constant(-4.0)
    heat = layers.Conv2DTranspose(classes, 2, strides=2, activation="sigmoid", bias_initializer=rare, name="heat")(x)
    box = layers.Conv2DTranspose(4, 2, strides=2, name="box")(x)
    return keras.Model(clips, layers.Concatenate(dtype="float32", name="map")([heat, box]), name="centre_net")


def street_detector() -> keras.Model:
    """A `centre_net` with recorded weights: finds cars, lorries and people in streets as `worlds.street` films them.

    It takes frames of any size whose sides are multiples of 8, but knows the street's standard size, 128 pixels from
    top to bottom, and 12 frames a second. `book/experiments/street_detector.py` trained it. Chapters 13 to 15.
    """
    model = centre_net(STREET, 3)
    weights = (resources.files("vidtutor") / "recorded" / "street_detector.npz").read_bytes()
    with np.load(io.BytesIO(weights), allow_pickle=False) as kept:
        model.set_weights([kept[name].astype(np.float32) for name in kept.files])
    return model


def _block(x: keras.KerasTensor, width: int, strides: int = 1) -> keras.KerasTensor:
    x = layers.Conv2D(width, 3, strides=strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.Activation("relu")(x)


def _clips(shape: Shape) -> keras.KerasTensor:
    if len(shape) != 4 or min(shape) < 1:
        raise ValueError(f"a clip has the shape (frames, height, width, 3) in positive numbers, not {shape}")
    return keras.Input(shape, dtype="uint8", name="clips")


def _softmax(classes: int) -> layers.Layer:
    # float32 also where the rest of the model computes in float16: small probabilities would vanish.
    return layers.Dense(classes, activation="softmax", dtype="float32", name="probabilities")
