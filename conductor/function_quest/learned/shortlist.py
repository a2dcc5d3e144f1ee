"""What a learned policy chooses among: of all that is legal, what could be of use. So it need not learn that loading
what nobody needs is no good, it cannot do it either, and a workflow of two thousand steps looks like one of fifty."""

from __future__ import annotations

from ..baselines.heft import by_urgency
from ..graph import DISPATCH, EVICT, PRELOAD, Candidate
from ..simulation import Simulation, State

MOST_ROWS = 48
# Of each Melody this many functions come before any other of another one, so that the order of Melodies is a choice.
FIRST_OF_EACH = 3


def shortlist(simulation: Simulation, heuristic: Candidate) -> list[Candidate]:
    """In a fixed order: calls of the plans' functions, as many as there is room for, the most urgent first; loading
    what the plans need and nobody has loaded; evicting, when the heuristic would evict something; waiting. The
    heuristic's choice is always among them. At most MOST_ROWS, beyond two for each extension, the wait and that
    choice."""
    candidates = simulation.candidates()
    planned: set[int] = set()
    ranks = []
    for number, state in enumerate(simulation.melody_state):
        if state == State.ACTIVE:
            plan = simulation.plan(number)
            planned |= plan.extensions
            ranks.append(plan.rank)
    found: list[Candidate] = []
    for candidate in candidates:
        kind = candidate.kind
        if kind == DISPATCH:
            useful = any(candidate.function in rank for rank in ranks)
        elif kind == PRELOAD:
            extension = candidate.extension
            useful = extension in planned and not simulation.warm[extension] and not simulation.loading[extension]
        else:
            useful = kind != EVICT or heuristic.kind == EVICT
        if useful or candidate is heuristic:
            found.append(candidate)
    return found if len(found) <= MOST_ROWS else _most_urgent(simulation, heuristic, found)


def _most_urgent(simulation: Simulation, heuristic: Candidate, useful: list[Candidate]) -> list[Candidate]:
    others = [candidate for candidate in useful if candidate.kind != DISPATCH]
    first: list[int] = []
    later: list[int] = []
    seen: dict[int, int] = {}
    for function, melody in by_urgency(simulation, by_melody=True):
        count = seen.get(melody, 0)
        seen[melody] = count + 1
        (first if count < FIRST_OF_EACH else later).append(function)
    found: list[Candidate] = []
    room = MOST_ROWS - len(others)
    for function in (*first, *later):
        offers = simulation.offers(function)
        if len(found) + len(offers) > room:
            break
        found.extend(offers)
    if heuristic.kind == DISPATCH and heuristic not in found:
        found.append(heuristic)
    return [*found, *others]
