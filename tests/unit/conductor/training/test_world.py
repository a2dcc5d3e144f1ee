from __future__ import annotations

import numpy as np
import pytest
from function_quest.learned.network import ROW, WHOLE
from training.world import DEAREST_STEP, HINTS, PLAYS, World


def steps(world: World, count: int, choose: str) -> list[tuple[float, bool, bytes]]:
    found = []
    for number in range(count):
        view = world.view
        choice = view.heuristic if choose == "heuristic" else number * 7 % len(view.rows)
        reward, over = world.step(choice)
        found.append((reward, over, view.rows.tobytes() + view.whole.tobytes() + repr(view.hints).encode()))
    return found


def test_the_heuristic_earns_minus_one_an_episode() -> None:
    """Rewards are J against the heuristic's, so following it costs exactly what it costs."""
    world = World(1, 1)
    total, episodes = 0.0, 0
    while episodes < 12:
        if not world.choices:
            total = -world.cost  # what was decided before there was a choice
        reward, over = world.step(world.view.heuristic)
        total += reward
        if over:
            episodes += 1
            assert total == pytest.approx(-1.0)


def test_what_is_seen_is_well_formed() -> None:
    world = World(2, 3)
    for _ in range(300):
        view = world.view
        assert view.rows.shape[1] == ROW and view.whole.shape == (WHOLE,) and len(view.rows) > 1
        assert 0 <= view.heuristic < len(view.rows) and view.rows[view.heuristic, -1] == 1.0
        assert len(view.hints) == HINTS and np.isfinite(view.hints).all()
        assert -1e-9 <= view.hints[0] <= 1.0 + 1e-9
        reward, _ = world.step(view.heuristic)
        assert -DEAREST_STEP <= reward <= 1e-9


def test_the_critic_is_right_about_the_heuristic() -> None:
    """What it has left to pay, as the hints say, is what it then pays."""
    world = World(3, 1)
    for _ in range(8):
        left, paid, over = [], [], False
        while not over:
            left.append(world.view.hints[0])
            reward, over = world.step(world.view.heuristic)
            paid.append(-reward)
        rest = np.cumsum(paid[::-1])[::-1]
        assert np.abs(rest - left).mean() < 0.15


def test_the_same_choices_are_the_same_game() -> None:
    assert steps(World(4, 2), 200, "any") == steps(World(4, 2), 200, "any")
    assert steps(World(4, 2), 50, "any") != steps(World(4, 3), 50, "any")
    assert steps(World(4, 2), 50, "any") != steps(World(5, 2), 50, "any")


@pytest.mark.parametrize("before", [1, 37, 150])
def test_a_restored_world_goes_on_as_if_nothing_had_happened(before: int) -> None:
    world = World(6, 0)
    steps(world, before, "any")
    other = World(6, 0)
    other.restore(world.episode, list(world.choices))
    assert other.episode == world.episode and other.choices == world.choices
    assert steps(other, 100, "any") == steps(world, 100, "any")


def test_each_level_is_played_more_than_once_with_the_same_luck() -> None:
    world = World(7, 0)
    episodes: list[list[float]] = []
    rewards: list[float] = []
    while len(episodes) < 2 * PLAYS:
        reward, over = world.step(world.view.heuristic)
        rewards.append(reward)
        if over:
            episodes.append(rewards)
            rewards = []
    first = world.episode % PLAYS
    assert episodes[first] == episodes[first + 1] or episodes[first + 1] == episodes[first + 2]
