"""HEFT while it runs: the most urgent function first, where it is expected to be done first and cheapest, be that on an
instance that is busy still; and what will be needed soon is loaded before.

After Topcuoglu, Hariri, Wu: Performance-effective and low-complexity task scheduling for heterogeneous computing, IEEE
TPDS 13(3), 2002, changed for what is not known beforehand: durations, failures and prices are those believed now, each
decision is made when it is due, and a price counts as the level's preference says. With several Melodies the one that
has least left to do for its weight goes first (weighted shortest remaining time; Smith's rule).
"""

from __future__ import annotations

from heapq import nlargest, nsmallest

from ..graph import DISPATCH, PRELOAD, WAIT, Candidate
from ..plan import HOPELESS, Plan
from ..simulation import Simulation, State
from .critical_path import otherwise

# How many of the most urgent functions are looked at: what comes behind them waits for the same instances.
LOOK_AHEAD = 48
# What a second counts against a price is its function's share of the longest way, and this at least: who is ahead of
# the others gains nothing by a fast provider, and who is the last of them everything.
LEAST_URGENCY = 0.2
# Loading begins this many cold starts before the need: what is expected may come sooner.
PRELOAD_HORIZON = 1.25


class Heft:
    def __init__(self, name: str, *, by_melody: bool = False) -> None:
        self.name = name
        self._by_melody = by_melody

    def choose(self, simulation: Simulation) -> Candidate:
        candidates = simulation.candidates()
        if len(candidates) == 1:
            return candidates[0]
        market = _Market(simulation)
        if candidates[0].kind == DISPATCH or candidates[-1].kind != WAIT:
            for function, melody in by_urgency(simulation, by_melody=self._by_melody):
                if (chosen := market.place(function, melody)) is not None:
                    return chosen
        if any(candidate.kind == PRELOAD for candidate in candidates):
            if (loaded := self._preload(simulation, market)) is not None:
                return loaded
        return otherwise(candidates)

    def _preload(self, simulation: Simulation, market: _Market) -> Candidate | None:
        """For the most urgent function that is not callable yet, but will be before its instance could be warm."""
        graph = simulation.graph
        best: Candidate | None = None
        best_rank = 0.0
        # Whoever waits decides again at the next event only: then it would be too late for what is due before.
        next_choice = simulation.next_event()
        soon = {simulation.graph.output[call.function]: call for call in simulation.running.values()}
        if not soon and not market.loading_matters:
            return None
        for melody, state in enumerate(simulation.melody_state):
            if state != State.ACTIVE:
                continue
            plan = simulation.plan(melody)
            for artifact in soon:
                for function in graph.consumers[artifact]:
                    if plan.rank.get(function, 0.0) <= best_rank:
                        continue
                    ready_at = 0.0
                    for needed in graph.inputs[function]:
                        if not simulation.available[needed]:
                            call = soon.get(needed)
                            ready_at = max(
                                ready_at, HOPELESS if call is None else simulation.expected_free[call.instance]
                            )
                    extension = graph.options[function][plan.provider[function]].extension
                    cold_start = graph.level.extensions[extension].cold_start
                    if ready_at - cold_start * PRELOAD_HORIZON > next_choice or market.is_served(extension, ready_at):
                        continue
                    if simulation.cold[extension] and cold_start > 0.0 and simulation.fits(extension):
                        best, best_rank = graph.preload[extension], plan.rank[function]
        return best


def by_urgency(simulation: Simulation, *, by_melody: bool) -> list[tuple[int, int]]:
    """The most urgent callable functions of the plans, each with its Melody: by rank, or first the Melody that has
    least left to do for its weight."""
    graph = simulation.graph
    ranked: list[tuple[float, int, int]] = []
    plans: dict[int, Plan] = {}
    melody_of, in_production, output = graph.melody_of, simulation.in_production, graph.output
    for function in simulation.ready:
        melody = melody_of[function]
        if melody not in plans:
            plans[melody] = simulation.plan(melody)
        rank = plans[melody].rank.get(function)
        if rank is not None and not in_production[output[function]]:
            ranked.append((rank, -function, melody))
    if not by_melody or len(plans) == 1:
        return [(-function, melody) for _, function, melody in nlargest(LOOK_AHEAD, ranked)]
    weights = graph.level.melodies
    order = {melody: plan.remaining / weights[melody].weight for melody, plan in plans.items()}
    ordered = [(order[melody], -rank, -function, melody) for rank, function, melody in ranked]
    return [(function, melody) for _, _, function, melody in nsmallest(LOOK_AHEAD, ordered)]


class _Market:
    """When each extension could begin a call, with what was promised already to more urgent functions."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        level = simulation.graph.level
        self._free: list[list[float] | None] = [None] * len(level.extensions)
        self._promised = [0] * len(level.extensions)  # of the instances that are free now
        self.loading_matters = any(simulation.loading)
        busy: dict[int, list[float]] = {}
        for instance, time in simulation.expected_free.items():
            busy.setdefault(simulation.owner[instance], []).append(max(time, simulation.now))
        self._busy = busy

    def place(self, function: int, melody: int) -> Candidate | None:
        """What to do for it now; None when it had better wait for an instance."""
        simulation = self._simulation
        graph = simulation.graph
        level = graph.level
        left = level.budget - simulation.spent
        plan = simulation.plan(melody)
        price_weight = plan.price_weight
        # The end is as far away as the longest way, or as all that is to be done takes on all instances.
        longest = max(plan.critical_path, plan.remaining / len(simulation.owner))
        urgency = min(max(plan.rank[function] / longest, LEAST_URGENCY), 1.0) if longest > 0.0 else 1.0
        rate = graph.rate[melody] * urgency
        best = HOPELESS
        chosen: Candidate | None = None
        where = -1
        start_at, how_long = 0.0, 0.0
        for option in graph.options[function]:
            extension = option.extension
            if option.price > left:
                continue
            belief = simulation.beliefs[extension]
            failure = min(belief.failure, 0.95)
            seconds = option.seconds * belief.slowdown * (1.0 + 0.5 * failure / (1.0 - failure))
            action: Candidate | None = None
            if len(simulation.warm[extension]) > self._promised[extension]:
                start, action = 0.0, option.warm
            else:
                start = self._busy_until(extension) - simulation.now
                if simulation.cold[extension]:
                    cold_start = level.extensions[extension].cold_start
                    if cold_start < start:
                        if simulation.fits(extension):
                            start, action = cold_start, option.cold
                        elif (room := self._room_for(extension)) is not None:
                            start, action = cold_start, room
            asked = rate * (start + seconds) + price_weight * option.price / (1.0 - failure)
            if asked < best:
                best, chosen, where, start_at, how_long = asked, action, extension, start, seconds
        if where >= 0 and chosen is None:
            self._promise(where, simulation.now + start_at + how_long)
        return chosen

    def is_served(self, extension: int, at: float) -> bool:
        """Whether an instance of it will be warm then anyway."""
        simulation = self._simulation
        return bool(simulation.warm[extension]) or any(time <= at for time in self._busy.get(extension, ()))

    def _busy_until(self, extension: int) -> float:
        return min(self._busy.get(extension, ()), default=HOPELESS)

    def _promise(self, extension: int, until: float) -> None:
        times = self._busy.get(extension)
        if times:
            times[times.index(min(times))] = until

    def _room_for(self, extension: int) -> Candidate | None:
        """Whom to evict: the idle one that is needed least and gives enough room by itself or with others."""
        simulation = self._simulation
        level = simulation.graph.level
        idle = [
            other
            for other, instances in enumerate(simulation.warm)
            if instances and other != extension and level.extensions[other].memory > 0.0
        ]
        freed = sum(level.extensions[other].memory * len(simulation.warm[other]) for other in idle)
        if simulation.memory_used - freed + level.extensions[extension].memory > level.memory:
            return None
        needed = [0.0] * len(level.extensions)
        for melody, state in enumerate(simulation.melody_state):
            if state == State.ACTIVE:
                plan = simulation.plan(melody)
                for function in plan.functions:
                    needed[simulation.graph.options[function][plan.provider[function]].extension] += 1.0
        return simulation.graph.evict[min(idle, key=lambda other: (needed[other] / len(simulation.warm[other]), other))]
