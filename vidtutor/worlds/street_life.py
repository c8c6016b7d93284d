"""What happens in the street world: vehicles that follow one another, people who walk, and the crossing between them.

Vehicles follow the intelligent driver model (Treiber, Hennecke and Helbing 2000), people a social force (Helbing and
Molnár 1995). Metres and seconds throughout; x to the right, y down.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from vidtutor.worlds import street_drawing as drawing
from vidtutor.worlds.street_drawing import PAVEMENTS, ROAD, ZEBRA

import numpy as np
from numpy.typing import NDArray

LABELS = ("car", "lorry", "person")
LANES = ((ROAD[0] + 1.95, -1), (ROAD[1] - 1.95, 1))  # the middle of each lane, and its direction along x
WALKS = (1, -1)  # people walk facing the traffic: the direction of each pavement
LEAD = {"loiter": 5.0, "wrong_way": 12.0, "counterflow": 0.0, "near_collision": 12.0}  # seconds of preparation
RUN_UP = 14.0  # vehicles begin this far outside the picture
SWING = tuple(float(x) for x in np.sin(np.arange(8) * np.pi / 4).round(3))  # of feet and hands, in a stride


@dataclass(eq=False)
class Vehicle:
    """A car or lorry. along: metres that its middle has gone since the edge of the picture."""

    identity: int
    label: int
    lane: int
    direction: int
    along: float
    speed: float
    wish: float
    length: float
    width: float
    colour: drawing.Colour
    position: NDArray[np.float64]
    velocity: NDArray[np.float64]
    waits: bool = False  # for people on the crossing
    halt: float | None = None  # a place along the lane where it has to stop at all costs
    braking: bool = False

    def sprite(self, pixels: float) -> drawing.Sprite:
        """What it looks like now. pixels: of one metre."""
        draw = drawing.car if self.label == 0 else drawing.lorry
        return draw(self.colour, self.length, self.width, self.braking, pixels)

    @property
    def angle(self) -> float:
        """Where it faces: radians, clockwise from the right."""
        return 0.0 if self.direction > 0 else np.pi

    @property
    def front(self) -> float:
        """How far along the lane its foremost point is."""
        return self.along + self.length / 2


@dataclass(eq=False)
class Person:
    """Somebody on foot, on the way to the places in `route`, one after the other."""

    identity: int
    speed: float
    look: tuple[drawing.Colour, ...]
    route: list[tuple[float, float]]
    position: NDArray[np.float64]
    velocity: NDArray[np.float64]
    gate: int = 0  # how many places are left at the kerb of the crossing; 0: does not cross
    pause: float = 0.0  # seconds to stand at each place
    stood: float = 0.0
    held: bool = False  # stands at the next place until an event lets go
    darts: bool = False  # is on the road where nobody should be
    angle: float = 0.0
    stride: float = 0.0
    label: int = 2

    def sprite(self, pixels: float) -> drawing.Sprite:
        """What they look like now. pixels: of one metre."""
        walking = np.hypot(*self.velocity) > 0.25
        phase = round(self.stride * 4) % 8 if walking else 0
        return drawing.person(*self.look, SWING[phase], pixels)

    @property
    def waits(self) -> bool:
        """Whether they stand at the kerb and want to cross."""
        return self.gate == len(self.route) and float(np.hypot(*(self.position - self.route[0]))) < 0.8

    @property
    def crosses(self) -> bool:
        """Whether they are on their way over the crossing."""
        return self.gate == len(self.route) + 1


@dataclass
class Script:
    """An event: when it may start, who acts in it, and the steps in which it began and ended, once it has."""

    kind: str
    start: float
    actors: list[Any] = field(default_factory=list)
    lane: int = 0
    place: float = 0.0
    begun: int | None = None
    ended: int | None = None


@dataclass
class World:
    """The street, moved on by `step`.

    zebra: the middle of the crossing. trees: x, y, radius of each; events keep clear of them. dt: seconds in a step.
    a_minute: how many vehicles and how many people set out.
    """

    rng: np.random.Generator
    width: float
    zebra: float
    trees: Sequence[tuple[float, float, float]]
    dt: float
    a_minute: tuple[float, float]
    scripts: list[Script]
    vehicles: list[Vehicle] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    steps: int = 0
    born: int = 0
    taken: set[int] = field(default_factory=set)  # lanes in which an event goes on
    closed: set[int] = field(default_factory=set)  # lanes that nobody new enters
    people_first: bool = False  # at the crossing
    since: float = 0.0  # seconds since that changed

    def __post_init__(self) -> None:
        """Draw when the first vehicle of each lane and the first person come."""
        vehicles, people = self.a_minute
        self.due = [self._wait(vehicles / 2), self._wait(vehicles / 2), self._wait(people)]

    def step(self) -> None:
        """Let one frame's time pass."""
        self.steps += 1
        self._arrive()
        before = [(thing, thing.position.copy()) for thing in self.things]
        for script in self.scripts:
            if script.ended is None and self.steps * self.dt >= script.start - LEAD[script.kind]:
                getattr(self, f"_{script.kind}")(script)
        self._take_turns()
        self._drive()
        self._walk()
        for thing, position in before:
            thing.velocity = (thing.position - position) / self.dt
        self.vehicles = [v for v in self.vehicles if v.along < self.width + RUN_UP]
        self.people = [p for p in self.people if p.route]

    @property
    def things(self) -> list[Any]:
        """Vehicles and people."""
        return [*self.vehicles, *self.people]

    def _wait(self, a_minute: float) -> float:
        return float(self.rng.exponential(60 / a_minute)) if a_minute > 0 else np.inf

    def _arrive(self) -> None:
        self.due = [due - self.dt for due in self.due]
        for lane, (_, direction) in enumerate(LANES):
            room = all(v.along - v.length / 2 > 8 - RUN_UP for v in self.vehicles if v.lane == lane)
            if self.due[lane] <= 0 and room and lane not in self.closed:
                self._new_vehicle(lane, direction)
                self.due[lane] = self._wait(self.a_minute[0] / 2)
        if self.due[2] <= 0:
            self._new_person(int(self.rng.integers(2)), crosses=self.rng.random() < 0.45)
            self.due[2] = self._wait(self.a_minute[1])

    def _new_vehicle(self, lane: int, direction: int) -> Vehicle:
        label = int(self.rng.random() < 0.15)
        colours = (drawing.CARS, drawing.LORRIES)[label]
        length, width = ((4.0, 1.8), (4.4, 1.85), (7.4, 2.3))[2 * label or self.rng.integers(2)]
        wish = self.rng.uniform(7.0, 10.0) - label
        self.born += 1
        along = -RUN_UP - length / 2
        vehicle = Vehicle(
            identity=self.born,
            label=label,
            lane=lane,
            direction=direction,
            along=along,
            speed=min([wish, *(v.speed for v in self.vehicles if v.lane == lane)]),
            wish=wish,
            length=length,
            width=width,
            colour=colours[self.rng.integers(len(colours))],
            position=np.array([self._x(along, direction), LANES[lane][0] + self.rng.uniform(-0.12, 0.12)]),
            velocity=np.zeros(2),
        )
        self.vehicles.append(vehicle)
        return vehicle

    def _x(self, along: float, direction: int) -> float:
        """Metres along a lane as x, and x as metres along a lane."""
        return along if direction > 0 else self.width - along

    def _new_person(self, side: int, crosses: bool = False, against: bool = False) -> Person:
        """Somebody who enters a pavement, walks along it, and perhaps crosses to the other one."""
        way = -WALKS[side] if against else WALKS[side]
        y = self._across(side)
        route = [(self._end(way), y)]
        if crosses:
            x, there, onwards = self.zebra + self.rng.uniform(-1.3, 1.3), self._across(1 - side), WALKS[1 - side]
            kerbs = [(x, self._kerb(side)), (x, self._kerb(1 - side))]
            route = [(x - 1.5 * way, y), *kerbs, (x + onwards, there), (self._end(onwards), there)]
        looks = (drawing.SHIRTS, drawing.SKIN, drawing.HAIR, drawing.TROUSERS)
        self.born += 1
        person = Person(
            identity=self.born,
            speed=self.rng.uniform(1.1, 1.6),
            look=tuple(colours[self.rng.integers(len(colours))] for colours in looks),
            route=route,
            position=np.array([self._end(-way), y]),
            velocity=np.zeros(2),
            gate=4 if crosses else 0,
        )
        self.people.append(person)
        return person

    def _end(self, way: int) -> float:
        return self.width + 1.0 if way > 0 else -1.0

    def _across(self, side: int) -> float:
        """Somewhere across a pavement, with room for those who wait at the kerb."""
        top, bottom = PAVEMENTS[side]
        return float(self.rng.uniform(top + (0.5, 1.2)[side], bottom - (1.2, 0.5)[side]))

    def _kerb(self, side: int) -> float:
        return PAVEMENTS[0][1] - 0.5 if side == 0 else PAVEMENTS[1][0] + 0.5

    def _take_turns(self) -> None:
        """Vehicles and people take turns at the crossing; in the people's turn, whoever can still stop, waits."""
        self.since += self.dt
        walking, waiting = any(p.crosses for p in self.people), any(p.waits for p in self.people)
        if not self.people_first and waiting and self.since > 6:
            self.people_first, self.since = True, 0.0
        elif self.people_first and not walking and (self.since > 7 or not waiting):
            self.people_first, self.since = False, 0.0
        for vehicle in self.vehicles:
            room = self._stop_line(vehicle) - vehicle.front
            vehicle.waits = self.people_first and room > 0 and (vehicle.waits or room > vehicle.speed**2 / 6)

    def _stop_line(self, vehicle: Vehicle) -> float:
        return self._x(self.zebra, vehicle.direction) - ZEBRA / 2

    def _may_cross(self) -> bool:
        """Whether every vehicle waits or has passed, and the people's turn is not about to end."""
        passed = (v.waits or v.along - v.length / 2 > self._stop_line(v) + ZEBRA + 0.3 for v in self.vehicles)
        return self.people_first and self.since < 5 and all(passed)

    def _drive(self) -> None:
        for vehicle in self.vehicles:
            gap, closing = np.inf, 0.0
            ahead = [v for v in self.vehicles if v.lane == vehicle.lane and v.along > vehicle.along]
            if ahead:
                leader = min(ahead, key=lambda v: v.along)
                gap, closing = leader.along - leader.length / 2 - vehicle.front, vehicle.speed - leader.speed
            room = self._stop_line(vehicle) - vehicle.front
            if vehicle.waits and room < gap:
                gap, closing = room, vehicle.speed
            wanted = 2.0 + max(0.0, vehicle.speed * (1.1 + closing / 3.8))
            push = 1.6 * (1 - (vehicle.speed / vehicle.wish) ** 4 - (wanted / max(gap, 0.1)) ** 2)
            if vehicle.halt is not None:
                push = min(push, -(vehicle.speed**2) / (2 * max(vehicle.halt - vehicle.front, 0.05)))
            vehicle.braking = push < -0.6 or vehicle.speed < 0.2
            vehicle.speed = max(0.0, vehicle.speed + max(push, -9.0) * self.dt)
        for vehicle in self.vehicles:
            vehicle.along += vehicle.speed * self.dt
            vehicle.position[0] = self._x(vehicle.along, vehicle.direction)

    def _walk(self) -> None:
        if not self.people:
            return
        places = np.array([p.position for p in self.people])
        apart = places[:, None] - places[None]
        distance = np.maximum(np.sqrt((apart**2).sum(-1)), 1e-3)
        push = 2.4 * np.exp((0.6 - distance) / 0.25) / distance
        np.fill_diagonal(push, 0)
        force = (apart * push[..., None]).sum(1)
        force += 0.5 * force[:, ::-1] * (-1, 1)  # everybody gives way to the same side
        may_cross = self._may_cross()
        for person, others in zip(self.people, force, strict=True):
            goal = np.array(person.route[0]) - person.position
            left = float(np.hypot(*goal))
            wish = goal / max(left, 1e-6) * min(person.speed, left / 0.5)
            velocity = person.velocity + ((wish - person.velocity) / 0.4 + others) * self.dt
            pace = float(np.hypot(*velocity))
            velocity *= min(1.0, 1.3 * person.speed / max(pace, 1e-6))
            self._move(person, person.position + velocity * self.dt)
            if pace > 0.3:
                person.angle = float(np.arctan2(velocity[1], velocity[0]))
            person.stride += pace * self.dt / 0.7
            if left < 0.5:
                person.stood += self.dt
                if person.stood > person.pause and not person.held and (person.gate != len(person.route) or may_cross):
                    person.route, person.stood = person.route[1:], 0.0

    def _move(self, person: Person, place: NDArray[np.float64]) -> None:
        """Keep people on their pavement, and on the stripes while they cross, without making them jump there."""
        axis = 0 if person.crosses else 1
        low, high = PAVEMENTS[int(person.position[1] > sum(ROAD) / 2)]
        if person.crosses:
            low, high = self.zebra - ZEBRA / 2, self.zebra + ZEBRA / 2
        if not person.darts:
            here = person.position[axis]
            place[axis] = np.clip(place[axis], min(low + 0.35, here), max(high - 0.35, here))
        person.position = place

    # The events, called in every step from their start to their end

    def _loiter(self, script: Script) -> None:
        """Somebody walks to and fro on one spot for a quarter of a minute or more."""
        if not script.actors:
            side = int(self.rng.integers(2))
            person = self._new_person(side)
            x, y = self._open_place([(self.rng.uniform(3, self.width - 3), self._across(side)) for _ in range(30)])
            spots = [(x + self.rng.uniform(-0.9, 0.9), y + self.rng.uniform(-0.4, 0.4)) for _ in range(9)]
            person.route, person.pause = [(x, y), *spots, *person.route], 1.2
            script.actors = [person]
        left = len(script.actors[0].route)
        if script.begun is None and left < 11:
            script.begun = self.steps
        elif left < 2:
            script.ended = self.steps

    def _wrong_way(self, script: Script) -> None:
        """A lane is kept free until it is empty; then somebody enters it from its end."""
        if script.begun is None:
            if script.lane not in self.closed and not self._take_lane(script):
                return
            self.closed.add(script.lane)
            if self._is_time(script) and not any(v.lane == script.lane for v in self.vehicles):
                script.actors = [self._new_vehicle(script.lane, -LANES[script.lane][1])]
                script.begun = self.steps
        elif script.actors[0] not in self.vehicles:
            self.closed.remove(script.lane)
            self.taken.remove(script.lane)
            script.ended = self.steps

    def _counterflow(self, script: Script) -> None:
        """A dense stream along one pavement, and a group that walks against it."""
        if script.begun is None:
            side = int(self.rng.integers(2))
            for i in range(15):
                person = self._new_person(side, against=i < 5)
                person.position[0] += np.sign(person.position[0]) * 0.55 * (i if i < 5 else i - 5)
                if i < 5:
                    script.actors.append(person)
            script.begun = self.steps
        elif not any(person in self.people for person in script.actors):
            script.ended = self.steps

    def _near_collision(self, script: Script) -> None:
        """Somebody waits at the kerb, steps in front of a car that can only just stop, and goes back."""
        if not script.actors:
            if not self._take_lane(script):
                return
            way = LANES[script.lane][1]
            x, kerb = self._open_place(
                [(self.zebra + way * (ZEBRA / 2 + d), self._kerb(script.lane)) for d in np.linspace(2.4, 4.4, 9)]
            )
            person = self._new_person(script.lane)
            person.route, person.held, script.place = [(x, kerb)], True, self._x(x, way)
            script.actors = [person]
        person = script.actors[0]
        y = LANES[script.lane][0]
        if script.begun is None:
            self.due[script.lane] = min(self.due[script.lane], 3.0)  # do not wait long for the car
            if not self._is_time(script) or float(np.hypot(*(person.position - person.route[0]))) > 0.4:
                return
            for vehicle in self.vehicles:
                room, brakes = script.place - 0.95 - vehicle.front, vehicle.speed**2 / 2
                if vehicle.lane == script.lane and vehicle.speed > 4.5 and brakes / 6.5 < room < brakes / 4.7:
                    vehicle.halt, person.darts, person.speed = room + vehicle.front, True, 2.6
                    person.route = [(person.position[0], y)]
                    script.actors.append(vehicle)
                    script.begun = self.steps
                    return
        elif person.held and script.actors[1].speed < 0.1:
            side = script.lane
            person.route = [(person.position[0], self._kerb(side)), (self._end(WALKS[side]), self._across(side))]
            person.held, person.speed = False, 1.7
        elif not person.held and len(person.route) < 2:
            person.darts, person.speed, script.actors[1].halt = False, 1.3, None
            self.taken.remove(script.lane)
            script.ended = self.steps

    def _is_time(self, script: Script) -> bool:
        return self.steps * self.dt >= script.start

    def _take_lane(self, script: Script) -> bool:
        """Give the event a lane in which no other event goes on, if there is one."""
        free = [lane for lane in range(len(LANES)) if lane not in self.taken]
        if free:
            script.lane = free[self.rng.integers(len(free))]
            self.taken.add(script.lane)
        return bool(free)

    def _open_place(self, places: list[tuple[float, float]]) -> tuple[float, float]:
        """The place that is farthest from trees and crossing."""

        def room(place: tuple[float, float]) -> float:
            trees = [float(np.hypot(place[0] - x, place[1] - y)) - radius for x, y, radius in self.trees]
            return min([*trees, abs(place[0] - self.zebra) - ZEBRA / 2, 3.0])

        return max(places, key=room)
