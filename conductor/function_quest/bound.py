"""What nobody can do better than, not even who knows all luck beforehand; and what such a one would do.

The luck of an attempt does not depend on the policy (randomness.py), so how long a function takes with a provider until
it succeeds is a number, known before the episode.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from .graph import Graph
from .list_schedule import heft
from .randomness import luck
from .simulation import FAILURE_PENALTY

# An attempt this late will not be reached before any deadline.
MOST_ATTEMPTS = 2_000


class Success(NamedTuple):
    """A function with one provider, called until it succeeds."""

    seconds: float
    price: float


class Foresight:
    """The luck of one seed on one level."""

    def __init__(self, graph: Graph, seed: int) -> None:
        self.graph = graph
        self.seed = seed
        level = graph.level
        # With drifts an extension is taken for what it is at its best.
        self._failure = [extension.failure for extension in level.extensions]
        self._slowdown = [1.0] * len(level.extensions)
        for drift in level.drifts:
            self._failure[drift.extension] = min(self._failure[drift.extension], drift.failure)
            self._slowdown[drift.extension] = min(self._slowdown[drift.extension], drift.slowdown)
        self.success = [
            [self._until_success(function, provider) for provider in range(len(options))]
            for function, options in enumerate(graph.options)
        ]
        # Nothing can begin on an extension before its first instance could be warm.
        self.begin = [0.0 if extension.warm else extension.cold_start for extension in level.extensions]

    def _until_success(self, function: int, provider: int) -> Success:
        level = self.graph.level
        option = self.graph.options[function][provider]
        crash = level.extensions[option.extension].crash
        failing = crash + self._failure[option.extension]
        sigma = level.functions[function].sigma
        stated = option.seconds * self._slowdown[option.extension]
        seconds = 0.0
        if not self.graph.can_serve(option) or failing >= 1.0:
            return Success(math.inf, math.inf)
        for attempt in range(MOST_ATTEMPTS):
            drawn = luck(self.seed, function, provider, attempt)
            taken = stated * math.exp(sigma * drawn.normal - 0.5 * sigma * sigma) if sigma > 0.0 else stated
            if drawn.fate >= failing:
                return Success(seconds + taken, option.price * (attempt + 1))
            seconds += taken * (drawn.part if level.failure_part is None else level.failure_part)
        return Success(seconds, option.price * MOST_ATTEMPTS)

    def lower_bound(self) -> float:
        """Of J, for every policy.

        Each Melody by itself: its critical path with the luckiest providers, and the room its instances give to what it
        cannot do without (landmarks: artifacts that lie on every way to the goal), whichever is later; the price of the
        landmarks; or failing, where that is cheaper."""
        return sum(self._melody_bound(number) for number in range(len(self.graph.level.melodies)))

    def _melody_bound(self, number: int) -> float:
        graph = self.graph
        level = graph.level
        melody = level.melodies[number]
        price_weight = level.preference / graph.reference_cost
        deadline = min(melody.deadline, melody.arrival + 1_000.0 * graph.reference_seconds[number])
        failing = graph.rate[number] * (deadline - melody.arrival) + FAILURE_PENALTY * graph.share[number]
        finish = dict.fromkeys(melody.given, melody.arrival)
        for function in graph.functions_of[number]:
            reached = max(
                (finish.get(artifact, math.inf) for artifact in graph.inputs[function]), default=melody.arrival
            )
            end = min(
                max(reached, self.begin[option.extension]) + success.seconds
                for option, success in zip(graph.options[function], self.success[function])
            )
            output = graph.output[function]
            finish[output] = min(finish.get(output, math.inf), end)
        needed = self.landmarks(number)
        end = max(finish.get(artifact, math.inf) for artifact in melody.goal)
        end = max(end, melody.arrival + self._crowding(needed))
        if end > deadline:
            return failing
        price = sum(
            min(success.price for function in graph.producers[artifact] for success in self.success[function])
            for artifact in needed
        )
        return min(graph.rate[number] * (end - melody.arrival) + price_weight * price, failing)

    def landmarks(self, number: int) -> list[int]:
        """Artifacts that must be made on every way to the goal."""
        graph = self.graph
        melody = graph.level.melodies[number]
        on_every_way: dict[int, int] = dict.fromkeys(melody.given, 0)  # sets of artifacts, as bits
        for function in graph.functions_of[number]:
            if any(artifact not in on_every_way for artifact in graph.inputs[function]):
                continue
            output = graph.output[function]
            way = 1 << output
            for artifact in graph.inputs[function]:
                way |= on_every_way[artifact]
            on_every_way[output] = on_every_way[output] & way if output in on_every_way else way
        bits = 0
        for artifact in melody.goal:
            bits |= on_every_way.get(artifact, 0)
        return [artifact for artifact in range(len(graph.producers)) if bits >> artifact & 1]

    def _crowding(self, needed: list[int]) -> float:
        """However cleverly placed, what only these extensions can do takes their instances this long."""
        graph = self.graph
        work: dict[frozenset[int], float] = {}
        for artifact in needed:
            able = frozenset(
                option.extension for function in graph.producers[artifact] for option in graph.options[function]
            )
            least = min(success.seconds for function in graph.producers[artifact] for success in self.success[function])
            work[able] = work.get(able, 0.0) + least
        everybody = frozenset[int]().union(*work) if work else frozenset[int]()
        longest = 0.0
        for group in {*work, everybody}:
            inside = sum(seconds for able, seconds in work.items() if able <= group)
            instances = sum(graph.level.extensions[extension].instances for extension in group)
            longest = max(longest, inside / instances if instances else 0.0)
        return longest

    def list_schedule(self, number: int) -> float:
        """When published HEFT would finish the Melody, alone, with all luck known, all instances being loaded from the
        beginning and memory without limit: a mark to be compared with, neither a bound nor always within reach.

        Where there are several ways to an artifact it goes by the first."""
        graph = self.graph
        level = graph.level
        maker: dict[int, int] = {}
        for function in graph.functions_of[number]:
            maker.setdefault(graph.output[function], function)
        tasks = [function for function in graph.functions_of[number] if maker[graph.output[function]] == function]
        index = {function: position for position, function in enumerate(tasks)}
        owner = [extension for extension, needs in enumerate(level.extensions) for _ in range(needs.instances)]
        warm = [extension.warm for extension in level.extensions]
        free_from = []
        for extension in owner:
            free_from.append(0.0 if warm[extension] > 0 else level.extensions[extension].cold_start)
            warm[extension] -= 1
        durations = []
        for function in tasks:
            by_extension = {
                option.extension: success.seconds
                for option, success in zip(graph.options[function], self.success[function])
            }
            durations.append([by_extension.get(extension, math.inf) for extension in owner])
        parents = [
            {index[maker[artifact]]: 0.0 for artifact in graph.inputs[function] if artifact in maker}
            for function in tasks
        ]
        schedule = heft(durations, parents, free_from)
        return max(schedule.placements[index[maker[artifact]]].end for artifact in level.melodies[number].goal)


def lower_bound(graph: Graph, seed: int) -> float:
    return Foresight(graph, seed).lower_bound()
