"""Rules that decide without having learned: what a learned policy is measured by and falls back on."""

from __future__ import annotations

from typing import Protocol

from ..graph import Candidate
from ..simulation import Simulation
from .critical_path import CriticalPath
from .fifo import Fifo
from .heft import Heft
from .random_choice import RandomChoice


class Policy(Protocol):
    """Decides one episode after another; keeps nothing between two decisions that the simulation does not know."""

    name: str

    def choose(self, simulation: Simulation) -> Candidate:
        """One of `simulation.candidates()`, which is not empty."""
        ...


_ALL: tuple[Policy, ...] = (RandomChoice(), Fifo(), CriticalPath(), Heft("heft"), Heft("wsrt", by_melody=True))
BASELINES: dict[str, Policy] = {policy.name: policy for policy in _ALL}
HEURISTIC: Policy = BASELINES["wsrt"]
"""The strongest rule: what a policy learns from, is compared with and falls back on."""

__all__ = ["BASELINES", "HEURISTIC", "CriticalPath", "Fifo", "Heft", "Policy", "RandomChoice"]
