"""The printed listings, mended, more architectures, and a detector: readable functions that return a `keras.Model`.

Every model takes clips as they are stored, uint8 (N, T, H, W, 3), and scales them itself, so that a saved model carries
its own preprocessing. Batch normalisation uses momentum 0.9: Keras's 0.99 needs more steps than a short training has.
"""

import io
from importlib import resources

import keras
import numpy as np
from keras import layers, ops

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
        x = _block(x, width, strides=strides)
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
    x = _with_difference(x)
    # A kernel of one frame is the same 2-D convolution on every frame, and cheaper than TimeDistributed.
    for width in (8, 16, 32):
        x = _block(x, width, kernel=(1, 3, 3), strides=(1, 2, 2))
    x = layers.Reshape((shape[0], -1))(x)
    x = layers.Dropout(0.1)(layers.Dense(units, activation="relu")(x))
    states = layers.Bidirectional(layers.LSTM(units, return_sequences=True), name="states")(x)
    # Added to the states, as in a transformer's block.
    x = layers.Add()([states, layers.Attention(use_scale=True, name="attention")([states, states])])
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(clips, _softmax(classes)(x), name="cnn_lstm_attention")


def two_plus_one_net(shape: Shape, classes: int, widths: tuple[int, ...] = (16, 32, 64)) -> keras.Model:
    """`conv3d_net` with every 3-D convolution split into one over space, a ReLU, and one over time: R(2+1)D's idea.

    Between the two lie as many channels as make a block's parameters equal to the 3-D convolution's, rounded down.
    It likes twice the learning rate. shape, classes, widths, result and errors as of `conv3d_net`. Chapter 18.
    """
    clips = x = _clips(shape)
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    for block, width in enumerate(widths):
        middle = max(1, 27 * x.shape[-1] * width // (9 * x.shape[-1] + 3 * width))
        x = _block(x, middle, kernel=(1, 3, 3), strides=(1, 2, 2))
        x = _block(x, width, kernel=(3, 1, 1), strides=(1 if block < 2 else 2, 1, 1))
    x = layers.GlobalAveragePooling3D()(x)
    return keras.Model(clips, _softmax(classes)(x), name="two_plus_one_net")


def two_stream_net(shape: Shape, classes: int, widths: tuple[int, ...] = (16, 40, 72)) -> keras.Model:
    """Two 2-D networks: one sees the middle frame, one all differences of neighbouring frames as channels.

    After Simonyan and Zisserman (2014), with differences in place of optical flow. The scores of the two are added
    before the softmax, and a clip of one frame has one stream. shape: (T, H, W, 3) of one clip. classes: how many.
    widths: filters of each block, which halves height and width, in either stream. Returns probabilities float32
    (N, classes). Raises ValueError where `shape` is not four positive numbers. Chapter 18.
    """
    clips = _clips(shape)
    x = layers.Rescaling(1 / 127.5, offset=-1)(clips)
    middle = shape[0] // 2
    streams = [layers.Cropping3D(((middle, shape[0] - 1 - middle), 0, 0), name="frame")(x)]
    if shape[0] > 1:
        later, earlier = (layers.Cropping3D((cut, 0, 0))(x) for cut in ((1, 0), (0, 1)))
        streams.append(layers.Subtract(name="movement")([later, earlier]))
    seen = []
    for x in streams:
        x = layers.Permute((2, 3, 1, 4))(x)
        x = layers.Reshape((shape[1], shape[2], -1))(x)
        for width in widths:
            x = _block(x, width, strides=2)
        seen.append(layers.GlobalAveragePooling2D()(x))
    # One dense layer over both is the sum of a dense layer for each.
    x = layers.Concatenate()(seen) if len(seen) > 1 else seen[0]
    return keras.Model(clips, _softmax(classes)(x), name="two_stream_net")


@keras.saving.register_keras_serializable("vidtutor")
class Shift(layers.Layer):
    """Moves an eighth of the channels one frame later and an eighth one frame earlier: (N, T, H, W, C) to the same.

    What leaves at an end of the clip is lost, and zeros come in. Of fewer than 8 channels none moves. Chapter 18.
    """

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Shift a batch."""
        part = x.shape[-1] // 8
        empty = ops.zeros_like(x[:, :1, ..., :part])
        later = ops.concatenate([empty, x[:, :-1, ..., :part]], axis=1)
        earlier = ops.concatenate([x[:, 1:, ..., part : 2 * part], empty], axis=1)
        return ops.concatenate([later, earlier, x[..., 2 * part :]], axis=-1)


def shift_net(shape: Shape, classes: int, widths: tuple[int, ...] = (32, 64, 80)) -> keras.Model:
    """A 2-D CNN on every frame that trades channels between neighbouring frames before each block: TSM's idea.

    The shift costs no parameter and no multiply-add. shape: (T, H, W, 3) of one clip. classes: how many. widths:
    filters of each block, which halves height and width; time stays as it is. Returns probabilities float32
    (N, classes). Raises ValueError where `shape` is not four positive numbers. Chapter 18.
    """
    clips = x = _clips(shape)
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    for width in widths:
        x = _block(Shift()(x), width, kernel=(1, 3, 3), strides=(1, 2, 2))
    x = layers.GlobalAveragePooling3D()(x)
    return keras.Model(clips, _softmax(classes)(x), name="shift_net")


@keras.saving.register_keras_serializable("vidtutor")
class Positions(layers.Layer):
    """Adds one learned vector for each place of a token: (N, …, D) to the same. Chapter 10."""

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the table, as large as one example."""
        self.table = self.add_weight(shape=shape[1:], initializer="random_normal", name="table")

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Add the table to every example."""
        return x + self.table


def video_transformer(
    shape: Shape,
    classes: int,
    width: int = 48,
    heads: int = 4,
    *,
    joint: bool = False,
    difference: bool = True,
    positions: bool = True,
) -> keras.Model:
    """One transformer block over tubelets of two frames (of one, where a clip has no more) and 8 × 8 pixels.

    shape: (T, H, W, 3) of one clip. classes: how many. width: numbers a token, which `heads` divides. joint: every
    token looks at all others at once; else first at those of its time, then at those of its place. difference: each
    frame comes with its difference from the one before it. positions: tokens know where and when they are.
    Returns probabilities float32 (N, classes). Raises ValueError where `shape` is not four positive numbers, or a frame
    is smaller than a tubelet. Chapters 10 and 18.
    """
    clips = x = _clips(shape)
    if min(shape[1:3]) < 8:
        raise ValueError(f"a tubelet has 8 × 8 pixels, and these frames {shape[1]} × {shape[2]}")
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    if difference:
        x = _with_difference(x)
    tubelet = (min(2, shape[0]), 8, 8)
    x = layers.Conv3D(width, tubelet, strides=tubelet)(x)
    x = layers.Reshape((shape[0] // tubelet[0], -1, width))(x)
    if positions:
        x = Positions()(x)
    if joint:
        grid = x.shape[1:]
        x = layers.Reshape(grid)(_attend(layers.Reshape((-1, width))(x), 1, heads))
    else:
        x = _attend(_attend(x, 2, heads), 1, heads)
    y = layers.Dense(2 * width, activation="relu")(layers.LayerNormalization()(x))
    x = layers.Add()([x, layers.Dense(width)(y)])
    x = layers.GlobalAveragePooling2D()(layers.LayerNormalization()(x))
    return keras.Model(clips, _softmax(classes)(x), name="video_transformer")


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


def _block(
    x: keras.KerasTensor, width: int, *, kernel: int | tuple[int, ...] = 3, strides: int | tuple[int, ...] = 1
) -> keras.KerasTensor:
    # Batch normalisation subtracts the mean, and a bias with it: so the convolution goes without one.
    convolution = layers.Conv2D if len(x.shape) == 4 else layers.Conv3D
    x = convolution(width, kernel, strides=strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.Activation("relu")(x)


def _with_difference(x: keras.KerasTensor) -> keras.KerasTensor:
    """Each frame (N, T, H, W, C) with its difference from the one before, as channels; the first follows zeros."""
    before = layers.Cropping3D(((0, 1), 0, 0))(layers.ZeroPadding3D(((1, 0), 0, 0))(x))
    return layers.Concatenate()([x, layers.Subtract()([x, before])])


def _attend(x: keras.KerasTensor, axis: int, heads: int) -> keras.KerasTensor:
    y = layers.LayerNormalization()(x)
    return layers.Add()([x, layers.MultiHeadAttention(heads, x.shape[-1] // heads, attention_axes=axis)(y, y)])


def _clips(shape: Shape) -> keras.KerasTensor:
    if len(shape) != 4 or min(shape) < 1:
        raise ValueError(f"a clip has the shape (frames, height, width, 3) in positive numbers, not {shape}")
    return keras.Input(shape, dtype="uint8", name="clips")


def _softmax(classes: int) -> layers.Layer:
    # float32 also where the rest of the model computes in float16: small probabilities would vanish.
    return layers.Dense(classes, activation="softmax", dtype="float32", name="probabilities")
