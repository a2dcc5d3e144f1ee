"""First come, first served: the function that became callable first, with the first provider that is free."""

from __future__ import annotations

from ..graph import DISPATCH, EVICT, WAIT, Candidate
from ..simulation import Simulation


class Fifo:
    name = "fifo"

    def choose(self, simulation: Simulation) -> Candidate:
        return first_come(simulation.candidates())


def first_come(candidates: list[Candidate]) -> Candidate:
    """Candidates stand in the order in which their functions became callable."""
    if candidates[0].kind == DISPATCH:
        return candidates[0]
    if candidates[-1].kind == WAIT:
        return candidates[-1]
    # Nothing runs and nothing can: memory is full of what nobody needs now.
    return next((candidate for candidate in candidates if candidate.kind == EVICT), candidates[0])
