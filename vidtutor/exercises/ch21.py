"""Checks of chapter 21: a day of a face search, a threshold for each group, an impact sheet with gaps."""

from collections.abc import Callable
from typing import Any

from vidtutor.exercises import Wrong, exercise, expect_array, expect_number, mistake_in

import numpy as np

FIELDS = ["purpose", "people", "data", "appeal", "stop_rule"]


@exercise("E54")
def search_day(answer: Callable[..., Any]) -> None:
    """search_day(people, wanted, listed, false_match, hit): right and false alarms of a day, and the precision."""
    for people, wanted, listed, wrong, hit in (
        (100_000, 10, 1_000, 1e-5, 0.9),
        (500, 50, 200, 0.02, 0.8),
        (40, 4, 1, 0.1, 0.5),
    ):
        given = _three(answer, people, wanted, listed, wrong, hit)
        true, others, one = wanted * hit, people - wanted, 1 - (1 - wrong) ** listed
        slips = {
            "The chance that one comparison is right is `1 - false_match`: raise that to the power `listed`.": others
            * (1 - wrong**listed)
            if listed > 1
            else -1.0,
            "This is the chance to be like *all* of the list: take 1 less the chance to be like none.": others
            * wrong**listed
            if listed > 1
            else -1.0,
            "Only the wanted who pass cannot raise a false alarm: take away `wanted`, not `listed`.": (people - listed)
            * one,
            "The false alarms are added up over the list, also of the wanted: compute the chance that none is alike.": (
                people * listed * wrong
            ),
            "More alarms than people: `listed * false_match` may pass 1; compute the chance that none is alike.": others
            * listed
            * wrong,
            "Each person meets the whole list here as if it were one face: raise to the power `listed`.": others * wrong
            if listed > 1
            else -1.0,
            "The wanted are counted among those who raise a false alarm: take them away first.": people * one,
            "This is the number of people who raise *no* false alarm.": others * (1 - one),
        }
        firsts = {
            "Not every wanted person is found: multiply by `hit`.": wanted,
            "The right alarms come first, then the false ones.": others * one,
        }
        _same(given[0], true, "right alarms", firsts)
        _same(given[1], others * one, "false alarms", slips)
        slips = {
            "This is the recall; the precision divides the right alarms by all alarms.": hit,
            "The precision is a part, 0…1, and not in per cent.": 100 * true / (true + others * one),
            "This is the part of the alarms that is *false*.": others * one / (true + others * one),
            "The right alarms are divided by the false ones: divide by all alarms.": true / (others * one),
        }
        _same(given[2], true / (true + others * one), "precision", slips)
    if _three(answer, 100, 0, 10, 0.0, 0.9) != (0, 0, 0):
        raise Wrong("Without any alarm, all three numbers are to be 0.")


def _three(answer: Callable[..., Any], *given: float) -> tuple[float, float, float]:
    """The three numbers that came back."""
    try:
        returned = answer(*given)
    except ZeroDivisionError:
        raise Wrong("With no alarm at all the precision divides by 0: return 0 there.") from None
    if not isinstance(returned, tuple | list) or len(returned) != 3:
        raise Wrong("Return three numbers: the right alarms, the false alarms, the precision.")
    true, false, precision = (expect_number(value, "Each of the three") for value in returned)
    return true, false, precision


def _same(given: float, expected: float, what: str, slips: dict[str, float]) -> None:
    if not np.isclose(given, expected, rtol=1e-6, atol=1e-9):
        verb = "is" if what == "precision" else "are"
        message = f"The {what} {verb} {given:.6g}, where {expected:.6g} is expected."
        raise Wrong(mistake_in(np.array(given), slips) or message)


@exercise("E55")
def group_thresholds(answer: Callable[..., Any]) -> None:
    """group_thresholds(scores, group, target): against the definition, by trying every score as a threshold."""
    rng = np.random.default_rng(55)
    for people, target in ((60, 0.8), (45, 0.5), (50, 0.9), (20, 1.0)):
        group = rng.permutation(np.arange(people) % 2)
        scores = np.round(rng.uniform(0.2, 1, people) * np.where(group, 0.7, 1.0), 3)
        scores[rng.random(people) < 0.08] = 0  # missed
        given = expect_array(answer(scores.copy(), group.copy(), target), (2,), "The array of thresholds")
        mine = [np.unique(scores[group == number]) for number in (0, 1)]
        right = [_highest(each, scores[group == number], target) for number, each in enumerate(mine)]
        overall = _highest(np.unique(scores), scores, target)
        slips = {
            "Both groups have the threshold of all people together: sort each group by itself.": [overall, overall],
            "These are the thresholds that the part `target` stays *below*: sort from the highest down.": [
                _highest(each, scores[group == number], 1 - target) for number, each in enumerate(mine)
            ],
            "Who is missed, with a score of 0, is one of the group's people: leave nobody out.": [
                _highest(each[each > 0], scores[(group == number) & (scores > 0)], target)
                for number, each in enumerate(mine)
            ],
            "`np.quantile` puts thresholds between two scores: take the lower one of both.": [
                float(np.quantile(scores[group == number], 1 - target)) for number in (0, 1)
            ],
            "These are the lowest scores: they let everybody pass, also where a part is enough.": [
                each[0] for each in mine
            ],
        }
        if np.allclose(given, right, atol=1e-6):
            continue
        if message := mistake_in(given, slips):
            raise Wrong(message)
        for number, threshold in enumerate(given):
            part = np.mean(scores[group == number] >= threshold)
            if part < target - 1e-9:
                raise Wrong(f"At {threshold:.3f} only {part:.3f} of group {number} pass, and {target} have to.")
        raise Wrong(f"Your thresholds {given.round(3)} are not the highest: {np.round(right, 3)} let enough pass.")


def _highest(candidates: np.ndarray, scores: np.ndarray, target: float) -> float:
    """The highest of the candidates that at least the part `target` of the scores reaches."""
    enough = [c for c in candidates if np.mean(scores >= c) >= target - 1e-9]
    return float(max(enough, default=candidates[-1]))


@exercise("E56")
def open_fields(answer: Callable[..., Any]) -> None:
    """open_fields(sheet, fields): names without an answer, in order, whatever the way of not answering."""
    whole: dict[str, str | None] = {name: f"An answer about {name}." for name in FIELDS}
    cases: list[tuple[dict[str, str | None], list[str], str]] = [
        (dict(whole), [], "A sheet with every answer has no open field."),
        ({"purpose": "Count."}, FIELDS[1:], "A name that is absent from the sheet is open too."),
        (whole | {"data": None}, ["data"], "None is no answer."),
        (whole | {"data": "", "people": "  \n"}, ["people", "data"], "A blank answer, of spaces too, is no answer."),
        (
            whole | {"appeal": " ToDo ", "data": "TBD"},
            ["data", "appeal"],
            "TODO and todo, with spaces, are none.",
        ),
        (whole | {"appeal": "?", "stop_rule": "Later"}, ["appeal", "stop_rule"], "`?` and `later` are no answers."),
        (whole | {"appeal": "Later than a month: nobody."}, [], "Only the bare word is no answer, not a sentence."),
        (
            dict(reversed((whole | {"people": "?", "data": None}).items())),
            ["people", "data"],
            "The sheet may stand in any order.",
        ),
        (whole | {"extra": ""}, [], "Only the names in `fields` count."),
    ]
    for sheet, expected, sentence in cases:
        given = answer(dict(sheet), list(FIELDS))
        if not isinstance(given, list | tuple):
            raise Wrong(f"Return a list of names, not {type(given).__name__}.")
        if sorted(given) != sorted(expected):
            raise Wrong(f"{sentence} You return {list(given)}, and {expected} is expected.")
        if list(given) != expected:
            raise Wrong("The names are right, but not in the order of `fields`.")
