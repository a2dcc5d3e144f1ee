"""How good a policy is on levels that are neither trained on nor those it is judged by at the end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from function_quest.baselines import HEURISTIC
from function_quest.evaluation import play
from function_quest.graph import Graph
from function_quest.learned import Guarded, Limits, Network
from function_quest.learned.network import Array
from function_quest.level import Level

from .curriculum import VALIDATED, WORKFLOW

# What a policy is for, each as important as the others: one Melody, several, and wide graphs.
GROUPS = (("L2", "L3", "L4", "L5"), ("L6",), ("L7", WORKFLOW))


class Figures(NamedTuple):
    families: dict[str, float]  # change of the mean J against the heuristic's
    success: float  # share of the episodes, against the heuristic's share

    @property
    def score(self) -> float:
        """Lower is better."""
        means = [sum(self.families[family] for family in group) / len(group) for group in GROUPS]
        return sum(means) / len(means)


class Validation:
    def __init__(self, levels: Iterable[Level]) -> None:
        self._graphs = [Graph(level) for level in levels]
        self._heuristic = [play(graph, HEURISTIC, graph.level.seed) for graph in self._graphs]

    def of(self, weights: dict[str, Array], margin: float) -> Figures:
        # Without a limit of time: the figures belong to the policy, not to the machine.
        policy = Guarded(Network(weights), limits=Limits(margin=margin, milliseconds=None))
        ours, theirs = dict.fromkeys(VALIDATED, 0.0), dict.fromkeys(VALIDATED, 0.0)
        succeeded = 0
        for graph, heuristic in zip(self._graphs, self._heuristic):
            result = play(graph, policy, graph.level.seed)
            family = _family(graph.level)
            ours[family] += result.objective
            theirs[family] += heuristic.objective
            succeeded += result.success - heuristic.success
        changes = {family: ours[family] / theirs[family] - 1.0 for family in VALIDATED if theirs[family] > 0.0}
        return Figures(changes, succeeded / len(self._graphs))


def _family(level: Level) -> str:
    return level.family if level.family in VALIDATED else WORKFLOW
