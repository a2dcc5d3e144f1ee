"""The best there is, on levels small enough to try everything: dynamic programming over the simulation's own positions.

`expected` knows the probabilities and not the luck: nobody who knows less can be better on average. `clairvoyant` knows
the luck of one seed: nobody can be better on that seed. Both use the simulation itself, so they cannot disagree with it
about the rules.
"""

from __future__ import annotations

import math

from .baselines import Policy
from .graph import DISPATCH, EVICT, Candidate, Graph
from .simulation import Outcome, Simulation

POSITIONS = 200_000


class TooLarge(ValueError):
    """More positions than are looked at, or chance that is not a handful of outcomes."""


def expected(graph: Graph, most: int = POSITIONS) -> float:
    """The least expected J. Raises TooLarge."""
    _check_discrete(graph)
    return _Solver(graph, 0, most, undecided=True).solve()


def clairvoyant(graph: Graph, seed: int, most: int = POSITIONS) -> float:
    """The least J with the luck of this seed. Raises TooLarge."""
    return _Solver(graph, seed, most, undecided=False).solve()


def expected_of(policy: Policy, graph: Graph, cut: float = 1e-4) -> tuple[float, float]:
    """The expected J of a policy lies between these: every way it can turn out, those less likely than `cut` taken at
    their cheapest and at their dearest. Raises TooLarge."""
    _check_discrete(graph)
    low = high = 0.0
    dearest = sum(
        graph.rate[number] * (min(melody.deadline, 1e6) - melody.arrival) + 4.0 * graph.share[number]
        for number, melody in enumerate(graph.level.melodies)
    )
    open_ways = [(Simulation(graph, 0, undecided=True), 1.0)]
    while open_ways:
        simulation, probability = open_ways.pop()
        while simulation.undecided_call is None and not simulation.done:
            simulation.apply(policy.choose(simulation))
        if simulation.done:
            low += probability * simulation.objective
            high += probability * simulation.objective
        elif probability < cut:
            low += probability * simulation.objective
            high += probability * (simulation.objective + dearest)
        else:
            for share, branch in _outcomes(simulation):
                open_ways.append((branch, probability * share))
    return low, high


def _check_discrete(graph: Graph) -> None:
    level = graph.level
    if any(function.sigma > 0.0 for function in level.functions):
        raise TooLarge("durations vary")
    if any(extension.crash > 0.0 for extension in level.extensions):
        raise TooLarge("instances crash")
    failing = any(extension.failure > 0.0 for extension in level.extensions) or level.drifts
    if failing and level.failure_part != 1.0:
        raise TooLarge("calls fail at any time: failure_part must be 1")


def _outcomes(simulation: Simulation) -> list[tuple[float, Simulation]]:
    """How the call that ends next can turn out, with the probability."""
    number = simulation.undecided_call
    assert number is not None
    call = simulation.running[number]
    extension = simulation.graph.options[call.function][call.provider].extension
    failing = simulation.failure_probability(extension)
    found = []
    for probability, outcome in ((1.0 - failing, Outcome.SUCCESS), (failing, Outcome.FAILURE)):
        if probability > 0.0:
            branch = simulation.copy()
            branch.decide(outcome)
            found.append((probability, branch))
    return found


class _Solver:
    def __init__(self, graph: Graph, seed: int, most: int, *, undecided: bool) -> None:
        self._start = Simulation(graph, seed, undecided=undecided)
        self._graph = graph
        self._most = most
        self._known: dict[tuple[object, ...], float] = {}
        self._useful = _useful(graph)

    def solve(self) -> float:
        try:
            return self._start.objective + self._value(self._start)
        except RecursionError as error:
            raise TooLarge("too many decisions one after the other") from error

    def _value(self, simulation: Simulation) -> float:
        """What will be added to J from here, at least. Time goes on or something is begun with every step, so no
        position comes twice on one way."""
        if simulation.done:
            return 0.0
        if simulation.undecided_call is not None:
            total = 0.0
            for probability, branch in _outcomes(simulation):
                total += probability * (branch.objective - simulation.objective + self._value(branch))
            return total
        position = simulation.position()
        known = self._known.get(position)
        if known is not None:
            return known
        if len(self._known) >= self._most:
            raise TooLarge(f"more than {self._most} positions")
        best = math.inf
        for candidate in simulation.candidates():
            if not self._may_help(simulation, candidate):
                continue
            branch = simulation.copy()
            branch.apply(candidate)
            best = min(best, branch.objective - simulation.objective + self._value(branch))
        self._known[position] = best
        return best

    def _may_help(self, simulation: Simulation, candidate: Candidate) -> bool:
        """Calling what leads nowhere costs and occupies, and brings nothing. Neither does evicting what was loaded and
        not used, when nothing was learned since: it need not have been loaded."""
        if candidate.kind == EVICT:
            extension = candidate.extension
            return simulation.loaded_in_vain[extension] < len(simulation.warm[extension])
        return candidate.kind != DISPATCH or candidate.function in self._useful


def _useful(graph: Graph) -> set[int]:
    useful: set[int] = set()
    wanted = [artifact for melody in graph.level.melodies for artifact in melody.goal]
    while wanted:
        for function in graph.producers[wanted.pop()]:
            if function not in useful:
                useful.add(function)
                wanted.extend(graph.inputs[function])
    return useful
