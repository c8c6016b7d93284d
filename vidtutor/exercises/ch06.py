"""Checks of chapter 06: output size, cost, a Conv3D layer by hand, receptive field."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, expect_number, mistake_in

import keras
import numpy as np


@exercise("E05")
def output_size(answer: Callable[..., Any]) -> None:
    """Output size with stride, padding and dilation, against counting the places where the kernel fits."""
    usual = {
        (32, 5, 1, 0, 1): "kernel 5 fits 28 times into 32 places: its first tap can stand at places 0 to 27.",
        (16, 3, 1, 1, 1): "the padding is added at both ends: 16 places and one zero at each end are 18.",
        (32, 3, 2, 1, 1): "with stride 2 the division is rounded down, and the first place counts as well.",
        (32, 3, 1, 0, 4): "with dilation 4, three taps reach over 9 places, not over 3.",
        (50, 7, 3, 2, 2): "dilation, padding and stride act together: reach first, then room, then steps.",
    }
    for (size, kernel, stride, padding, dilation), why in usual.items():
        returned = answer(size, kernel, stride=stride, padding=padding, dilation=dilation)
        call = f"output_size({size}, {kernel}, {stride=}, {padding=}, {dilation=})".replace("'", "")
        given = expect_number(returned, call)
        places = len(range(-padding, size + padding - dilation * (kernel - 1), stride))
        if given != places:
            raise Wrong(f"{call} is {places}, not {given:g}: {why}")
        if not isinstance(returned, int | np.integer):
            raise Wrong(f"{call} is {places}, but as an integer: a shape has no decimals, so divide by `//`.")


@exercise("E06")
def cost_of(answer: Callable[..., Any]) -> None:
    """Parameters and multiply-adds of a Conv3D layer, against Keras's count and the definition."""
    for kernel, channels, filters, output in (
        ((3, 3, 3), 3, 64, (16, 112, 112)),
        ((2, 7, 5), 16, 8, (4, 10, 20)),
    ):
        returned = answer(kernel, channels, filters, output)
        call = f"cost_of({kernel}, {channels}, {filters}, {output})"
        if not isinstance(returned, tuple | list) or len(returned) != 2:
            raise Wrong(f"{call} should return two numbers, (parameters, macs), not {returned!r}.")
        parameters, macs = (expect_number(value, call) for value in returned)
        _parameters_right(call, parameters, kernel, channels, filters)
        _macs_right(call, macs, int(np.prod(kernel)), channels, filters, output)


def _parameters_right(call: str, given: float, kernel: tuple[int, ...], channels: int, filters: int) -> None:
    taps = int(np.prod(kernel))
    right = (taps * channels + 1) * filters
    mistakes = {
        (sum(kernel) * channels + 1) * filters: "the places of a kernel multiply: a block of 3 × 3 × 3 has 27.",
        (kernel[1] * kernel[2] * channels + 1) * filters: "the kernel reaches over frames too: k_T is missing.",
        (taps * channels + channels) * filters: "a filter has one bias, not one for each channel that it reads.",
        taps * channels * filters + channels: "there is one bias for each filter, not for each channel that is read.",
        taps * channels * filters: "each filter also has a bias.",
        taps * channels * filters + 1: "each filter has a bias of its own, not one for all.",
        (taps + 1) * filters: f"each filter reads every channel, and its taps multiply: {taps} × {channels} weights.",
        taps * filters: "each filter reads every channel and has a bias.",
    }
    if given != right:
        why = mistakes.get(int(given), "a filter has one weight for each tap and channel, and one bias.")
        raise Wrong(f"{call}: the parameters are {right:,}, not {given:,.0f}: {why}")


def _macs_right(call: str, given: float, taps: int, channels: int, filters: int, output: tuple[int, ...]) -> None:
    places = int(np.prod(output))
    right = taps * channels * filters * places
    mistakes = {
        2 * right: "a multiplication and its addition are one multiply-add.",
        right * filters: "the filters were multiplied twice.",
        right // output[0]: "the output has frames as well: T' is missing.",
        taps * channels * filters * sum(output): "the places of the output multiply.",
        taps * filters * places: "every output number reads every channel.",
        taps * channels * places: "every filter has its own outputs.",
        taps * channels * filters: "the weights are used again at every place of the output.",
        (taps * channels + 1) * filters * places: "adding the bias is no multiply-add.",
    }
    if given != right:
        why = mistakes.get(
            int(given), "one for each weight of a filter, for each filter, for each place of the output."
        )
        raise Wrong(f"{call}: the MACs are {right:,}, not {given:,.0f}: {why}")


@exercise("E07")
def conv3d(answer: Callable[..., Any]) -> None:
    """A Conv3D layer by hand, against Keras."""
    rng = np.random.default_rng(7)
    clip = rng.normal(size=(5, 7, 8, 3)).astype("float32")
    kernel = rng.normal(size=(2, 3, 4, 3, 6)).astype("float32")
    bias = rng.normal(size=6).astype("float32")

    def by_keras(weights: np.ndarray) -> np.ndarray:
        return np.asarray(keras.ops.conv(clip[None], weights))[0]

    first_channel = kernel * np.array([1, 0, 0], "float32")[:, None]
    last, held = np.zeros((2, *kernel.shape), "float32")
    last[-1, -1, -1], held[0] = kernel[-1, -1, -1], kernel.sum(axis=0)
    right = by_keras(kernel) + bias
    given = expect_array(answer(clip.copy(), kernel.copy(), bias.copy()), right.shape, "conv3d of clip (5, 7, 8, 3)")
    mistakes = {
        "it lacks the bias.": by_keras(kernel),
        "the kernel runs backwards: that is a true convolution, and Keras computes the cross-correlation.": by_keras(
            kernel[::-1, ::-1, ::-1]
        )
        + bias,
        "the kernel is turned in space only: it is not to be turned at all.": by_keras(kernel[:, ::-1, ::-1]) + bias,
        "only the first channel was read: add up over all of them.": by_keras(first_channel) + bias,
        "the kernel is turned in time only: it is not to be turned at all.": by_keras(kernel[::-1]) + bias,
        "the kernel runs backwards, and over the channels too: a correlation turns nothing.": by_keras(
            kernel[::-1, ::-1, ::-1, ::-1]
        )
        + bias,
        "the bias was added for every place of the kernel: once for each output is enough.": right + 23 * bias,
        "the bias was added and taken away again, or has the wrong sign.": right - 2 * bias,
        "there is an activation in it: the layer of the formula has none.": np.maximum(right, 0),
        "only the last place of the kernel is left: add up, with `+=`.": by_keras(last) + bias,
        "the frames do not move with the kernel: its second frame reads the clip from frame 1 on.": by_keras(held)
        + bias,
    }
    if np.allclose(given, right, atol=1e-4):
        return
    if why := mistake_in(given, mistakes, 1e-4):
        raise Wrong(f"The shape is right, but {why}")
    furthest = float(np.abs(given - right).max())
    raise Wrong(
        f"The shape is right, but values differ from Keras by up to {furthest:.2g}: which pixels meet which weights?"
    )


@exercise("E08")
def receptive_field(answer: Callable[..., Any]) -> None:
    """Receptive field in frames, rows and columns, against walking back from one output."""
    one, two, three = (1, 1, 1), (2, 2, 2), (3, 3, 3)
    stacks = [
        ([(three, one)], "one layer sees what its kernel covers."),
        ([(three, one), (three, one)], "a second kernel of 3 adds 2, not 3: the fields of neighbours overlap."),
        ([(three, one), (two, two)], "this is the source's block, convolution and pooling: 3, and one more."),
        (
            [(three, one), (two, two), (three, one), (two, two)],
            "after a stride of 2, neighbours stand 2 apart: the jump.",
        ),
        ([((3, 7, 7), (1, 2, 2)), ((1, 3, 3), two), ((3, 3, 5), one)], "each axis has its own kernels and strides."),
    ]
    for layers, why in stacks:
        given = expect_array(answer(layers), (3,), f"receptive_field({layers})")
        right = tuple(_seen([(kernel[axis], stride[axis]) for kernel, stride in layers]) for axis in range(3))
        if tuple(given) != right:
            raise Wrong(f"receptive_field({layers}) is {right}, not {tuple(given.tolist())}: {why}")


def _seen(layers: list[tuple[int, int]]) -> int:
    """How many places of the input one output reads: the span from its first to its last, walking back."""
    first = last = 0
    for kernel, stride in reversed(layers):
        first, last = first * stride, last * stride + kernel - 1
    return last - first + 1
