"""A policy on many levels, beside the heuristic and FIFO with the same luck."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from . import library
from .baselines import BASELINES, HEURISTIC, Policy
from .bound import lower_bound
from .generator import FAMILIES, TEST_SEEDS, generate
from .graph import Graph
from .level import Level, LevelError
from .metrics import Pair, Result, result_of
from .simulation import Simulation

EPISODES = 1_000_000
DEFAULT_COUNT = 100
_SPEC = re.compile(r"([A-Za-z][A-Za-z0-9]{0,15})(?::([0-9]{1,18})(?:-([0-9]{1,18}))?)?\Z")


def play(graph: Graph, policy: Policy, seed: int) -> Result:
    simulation = Simulation(graph, seed)
    while not simulation.done and not simulation.truncated:
        simulation.apply(policy.choose(simulation))
    return result_of(simulation)


def levels_of(spec: str) -> Iterator[Level]:
    """`L3` (a hundred test seeds), `L3:42`, `L3:100-199`, a file; several after commas. Raises LevelError."""
    for part in spec.split(","):
        match = _SPEC.match(part.strip())
        if match is None or match.group(1) not in FAMILIES:
            level = library.load(part.strip())
            if not isinstance(level, Level):
                raise LevelError("/story", f"{level.name} is a story: it is scored, not evaluated")
            yield level
            continue
        family = match.group(1)
        first, last = TEST_SEEDS.start, TEST_SEEDS.start + DEFAULT_COUNT - 1
        if match.group(2):
            first = int(match.group(2))
            last = int(match.group(3) or first)
        if last < first or last - first >= EPISODES:
            raise LevelError("", f"{part.strip()!r}: the last seed must not be before the first, nor a million later")
        for seed in range(first, last + 1):
            yield generate(family, seed)


def evaluate(
    policy: Policy, levels: Iterable[Level], seeds: int, report: Callable[[dict[str, Any]], None], *, fifo: bool
) -> list[Pair]:
    """`seeds` episodes of each level, reported one by one. The first has the level's own seed."""
    pairs = []
    for level in levels:
        graph = Graph(level)
        for number in range(seeds):
            seed = level.seed + number
            heuristic = play(graph, HEURISTIC, seed)
            ours = heuristic if policy is HEURISTIC else play(graph, policy, seed)
            first_come: Result | None = None
            if fifo:
                first_come = ours if policy is BASELINES["fifo"] else play(graph, BASELINES["fifo"], seed)
            bound = lower_bound(graph, seed)
            pairs.append(Pair(level.name, level.family, ours, heuristic, first_come, bound))
            report(
                {
                    "level": level.name,
                    "family": level.family,
                    "seed": seed,
                    "functions": len(level.functions),
                    **ours._asdict(),
                    "heuristic": {"success": heuristic.success, "objective": heuristic.objective},
                    "fifo": None
                    if first_come is None
                    else {"success": first_come.success, "objective": first_come.objective},
                    "bound": bound,
                    "change": ours.objective / heuristic.objective - 1.0 if heuristic.objective else 0.0,
                }
            )
    return pairs
