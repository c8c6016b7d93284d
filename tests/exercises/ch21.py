"""The usual mistakes of chapter 21, each with a part of the sentence that it must get."""

DAY = """
def search_day(people, wanted, listed, false_match, hit):
    true, false = {}, {}
    return {}
"""
TRUE, FALSE = "wanted * hit", "(people - wanted) * (1 - (1 - false_match) ** listed)"
THREE = "true, false, true / (true + false)"
EACH = """
def group_thresholds(scores, group, target):
    return np.array([{} for each in (scores[group == 0], scores[group == 1])])
"""

MISTAKES = {
    "E54": [
        (DAY.format(TRUE, "(people - wanted) * (1 - false_match**listed)", THREE), "raise that to the power"),
        (DAY.format(TRUE, "(people - wanted) * false_match**listed", THREE), "like *all* of the list"),
        (
            DAY.format(TRUE, FALSE.replace("people - wanted", "people - listed"), THREE),
            "take away `wanted`, not `listed`",
        ),
        (DAY.format(TRUE, "people * listed * false_match", THREE), "also of the wanted"),
        (DAY.format(TRUE, FALSE, "false, true, true / (true + false)"), "come first"),
        (DAY.format(TRUE, FALSE, "true, false, 100 * true / (true + false)"), "not in per cent"),
        (DAY.format(TRUE, FALSE, "true, false, false / (true + false)"), "that is *false*"),
        (DAY.format(TRUE, FALSE, "true, false, true / false"), "divide by all alarms"),
        (DAY.format(TRUE, FALSE, "true, false, 2"), "The precision is 2"),
        (
            """
def search_day(people, wanted, listed, false_match, hit):
    true, false = wanted * hit, (people - wanted) * listed * false_match
    return true, false, true / (true + false)
""",
            "compute the chance that none is alike",
        ),
        (
            """
def search_day(people, wanted, listed, false_match, hit):
    true, false = wanted * hit, (people - wanted) * false_match
    return true, false, true / (true + false)
""",
            "raise to the power `listed`",
        ),
        (
            """
def search_day(people, wanted, listed, false_match, hit):
    true, false = wanted * hit, people * (1 - (1 - false_match) ** listed)
    return true, false, true / (true + false)
""",
            "take them away first",
        ),
        (
            """
def search_day(people, wanted, listed, false_match, hit):
    true, false = wanted * hit, (people - wanted) * (1 - false_match) ** listed
    return true, false, true / (true + false)
""",
            "raise *no* false alarm",
        ),
        (
            """
def search_day(people, wanted, listed, false_match, hit):
    true, false = wanted, (people - wanted) * (1 - (1 - false_match) ** listed)
    return true, false, true / (true + false)
""",
            "multiply by `hit`",
        ),
        (
            """
def search_day(people, wanted, listed, false_match, hit):
    true, false = wanted * hit, (people - wanted) * (1 - (1 - false_match) ** listed)
    return true, false, true / wanted
""",
            "This is the recall",
        ),
        (
            """
def search_day(people, wanted, listed, false_match, hit):
    true, false = wanted * hit, (people - wanted) * (1 - (1 - false_match) ** listed)
    return true, false, true / (true + false)
""",
            "the precision divides by 0",
        ),
        (
            """
def search_day(people, wanted, listed, false_match, hit):
    return wanted * hit
""",
            "Return three numbers",
        ),
    ],
    "E55": [
        (
            EACH.format("np.sort(each[each > 0])[::-1][int(np.ceil(target * (each > 0).sum() - 1e-9)) - 1]"),
            "leave nobody out",
        ),
        (EACH.format("np.quantile(each, 1 - target)"), "between two scores"),
        (EACH.format("np.sort(each)[int(np.ceil(target * len(each) - 1e-9)) - 1]"), "pass, and 0.8 have to"),
        (
            """
def group_thresholds(scores, group, target):
    falling = np.sort(scores)[::-1]
    return np.repeat(falling[int(np.ceil(target * len(falling) - 1e-9)) - 1], 2)
""",
            "sort each group by itself",
        ),
        (
            """
def group_thresholds(scores, group, target):
    return np.array([scores[group == number].min() for number in range(2)])
""",
            "they let everybody pass",
        ),
        (
            """
def group_thresholds(scores, group, target):
    falling = [np.sort(scores[group == number])[::-1] for number in range(2)]
    return np.array([each[int(target * len(each)) - 2] for each in falling])
""",
            "pass, and 0.8 have to",
        ),
        (
            """
def group_thresholds(scores, group, target):
    falling = [np.sort(scores[group == number])[::-1] for number in range(2)]
    return np.array([each[min(int(np.ceil(target * len(each))), len(each) - 1)] for each in falling])
""",
            "are not the highest",
        ),
    ],
    "E56": [
        (
            """
def open_fields(sheet, fields):
    answers = {name: "" for name in fields} | {name: (sheet[name] or "").strip().lower() for name in sheet}
    there = [name for name in [*sheet, *(set(fields) - set(sheet))] if name in fields]
    return [name for name in there if answers[name] in ("", "todo", "tbd", "?", "later")]
""",
            "not in the order",
        ),
        (
            """
def open_fields(sheet, fields):
    return [name for name in fields if name not in sheet]
""",
            "None is no answer",
        ),
        (
            """
def open_fields(sheet, fields):
    return [name for name in sheet if not sheet[name]]
""",
            "absent from the sheet is open too",
        ),
        (
            """
def open_fields(sheet, fields):
    return [name for name in fields if not sheet.get(name)]
""",
            "of spaces too",
        ),
        (
            """
def open_fields(sheet, fields):
    return [name for name in fields if (sheet.get(name) or "").strip() in ("", "todo", "tbd", "?", "later")]
""",
            "TODO and todo",
        ),
        (
            """
def open_fields(sheet, fields):
    words = ("todo", "tbd", "?", "later")
    answers = {name: (sheet.get(name) or "").strip().lower() for name in fields}
    return [name for name in fields if not answers[name] or answers[name].startswith(words)]
""",
            "Only the bare word",
        ),
        (
            """
def open_fields(sheet, fields):
    answers = {name: (sheet.get(name) or "").strip().lower() for name in fields}
    return sorted((name for name in fields if answers[name] in ("", "todo", "tbd", "?", "later")), reverse=True)
""",
            "not in the order",
        ),
    ],
}
