"""What an action is worth: from a state somebody came to, each of some actions is tried, and the heuristic goes on from
there to the end, with the same luck for all. How much J differs is the answer, without any critic.

(Rollouts for policy improvement: Bertsekas, Castanon: Rollout Algorithms for Stochastic Scheduling Problems, Journal of
Heuristics 5, 1999; the branching of one trajectory with common random numbers is the "vine" of Schulman et al.: Trust
Region Policy Optimization, 2015.)
"""

from __future__ import annotations

import random
from typing import NamedTuple, Protocol

import numpy as np
from function_quest.baselines import HEURISTIC
from function_quest.features import Rows, observe
from function_quest.graph import Candidate, Graph
from function_quest.learned.network import Array
from function_quest.learned.shortlist import shortlist
from function_quest.simulation import Simulation

from .curriculum import draw

# States of an episode that are branched at, and actions tried in each, beside the heuristic's.
STATES, ACTIONS = 6, 5
MOST_STATES = 10
# The share of decisions at random on the way: states off the beaten track are seen as well.
STRAYING = 0.05
# By so much a score must exceed that of the heuristic's choice for the network to lead the way.
SURE = 0.5
# Of the actions tried, this share is drawn evenly and the others by what the network thinks of them now: where it is
# sure that an action is bad, little is to be learned.
EVENLY = 0.4
# A single action that costs more than this, in the units of `gains`, is bad enough.
WORST = 5.0


class Scorer(Protocol):
    def clipped(self, rows: Array, whole: Array) -> tuple[Array, Array, float]:
        ...

    def scores(self, rows: Array, whole: Array, heuristic: int) -> Array:
        ...


class Branching(NamedTuple):
    rows: Rows
    whole: Rows
    heuristic: int
    tried: tuple[int, ...]  # rows, without the heuristic's
    gains: tuple[float, ...]  # of each, against the heuristic's: above zero is better


def branchings(source: random.Random, scorer: Scorer | None) -> list[Branching]:
    """Of one episode of one level. Without a scorer the heuristic leads the way."""
    graph = Graph(draw(source))
    simulation = Simulation(graph, source.getrandbits(40))
    # About as many decisions as calls, and some to load: a few more or fewer do no harm.
    probability = STATES / (1.5 * _steps(graph) + 1.0)
    found: list[Branching] = []
    while not simulation.done and not simulation.truncated:
        heuristic = HEURISTIC.choose(simulation)
        if len(simulation.candidates()) == 1:
            simulation.apply(heuristic)
            continue
        strays = source.random() < STRAYING
        branches = source.random() < probability and len(found) < MOST_STATES
        if scorer is None and not strays and not branches:
            simulation.apply(heuristic)
            continue
        listed = shortlist(simulation, heuristic)
        if len(listed) == 1:
            simulation.apply(heuristic)
            continue
        own = listed.index(heuristic)
        rows, whole = observe(simulation, heuristic, listed)
        scores = np.zeros(len(listed), np.float32)
        if scorer is not None:
            inside, whole_inside, _ = scorer.clipped(rows, whole)
            scores = scorer.scores(inside, whole_inside, own)
        if branches:
            found.append(_branching(source, simulation, listed, own, rows, whole, scores))
        best = int(np.argmax(scores))
        sure = scores[best] >= scores[own] + SURE
        simulation.apply(source.choice(listed) if strays else listed[best] if sure else heuristic)
    return found


def _branching(
    source: random.Random,
    simulation: Simulation,
    listed: list[Candidate],
    own: int,
    rows: Rows,
    whole: Rows,
    scores: Array,
) -> Branching:
    others = [row for row in range(len(listed)) if row != own]
    tried: list[int] = []
    while others and len(tried) < ACTIONS:
        if source.random() < EVENLY:
            row = source.choice(others)
        else:
            powers = np.exp(np.minimum(scores[others] - scores[others].max(), 0.0).astype(np.float64))
            row = source.choices(others, powers.tolist())[0]
        others.remove(row)
        tried.append(row)
    base = to_the_end(simulation, listed[own])
    # In a level of many functions a single decision matters less, and chance less as well, but not by as much: so the
    # differences have about the same spread in all levels.
    unit = base / len(simulation.graph.level.functions) ** 0.5
    gains = tuple(max((base - to_the_end(simulation, listed[row])) / unit, -WORST) for row in tried)
    return Branching(rows, whole, own, tuple(tried), gains)


def to_the_end(simulation: Simulation, first: Candidate) -> float:
    """J when this is done and the heuristic goes on."""
    copy = simulation.copy()
    copy.apply(first)
    while not copy.done and not copy.truncated:
        copy.apply(HEURISTIC.choose(copy))
    return copy.objective


def _steps(graph: Graph) -> int:
    return sum(1 for producers in graph.producers if producers)
