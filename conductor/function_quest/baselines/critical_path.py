"""The function with the longest way to its goal first, with the provider that is expected to be done first."""

from __future__ import annotations

from ..graph import DISPATCH, EVICT, WAIT, Candidate
from ..simulation import Simulation


class CriticalPath:
    name = "critical_path"

    def choose(self, simulation: Simulation) -> Candidate:
        candidates = simulation.candidates()
        graph, beliefs = simulation.graph, simulation.beliefs
        best: Candidate | None = None
        best_rank, best_seconds = 0.0, 0.0
        for candidate in candidates:
            if candidate.kind != DISPATCH:
                break
            function = candidate.function
            rank = simulation.plan(graph.melody_of[function]).rank.get(function)
            if rank is None or rank < best_rank:
                continue
            belief = beliefs[candidate.extension]
            seconds = graph.options[function][candidate.provider].seconds * belief.slowdown / (1.0 - belief.failure)
            if not candidate.warm:
                seconds += graph.level.extensions[candidate.extension].cold_start
            if best is None or rank > best_rank or seconds < best_seconds:
                best, best_rank, best_seconds = candidate, rank, seconds
        return best or otherwise(candidates)


def otherwise(candidates: list[Candidate]) -> Candidate:
    """When nothing of the plan can be called: wait, make room, and only then call what seems to lead nowhere."""
    if candidates[-1].kind == WAIT:
        return candidates[-1]
    return next((candidate for candidate in candidates if candidate.kind == EVICT), candidates[0])
