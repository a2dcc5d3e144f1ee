"""The network computes what its formula says, whatever the number of candidates and their order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from function_quest.baselines import HEURISTIC
from function_quest.features import observe
from function_quest.generator import generate
from function_quest.graph import DISPATCH, EVICT, PRELOAD, Graph
from function_quest.learned.network import HIDDEN, INPUTS, ROW, WHOLE, Array, Network
from function_quest.learned.shortlist import MOST_ROWS, shortlist
from function_quest.level import Artifact, Extension, Function, Melody, Provider
from function_quest.simulation import Simulation

from policies import random_weights
from scenes import chain


def by_the_formula(weights: dict[str, Array], rows: Array, whole: Array, heuristic: int) -> Any:
    """Written out in float64, candidate by candidate."""
    w = {name: array.astype(np.float64) for name, array in weights.items()}
    scaled = []
    for row in rows:
        inputs = np.concatenate((row, whole)).astype(np.float64)
        inputs = np.clip(inputs, w["input_low"], w["input_high"]) * w["input_scale"] + w["input_shift"]
        hidden = np.maximum(inputs @ w["encoder_1"] + w["encoder_1_bias"], 0.0)
        scaled.append(np.maximum(hidden @ w["encoder_2"] + w["encoder_2_bias"], 0.0))
    hidden = np.array(scaled)
    pooled = np.concatenate((hidden.mean(axis=0), hidden.max(axis=0), inputs[ROW:]))
    context = np.maximum(pooled @ w["context"] + w["context_bias"], 0.0)
    scores = []
    for number, vector in enumerate(hidden):
        between = np.maximum(np.concatenate((vector, context)) @ w["scorer_1"] + w["scorer_1_bias"], 0.0)
        ahead = w["beta"][0] if number == heuristic else 0.0
        scores.append(between @ w["scorer_2"] + ahead)
    return np.array(scores)


def states(count: int) -> list[tuple[Array, Array, int]]:
    found: list[tuple[Array, Array, int]] = []
    for seed in range(count):
        for family in ("L1", "L3", "L4", "L6"):
            simulation = Simulation(Graph(generate(family, seed)), seed)
            while not simulation.done and len(found) < count * 4:
                chosen = HEURISTIC.choose(simulation)
                candidates = shortlist(simulation, chosen)
                if len(candidates) > 1:
                    found.append((*observe(simulation, chosen, candidates), candidates.index(chosen)))
                simulation.apply(candidates[len(found) % len(candidates)])
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_scores_are_those_of_the_formula(seed: int) -> None:
    weights = random_weights(seed, beta=1.5)
    weights["input_low"], weights["input_high"] = np.full(INPUTS, -1.0, np.float32), np.full(INPUTS, 2.0, np.float32)
    weights["input_scale"] = np.linspace(0.5, 2.0, INPUTS, dtype=np.float32)
    weights["input_shift"] = np.linspace(-1.0, 1.0, INPUTS, dtype=np.float32)
    network = Network(weights)
    for rows, whole, heuristic in states(30):
        inside, whole_inside, _ = network.clipped(rows, whole)
        scores = network.scores(inside, whole_inside, heuristic)
        assert scores.dtype == np.float32
        assert np.abs(scores - by_the_formula(weights, rows, whole, heuristic)).max() <= 1e-4


def test_the_order_of_candidates_does_not_matter() -> None:
    network = Network(random_weights(3))
    source = np.random.Generator(np.random.PCG64(1))
    for rows, whole, heuristic in states(5):
        order = source.permutation(len(rows))
        scores = network.scores(rows, whole, heuristic)
        mixed = network.scores(rows[order], whole, int(np.flatnonzero(order == heuristic)[0]))
        assert np.abs(scores[order] - mixed).max() <= 1e-5


def test_a_network_that_says_nothing_follows_the_heuristic() -> None:
    weights = random_weights(1, beta=0.5)
    weights["scorer_2"] = np.zeros(HIDDEN, np.float32)
    network = Network(weights)
    for rows, whole, heuristic in states(3):
        scores = network.scores(rows, whole, heuristic)
        assert int(np.argmax(scores)) == heuristic and sorted(scores)[-2:] == [0.0, 0.5]


def test_what_lies_outside_of_what_was_seen_is_counted_and_clipped() -> None:
    weights = random_weights(1)
    weights["input_low"], weights["input_high"] = np.zeros(INPUTS, np.float32), np.ones(INPUTS, np.float32)
    network = Network(weights)
    rows, whole = np.full((3, ROW), 0.5, np.float32), np.full(WHOLE, 0.5, np.float32)
    assert network.clipped(rows, whole)[2] == 0.0
    rows[1, 4], rows[2, 5], whole[0] = 7.0, -1.0, 9.0
    inside, whole_inside, outside = network.clipped(rows, whole)
    assert outside == 3 / (3 * ROW + WHOLE)
    assert inside[1, 4] == 1.0 and inside[2, 5] == 0.0 and whole_inside[0] == 1.0
    assert rows[1, 4] == 7.0, "what was observed is left as it is"


@pytest.mark.parametrize("family", ["L1", "L3", "L4", "L5", "L6", "L7"])
def test_the_list_has_what_could_be_of_use(family: str) -> None:
    left_out = 0
    for seed in range(2 if family == "L7" else 6):
        simulation = Simulation(Graph(generate(family, seed)), seed)
        while not simulation.done:
            candidates = simulation.candidates()
            chosen = HEURISTIC.choose(simulation)
            found = shortlist(simulation, chosen)
            assert chosen in found and len(set(found)) == len(found) and set(found) <= set(candidates)
            assert len(found) <= MOST_ROWS + 1
            if len(found) < MOST_ROWS // 2:
                assert found == [candidate for candidate in candidates if candidate in set(found)], "in the same order"
            plans = [simulation.plan(number) for number, state in enumerate(simulation.melody_state) if state == 1]
            for candidate in set(candidates) - set(found):
                left_out += 1
                if candidate.kind == DISPATCH:
                    in_plan = any(candidate.function in plan.rank for plan in plans)
                    assert not in_plan or len(candidates) > MOST_ROWS
                elif candidate.kind == PRELOAD:
                    extension = candidate.extension
                    assert (
                        not any(extension in plan.extensions for plan in plans)
                        or simulation.warm[extension]
                        or simulation.loading[extension]
                    )
                else:
                    assert candidate.kind == EVICT != chosen.kind
            simulation.apply(chosen)
    assert left_out > 0


def wide(functions: int) -> Graph:
    """Many functions that can be called at once, each by four extensions."""
    extensions = tuple(Extension(f"e{number}", instances=4, warm=4) for number in range(4))
    providers = tuple(Provider(number, 1.0 + number, 1.0) for number in range(4))
    level = chain(1.0)._replace(
        extensions=extensions,
        artifacts=tuple(Artifact(f"a{number}", "text") for number in range(functions + 1)),
        melodies=(Melody("melody", (0,), tuple(range(1, functions + 1)), 0.0, 1e6),),
        functions=tuple(
            Function(f"f{number}", 0, (0,), number + 1, 1.0 + number, 0.0, providers) for number in range(functions)
        ),
    )
    return Graph(level)


def test_of_too_many_the_list_has_the_most_urgent() -> None:
    simulation = Simulation(wide(100), 1)
    assert len(simulation.candidates()) == 400
    chosen = HEURISTIC.choose(simulation)
    found = shortlist(simulation, chosen)
    assert chosen in found and len(found) == MOST_ROWS
    assert {candidate.function for candidate in found} == set(range(88, 100)), "the longest"
    assert found[:4] == simulation.offers(99)


def test_a_functions_offers_are_its_candidates() -> None:
    for family in ("L4", "L5", "L6"):
        simulation = Simulation(Graph(generate(family, 2)), 2)
        while not simulation.done:
            offered = [candidate for function in simulation.ready for candidate in simulation.offers(function)]
            assert offered == [candidate for candidate in simulation.candidates() if candidate.kind == DISPATCH]
            simulation.apply(HEURISTIC.choose(simulation))
