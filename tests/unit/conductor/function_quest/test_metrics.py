from __future__ import annotations

import random

import pytest
from function_quest.generator import generate
from function_quest.graph import Graph
from function_quest.metrics import Pair, Result, change, interval, result_of, summary

from scenes import chain, play


def result(objective: float, success: bool = True) -> Result:
    return Result(success, objective, 1.0, 1.0, 1.0, 1)


def pairs(ours: list[float], theirs: list[float], family: str = "a", fifo: float | None = None) -> list[Pair]:
    return [
        Pair(f"{family}{number}", family, result(one), result(other), None if fifo is None else result(fifo), 0.5)
        for number, (one, other) in enumerate(zip(ours, theirs))
    ]


def test_a_result_separates_time_and_cost() -> None:
    found = result_of(play(chain(2.0, 3.0, preference=0.5), "fifo"))
    assert (found.success, found.seconds, found.cost, found.calls) == (True, 5.0, 1.0, 2)
    assert found.objective == pytest.approx(1.5) and found.slowdown == pytest.approx(1.0)


def test_objective_is_slowdown_and_cost_when_it_succeeds() -> None:
    for seed in range(5):
        graph = Graph(generate("L6", seed))
        found = result_of(play(graph, "wsrt", seed))
        assert found.success
        assert found.objective == pytest.approx(found.slowdown + graph.level.preference * found.cost)


def test_change_is_of_the_means() -> None:
    assert change([1.0, 2.0], [2.0, 4.0]) == -0.5
    assert change([1.0], [0.0]) == 0.0


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    source = random.Random(5)
    covered = 0
    for trial in range(60):
        theirs = [source.uniform(1.0, 3.0) for _ in range(40)]
        ours = [value * source.uniform(0.7, 1.1) for value in theirs]  # 10 % less on average
        low, high = interval(ours, theirs, [str(number) for number in range(40)], trial)
        assert low < high
        covered += low <= -0.1 <= high
    assert 50 <= covered <= 60


def test_the_interval_is_seeded() -> None:
    ours, theirs = [1.0 + 0.1 * number for number in range(20)], [2.0] * 20
    groups = [str(number) for number in range(20)]
    assert interval(ours, theirs, groups, 1) == interval(ours, theirs, groups, 1)
    assert interval(ours, theirs, groups, 1) != interval(ours, theirs, groups, 2)


def test_episodes_of_one_level_are_drawn_together() -> None:
    """Repeating every episode ten times tells nothing new, so it must not make the interval narrower."""
    source = random.Random(1)
    ours = [source.uniform(1.0, 2.0) for _ in range(20)]
    theirs = [source.uniform(1.0, 2.0) for _ in range(20)]
    groups = [str(number) for number in range(20)]
    assert interval(ours * 10, theirs * 10, groups * 10) == pytest.approx(interval(ours, theirs, groups))


def test_the_summary_names_the_worst_family() -> None:
    found = summary("p", "h", [*pairs([1.0] * 12, [2.0] * 12, "good"), *pairs([3.0] * 12, [2.0] * 12, "bad")])
    assert found["worst_family"]["family"] == "bad" and found["worst_family"]["change"] == pytest.approx(0.5)
    assert not found["holds"] and found["episodes"] == found["levels"] == 24


@pytest.mark.parametrize(
    ("members", "holds"),
    [
        (pairs([1.0] * 12, [1.0] * 12), True),
        (pairs([1.005] * 12, [1.0] * 12), True),
        (pairs([1.02] * 12, [1.0] * 12), False),
        # A bad family counts once it has enough episodes.
        ([*pairs([0.5] * 50, [1.0] * 50), *pairs([1.2] * 9, [1.0] * 9, "b")], True),
        ([*pairs([0.5] * 50, [1.0] * 50), *pairs([1.2] * 10, [1.0] * 10, "b")], False),
        # And FIFO must be beaten clearly, where it was played.
        (pairs([1.0] * 12, [1.0] * 12, fifo=1.2), True),
        (pairs([1.0] * 12, [1.0] * 12, fifo=1.1), False),
        # Half a point of success may be lost, no more.
        ([Pair("x", "a", result(1.0, False), result(1.0), None, 0.5)] * 3, False),
    ],
)
def test_the_gate(members: list[Pair], holds: bool) -> None:
    assert summary("p", "h", members)["holds"] is holds
