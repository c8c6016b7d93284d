"""Chapter 15: counts, speeds, events and anomalies, read off streets that were detected and tracked, over seeds."""

from collections.abc import Iterator
from typing import Any

from vidtutor import behaviour, detect, events, flow, models, video, worlds
from vidtutor.rows import Crossing, Detections, Event, Tracks
from vidtutor.track import track
from vidtutor.worlds import EVENTS, Street

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from sklearn.metrics import roc_auc_score

import street_detector

SEEDS = (300, 301, 302, 303)
FRAMES = 840
GRID = (18, 27)  # cells of about a metre
LEAST = 0.4  # pixels a frame, 0.7 m/s: half a walk
Row = dict[str, object]


def rows() -> Iterator[Row]:
    """Yield a row for each street and measure. right, wrong, missed: counts; value: of what is no count."""
    detector, innocent = models.street_detector(), untaught()
    for seed in SEEDS:
        # The same street twice, with other people and vehicles.
        usual = worlds.street(FRAMES, seed=seed, traffic=30, pedestrians=30)
        odd = worlds.street(FRAMES, seed=seed, events=EVENTS)
        tracks, poor = ([followed(model, film) for film in (usual, odd)] for model in (detector, innocent))
        patches = track(detect.moving(usual.frames, label=detect.by_size(usual.metres_per_pixel)))
        for source, found in (("detected", tracks[0]), ("untaught", poor[0]), ("what moves", patches)):
            yield from counts(seed, source, usual, found)
        yield speed(seed, usual, tracks[0])
        yield from oddities(seed, "detected", odd, *tracks)
        yield from oddities(seed, "untaught", odd, *poor)
        yield from oddities(seed, "truth, shaken", odd, shaken(usual, seed), shaken(odd, seed + 1))
        yield from anomalies(seed, usual, odd)


def untaught() -> keras.Model:
    """The network of the street detector, trained on busy streets in which nothing happens."""
    return street_detector.trained(*street_detector.scenes(96), seed=0, epochs=20, batch=8, learning_rate=5e-3)


def followed(detector: keras.Model, film: Street) -> Tracks:
    """The tracks of what the detector finds in a film."""
    found = detect.find(detector, film.frames)
    return track(found.where(found.score >= 0.3))


def shaken(film: Street, seed: int) -> Tracks:
    """Tracks made from the truth: nothing well hidden, one box in twelve missing, the others shaken by a twentieth."""
    rng, truth = np.random.default_rng(seed), film.objects
    truth = truth.where((truth.visibility > 0.3) & (rng.random(len(truth)) > 1 / 12))
    sides = np.tile(truth.box[:, 2:] - truth.box[:, :2], 2)
    box = (truth.box + rng.normal(0, 0.05, sides.shape) * sides).astype(np.float32)
    return track(Detections(truth.frame, truth.label, box, np.ones(len(truth), np.float32)))


def counts(seed: int, source: str, film: Street, tracks: Tracks) -> Iterator[Row]:
    """Crossings found, made up and missed: by every change of sides, and with a band and blind frames."""
    settings = {"every change of sides": (0.0, 0), "with a band": (0.1, 0), "band and blind frames": (0.1, 6)}
    for name, (band, blind) in settings.items():
        left = behaviour.crossings(tracks, film.lines, band=band, blind=blind)
        yield row(seed, f"crossings, {source}", name, *matched(left, film.crossings, film.fps))


def matched(found: list[Crossing], true: tuple[Crossing, ...], fps: float) -> tuple[int, int, int]:
    """How many crossings are right, wrong and missed; right is the same line, direction and kind within a second."""
    left, right = list(found), 0
    for one in true:
        near = [
            two
            for two in left
            if (two.line, two.direction) == (one.line, one.direction)
            and (two.label == 2) == (one.label == 2)
            and abs(two.frame - one.frame) <= fps
        ]
        if near:
            left.remove(min(near, key=lambda two: abs(two.frame - one.frame)))
            right += 1
    return right, len(left), len(true) - right


def speed(seed: int, film: Street, tracks: Tracks) -> Row:
    """Mean absolute error of the speed of cars, in km/h, against their true velocities."""
    cars = tracks.where(tracks.label == 0)
    truth = detect.match(cars, film.objects)
    found = behaviour.speeds(cars, film.fps, film.metres_per_pixel, picture=film.frames.shape[1:3])
    known = (truth >= 0) & np.isfinite(found)
    off = np.abs(found[known] - np.linalg.norm(film.objects.velocity[truth[known]], axis=1))
    return row(seed, "speed of cars", "km/h off", value=3.6 * off.mean())


def found_events(film: Street, usual: Tracks, odd: Tracks) -> list[Event]:
    """Everything odd in the tracks of one film, given the tracks of a usual one."""
    picture, scale = film.frames.shape[1:3], (film.fps, film.metres_per_pixel)
    against = []
    for on_foot in (False, True):
        before, now = (tracks.where((tracks.label == 2) == on_foot) for tracks in (usual, odd))
        way = flow.usual_way(before, behaviour.velocities(before, *scale, picture=picture), GRID, picture)
        against.append(events.wrong_way(now, way, *scale, picture=picture))
    people, vehicles = odd.where(odd.label == 2), odd.where(odd.label < 2)
    left, _, right, _ = film.regions["zebra"]
    kerbs = (left - 1 / film.metres_per_pixel, 0.0, right + 1 / film.metres_per_pixel, float(picture[0]))
    road = film.regions["road"]
    return [
        *against[0],
        *events.counterflow(people, against[1], film.metres_per_pixel),
        *events.loitering(people, *scale, waiting=[kerbs]),
        *events.near_collisions(people, vehicles, *scale, picture=picture, road=road),
    ]


def oddities(seed: int, source: str, film: Street, usual: Tracks, odd: Tracks) -> Iterator[Row]:
    """For each kind of event: found and true, found and not true, missed."""
    who = names(odd, film)
    stays = stayed(film)
    score = {kind: [0, 0, 0] for kind in EVENTS}
    met = set()
    for event in found_events(film, usual, odd):
        real = {who.get(identity) for identity in event.identities}
        true = [
            one
            for one in film.events
            if one.kind == event.kind
            and real & set(one.identities)
            and event.first <= one.last + film.fps
            and event.last >= one.first - film.fps
        ]
        met.update(true)
        # Who truly stays as long as a loiterer is one, whatever the script calls it.
        score[event.kind][0 if true or (event.kind == "loiter" and real & stays) else 1] += 1
    for one in film.events:
        score[one.kind][2] += one not in met
    for kind, numbers in score.items():
        yield row(seed, f"events, {source}", kind, *numbers)


def stayed(film: Street) -> set[int | None]:
    """The people who truly stay on one spot for 12 seconds."""
    truth = film.objects.where(film.objects.label == 2)
    sides = np.array([2, 2], np.float32)
    box = np.concatenate([truth.centre - sides, truth.centre + sides], axis=1)
    real = Tracks(truth.frame, truth.label, box, np.ones(len(truth), np.float32), truth.identity)
    return {event.identities[0] for event in events.loitering(real, film.fps, film.metres_per_pixel)}


def names(tracks: Tracks, film: Street) -> dict[int, int]:
    """The true identity that most of a track's boxes stand for, for each track."""
    truth = detect.match(tracks, film.objects, 0.3)
    found = {}
    for identity in np.unique(tracks.identity[truth >= 0]):
        real = film.objects.identity[truth[(tracks.identity == identity) & (truth >= 0)]]
        found[int(identity)] = int(np.bincount(real).argmax())
    return found


def anomalies(seed: int, usual: Street, odd: Street) -> Iterator[Row]:
    """Area under the ROC curve of frames in which somebody goes the wrong way, by three scores."""
    pictures = [video.resize(film.frames, 64, 96).mean(-1, keepdims=True)[1:] / 255 for film in (usual, odd)]
    fields = [np.stack(list(flow.flow_fields(film.frames))) for film in (usual, odd)]
    wrong = [event for event in odd.events if event.kind in ("wrong_way", "counterflow")]
    truth = np.zeros(len(odd.frames) - 1, bool)
    for event in wrong:
        truth[max(0, event.first - 1) : event.last] = True
    scores = {
        "frame autoencoder": reconstruction(seed, *pictures),
        "flow autoencoder": reconstruction(seed, *fields),
        "usual directions": flow.Directions.learn(fields[0], LEAST).surprise(fields[1]).sum(axis=(1, 2)),
    }
    for name, score in scores.items():
        yield row(seed, "anomaly", name, value=roc_auc_score(truth, uniform_filter1d(score, round(odd.fps))))


def reconstruction(seed: int, usual: NDArray[Any], odd: NDArray[Any]) -> NDArray[np.float64]:
    """Error of an autoencoder, trained on the usual film, for each frame of the odd one."""
    keras.utils.set_random_seed(seed)
    model = autoencoder(usual.shape[1:])
    model.compile(keras.optimizers.Adam(3e-3), loss="mse")
    model.fit(usual, usual, epochs=12, batch_size=16, verbose=0)
    return ((model.predict(odd, verbose=0) - odd) ** 2).mean(axis=(1, 2, 3))


def autoencoder(shape: tuple[int, ...]) -> keras.Model:
    """Convolutions down to an eighth of the numbers, or fewer, and up again. It is the chapter's."""
    fields = x = keras.Input(shape)
    for width in (16, 16):
        x = layers.Conv2D(width, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    for width in (16, 16):
        x = layers.Conv2DTranspose(width, 3, strides=2, padding="same", activation="relu")(x)
    return keras.Model(fields, layers.Conv2D(shape[-1], 3, padding="same")(x))


def row(
    seed: int, what: str, setting: str, right: int = 0, wrong: int = 0, missed: int = 0, value: float = np.nan
) -> Row:
    """A line of the record."""
    return {
        "seed": seed,
        "what": what,
        "setting": setting,
        "right": right,
        "wrong": wrong,
        "missed": missed,
        "value": round(float(value), 4),
    }
