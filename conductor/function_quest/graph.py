"""A level made ready to be played: checked as a whole, indexed, with its references. Shared by all its episodes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from .level import Function, Level, LevelError

if TYPE_CHECKING:
    from .option_table import OptionTable

DISPATCH, PRELOAD, EVICT, WAIT = range(4)
# Functions of a Melody.
TABLE_FROM = 32


class Candidate(NamedTuple):
    """One thing that may be done now. -1 stands for what a kind does not have."""

    kind: int
    function: int
    provider: int  # index into the function's providers
    extension: int
    warm: bool


class Option(NamedTuple):
    """A provider of a function as the inner loops want it."""

    extension: int
    seconds: float  # expected, by what its speed states
    price: float
    warm: Candidate
    cold: Candidate


WAITING = Candidate(WAIT, -1, -1, -1, False)


class Graph:
    """Raises LevelError for a level that has a cycle or no solution."""

    def __init__(self, level: Level) -> None:
        self.level = level
        functions = level.functions
        self.inputs = [function.inputs for function in functions]
        self.output = [function.output for function in functions]
        self.melody_of = [function.melody for function in functions]
        self.options = [self._options(index, function) for index, function in enumerate(functions)]
        # The same for planning: number, extension, seconds, price, and whether an instance fits into the memory at all.
        self.stated = [
            tuple(
                (number, o.extension, o.seconds, o.price, level.extensions[o.extension].memory <= level.memory)
                for number, o in enumerate(options)
            )
            for options in self.options
        ]
        self.producers: list[list[int]] = [[] for _ in level.artifacts]
        self.consumers: list[list[int]] = [[] for _ in level.artifacts]
        for index, function in enumerate(functions):
            self.producers[function.output].append(index)
            for artifact in function.inputs:
                self.consumers[artifact].append(index)
        self.functions_of: list[list[int]] = [[] for _ in level.melodies]
        for index in self._topological_order():
            self.functions_of[functions[index].melody].append(index)
        self._tables: list[OptionTable | None] = [None] * len(level.melodies)
        self.has_alternatives = [
            any(len(self.producers[self.output[index]]) > 1 for index in members) for members in self.functions_of
        ]
        self.preload = [Candidate(PRELOAD, -1, -1, index, False) for index in range(len(level.extensions))]
        self.evict = [Candidate(EVICT, -1, -1, index, True) for index in range(len(level.extensions))]
        self._references()

    def _options(self, index: int, function: Function) -> tuple[Option, ...]:
        if not function.providers:
            raise LevelError(f"/functions/{index}/providers", f"nobody provides {function.name}")
        return tuple(
            Option(
                provider.extension,
                function.work / provider.speed,
                provider.price,
                Candidate(DISPATCH, index, number, provider.extension, True),
                Candidate(DISPATCH, index, number, provider.extension, False),
            )
            for number, provider in enumerate(function.providers)
        )

    def option_table(self, melody: int) -> OptionTable | None:
        """For a Melody of so many functions that planning with it is faster."""
        if len(self.functions_of[melody]) < TABLE_FROM:
            return None
        table = self._tables[melody]
        if table is None:
            from .option_table import OptionTable  # loads NumPy, which small levels do without

            table = self._tables[melody] = OptionTable(self.functions_of[melody], self.stated)
        return table

    def can_serve(self, option: Option) -> bool:
        """Whether a call there can succeed at all."""
        extension = self.level.extensions[option.extension]
        hopeless = extension.failure >= 1.0 and not self.level.drifts
        return not hopeless and extension.memory <= self.level.memory and option.price <= self.level.budget

    def _topological_order(self) -> list[int]:
        missing = [len(set(inputs)) for inputs in self.inputs]
        waiting_for: list[int] = [len(producers) for producers in self.producers]
        # An artifact stands after every function that could give it, so a cycle through an alternative is one too.
        order: list[int] = []
        settled = [artifact for artifact, count in enumerate(waiting_for) if count == 0]
        callable_now = [index for index, count in enumerate(missing) if count == 0]
        while settled or callable_now:
            for artifact in settled:
                for index in dict.fromkeys(self.consumers[artifact]):
                    missing[index] -= 1
                    if missing[index] == 0:
                        callable_now.append(index)
            settled = []
            for index in callable_now:
                order.append(index)
                waiting_for[self.output[index]] -= 1
                if waiting_for[self.output[index]] == 0:
                    settled.append(self.output[index])
            callable_now = []
        if len(order) < len(self.inputs):
            raise LevelError("/functions", f"a cycle: {self._cycle(set(order))}")
        return order

    def _cycle(self, ordered: set[int]) -> str:
        """Walks back from a function that never came to its turn until one repeats."""
        path: list[int] = []
        current = next(index for index in range(len(self.inputs)) if index not in ordered)
        while current not in path:
            path.append(current)
            current = next(
                producer
                for artifact in self.inputs[current]
                for producer in self.producers[artifact]
                if producer not in ordered
            )
        members = [*reversed(path[path.index(current) :])]
        return " → ".join(self.level.functions[index].name for index in [*members, members[0]])

    def _references(self) -> None:
        """T_ref of each Melody: its critical path with the fastest providers; C_ref: the cheapest plans of all."""
        level = self.level
        self.reference_seconds: list[float] = []
        cost = 0.0
        for number, melody in enumerate(level.melodies):
            seconds = dict.fromkeys(melody.given, 0.0)
            price = dict.fromkeys(melody.given, 0.0)
            for index in self.functions_of[number]:
                usable = [option for option in self.options[index] if self.can_serve(option)]
                if not usable or any(artifact not in seconds for artifact in self.inputs[index]):
                    continue
                output = self.output[index]
                finish = max((seconds[artifact] for artifact in self.inputs[index]), default=0.0)
                finish += min(option.seconds for option in usable)
                total = sum(price[artifact] for artifact in self.inputs[index])
                total += min(option.price for option in usable)
                seconds[output] = min(seconds.get(output, math.inf), finish)
                price[output] = min(price.get(output, math.inf), total)
            for artifact in melody.goal:
                if artifact not in seconds:
                    name = level.artifacts[artifact].name
                    raise LevelError(f"/melodies/{number}/goal", f"no solution: {name} cannot be made")
            self.reference_seconds.append(max((seconds[a] for a in melody.goal), default=0.0) or 1.0)
            cost += self._plan_price(number, price)
        self.reference_cost = cost or 1.0
        total_weight = sum(melody.weight for melody in level.melodies)
        self.share = [melody.weight / total_weight for melody in level.melodies]
        self.rate = [share / seconds for share, seconds in zip(self.share, self.reference_seconds)]
        """What a second of an unfinished Melody costs."""

    def _plan_price(self, melody: int, price: dict[int, float]) -> float:
        """Of the cheapest supporters, each paid once: sums along the graph count what is shared again and again."""
        total = 0.0
        given = self.level.melodies[melody].given
        wanted = [*self.level.melodies[melody].goal]
        seen = {*given}
        while wanted:
            artifact = wanted.pop()
            if artifact in seen:
                continue
            seen.add(artifact)
            best, best_total, own = -1, math.inf, 0.0
            for index in self.producers[artifact]:
                if any(needed not in price for needed in self.inputs[index]):
                    continue
                prices = [option.price for option in self.options[index] if self.can_serve(option)]
                if prices and (asked := sum(price[a] for a in self.inputs[index]) + min(prices)) < best_total:
                    best, best_total, own = index, asked, min(prices)
            total += own
            wanted.extend(self.inputs[best])
        return total
