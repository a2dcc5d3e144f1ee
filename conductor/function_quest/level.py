"""A level for the scheduler: the AND/OR graph of typed artifacts and functions, and the physics it is played in.

A function is a hyper-edge: it needs all its inputs (AND) and gives one output, which other functions may give as well
(OR). Times are seconds of simulated time, prices are in any one currency, memory in any one unit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

GENERATOR_VERSION = 1
"""Goes up whenever a seed would give another level than before: published results name it."""


class Artifact(NamedTuple):
    name: str
    type: str


class Extension(NamedTuple):
    name: str
    instances: int = 1
    warm: int = 0  # instances that are loaded when the level begins
    memory: float = 0.0  # of one loaded instance
    cold_start: float = 0.0  # seconds until a cold instance is warm
    failure: float = 0.0  # hidden: the share of calls that fail
    crash: float = 0.0  # hidden: the share of calls that take their instance down with them


class Provider(NamedTuple):
    """An extension that offers the function."""

    extension: int
    speed: float = 1.0  # expected seconds of a call: work / speed
    price: float = 0.0  # of a call, whether it succeeds or not


class Function(NamedTuple):
    name: str
    melody: int
    inputs: tuple[int, ...]
    output: int
    work: float
    sigma: float  # of the logarithm of the duration; its mean stays work / speed
    providers: tuple[Provider, ...]


class Melody(NamedTuple):
    name: str
    given: tuple[int, ...]  # artifacts that are there when it arrives
    goal: tuple[int, ...]  # it is finished when all of these are there
    arrival: float = 0.0
    deadline: float = math.inf  # absolute
    weight: float = 1.0


class Drift(NamedTuple):
    """From `at` on the extension is another one than before; nobody is told."""

    at: float
    extension: int
    failure: float
    slowdown: float  # of its calls, against the speed its providers state


class Generator(NamedTuple):
    name: str
    version: int


class Level(NamedTuple):
    name: str
    family: str
    seed: int
    generator: Generator
    artifacts: tuple[Artifact, ...]
    extensions: tuple[Extension, ...]
    melodies: tuple[Melody, ...]
    functions: tuple[Function, ...]
    drifts: tuple[Drift, ...] = ()
    preference: float = 0.0  # lambda: what the reference cost is worth against the reference time
    memory: float = math.inf  # all loaded instances together
    budget: float = math.inf  # all calls together
    failure_part: float | None = None  # after which share of its duration a call fails; None: any, evenly
    title: str = ""
    notes: str = ""


class LevelError(ValueError):
    """A level that cannot be played. `path` is a JSON Pointer to what is wrong."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path or '/'}: {message}")
        self.path = path
        self.message = message
