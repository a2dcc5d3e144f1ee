"""Function Quest as an environment with Gymnasium's five-tuple interface, without the package: `reset` and `step`.

    environment = Environment()
    observation, info = environment.reset(seed=7, options={"level": "L3:42"})
    while not done:
        observation, reward, terminated, truncated, info = environment.step(action)

An action is the index of a row of `observation["cand"]`, so every action that can be expressed is legal. The sum of the
rewards is 1 - J for an episode that succeeded and -J for one that did not (docs/quest.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypedDict

import numpy as np
from numpy.typing import NDArray

from . import library
from .baselines import HEURISTIC
from .features import CANDIDATE_FEATURES, GLOBAL_FEATURES, SCHEMA_HASH, Rows, observe
from .generator import generate
from .graph import Candidate, Graph
from .level import Level
from .simulation import Record, Simulation


class Observation(TypedDict):
    cand: Rows  # one row a candidate
    glob: Rows
    heur: int  # the row the heuristic would choose


class Box(NamedTuple):
    """A space of numbers; None stands for any number of rows."""

    shape: tuple[int | None, ...]
    low: float
    high: float


class RaggedDiscrete(NamedTuple):
    """As many actions as the last observation has rows."""

    rows_of: str


OBSERVATION_SPACE = {
    "cand": Box((None, len(CANDIDATE_FEATURES)), -20.0, 20.0),
    "glob": Box((len(GLOBAL_FEATURES),), -20.0, 20.0),
}
ACTION_SPACE = RaggedDiscrete("cand")


class Environment:
    """One episode at a time; not for several threads."""

    metadata: Mapping[str, Any] = {"render_modes": [], "feature_schema": SCHEMA_HASH}
    observation_space = OBSERVATION_SPACE
    action_space = ACTION_SPACE

    def __init__(self, *, record: bool = False) -> None:
        self._record = record
        self._graph: Graph | None = None
        self._simulation: Simulation | None = None
        self._heuristic: Candidate | None = None
        self._told = 0

    @property
    def simulation(self) -> Simulation:
        """Of the episode that runs. Raises RuntimeError before the first reset."""
        if self._simulation is None:
            raise RuntimeError("reset() comes first")
        return self._simulation

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """`options["level"]`: a Level, a Graph, or what `symphony quest` takes for one; without it the last one again.
        The seed decides what chance does; without one it is the level's. Raises LevelError, and TypeError for a story.
        """
        wanted = (options or {}).get("level")
        if isinstance(wanted, str):
            wanted = library.load(wanted)
        if isinstance(wanted, Graph):
            self._graph = wanted
        elif isinstance(wanted, Level):
            self._graph = Graph(wanted)
        elif wanted is not None:
            raise TypeError(f"a {type(wanted).__name__} cannot be played here")
        elif self._graph is None:
            self._graph = Graph(generate("L0", seed or 0))
        graph = self._graph
        self._simulation = Simulation(graph, graph.level.seed if seed is None else seed, record=self._record)
        self._told = 0
        return self._observation(), self._info()

    def step(self, action: int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Raises IndexError for a row that is not there and RuntimeError when the episode is over."""
        simulation = self.simulation
        if simulation.done or simulation.truncated:
            raise RuntimeError("the episode is over: reset() comes next")
        candidates = simulation.candidates()
        if not 0 <= action < len(candidates):
            raise IndexError(f"there are {len(candidates)} candidates, no number {action}")
        reward = simulation.apply(candidates[action])
        return self._observation(), reward, simulation.done, simulation.truncated, self._info()

    def _observation(self) -> Observation:
        simulation = self.simulation
        if simulation.done:
            empty = np.zeros((0, len(CANDIDATE_FEATURES)), np.float32)
            return {"cand": empty, "glob": np.zeros(len(GLOBAL_FEATURES), np.float32), "heur": -1}
        chosen = HEURISTIC.choose(simulation)
        rows, whole = observe(simulation, chosen)
        return {"cand": rows, "glob": whole, "heur": simulation.candidates().index(chosen)}

    def _info(self) -> dict[str, Any]:
        simulation = self.simulation
        info: dict[str, Any] = {"objective": simulation.objective, "success": simulation.success, "now": simulation.now}
        if simulation.records is not None:
            events: list[Record] = simulation.records[self._told :]
            self._told = len(simulation.records)
            info["events"] = events
        return info


def padded(rows: Rows, most: int) -> tuple[Rows, NDArray[np.bool_]]:
    """A fixed number of rows and a mask of those that are candidates: what a wrapper for Gymnasium needs.
    Raises ValueError when there are more."""
    if len(rows) > most:
        raise ValueError(f"{len(rows)} candidates are more than {most}")
    filled = np.zeros((most, rows.shape[1]), np.float32)
    filled[: len(rows)] = rows
    mask = np.zeros(most, np.bool_)
    mask[: len(rows)] = True
    return filled, mask
