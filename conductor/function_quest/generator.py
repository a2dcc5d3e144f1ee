"""Levels from seeds: L0 to L8, each adding one difficulty of real work. The same seed gives the same level for ever
(until GENERATOR_VERSION says otherwise)."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import NamedTuple

from .level import (
    GENERATOR_VERSION,
    Artifact,
    Drift,
    Extension,
    Function,
    Generator,
    Level,
    LevelError,
    Melody,
    Provider,
)

TYPES = ("text", "table", "code", "image", "report", "model")
PREFERENCES = (0.0, 0.1, 0.3, 1.0)
# Seeds by their use; a policy is never measured on what it was trained or chosen on.
TRAINING_SEEDS = range(0, 9_000_000)
TEST_SEEDS = range(10_000_000, 20_000_000)
VALIDATION_SEEDS = range(20_000_000, 30_000_000)


class Recipe(NamedTuple):
    """What the levels of a family are drawn from; pairs are inclusive ranges."""

    title: str
    steps: tuple[int, int]
    width: tuple[int, int] = (1, 1)
    distractors: float = 0.0  # functions that lead nowhere, for each that leads somewhere
    alternatives: float = 0.0  # the share of steps whose output another way could give as well
    extensions: tuple[int, int] = (1, 1)
    providers: tuple[int, int] = (1, 1)
    instances: tuple[int, int] = (1, 1)
    sigma: tuple[float, float] = (0.0, 0.0)
    failure: tuple[float, float] = (0.0, 0.0)
    crash: tuple[float, float] = (0.0, 0.0)
    cold_start: tuple[float, float] = (0.0, 0.0)  # against the mean work of a step
    memory_share: tuple[float, float] = (1.0, 1.0)  # of what all extensions together would need; 1: no limit
    preferences: tuple[float, ...] = (0.0,)
    budget: bool = False
    deadline: tuple[float, float] = (15.0, 20.0)  # against the reference time with the instances there are
    melodies: tuple[int, int] = (1, 1)
    drifts: tuple[int, int] = (0, 0)


FAMILIES: dict[str, Recipe] = {
    "L0": Recipe("First Key", steps=(3, 5)),
    "L1": Recipe(
        "Locked Room", (3, 8), (1, 2), distractors=0.8, alternatives=0.35, extensions=(2, 4), providers=(1, 3)
    ),
    "L2": Recipe(
        "Ensemble", (8, 20), (2, 5), 0.3, 0.2, extensions=(3, 5), providers=(1, 3), instances=(1, 3), sigma=(0.05, 0.3)
    ),
    "L3": Recipe(
        "Broken Strings", (6, 20), (1, 4), 0.3, 0.25, (3, 6), (1, 3), (1, 3), (0.05, 0.4), (0.01, 0.3), (0.0, 0.05),
        preferences=PREFERENCES,
    ),
    "L4": Recipe(
        "Cold Hall", (6, 20), (1, 4), 0.3, 0.2, (3, 6), (1, 3), (1, 3), (0.05, 0.3), cold_start=(0.2, 3.0),
        memory_share=(0.25, 0.7), preferences=PREFERENCES,
    ),
    "L5": Recipe(
        "Patron's Purse", (6, 20), (1, 4), 0.3, 0.25, (3, 6), (2, 4), (1, 3), (0.05, 0.4), (0.01, 0.15), (0.0, 0.02),
        cold_start=(0.0, 1.0), preferences=PREFERENCES, budget=True, deadline=(5.0, 10.0),
    ),
    "L6": Recipe(
        "Full Orchestra", (4, 14), (1, 4), 0.2, 0.2, (3, 6), (1, 3), (1, 3), (0.05, 0.4), (0.01, 0.2), (0.0, 0.03),
        cold_start=(0.0, 1.5), memory_share=(0.4, 1.0), preferences=PREFERENCES, melodies=(1, 7),
    ),
    "L7": Recipe(
        "Encore", (30, 170), (6, 40), 0.0, 0.0, (3, 6), (1, 4), (2, 6), (0.05, 0.4), (0.01, 0.15), (0.0, 0.02),
        cold_start=(0.0, 1.5), memory_share=(0.5, 1.0), preferences=PREFERENCES,
    ),
    "L8": Recipe(
        "Drift", (12, 30), (2, 5), 0.2, 0.2, (3, 6), (2, 3), (1, 3), (0.05, 0.3), (0.01, 0.15), (0.0, 0.02),
        cold_start=(0.0, 1.0), preferences=PREFERENCES, drifts=(1, 3),
    ),
}  # fmt: skip


def generate(family: str, seed: int) -> Level:
    """Raises LevelError when there is no such family."""
    recipe = FAMILIES.get(family)
    if recipe is None:
        raise LevelError("/generator/name", f"there is no family {family!r}; there are {', '.join(FAMILIES)}")
    return _Workshop(recipe, family, seed).level()


def tiny(seed: int, *, failures: bool = False) -> Level:
    """Small and without continuous chance, so that exact.py can solve it: a few functions on up to four instances. With
    failures it is smaller still and everything is loaded, because each call then has two ends."""
    if failures:
        recipe = Recipe(
            "Tiny", (2, 3), (1, 2), alternatives=0.3, extensions=(1, 2), providers=(1, 2), failure=(0.05, 0.3),
            preferences=PREFERENCES, deadline=(3.0, 4.0),
        )  # fmt: skip
    else:
        recipe = Recipe(
            "Tiny", (2, 4), (1, 2), 0.3, 0.3, (1, 2), (1, 2), (1, 2), cold_start=(0.0, 1.0), memory_share=(0.5, 1.0),
            preferences=PREFERENCES, deadline=(4.0, 6.0),
        )  # fmt: skip
    level = _Workshop(recipe, "tiny-failures" if failures else "tiny", seed).level()
    return level._replace(failure_part=1.0)


class _Workshop:
    """Draws one level. The order of the draws is part of the generator's version."""

    def __init__(self, recipe: Recipe, family: str, seed: int) -> None:
        self.recipe = recipe
        self.family = family
        self.seed = seed
        self.random = random.Random(f"{family}/{seed}/{GENERATOR_VERSION}")
        self.artifacts: list[Artifact] = []
        self.functions: list[Function] = []
        self.melodies: list[Melody] = []
        self.mean_work = self.log_uniform(1.0, 60.0)

    def whole(self, pair: tuple[int, int]) -> int:
        return self.random.randint(*pair)

    def real(self, pair: tuple[float, float]) -> float:
        return self.random.uniform(*pair)

    def log_uniform(self, low: float, high: float) -> float:
        return math.exp(self.random.uniform(math.log(low), math.log(high)))

    def level(self) -> Level:
        recipe = self.recipe
        extensions = [self.extension(number) for number in range(self.whole(recipe.extensions))]
        arrival = 0.0
        for number in range(self.whole(recipe.melodies)):
            self.melody(number, arrival, extensions)
            arrival += self.random.expovariate(1.0 / (3.0 * self.mean_work))
        total_memory = sum(extension.memory * extension.instances for extension in extensions)
        largest = max(extension.memory for extension in extensions)
        memory = math.inf
        if (share := self.real(recipe.memory_share)) < 1.0:
            memory = round(max(share * total_memory, largest), 3)
        level = Level(
            name=f"{self.family}-{self.seed}",
            family=self.family,
            seed=self.seed,
            generator=Generator(self.family, GENERATOR_VERSION),
            artifacts=tuple(self.artifacts),
            extensions=tuple(extensions),
            melodies=tuple(self.melodies),
            functions=tuple(self.functions),
            preference=self.random.choice(recipe.preferences),
            memory=memory,
            title=recipe.title,
        )
        return self.with_limits(level)

    def with_limits(self, level: Level) -> Level:
        """Deadlines, budget and drifts: they depend on how much there is to do."""
        from .graph import Graph  # the references need the finished graph

        recipe = self.recipe
        graph = Graph(level)
        instances = sum(extension.instances for extension in level.extensions)
        busy = sum(min(option.seconds for option in options) for options in graph.options) / instances
        melodies = []
        for melody, seconds in zip(level.melodies, graph.reference_seconds):
            patience = self.real(recipe.deadline) * max(seconds, busy)
            melodies.append(melody._replace(deadline=round(melody.arrival + patience, 3)))
        drifts = []
        for _ in range(self.whole(recipe.drifts)):
            at = round(self.real((0.2, 1.0)) * graph.reference_seconds[0], 3)
            number = self.random.randrange(len(level.extensions))
            drifts.append(Drift(at, number, round(self.real((0.0, 0.5)), 4), round(self.log_uniform(0.5, 4.0), 4)))
        budget = math.inf
        if recipe.budget:
            failing = max(extension.failure + extension.crash for extension in level.extensions)
            budget = round(graph.reference_cost * self.real((3.0, 8.0)) / (1.0 - failing), 6)
        return level._replace(
            melodies=tuple(melodies), drifts=tuple(sorted(drifts, key=lambda drift: drift.at)), budget=budget
        )

    def extension(self, number: int) -> Extension:
        recipe = self.recipe
        instances = self.whole(recipe.instances)
        cold_start = round(self.real(recipe.cold_start) * self.mean_work, 4)
        failure, crash = round(self.real(recipe.failure), 4), round(self.real(recipe.crash), 4)
        return Extension(
            name=f"extension_{number}",
            instances=instances,
            # Without cold starts and memory all is loaded from the beginning: nothing to decide.
            warm=instances if cold_start == 0.0 and recipe.memory_share == (1.0, 1.0) else 0,
            memory=round(self.log_uniform(50.0, 2_000.0), 1),
            cold_start=cold_start,
            failure=failure,
            crash=crash,
        )

    def artifact(self, name: str) -> int:
        self.artifacts.append(Artifact(name, self.random.choice(TYPES)))
        return len(self.artifacts) - 1

    def function(self, name: str, melody: int, inputs: list[int], output: int, extensions: list[Extension]) -> None:
        recipe = self.recipe
        work = round(self.mean_work * self.random.lognormvariate(-0.245, 0.7), 4)
        count = min(self.whole(recipe.providers), len(extensions))
        providers = []
        for extension in sorted(self.random.sample(range(len(extensions)), count)):
            speed = round(self.log_uniform(0.5, 2.0), 4)
            # What is faster is dearer, mostly.
            price = round(0.01 * work * speed**1.5 * self.log_uniform(0.5, 2.0), 6)
            providers.append(Provider(extension, speed, price))
        sigma = round(self.real(recipe.sigma), 4)
        self.functions.append(
            Function(name, melody, tuple(sorted(set(inputs))), output, max(work, 0.001), sigma, tuple(providers))
        )

    def melody(self, number: int, arrival: float, extensions: list[Extension]) -> None:
        """Layers of functions; each takes what the layers before gave, and the last one collects what is left over."""
        recipe = self.recipe
        steps, width = self.whole(recipe.steps), self.whole(recipe.width)
        prefix = f"m{number}_"
        given = [self.artifact(f"{prefix}given_{index}") for index in range(self.whole((1, 2)) if width > 1 else 1)]
        earlier, layer = list(given), list(given)
        unused: list[int] = []
        made: list[tuple[int, list[int]]] = []  # what a step gives, and what was there before it
        step = 0
        while step < steps - 1:
            count = min(self.whole((1, width)), steps - 1 - step)
            new = []
            for _ in range(count):
                inputs = self.random.sample(layer, min(len(layer), self.whole((1, 2)) if width > 1 else 1))
                if width > 1 and self.random.random() < 0.3:
                    inputs.append(self.random.choice(earlier))
                output = self.artifact(f"{prefix}artifact_{step}")
                self.function(f"{prefix}step_{step}", number, inputs, output, extensions)
                made.append((output, list(earlier)))
                unused = [artifact for artifact in unused if artifact not in inputs]
                new.append(output)
                step += 1
            unused += new
            layer = new
            earlier = earlier + new
        goal = self.artifact(f"{prefix}goal")
        self.function(f"{prefix}step_{step}", number, unused or layer, goal, extensions)
        made.append((goal, list(earlier)))
        self.other_ways(prefix, number, made, extensions)
        self.dead_ends(prefix, number, steps, earlier, extensions)
        self.melodies.append(
            Melody(f"melody_{number}", tuple(given), (goal,), round(arrival, 3), math.inf, self.weight())
        )

    def weight(self) -> float:
        return float(self.random.choice((1, 1, 2, 4))) if self.recipe.melodies[1] > 1 else 1.0

    def other_ways(
        self, prefix: str, number: int, made: list[tuple[int, list[int]]], extensions: list[Extension]
    ) -> None:
        for index, (output, before) in enumerate(made):
            if self.random.random() >= self.recipe.alternatives:
                continue
            source = self.random.choice(before[-3:])
            if self.random.random() < 0.5:  # in two calls
                between = self.artifact(f"{prefix}detour_{index}")
                self.function(f"{prefix}detour_{index}_a", number, [source], between, extensions)
                source = between
            self.function(f"{prefix}detour_{index}_b", number, [source], output, extensions)

    def dead_ends(self, prefix: str, number: int, steps: int, earlier: list[int], extensions: list[Extension]) -> None:
        reachable = list(earlier)
        for index in range(round(self.recipe.distractors * steps * self.random.random() * 1.5)):
            output = self.artifact(f"{prefix}dead_end_{index}")
            inputs = self.random.sample(reachable, min(len(reachable), self.whole((1, 2))))
            self.function(f"{prefix}distraction_{index}", number, inputs, output, extensions)
            reachable.append(output)


def mixture(weights: dict[str, float]) -> Callable[[random.Random], str]:
    """The curriculum: families drawn by weight, not one after the other."""
    names, values = list(weights), list(weights.values())
    return lambda source: source.choices(names, values)[0]
