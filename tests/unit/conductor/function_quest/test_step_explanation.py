"""A decision explained: what is said of it is what happened, and what is tried out is what would happen."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from function_quest.baselines import BASELINES, HEURISTIC, Policy
from function_quest.features import CANDIDATE_FEATURES, GLOBAL_FEATURES, SCHEMA_HASH
from function_quest.generator import VALIDATION_SEEDS, generate
from function_quest.graph import Candidate, Graph
from function_quest.learned import guarded, load
from function_quest.learned.guard import Guarded, Limits, Reason
from function_quest.learned.network import Network
from function_quest.level import LevelError
from function_quest.metrics import result_of
from function_quest.simulation import Simulation
from function_quest.step_explanation import AGREES, ONE_CANDIDATE, POLICY_TIER, SURE_ENOUGH, explain

from policies import random_weights
from scenes import play

UNTIMED = Limits(milliseconds=None)
SEED = VALIDATION_SEEDS.start + 1_002
CHECKPOINT = load()


def shipped() -> Guarded:
    return guarded(CHECKPOINT, measured=True)


def unruly(limits: Limits = UNTIMED) -> Guarded:
    """Learned nothing, so it differs often."""
    return Guarded(Network(random_weights(5, beta=-4.0)), limits=limits)


def played(graph: Graph, policy: Policy) -> list[Candidate]:
    simulation = Simulation(graph, SEED)
    choices = []
    while not simulation.done and not simulation.truncated:
        choices.append(policy.choose(simulation))
        simulation.apply(choices[-1])
    return choices


def explained(graph: Graph, policy: Policy, steps: range, rollouts: int = 1) -> list[dict[str, Any]]:
    return [explain(graph, policy, SEED, step, rollouts) for step in steps]


@pytest.mark.parametrize("family", ["L2", "L3", "L4", "L6", "L8"])
@pytest.mark.parametrize("make", [shipped, unruly, lambda: unruly(UNTIMED._replace(outside=-1.0)), lambda: HEURISTIC])
def test_what_was_chosen_tried_out_is_the_episode_as_it_was(family: str, make: Any) -> None:
    """Also where the guard has stopped the policy before: a branch begins with the trust that is left."""
    graph = Graph(generate(family, SEED))
    choices, whole = played(graph, make()), result_of(play(graph, make(), SEED))
    for step in {1, 2, 5, len(choices) // 2, len(choices)}:
        found = explain(graph, make(), SEED, step, 1)
        (chosen,) = found["what_if"]
        assert chosen["candidate"] == found["chosen"] and chosen["against_chosen"] == 0.0
        assert (chosen["success"], chosen["makespan"], chosen["objective"], chosen["cost"], chosen["calls"]) == (
            whole.success,
            whole.seconds,
            whole.objective,
            whole.cost,
            whole.calls,
        )
        said, was = found["candidates"][found["chosen"]], choices[step - 1]
        assert said["action"] == ("dispatch", "preload", "evict", "wait")[was.kind]
        assert said["function"] == (graph.level.functions[was.function].name if was.function >= 0 else None)
        assert said["extension"] == (graph.level.extensions[was.extension].name if was.extension >= 0 else None)
        json.dumps(found, allow_nan=False)


def test_a_learned_decision_has_its_features_scores_and_who_it_was_made_by() -> None:
    graph = Graph(generate("L4", SEED))
    found = explain(graph, shipped(), SEED, 1, 4)
    assert (found["policy_hash"], found["schema_hash"]) == (CHECKPOINT.sha256, SCHEMA_HASH)
    assert list(found["features"]) == list(GLOBAL_FEATURES)
    beta = float(CHECKPOINT.weights["beta"][0])
    for number, candidate in enumerate(found["candidates"]):
        assert list(candidate["features"]) == list(CANDIDATE_FEATURES)
        heuristic = number == found["heuristic"]
        assert candidate["score"] - candidate["residual"] == pytest.approx(beta if heuristic else 0.0, abs=1e-5)
        assert candidate["features"]["is_heuristic"] == float(heuristic)
    assert 0 < len(found["reasons"]) <= 5
    assert {reason["feature"] for reason in found["reasons"]} <= set(CANDIDATE_FEATURES)


def test_the_guard_is_quoted() -> None:
    graph = Graph(generate("L4", SEED))
    policy = shipped()
    length = len(played(graph, policy))
    handed_on = {trip.decision: trip for trip in policy.trips}
    seen = set()
    for number, found in enumerate(explained(graph, shipped(), range(1, length + 1), 0)):
        guard = found["guard"]
        seen.add(guard["reason"])
        if number in handed_on:
            assert guard == {"tier": "wsrt", "reason": "low_margin", "detail": handed_on[number].detail}
            assert found["chosen"] == found["heuristic"]
        elif guard["tier"] == POLICY_TIER:
            assert (guard["reason"] == SURE_ENOUGH) == (found["chosen"] != found["heuristic"])
        else:
            assert guard == {"tier": "wsrt", "reason": ONE_CANDIDATE, "detail": ""}
            assert len(found["candidates"]) == 1
    assert {Reason.LOW_MARGIN, AGREES, ONE_CANDIDATE} <= seen


def test_a_policy_that_differs_and_is_sure_decides() -> None:
    graph = Graph(generate("L6", SEED))
    found = explained(graph, unruly(), range(1, 15), 0)
    sure = [each for each in found if each["guard"]["reason"] == SURE_ENOUGH]
    assert sure and all(each["chosen"] != each["heuristic"] for each in sure)


class OutOfOrder:
    name = "out_of_order"

    def choose(self, simulation: Simulation) -> Candidate:
        raise RuntimeError("out of order")


def test_the_rule_that_did_decide_is_named() -> None:
    rules = (OutOfOrder(), BASELINES["critical_path"], BASELINES["fifo"])
    graph = Graph(generate("L4", SEED))
    found = explain(graph, Guarded(None, rules=rules, limits=UNTIMED), SEED, 1, 0)
    assert found["guard"] == {"tier": "critical_path", "reason": "schema", "detail": "no policy could be read"}
    assert found["policy_hash"] is None and found["reasons"] == []
    forced = explain(graph, Guarded(Network(CHECKPOINT.weights), forced=True), SEED, 1, 0)
    assert forced["guard"]["reason"] == "forced" and forced["reasons"], "what it would have said is told all the same"


def test_scores_that_are_no_numbers_are_none() -> None:
    weights = random_weights(1)
    weights["scorer_2"] = np.full_like(weights["scorer_2"], np.nan)
    found = explain(Graph(generate("L4", SEED)), Guarded(Network(weights), limits=UNTIMED), SEED, 1, 1)
    assert found["guard"]["reason"] == "not_finite" and found["guard"]["tier"] == "wsrt"
    assert all(candidate["score"] is None for candidate in found["candidates"]) and found["reasons"] == []


@pytest.mark.parametrize("name", BASELINES)
def test_a_rule_has_no_scores(name: str) -> None:
    graph = Graph(generate("L4", SEED))
    for found in explained(graph, BASELINES[name], range(1, 12)):
        assert found["guard"] == {"tier": name, "reason": None, "detail": ""}
        assert found["policy_hash"] is None and found["reasons"] == [] and found["outside"] is None
        assert all(candidate["score"] is candidate["residual"] is None for candidate in found["candidates"])


def test_no_more_is_tried_than_asked_for_and_the_likeliest_first() -> None:
    graph = Graph(generate("L6", SEED))
    for rollouts in (0, 1, 3, 64):
        found = explain(graph, shipped(), SEED, 1, rollouts)
        tried = [outcome["candidate"] for outcome in found["what_if"]]
        assert len(tried) == len(set(tried)) == min(rollouts, len(found["candidates"]))
        assert found["not_tried"] == len(found["candidates"]) - len(tried)
        first = list(dict.fromkeys((found["chosen"], found["heuristic"])))
        assert tried[: len(first)] == first[:rollouts]
        scores = [found["candidates"][number]["score"] for number in tried[len(first) :]]
        assert scores == sorted(scores, reverse=True)


def test_what_is_tried_is_the_rest_of_the_episode_with_that_choice() -> None:
    """Done by hand: the same choices, another one at this step, and the policy again."""
    graph, step = Graph(generate("L4", SEED)), 3
    choices = played(graph, HEURISTIC)
    found = explain(graph, HEURISTIC, SEED, step, 64)
    differing = 0
    for outcome in found["what_if"]:
        simulation = Simulation(graph, SEED)
        for choice in choices[: step - 1]:
            simulation.apply(choice)
        said = found["candidates"][outcome["candidate"]]
        (wanted,) = [
            candidate
            for candidate in simulation.candidates()
            if ("dispatch", "preload", "evict", "wait")[candidate.kind] == said["action"]
            and (candidate.function < 0 or graph.level.functions[candidate.function].name == said["function"])
            and (candidate.extension < 0 or graph.level.extensions[candidate.extension].name == said["extension"])
        ]
        simulation.apply(wanted)
        while not simulation.done and not simulation.truncated:
            simulation.apply(HEURISTIC.choose(simulation))
        assert outcome["objective"] == simulation.objective and outcome["makespan"] == simulation.now
        differing += outcome["against_chosen"] != 0.0
    assert differing > 0


def test_trying_out_is_not_counted() -> None:
    graph, policy = Graph(generate("L6", SEED)), unruly()
    explain(graph, policy, SEED, 7, 64)
    assert policy.decisions == 7


@pytest.mark.parametrize("step", [10_000, 10**9])
def test_a_decision_that_was_never_made(step: int) -> None:
    with pytest.raises(LevelError, match="over after"):
        explain(Graph(generate("L0", 1)), HEURISTIC, 1, step, 1)
