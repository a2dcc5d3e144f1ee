"""Nobody goes below the bound, and it is not so low that it says nothing."""

from __future__ import annotations

import pytest
from function_quest.baselines import BASELINES
from function_quest.bound import Foresight, lower_bound
from function_quest.generator import generate
from function_quest.graph import Graph
from function_quest.level import Artifact, Extension, Function, Provider
from function_quest.simulation import FAILURE_PENALTY

from scenes import FAMILIES, chain, play


@pytest.mark.parametrize("family", FAMILIES)
def test_no_rule_goes_below_it(family: str) -> None:
    for seed in range(12):
        graph = Graph(generate(family, seed))
        bound = lower_bound(graph, seed + 100)
        assert bound > 0.0
        for policy in BASELINES:
            assert play(graph, policy, seed + 100).objective >= bound - 1e-9, (seed, policy)


def test_where_there_is_no_chance_it_is_reached() -> None:
    for seed in range(20):
        graph = Graph(generate("L0", seed))
        assert play(graph, "wsrt", seed).objective == pytest.approx(lower_bound(graph, seed))


def test_it_knows_the_luck() -> None:
    level = chain(10.0, extension=Extension("e", warm=1, failure=0.6), preference=0.5)
    graph = Graph(level)
    bounds = set()
    for seed in range(20):
        bounds.add(round(lower_bound(graph, seed), 6))
        assert play(graph, "fifo", seed).objective == pytest.approx(lower_bound(graph, seed))
    assert len(bounds) > 5


def test_it_knows_that_loading_takes_time_and_instances_are_few() -> None:
    graph = Graph(chain(10.0, extension=Extension("e", cold_start=5.0)))
    assert lower_bound(graph, 0) == pytest.approx(1.5)
    level = chain(10.0)._replace(
        artifacts=tuple(Artifact(name, "text") for name in "sabcd"),
        functions=tuple(Function(f"f{i}", 0, (0,), i + 1, 10.0, 0.0, (Provider(0, 1.0, 1.0),)) for i in range(4)),
    )
    level = level._replace(melodies=(level.melodies[0]._replace(goal=(1, 2, 3, 4)),))
    assert lower_bound(Graph(level), 0) == pytest.approx(4.0)  # one after the other on the only instance


def test_what_cannot_be_in_time_is_charged_as_failed() -> None:
    level = chain(10.0)
    late = level._replace(melodies=(level.melodies[0]._replace(deadline=5.0),))
    assert lower_bound(Graph(late), 0) == pytest.approx(0.5 + FAILURE_PENALTY)
    assert play(late, "fifo").objective == pytest.approx(0.5 + FAILURE_PENALTY)


def test_landmarks_lie_on_every_way() -> None:
    level = chain(1.0, 1.0, 1.0)
    around = Function("around", 0, (1,), 3, 1.0, 0.0, (Provider(0, 1.0, 1.0),))
    foresight = Foresight(Graph(level._replace(functions=(*level.functions, around))), 0)
    assert foresight.landmarks(0) == [1, 3]  # 2 can be avoided


def test_the_list_schedule_is_no_faster_than_the_critical_path() -> None:
    for seed in range(10):
        level = generate("L7", seed)
        graph = Graph(level)
        foresight = Foresight(graph, seed)
        bound_seconds = foresight.list_schedule(0)
        without_price = Foresight(Graph(level._replace(preference=0.0)), seed).lower_bound()
        assert bound_seconds * graph.rate[0] >= without_price - 1e-9
        assert bound_seconds < play(graph, "wsrt", seed).now * 1.2
