"""What a policy is shown of the candidates: one row of 34 numbers each, and 14 of the whole.

Everything that is a time is divided by the reference time and every count is bounded, so that levels of any size look
alike. The names are the schema: a policy that was trained on other ones must not be used.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from struct import Struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .graph import DISPATCH, EVICT, PRELOAD, WAIT, Candidate
from .plan import Plan
from .simulation import Simulation, State

CANDIDATE_FEATURES = (
    "is_dispatch",
    "is_preload",
    "is_evict",
    "is_wait",
    "in_plan",  # the function is part of the cheapest plan
    "relevant",  # it can lead to a goal at all
    "rank",  # seconds from its start to the goal
    "rank_gap",  # to the most urgent function of its Melody
    "seconds",  # expected
    "seconds_ratio",  # logarithm, against its fastest provider
    "cold_seconds",  # before it could begin
    "failure_mean",
    "failure_deviation",
    "cost",  # expected until it succeeds
    "weighted_cost",  # as the level's preference counts it
    "plan_cost_gap",  # of its output made this way, against the cheapest way
    "consumers",  # functions that need its output
    "function_failures",
    "extension_failures",
    "warm_instances",
    "pressure",  # planned work that waits for the extension
    "slack",  # how much later than with the best other provider it would be done
    "sigma",
    "cost_ratio",  # logarithm, against its cheapest provider
    "providers",
    "is_best_provider",
    "evidence",  # logarithm of how much is known of the extension
    "melody_remaining",
    "melody_critical_path",
    "melody_weight",
    "melody_age",
    "eviction_penalty",  # what it would take to load again, for what is planned there
    "memory",  # share of the budget
    "is_heuristic",
)
GLOBAL_FEATURES = (
    "clock",
    "deadline",
    "critical_path",
    "plan_cost",
    "running",
    "callable",
    "remaining",
    "preference",
    "spent",
    "next_event",
    "utilisation",
    "size",
    "memory",
    "active_weight",
)
SCHEMA_HASH = hashlib.sha256("\n".join((*CANDIDATE_FEATURES, "", *GLOBAL_FEATURES)).encode()).hexdigest()

# No number a policy sees is larger: it has seen none such while it learned.
BOUND = 20.0
Rows = NDArray[np.float32]
_WAIT_ROW = (0.0, 0.0, 0.0, 1.0, *(0.0,) * 30)


def bounded(value: float) -> float:
    return BOUND if value > BOUND else -BOUND if value < -BOUND else value


def _within_bounds(rows: Rows) -> Rows:
    # np.clip does the same in three times the time.
    np.minimum(rows, BOUND, out=rows)
    np.maximum(rows, -BOUND, out=rows)
    return rows


@lru_cache(maxsize=256)
def _layout(numbers: int) -> Struct:
    return Struct(f"{numbers}f")


def _packed(rows: list[tuple[float, ...]], width: int) -> Rows:
    """What np.array does of a list of tuples, in a fifth of the time."""
    layout = _layout(len(rows) * width)
    data = bytearray(layout.size)
    layout.pack_into(data, 0, *chain.from_iterable(rows))
    return np.frombuffer(data, np.float32).reshape(len(rows), width)


def observe(
    simulation: Simulation, heuristic: Candidate, candidates: Sequence[Candidate] | None = None
) -> tuple[Rows, Rows]:
    """(candidates x 34, 14), float32, in the order of the candidates: those given, or all there are."""
    return _Observer(simulation).rows(heuristic, simulation.candidates() if candidates is None else candidates)


class _Seen(NamedTuple):
    """Of an extension: what candidates that use it have in common."""

    start: float  # seconds until one of its instances could begin a call
    slowdown: float
    calls: float  # expected until one succeeds
    warm: int
    cold_start: float
    failure: float
    deviation: float
    failed: float
    warm_share: float
    pressure: float
    evidence: float
    memory: float


class _Observer:
    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        graph = simulation.graph
        self.graph = graph
        self.level = graph.level
        self.plans: dict[int, Plan] = {
            number: simulation.plan(number)
            for number, state in enumerate(simulation.melody_state)
            if state == State.ACTIVE
        }
        # One time for all: the slowest Melody's, so that a dispatch of one is comparable to one of another.
        self.unit = max(graph.reference_seconds)
        self.pressure = [0.0] * len(self.level.extensions)
        self.planned = [0] * len(self.level.extensions)
        available, in_production, output = simulation.available, simulation.in_production, graph.output
        for plan in self.plans.values():
            for function in plan.functions:
                if not available[output[function]] and not in_production[output[function]]:
                    extension = graph.options[function][plan.provider[function]].extension
                    self.pressure[extension] += plan.seconds[function]
                    self.planned[extension] += 1
        self.busy_until: dict[int, float] = {}
        now = simulation.now
        for instance, time in simulation.expected_free.items():
            extension = simulation.owner[instance]
            time = max(time - now, 0.0)
            if time < self.busy_until.get(extension, math.inf):
                self.busy_until[extension] = time
        self.extensions: list[_Seen | None] = [None] * len(self.level.extensions)
        self.function_rows: dict[int, tuple[tuple[float, ...], ...]] = {}

    def rows(self, heuristic: Candidate, candidates: Sequence[Candidate]) -> tuple[Rows, Rows]:
        rows = _packed([self.row(candidate) for candidate in candidates], len(CANDIDATE_FEATURES))
        for number, candidate in enumerate(candidates):
            if candidate is heuristic:
                rows[number, -1] = 1.0
        whole = _packed([self.whole()], len(GLOBAL_FEATURES))[0]
        return _within_bounds(rows), _within_bounds(whole)

    def row(self, candidate: Candidate) -> tuple[float, ...]:
        """Without the last feature, which is not the candidate's own: 0."""
        if candidate.kind == DISPATCH:
            rows = self.function_rows.get(candidate.function)
            if rows is None:
                rows = self.function_rows[candidate.function] = self.dispatch_rows(candidate.function)
            return rows[candidate.provider]
        if candidate.kind == WAIT:
            return _WAIT_ROW
        return self.instance_row(candidate.kind, candidate.extension)

    def seen(self, extension: int) -> _Seen:
        """Asked for by each provider and instance of it: made once."""
        found = self.extensions[extension]
        if found is None:
            simulation = self.simulation
            needs = self.level.extensions[extension]
            belief = simulation.beliefs[extension]
            warm = len(simulation.warm[extension])
            start = 0.0
            if not warm:
                start = self.busy_until.get(extension, math.inf)
                if simulation.cold[extension]:
                    start = min(start, needs.cold_start)
            found = self.extensions[extension] = _Seen(
                start,
                belief.slowdown,
                1.0 / (1.0 - min(belief.failure, 0.95)),
                warm,
                needs.cold_start / self.unit,
                belief.failure,
                belief.failure_deviation,
                min(belief.failed, 10) / 10.0,
                min(warm, 8) / 8.0,
                self.pressure[extension] / needs.instances / self.unit,
                math.log(belief.evidence),
                needs.memory / self.level.memory if self.level.memory < math.inf else 0.0,
            )
        return found

    def instance_row(self, kind: int, extension: int) -> tuple[float, ...]:
        _, _, _, warm, cold_start, failure, deviation, failed, warm_share, pressure, evidence, memory = self.seen(
            extension
        )
        planned = self.planned[extension]
        again = cold_start * min(planned, 4) / max(warm, 1) if kind == EVICT else 0.0
        return (
            0.0,
            1.0 if kind == PRELOAD else 0.0,
            1.0 if kind == EVICT else 0.0,
            0.0,
            1.0 if planned else 0.0,
            *(0.0,) * 5,
            cold_start,
            failure,
            deviation,
            *(0.0,) * 5,
            failed,
            warm_share,
            pressure,
            *(0.0,) * 5,
            evidence,
            *(0.0,) * 4,
            again,
            memory,
            0.0,
        )

    def dispatch_rows(self, function: int) -> tuple[tuple[float, ...], ...]:
        """One for each provider."""
        simulation, graph, level, unit = self.simulation, self.graph, self.level, self.unit
        melody = graph.melody_of[function]
        plan = self.plans[melody]
        options = graph.options[function]
        rank = plan.rank.get(function)
        value = plan.value[function]
        gap = min(value - plan.best_value[graph.output[function]], BOUND)
        shared = (
            bounded(gap),
            min(len(graph.consumers[graph.output[function]]), 10) / 10.0,
            min(simulation.failed_calls[function], 5) / 5.0,
        )
        own = (
            level.functions[function].sigma,
            len(options) / 4.0,
            bounded(plan.remaining / unit),
            bounded(plan.critical_path / unit),
            graph.share[melody] * len(level.melodies),
            bounded((simulation.now - level.melodies[melody].arrival) / unit),
        )
        seen = [self.seen(option.extension) for option in options]
        seconds = [option.seconds * extension.slowdown for option, extension in zip(options, seen)]
        costs = [option.price * extension.calls for option, extension in zip(options, seen)]
        ends = [extension.start + time for extension, time in zip(seen, seconds)]
        fastest, cheapest = min(seconds), min(costs)
        in_plan = 0.0 if rank is None else 1.0
        relevant = 1.0 if value < 1e11 else 0.0
        planned = -1 if rank is None else plan.provider[function]
        height = rank or 0.0
        rank_share, rank_gap = height / unit, bounded((plan.critical_path - height) / unit)
        preference, reference_cost = level.preference, graph.reference_cost
        rows = []
        for number, (
            _,
            _,
            _,
            warm,
            cold_start,
            failure,
            deviation,
            failed,
            warm_share,
            pressure,
            evidence,
            memory,
        ) in enumerate(seen):
            others = min((end for other, end in enumerate(ends) if other != number), default=math.inf)
            cost = costs[number] / reference_cost
            rows.append(
                (
                    1.0,
                    0.0,
                    0.0,
                    0.0,
                    in_plan,
                    relevant,
                    rank_share,
                    rank_gap,
                    seconds[number] / unit,
                    math.log((seconds[number] + 1e-9) / (fastest + 1e-9)),
                    0.0 if warm else cold_start,
                    failure,
                    deviation,
                    cost,
                    preference * cost,
                    *shared,
                    failed,
                    warm_share,
                    pressure,
                    bounded((ends[number] - others) / unit) if others < math.inf else -1.0,
                    own[0],
                    math.log((costs[number] + 1e-9) / (cheapest + 1e-9)),
                    own[1],
                    1.0 if planned == number else 0.0,
                    evidence,
                    *own[2:],
                    0.0,
                    memory,
                    0.0,
                )
            )
        return tuple(rows)

    def whole(self) -> tuple[float, ...]:
        simulation, graph, level, unit = self.simulation, self.graph, self.level, self.unit
        plans = self.plans
        deadline = min((simulation.deadline[number] for number in plans), default=simulation.now)
        instances = len(simulation.owner)
        return (
            simulation.now / unit,
            (deadline - simulation.now) / unit,
            max((plan.critical_path for plan in plans.values()), default=0.0) / unit,
            sum(plan.cost for plan in plans.values()) / graph.reference_cost,
            math.log1p(len(simulation.running)),
            math.log1p(len(simulation.ready)),
            sum(plan.remaining for plan in plans.values()) / unit / instances,
            level.preference,
            simulation.spent / graph.reference_cost,
            (simulation.next_event() - simulation.now) / unit,
            len(simulation.running) / instances,
            math.log1p(len(level.functions)) / 5.0,
            simulation.memory_used / level.memory if level.memory < math.inf else 0.0,
            sum(graph.share[number] for number in plans),
        )
