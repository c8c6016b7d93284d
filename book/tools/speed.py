"""The page on the speed of the input pipeline: text by hand in `book/speed.md`, every number out of the record.

`make bench` (tests/benchmarks/feeding.py) makes the record, `vidtutor/recorded/feeding.csv`.
"""

import statistics
from string import Template

from vidtutor.evaluate import recorded
from vidtutor.show import COLOURS, picture

import matplotlib.pyplot as plt

from chapters import ROOT

TEXT = ROOT / "book/speed.md"
RECORD = ROOT / "vidtutor/recorded/feeding.csv"
SPEED, COST = "clips a second", "CPU ms a clip"  # what is measured of each reader, as the record calls it
UCF101 = 13_320  # clips, as Soomro and others (2012) count them

# What the page calls a reader, in the order of its tables.
NAMES = {
    "tutorial": "TensorFlow's tutorial",
    "PyDataset": "`PyDataset`, two workers",
    "first epoch": "ours, first epoch",
    "ceiling": "decoding alone, the ceiling",
    "tutorial, cached": "the tutorial's `cache()`, later epochs",
    "later epochs": "ours, later epochs",
}
# The parts of a clip's time, in one colour each: what both readers do has the same.
PARTS = {
    "opening": COLOURS[7],
    "seeking": COLOURS[3],
    "decoding": COLOURS[0],
    "resizing by TensorFlow": COLOURS[1],
    "handing over": COLOURS[2],
    "decoding into the cache": COLOURS[5],
    "first epoch from it": COLOURS[4],
}
REAL = """### Real films

The same on ${clips} real films of ${shortest} to ${longest} frames, ${width} × ${height} pixels.
In the record that comes with the book they are cuts of a highway, a car park, people who walk past, and cyclists.

${table}

${goals}"""

Row = dict[str, str]


class Films:
    """What the record says of one set of films."""

    def __init__(self, rows: list[Row]) -> None:
        self.values: dict[tuple[str, str], list[float]] = {}
        for row in rows:
            self.values.setdefault((row["part"], row["measure"]), []).append(float(row["value"]))
        # Decoding alone was tried in threads and in processes; the faster one is the ceiling.
        self.best = max(("threads", "processes"), key=self.speed)
        for measure in (SPEED, COST):
            self.values["ceiling", measure] = self.values[self.best, measure]

    def median(self, part: str, measure: str) -> float:
        """The median of the rounds."""
        return statistics.median(self.values[part, measure])

    def speed(self, part: str) -> float:
        """Clips a second, by the clock."""
        return self.median(part, SPEED)

    def cost(self, part: str) -> float:
        """CPU milliseconds a clip."""
        return self.median(part, COST)

    def fact(self, part: str, measure: str) -> str:
        """A number that was measured once."""
        return number(self.median(part, measure))


def record() -> tuple[list[Row], str]:
    """Return the rows of the record, and its first line: when, where and with which versions it was made."""
    return recorded(RECORD.stem), RECORD.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")


def page(rows: list[Row], machine: str) -> str:
    """Return the page, in Markdown, from a record."""
    names = list(dict.fromkeys(row["footage"] for row in rows))
    films, *others = (Films([row for row in rows if row["footage"] == name]) for name in names)
    real = "\n\n".join(Template(REAL).substitute(common(each)) for each in others)
    memory = films.values["later epochs", "anonymous megabytes"]
    loads = [load for (_, measure), each in films.values.items() if measure == "load" for load in each]
    cache, files = films.median("cache", "megabytes"), films.median("files", "megabytes")
    clips = films.median("files", "clips")
    spent = {part: number(films.cost(f"tutorial: {part}")) for part in list(PARTS)[:5]}
    settings = {name.replace(" ", "_"): films.fact("setting", name) for part, name in films.values if part == "setting"}
    return Template(TEXT.read_text(encoding="utf-8")).substitute(
        common(films),
        **settings,
        machine=machine,
        real=real,
        rounds=len(films.values["tutorial", SPEED]),
        speeds=speeds(films),
        parts=parts(films),
        opening=spent["opening"],
        seeking=spent["seeking"],
        decoding=spent["decoding"],
        resizing=spent["resizing by TensorFlow"],
        handing=spent["handing over"],
        ceiling_cpu=number(films.cost("ceiling")),
        best=films.best,
        filling=number(films.cost("first epoch: decoding into the cache")),
        reading=number(films.cost("first epoch: first epoch from it")),
        first_cpu=number(films.cost("first epoch")),
        dataset_cpu=number(films.cost("PyDataset")),
        later_cpu=number(films.cost("later epochs")),
        load_least=f"{min(loads):.1f}",
        load_most=f"{max(loads):.1f}",
        cached_speed=number(films.speed("tutorial, cached")),
        cached_each=number(films.median("tutorial, cached", "megabytes") / clips),
        cache_each=number(cache / clips),
        cache_mb=number(cache),
        files_mb=number(files),
        cache_times=number(cache / files),
        ucf_clips=f"{UCF101:,}",
        ucf_gb=number(cache / clips * UCF101 / 1000),
        epochs=len(memory),
        memory_second=number(memory[1]),
        memory_last=number(memory[-1]),
        memory_growth=f"{100 * (memory[-1] / memory[1] - 1):+.1f}",
        memory_settled=next(epoch for epoch, size in enumerate(memory, 1) if size >= 0.999 * memory[-1]),
    )


def common(films: Films) -> dict[str, str]:
    """What is said of every set of films."""
    facts = {name: films.fact("files", name) for name in ("clips", "shortest", "longest", "width", "height")}
    return facts | {"table": table(films), "goals": goals(films)}


def table(films: Films) -> str:
    """A row for each reader, in Markdown."""
    lines = [
        "| Reader | clips/s | slowest–fastest | CPU ms a clip | × tutorial, clock | × tutorial, CPU |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for part, name in NAMES.items():
        all_speeds = films.values[part, SPEED]
        cells = (
            name,
            number(films.speed(part)),
            f"{number(min(all_speeds))}–{number(max(all_speeds))}",
            number(films.cost(part)),
            number(films.speed(part) / films.speed("tutorial")),
            number(films.cost("tutorial") / films.cost(part)),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def goals(films: Films) -> str:
    """The two goals, in Markdown: what was wanted, what was reached, by the clock and by CPU time."""
    asked = (
        ("first epoch", "ceiling", "of the ceiling"),
        ("later epochs", "tutorial", "times the tutorial"),
    )
    lines = ["| Goal, in clips a second | wanted | by the clock | by CPU time |", "|---|--:|--:|--:|"]
    for part, other, words in asked:
        wanted = films.median("goal", part)
        reached = films.speed(part) / films.speed(other), films.cost(other) / films.cost(part)
        cells = [f"{number(each)}, {'met' if each >= wanted else 'not met'}" for each in reached]
        lines.append(f"| {NAMES[part]}, {words} | {number(wanted)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def speeds(films: Films) -> str:
    """The readers' clips a second, from the slowest round to the fastest, as HTML."""
    figure, axes = plt.subplots(figsize=(6.6, 3.4))
    order = sorted(NAMES, key=films.speed)
    for place, part in enumerate(order):
        middle, each = films.speed(part), films.values[part, SPEED]
        ours = part in ("first epoch", "later epochs")
        colour = COLOURS[1] if ours else COLOURS[0]
        axes.plot([min(each), max(each)], [place, place], color=colour, marker="|", markersize=10)
        axes.plot(middle, place, color=colour, marker="o", markersize=9)
    axes.set(xscale="log", xlabel="clips a second, each line ten times the last")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_yticks(range(len(order)), [NAMES[part].replace("`", "").replace(", ", ",\n", 1) for part in order])
    axes.grid(axis="y", visible=False)
    alt = "Clips a second on a logarithmic scale, ours in orange: " + "; ".join(
        f"{NAMES[part].replace('`', '')} {number(films.speed(part))}" for part in order
    )
    return str(picture(f"{alt}.", figure).data)


def parts(films: Films) -> str:
    """Where a clip's CPU time goes: in the tutorial's reader, in decoding alone, in our first epoch; as HTML."""
    figure, axes = plt.subplots(figsize=(6.6, 3.8))
    told, bars = [], {}
    for place, reader in enumerate(("first epoch", "ceiling", "tutorial")):
        left = 0.0
        spent = {part: films.cost(f"{reader}: {part}") for part in PARTS if (f"{reader}: {part}", COST) in films.values}
        for part, cost in (spent or {"decoding": films.cost(reader)}).items():
            bars[part] = axes.barh(place, cost, left=left, color=PARTS[part], height=0.6)
            left += cost
            told.append(f"{NAMES[reader]}, {part}: {number(cost)} ms")
    figure.legend(
        handles=[bars[part] for part in PARTS], labels=list(PARTS), loc="outside lower center", ncols=2, fontsize=12
    )
    axes.set(xlabel="CPU milliseconds a clip")
    axes.set_yticks(range(3), ["ours,\nfirst epoch", "decoding\nalone", "TensorFlow's\ntutorial"])
    axes.grid(axis="y", visible=False)
    return str(picture(f"Stacked bars of CPU time. {'; '.join(told)}.", figure).data)


def number(value: float) -> str:
    """Three digits that count; a whole number stays whole."""
    if value == round(value) or value >= 100:
        return f"{float(f'{value:.3g}'):,.0f}" if value >= 100 else f"{value:.0f}"
    return f"{value:.3g}"
