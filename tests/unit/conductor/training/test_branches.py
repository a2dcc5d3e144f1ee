from __future__ import annotations

import random

import numpy as np
from function_quest.baselines import HEURISTIC
from function_quest.generator import generate
from function_quest.graph import DISPATCH, Graph
from function_quest.learned import Network
from function_quest.simulation import Simulation
from training import branches
from training.branches import ACTIONS, MOST_STATES, WORST, branchings

from scenes import random_network


def test_the_same_seed_branches_at_the_same_places() -> None:
    for scorer in (None, random_network(1)):
        first = branchings(random.Random("3"), scorer)
        again = branchings(random.Random("3"), scorer)
        assert len(first) == len(again) > 0
        for one, other in zip(first, again):
            assert one.tried == other.tried and one.gains == other.gains and (one.rows == other.rows).all()


def test_branchings_are_well_formed() -> None:
    network: Network = random_network(2)
    found = [one for seed in range(6) for one in branchings(random.Random(seed), network if seed % 2 else None)]
    assert found
    for one in found:
        assert 0 < len(one.tried) == len(one.gains) <= ACTIONS and one.heuristic not in one.tried
        assert len(set(one.tried)) == len(one.tried) and max(one.tried) < len(one.rows)
        assert all(-WORST <= gain and np.isfinite(gain) for gain in one.gains)
    for seed in range(6):
        assert len(branchings(random.Random(seed), None)) <= MOST_STATES


def test_what_an_action_is_worth_is_what_it_costs_in_the_end() -> None:
    """Two calls on the way to the same end: the difference is that of two whole runs."""
    graph = Graph(generate("L3", 7))
    simulation = Simulation(graph, 5)
    first = HEURISTIC.choose(simulation)
    for other in simulation.candidates():
        if other.kind == DISPATCH:
            whole = Simulation(graph, 5)
            whole.apply(other)
            while not whole.done:
                whole.apply(HEURISTIC.choose(whole))
            assert branches.to_the_end(simulation, other) == whole.objective
    assert simulation.calls == 0 and first in simulation.candidates(), "only copies were played"
