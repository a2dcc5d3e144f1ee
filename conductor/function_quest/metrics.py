"""Figures of many episodes: paired differences, their confidence, the family that fares worst."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .simulation import Simulation

RESAMPLES = 2_000
CONFIDENCE = 0.95
# The gate a policy must pass to be called never worse than the heuristic.
GATE_CHANGE = 0.01  # upper end of the interval
GATE_SUCCESS = 0.005  # fewer successes
GATE_FAMILY = 0.05  # any family of at least GATE_FAMILY_EPISODES episodes
GATE_FAMILY_EPISODES = 10
GATE_FIFO = -0.12


class Result(NamedTuple):
    """Of one episode."""

    success: bool
    objective: float
    seconds: float
    slowdown: float  # weighted time against the reference time, without penalties
    cost: float  # against the reference cost
    calls: int


class Pair(NamedTuple):
    """A policy and what it is compared with, on one level with one luck."""

    level: str
    family: str
    policy: Result
    heuristic: Result
    fifo: Result | None
    bound: float  # J that nobody goes below with this luck


def result_of(simulation: Simulation) -> Result:
    graph = simulation.graph
    ends = [min(end, deadline) for end, deadline in zip(simulation.finished_at, simulation.deadline)]
    slowdown = sum(rate * (end - melody.arrival) for rate, end, melody in zip(graph.rate, ends, graph.level.melodies))
    return Result(
        simulation.success,
        simulation.objective,
        simulation.now,
        slowdown,
        simulation.spent / graph.reference_cost,
        simulation.calls,
    )


def change(policy: Sequence[float], other: Sequence[float]) -> float:
    """Of the means: -0.1 is 10 % less."""
    base = sum(other)
    return sum(policy) / base - 1.0 if base else 0.0


def interval(
    policy: Sequence[float], other: Sequence[float], groups: Sequence[str], seed: int = 0
) -> tuple[float, float]:
    """The bootstrap percentile interval of `change`. What belongs to one level is drawn together: its episodes are not
    independent. (Efron, Tibshirani: An Introduction to the Bootstrap, 1993, chapters 8 and 13.)"""
    index: dict[str, int] = {}
    for group in groups:
        index.setdefault(group, len(index))
    ours, theirs = np.zeros(len(index)), np.zeros(len(index))
    for group, mine, other_value in zip(groups, policy, other):
        ours[index[group]] += mine
        theirs[index[group]] += other_value
    generator = np.random.Generator(np.random.PCG64(seed))
    changes = np.empty(RESAMPLES)
    for number in range(RESAMPLES):
        drawn = generator.integers(0, len(index), len(index))
        base = theirs[drawn].sum()
        changes[number] = ours[drawn].sum() / base - 1.0 if base else 0.0
    low, high = np.quantile(changes, [(1.0 - CONFIDENCE) / 2.0, (1.0 + CONFIDENCE) / 2.0])
    return float(low), float(high)


def share(results: Sequence[Result]) -> float:
    return sum(result.success for result in results) / len(results)


def summary(policy: str, heuristic: str, pairs: Sequence[Pair], seed: int = 0) -> dict[str, Any]:
    """The last object of an evaluation. `pairs` is not empty."""
    ours = [pair.policy.objective for pair in pairs]
    theirs = [pair.heuristic.objective for pair in pairs]
    low, high = interval(ours, theirs, [pair.level for pair in pairs], seed)
    families: dict[str, list[Pair]] = {}
    for pair in pairs:
        families.setdefault(pair.family, []).append(pair)
    by_family: dict[str, dict[str, Any]] = {
        name: {
            "change": change([p.policy.objective for p in members], [p.heuristic.objective for p in members]),
            "episodes": len(members),
            "success": share([p.policy for p in members]),
            "heuristic_success": share([p.heuristic for p in members]),
        }
        for name, members in sorted(families.items())
    }
    changes: dict[str, float] = {name: figures["change"] for name, figures in by_family.items()}
    worst = max(changes, key=lambda name: changes[name])
    success, heuristic_success = share([p.policy for p in pairs]), share([p.heuristic for p in pairs])
    holds = high <= GATE_CHANGE and success >= heuristic_success - GATE_SUCCESS
    holds = holds and all(
        figures["change"] <= GATE_FAMILY or figures["episodes"] < GATE_FAMILY_EPISODES for figures in by_family.values()
    )
    against_fifo = None
    fifo = [pair.fifo for pair in pairs if pair.fifo is not None]
    if len(fifo) == len(pairs):
        against_fifo = change(ours, [result.objective for result in fifo])
        holds = holds and against_fifo <= GATE_FIFO
    worst_family: dict[str, Any] = {"family": worst, **by_family[worst]}
    return {
        "summary": True,
        "policy": policy,
        "heuristic": heuristic,
        "episodes": len(pairs),
        "levels": len({pair.level for pair in pairs}),
        "objective": sum(ours) / len(ours),
        "heuristic_objective": sum(theirs) / len(theirs),
        "mean": change(ours, theirs),
        "confidence_interval": [low, high],
        "success": success,
        "heuristic_success": heuristic_success,
        "against_fifo": against_fifo,
        "against_bound": change(ours, [pair.bound for pair in pairs]),
        "worst_family": worst_family,
        "families": by_family,
        "holds": holds,
    }
