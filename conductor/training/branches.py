"""What an action is worth: from states somebody came to, each of some actions is tried, and the heuristic goes on from
there to the end, with the same luck for all. How much J differs is the answer, without any critic.

(Rollouts for policy improvement: Bertsekas, Castanon: Rollout Algorithms for Stochastic Scheduling Problems, Journal of
Heuristics 5, 1999; the branching of one trajectory with common random numbers is the "vine" of Schulman et al.: Trust
Region Policy Optimization, 2015.)

Answers depend on no network, so all trainings share them: a batch is made once and kept as a file.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from function_quest.baselines import HEURISTIC
from function_quest.features import Rows, observe
from function_quest.graph import Candidate, Graph
from function_quest.learned.shortlist import shortlist
from function_quest.simulation import Simulation
from numpy.typing import NDArray

from .curriculum import draw

# States of an episode that are branched at, about; at most; and actions tried in each, beside the heuristic's.
STATES, MOST_STATES, ACTIONS = 6, 10, 5
# The share of decisions at random on the way: a policy that differs from the heuristic comes to other states.
STRAYING = 0.08
# A single action that costs more than this, in the units of `gains`, is bad enough.
WORST = 5.0
EPISODES = 24  # of a batch


class Branching(NamedTuple):
    rows: Rows
    whole: Rows
    heuristic: int
    tried: tuple[int, ...]  # rows, without the heuristic's
    gains: tuple[float, ...]  # of each, against the heuristic's: above zero is better


def batch(folder: Path, number: int) -> list[Branching]:
    """Of the folder, where it is made when it is not there yet. Raises OSError, and ValueError for a damaged file."""
    path = folder / f"{number:05}.npz"
    if not path.exists():
        found: list[Branching] = []
        for episode in range(EPISODES):
            found += branchings(random.Random(f"branches/{number}/{episode}"))
        folder.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        with beside.open("wb") as file:
            np.savez_compressed(file, **_to_arrays(found))
        beside.replace(path)
    with np.load(path, allow_pickle=False) as arrays:
        return _from_arrays({name: arrays[name] for name in arrays.files})


def branchings(source: random.Random) -> list[Branching]:
    """Of one episode of one level."""
    graph = Graph(draw(source))
    simulation = Simulation(graph, source.getrandbits(40), shared_luck=True)
    # About as many decisions as calls, and some to load: a few more or fewer do no harm.
    probability = STATES / (1.2 * sum(1 for producers in graph.producers if producers) + 1.0)
    found: list[Branching] = []
    while not simulation.done and not simulation.truncated:
        heuristic = HEURISTIC.choose(simulation)
        strays, branches = source.random() < STRAYING, source.random() < probability
        if (strays or branches) and len(simulation.candidates()) > 1:
            listed = shortlist(simulation, heuristic)
            if branches and len(listed) > 1 and len(found) < MOST_STATES:
                found.append(_branching(source, simulation, listed, heuristic))
            if strays:
                heuristic = source.choice(listed)
        simulation.apply(heuristic)
    return found


def _branching(
    source: random.Random, simulation: Simulation, listed: list[Candidate], heuristic: Candidate
) -> Branching:
    own = listed.index(heuristic)
    rows, whole = observe(simulation, heuristic, listed)
    others = [row for row in range(len(listed)) if row != own]
    tried = tuple(source.sample(others, min(ACTIONS, len(others))))
    base = to_the_end(simulation, heuristic)
    # In a level of many functions a single decision matters less, and chance less as well, but not by as much: so the
    # differences have about the same spread in all levels.
    unit = base / len(simulation.graph.level.functions) ** 0.5
    gains = tuple(max((base - to_the_end(simulation, listed[row])) / unit, -WORST) for row in tried)
    return Branching(rows, whole, own, tried, gains)


def to_the_end(simulation: Simulation, first: Candidate) -> float:
    """J when this is done and the heuristic goes on."""
    copy = simulation.copy()
    copy.apply(first)
    while not copy.done and not copy.truncated:
        copy.apply(HEURISTIC.choose(copy))
    return copy.objective


def _to_arrays(found: Sequence[Branching]) -> dict[str, NDArray[Any]]:
    return {
        "rows": np.concatenate([one.rows for one in found]),
        "counts": np.array([len(one.rows) for one in found]),
        "whole": np.stack([one.whole for one in found]),
        "heuristic": np.array([one.heuristic for one in found]),
        "tried": np.array([row for one in found for row in one.tried]),
        "tried_counts": np.array([len(one.tried) for one in found]),
        "gains": np.array([gain for one in found for gain in one.gains]),
    }


def _from_arrays(arrays: dict[str, NDArray[Any]]) -> list[Branching]:
    rows = np.split(arrays["rows"], np.cumsum(arrays["counts"])[:-1])
    ends = np.cumsum(arrays["tried_counts"])[:-1]
    tried, gains = np.split(arrays["tried"], ends), np.split(arrays["gains"], ends)
    return [
        Branching(own, whole, int(heuristic), tuple(actions.tolist()), tuple(values.tolist()))
        for own, whole, heuristic, actions, values in zip(rows, arrays["whole"], arrays["heuristic"], tried, gains)
    ]
