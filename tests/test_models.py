from vidtutor import evaluate, models, train, worlds

import keras
import numpy as np
import pytest

NEW = [models.two_plus_one_net, models.two_stream_net, models.shift_net, models.video_transformer]
BUILDERS = [models.conv3d_net, models.cnn_lstm_attention, *NEW]


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize(("shape", "classes"), [((8, 32, 32, 3), 8), ((5, 37, 20, 3), 2), ((2, 32, 32, 3), 3)])
def test_probabilities_for_any_clip(build, shape, classes) -> None:
    clips = np.random.default_rng(0).integers(0, 256, (3, *shape), dtype=np.uint8)
    scores = evaluate.predict(build(shape, classes), clips)
    assert scores.shape == (3, classes) and scores.dtype == np.float32
    assert np.allclose(scores.sum(axis=1), 1, atol=1e-5)


def test_parameters_do_not_depend_on_the_size_of_the_clip() -> None:
    counts = {models.conv3d_net(shape, 8).count_params() for shape in [(8, 32, 32, 3), (16, 112, 112, 3)]}
    assert len(counts) == 1 and counts.pop() < 1e6


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("shape", [(8, 32, 32), (0, 32, 32, 3)])
def test_a_wrong_shape_gets_a_sentence(build, shape) -> None:
    with pytest.raises(ValueError, match="a clip has the shape"):
        build(shape, 8)


def test_the_mended_listing_b_learns_two_directions() -> None:
    keras.utils.set_random_seed(0)
    data = worlds.motion(256, classes=("right", "left"), seed=1, noise=0.02)
    test = worlds.motion(128, classes=("right", "left"), seed=2, noise=0.02)
    model = models.cnn_lstm_attention(data.clips.shape[1:], 2)
    train.fit(model, data, epochs=8, verbose=False)
    assert evaluate.accuracy(test.labels, evaluate.predict(model, test.clips).argmax(1)) > 0.85


def test_a_saved_model_answers_the_same(tmp_path) -> None:
    clips = worlds.motion(4).clips
    for build in BUILDERS:
        model = build(clips.shape[1:], 8)
        model.save(tmp_path / "model.keras")
        again = keras.models.load_model(tmp_path / "model.keras")
        assert np.array_equal(evaluate.predict(model, clips), evaluate.predict(again, clips))


@pytest.mark.parametrize("build", NEW)
def test_a_clip_may_have_one_frame(build) -> None:
    clips = worlds.motion(2).clips[:, :1]
    assert np.allclose(evaluate.predict(build(clips.shape[1:], 3), clips).sum(axis=1), 1, atol=1e-5)


def test_as_many_parameters_as_the_formulas_say() -> None:
    shape, classes, convolved = (8, 32, 32, 3), 5, [(3, 16), (16, 32), (32, 64)]
    flat, split = 0, 0
    for before, after in convolved:
        middle = int(27 * before * after / (9 * before + 3 * after))
        split += 9 * before * middle + 3 * middle * after + 4 * (middle + after)
        flat += 27 * before * after + 4 * after
    head = 65 * classes
    assert models.two_plus_one_net(shape, classes).count_params() == split + head
    assert abs(models.conv3d_net(shape, classes).count_params() - flat - head) == 0
    assert abs(split - flat) < 0.02 * flat  # batch normalisation in between is what the split costs more

    def stream(channels: int, widths: tuple[int, ...]) -> int:
        return sum(9 * a * b + 4 * b for a, b in zip((channels, *widths), widths, strict=False))

    two = models.two_stream_net(shape, classes, (4, 6)).count_params()
    assert two == stream(3, (4, 6)) + stream(7 * 3, (4, 6)) + (2 * 6 + 1) * classes
    assert models.shift_net(shape, classes, (8, 16)).count_params() == stream(3, (8, 16)) + 17 * classes
    width, tokens, norm = 12, 4 * 16, 2 * 12
    attention = norm + 4 * (width * width + width)
    thinking = norm + 2 * width * width + 2 * width + 2 * width * width + width
    rest = 2 * 8 * 8 * 6 * width + width + tokens * width + norm + (width + 1) * classes
    for joint, attentions in ((True, 1), (False, 2)):
        model = models.video_transformer(shape, classes, width, joint=joint)
        assert model.count_params() == rest + thinking + attentions * attention


def test_the_shift_moves_an_eighth_of_the_channels_either_way() -> None:
    x = np.random.default_rng(0).normal(size=(2, 5, 3, 4, 17)).astype("float32")
    y = np.asarray(models.Shift()(x))
    assert np.array_equal(y[:, 1:, ..., :2], x[:, :-1, ..., :2]) and not y[:, 0, ..., :2].any()
    assert np.array_equal(y[:, :-1, ..., 2:4], x[:, 1:, ..., 2:4]) and not y[:, -1, ..., 2:4].any()
    assert np.array_equal(y[..., 4:], x[..., 4:])
    assert np.array_equal(np.asarray(models.Shift()(x[..., :7])), x[..., :7])


def test_space_then_time_is_a_convolution_whose_kernel_is_a_sum_of_products() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1, 6, 7, 8, 2)).astype("float32")
    space, time = rng.normal(size=(1, 3, 3, 2, 4)), rng.normal(size=(3, 1, 1, 4, 5))
    whole = np.einsum("zyxcm,tuvmf->tyxcf", space, time)
    split = keras.ops.conv(
        keras.ops.conv(x, space.astype("float32"), padding="same"), time.astype("float32"), padding="same"
    )
    assert np.allclose(split, keras.ops.conv(x, whole.astype("float32"), padding="same"), atol=1e-3)


def test_without_positions_the_transformer_does_not_see_the_order_of_tubelets() -> None:
    clips = np.random.default_rng(2).integers(0, 256, (2, 8, 16, 16, 3), dtype=np.uint8)
    turned = clips.reshape(2, 4, 2, 16, 16, 3)[:, ::-1].reshape(clips.shape)
    for positions in (True, False):
        keras.utils.set_random_seed(0)
        model = models.video_transformer((8, 16, 16, 3), 3, difference=False, positions=positions)
        same = np.allclose(evaluate.predict(model, clips), evaluate.predict(model, turned), atol=1e-5)
        assert same != positions


def test_a_frame_smaller_than_a_tubelet_gets_a_sentence() -> None:
    with pytest.raises(ValueError, match="a tubelet has 8 × 8 pixels, and these frames 6 × 32"):
        models.video_transformer((8, 6, 32, 3), 8)
