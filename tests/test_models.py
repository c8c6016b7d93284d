from vidtutor import evaluate, models, train, worlds

import keras
import numpy as np
import pytest

BUILDERS = [models.conv3d_net, models.cnn_lstm_attention]


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
