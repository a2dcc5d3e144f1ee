"""The exact optimum: no rule is better, it is never below the bound, and it knows what a hand can compute."""

from __future__ import annotations

import pytest
from function_quest.baselines import BASELINES
from function_quest.bound import lower_bound
from function_quest.exact import TooLarge, clairvoyant, expected, expected_of
from function_quest.generator import generate, tiny
from function_quest.graph import Graph
from function_quest.level import Extension, Provider

from scenes import chain, play

MOST = 3_000  # positions: what is larger is left to the slow tests


def solved(count: int, *, failures: bool) -> list[tuple[Graph, float]]:
    found = []
    for seed in range(10 * count):
        graph = Graph(tiny(seed, failures=failures))
        try:
            found.append((graph, expected(graph, MOST)))
        except TooLarge:
            continue
        if len(found) == count:
            return found
    raise AssertionError("the tiny levels are not tiny")


def test_no_rule_is_better_without_failures() -> None:
    for graph, optimum in solved(12, failures=False):
        assert lower_bound(graph, 0) <= optimum + 1e-9
        assert clairvoyant(graph, 7) == pytest.approx(optimum)  # there is no luck
        for policy in BASELINES:
            assert play(graph, policy, 7).objective >= optimum - 1e-9


def test_no_rule_is_better_on_average_with_failures() -> None:
    regrets = []
    for graph, optimum in solved(6, failures=True):
        for policy in BASELINES.values():
            low, high = expected_of(policy, graph)
            assert low <= high and high >= optimum - 1e-9
        regrets.append(expected_of(BASELINES["wsrt"], graph)[1] / optimum - 1.0)
    assert sum(regrets) / len(regrets) < 0.05


def test_who_knows_the_luck_is_better_still() -> None:
    for graph, optimum in solved(3, failures=True):
        total = 0.0
        for seed in range(20):
            known = clairvoyant(graph, seed, 20_000)
            assert known >= lower_bound(graph, seed) - 1e-9
            assert all(play(graph, policy, seed).objective >= known - 1e-9 for policy in BASELINES)
            total += known
        assert total / 20 < optimum * 1.2


def test_an_expectation_computed_by_hand() -> None:
    """One call of 10 s that fails half of the time, at its end; for a third the time is too short: three ends."""
    level = chain(10.0, extension=Extension("e", warm=1, failure=0.5), failure_part=1.0)
    level = level._replace(melodies=(level.melodies[0]._replace(deadline=25.0),))
    graph = Graph(level)
    by_hand = 0.5 * 1.0 + 0.25 * 2.0 + 0.25 * (2.5 + 3.0)
    assert expected(graph) == pytest.approx(by_hand)
    low, high = expected_of(BASELINES["fifo"], graph, 0.0)
    assert low == high == pytest.approx(by_hand)


def test_the_sound_provider_is_worth_its_time() -> None:
    """Fast and failing half of the time, 2 x 6 s on average, against slow and sound, 10 s."""
    extensions = (Extension("fast", warm=1, failure=0.5), Extension("sound", warm=1))
    level = chain(10.0)._replace(extensions=extensions, failure_part=1.0)
    function = level.functions[0]._replace(providers=(Provider(0, 10.0 / 6.0, 1.0), Provider(1, 1.0, 1.0)))
    level = level._replace(functions=(function,), melodies=(level.melodies[0]._replace(deadline=60.0),))
    # The reference time is the fast one's. Always sound: 10 s; fast first, then sound: 6 + 0.5 x 10 = 11 s.
    assert expected(Graph(level)) == pytest.approx(10.0 / 6.0)


def test_what_it_cannot_know_exactly_is_refused() -> None:
    for level in (generate("L2", 1), generate("L3", 1)):
        with pytest.raises(TooLarge):
            expected(Graph(level))
    with pytest.raises(TooLarge, match="positions"):
        clairvoyant(Graph(generate("L4", 1)), 1, 500)
    with pytest.raises(TooLarge, match="crash"):
        expected(Graph(chain(1.0, extension=Extension("e", crash=0.1))))
    with pytest.raises(TooLarge, match="failure_part"):
        expected(Graph(chain(1.0, extension=Extension("e", failure=0.1))))
