from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from function_quest import library
from function_quest.baselines import BASELINES
from function_quest.environment import ACTION_SPACE, OBSERVATION_SPACE, Environment, padded
from function_quest.features import BOUND, CANDIDATE_FEATURES, GLOBAL_FEATURES, SCHEMA_HASH
from function_quest.generator import generate
from function_quest.graph import Graph

from scenes import FAMILIES, play


def test_the_shape_is_the_documented_one() -> None:
    assert (len(CANDIDATE_FEATURES), len(GLOBAL_FEATURES)) == (34, 14)
    assert len(set(CANDIDATE_FEATURES)) == 34 and len(set(GLOBAL_FEATURES)) == 14
    assert OBSERVATION_SPACE["cand"].shape == (None, 34) and OBSERVATION_SPACE["glob"].shape == (14,)
    assert ACTION_SPACE.rows_of == "cand"
    # A policy is bound to this: who changes a feature changes the hash.
    assert Environment.metadata["feature_schema"] == SCHEMA_HASH and len(SCHEMA_HASH) == 64


@pytest.mark.parametrize("family", FAMILIES)
def test_observations_are_well_formed(family: str) -> None:
    environment = Environment()
    column = {name: index for index, name in enumerate(CANDIDATE_FEATURES)}
    for seed in range(3):
        observation, info = environment.reset(seed=seed, options={"level": generate(family, seed)})
        total, steps, terminated, truncated = -info["objective"], 0, False, False
        while not (terminated or truncated):
            rows, whole = observation["cand"], observation["glob"]
            assert rows.dtype == whole.dtype == np.float32
            assert rows.shape == (len(environment.simulation.candidates()), 34) and whole.shape == (14,)
            assert np.isfinite(rows).all() and np.isfinite(whole).all() and np.abs(rows).max() <= BOUND
            assert (rows[:, :4].sum(axis=1) == 1.0).all()
            assert rows[:, column["is_heuristic"]].sum() == 1.0
            assert rows[observation["heur"], column["is_heuristic"]] == 1.0
            observation, reward, terminated, truncated, info = environment.step(observation["heur"])
            total += reward
            steps += 1
        assert steps > 0 and info["success"] == environment.simulation.success
        if info["success"]:
            assert total == pytest.approx(1.0 - info["objective"])


def test_following_the_heuristic_is_the_heuristic() -> None:
    environment = Environment()
    graph = Graph(generate("L6", 2))
    observation, info = environment.reset(seed=5, options={"level": graph})
    terminated = False
    while not terminated:
        observation, _, terminated, _, info = environment.step(observation["heur"])
    assert info["objective"] == play(graph, BASELINES["wsrt"], 5).objective


def trace(level: str, seed: int) -> list[Any]:
    environment = Environment(record=True)
    observation, info = environment.reset(seed=seed, options={"level": level})
    found: list[Any] = [info["events"]]
    terminated = False
    step = 0
    while not terminated:
        step += 1
        found.append(observation["cand"].tobytes() + observation["glob"].tobytes())
        observation, reward, terminated, _, info = environment.step(step * 7 % len(observation["cand"]))
        found.append((reward, info["events"]))
    return found


@pytest.mark.parametrize("level", ["L1:3", "L5:3", "L6:3", "L8:3"])
def test_the_same_seed_and_actions_are_the_same_episode(level: str) -> None:
    assert trace(level, 1) == trace(level, 1)


def test_an_action_that_is_no_row_is_refused() -> None:
    environment = Environment()
    with pytest.raises(RuntimeError):
        environment.step(0)
    observation, _ = environment.reset(seed=1, options={"level": "L0:1"})
    for action in (-1, len(observation["cand"])):
        with pytest.raises(IndexError):
            environment.step(action)
    terminated = False
    while not terminated:
        observation, _, terminated, _, _ = environment.step(0)
    assert observation["cand"].shape == (0, 34) and observation["heur"] == -1
    with pytest.raises(RuntimeError):
        environment.step(0)


def test_reset_without_a_level_plays_the_last_one_again() -> None:
    environment = Environment()
    first, _ = environment.reset(options={"level": "L3:9"})
    again, _ = environment.reset()
    assert (first["cand"] == again["cand"]).all()
    assert environment.simulation.seed == 9  # the level's own


def test_a_story_cannot_be_played_here() -> None:
    with pytest.raises(TypeError):
        Environment().reset(options={"level": library.load("milk")})


def test_padding_comes_with_a_mask() -> None:
    observation, _ = Environment().reset(seed=1, options={"level": "L3:1"})
    rows = observation["cand"]
    filled, mask = padded(rows, 64)
    assert filled.shape == (64, 34) and mask.sum() == len(rows) and (filled[mask] == rows).all()
    assert not filled[~mask].any()
    with pytest.raises(ValueError, match="more than"):
        padded(rows, len(rows) - 1)
