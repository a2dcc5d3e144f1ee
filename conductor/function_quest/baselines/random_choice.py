"""Any of what is legal, by a seed that the episode gives: the floor everything must stand above."""

from __future__ import annotations

from ..graph import Candidate
from ..randomness import mixed
from ..simulation import Simulation


class RandomChoice:
    name = "random"

    def choose(self, simulation: Simulation) -> Candidate:
        candidates = simulation.candidates()
        return candidates[mixed(mixed(simulation.seed) ^ simulation.decisions) % len(candidates)]
