"""Exercises are graded in one sentence, and claims are recorded, or refused."""

from collections.abc import Callable, Iterator

from vidtutor import exercises
from vidtutor.check import CLAIM_MIME, Wrong, check, claim, exercise, grade

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def double() -> Iterator[None]:
    """An exercise for these tests: double a number, and keep a list's shape."""

    @exercise("E99")
    def _(answer: Callable[..., object]) -> None:
        if exercises.expect_number(answer(3), "double(3)") != 6:
            raise Wrong("Three doubled is `6`: did you add <2>?")
        exercises.expect_array(answer(np.ones((2, 3, 4))), (2, 3, 4), "The doubled array")

    yield
    del exercises.CHECKERS["E99"]


def test_a_right_answer_passes() -> None:
    result = grade("E99", lambda x: 2 * x)
    assert result.passed
    assert "passes" in result.message


def raises_not_implemented(x: object) -> None:
    raise NotImplementedError


def divides(x: int) -> float:
    return x / 0


def fails_on_arrays(x: object) -> int:
    if isinstance(x, np.ndarray):
        raise KeyError("x\ny")
    return 6


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (raises_not_implemented, "not written yet"),
        (lambda x: x + 2, "did you add <2>?"),
        (divides, "Called as divides(3), your function stopped with ZeroDivisionError: division by zero."),
        (fails_on_arrays, "fails_on_arrays(<float64 array of shape (2, 3, 4)>), your function stopped with KeyError"),
        (lambda x: None, "double(3) is None: is there a `return`"),
        (lambda x: "six", "double(3) is of type str"),
        (lambda x: [[1], [2, 3]], "double(3) is of type list"),
        (lambda x: [6, 6], "an array of shape (2,), where a single number"),
        (lambda x: float("nan"), "no finite number"),
        (lambda x: 6, "The doubled array has shape (), where (2, 3, 4)"),
        (lambda x: 6 if np.ndim(x) == 0 else x / np.zeros_like(x), "NaN or infinity"),
        (lambda: 6, "your function stopped with TypeError"),
        (6, "The check cannot use what it was given; trying to, it met TypeError"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_a_wrong_answer_gets_its_sentence(answer: object, message: str) -> None:
    result = grade("E99", answer)
    assert not result.passed
    assert message in result.message
    assert "\n" not in result.message


def test_long_inputs_are_named_in_short() -> None:
    def wants_nothing(numbers: object, *, scale: object) -> None:
        raise ValueError("no")

    @exercise("E98")
    def _(answer: Callable[..., object]) -> None:
        answer(list(range(100)), scale=np.arange(3))

    message = grade("E98", wants_nothing).message
    del exercises.CHECKERS["E98"]
    assert "100 in all" in message
    assert "scale=[0, 1, 2]" in message
    assert len(message) < 200


def test_the_box_says_it_in_words_and_escapes() -> None:
    good, bad = check("E99", lambda x: 2 * x).data, check("E99", lambda x: x + 2).data
    assert "✓ E99 · Passed." in good
    assert "○ E99 · Not yet." in bad
    assert "&lt;2&gt;" in bad
    assert "<code>6</code>" in bad


def test_unknown_and_doubled_exercises_are_refused() -> None:
    with pytest.raises(ValueError, match="no exercise 'E00'"):
        grade("E00", None)
    with pytest.raises(ValueError, match="E99 has a check already"):
        exercise("E99")
    with pytest.raises(ValueError, match="'five' is no exercise"):
        exercise("five")


def test_a_claim_is_shown_and_recorded() -> None:
    bundle = claim("A24", "wrong", "Pooling has no parameters & <none>.", np.bool_(True))._repr_mimebundle_()
    assert bundle["text/plain"] == "Claim A24 · wrong. Pooling has no parameters & <none>."
    assert "&amp; &lt;none&gt;" in bundle["text/html"]
    assert bundle[CLAIM_MIME] == {"row": "A24", "verdict": "wrong", "finding": "Pooling has no parameters & <none>."}


def test_a_claim_that_does_not_hold_stops_the_chapter() -> None:
    with pytest.raises(AssertionError, match="claim A24 does not hold in this run: it is so"):
        claim("A24", "true", "it is so", False)
    with pytest.raises(ValueError, match="'24' is no row"):
        claim("24", "true", "it is so", True)
    with pytest.raises(ValueError, match="'right' is no verdict"):
        claim("A24", "right", "it is so", True)
