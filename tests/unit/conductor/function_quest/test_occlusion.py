"""What weighed most: taking it away changes the lead as it was said."""

from __future__ import annotations

import numpy as np
import pytest
from function_quest.baselines import HEURISTIC
from function_quest.features import CANDIDATE_FEATURES, observe
from function_quest.generator import generate
from function_quest.graph import Graph
from function_quest.learned import load
from function_quest.learned.network import ROW, SHAPES, Array, Network
from function_quest.learned.occlusion import LEAST_WEIGHT, MOST_REASONS, lead, reasons
from function_quest.learned.shortlist import shortlist
from function_quest.simulation import Simulation

from policies import random_weights


def shown(level: str, network: Network) -> tuple[Array, Array, int]:
    """The first decision of a level as the network is shown it."""
    family, seed = level.split(":")
    simulation = Simulation(Graph(generate(family, int(seed))), 1)
    heuristic = HEURISTIC.choose(simulation)
    candidates = shortlist(simulation, heuristic)
    rows, whole, _ = network.clipped(*observe(simulation, heuristic, candidates))
    return rows, whole, candidates.index(heuristic)


@pytest.mark.parametrize("level", ["L1:3", "L5:4", "L4:7", "L6:2", "L7:1"])
@pytest.mark.parametrize("network", [Network(load().weights), Network(random_weights(3, beta=-1.0))])
def test_without_a_reason_the_lead_is_what_was_said(level: str, network: Network) -> None:
    rows, whole, heuristic = shown(level, network)
    scores = network.scores(rows, whole, heuristic)
    for chosen in {heuristic, int(np.argmax(scores))}:
        found = reasons(network, rows, whole, heuristic, chosen)
        assert 0 < len(found) <= MOST_REASONS
        sizes = [abs(reason.weight) for reason in found]
        assert sizes == sorted(sizes, reverse=True) and sizes[-1] >= LEAST_WEIGHT
        for reason in found:
            column = CANDIDATE_FEATURES.index(reason.feature)
            without = rows.copy()
            without[:, column] = reason.neutral
            again = network.scores(without, whole, heuristic)
            if reason.feature == "is_heuristic":
                again[heuristic] -= network.beta
            assert lead(again, chosen) == pytest.approx(lead(scores, chosen) - reason.weight, abs=1e-4)
            assert reason.decisive == ((lead(again, chosen) > 0.0) != (lead(scores, chosen) > 0.0))
            assert reason.value == rows[chosen, column]


def test_a_network_that_only_follows_the_heuristic_says_so() -> None:
    weights = {name: np.zeros(shape, np.float32) for name, shape in SHAPES.items()}
    weights["input_low"], weights["input_high"] = np.full((2, len(weights["input_low"])), [[-20.0], [20.0]], np.float32)
    weights["input_scale"] += 1.0
    weights["beta"] += 5.0
    network = Network(weights)
    rows, whole, heuristic = shown("L4:7", network)
    (reason,) = reasons(network, rows, whole, heuristic, heuristic)
    assert reason == ("is_heuristic", 1.0, 0.0, 5.0, True)
    other = (heuristic + 1) % len(rows)
    (against,) = reasons(network, rows, whole, heuristic, other)
    assert against.weight == -5.0 and not against.decisive, "without it nobody leads, so it still does not lead"


def test_nothing_is_a_reason_where_there_is_nothing_to_choose() -> None:
    network = Network(load().weights)
    rows, whole, _ = shown("L4:7", network)
    assert reasons(network, rows[:1], whole, 0, 0) == []


def test_the_mean_is_the_one_of_training_and_within_what_it_saw() -> None:
    weights = load().weights
    mean = Network(weights).mean
    assert mean.shape == (ROW,)
    scaled = mean * weights["input_scale"][:ROW] + weights["input_shift"][:ROW]
    assert np.abs(scaled).max() < 1e-3, "scaled it is nothing"
    assert (mean >= weights["input_low"][:ROW]).all() and (mean <= weights["input_high"][:ROW]).all()
