from __future__ import annotations

import pytest
from function_quest.generator import generate
from function_quest.graph import Graph
from function_quest.level import Artifact, Function, LevelError, Provider

from scenes import chain


def test_references_of_a_chain() -> None:
    graph = Graph(chain(2.0, 3.0, 5.0))
    assert graph.reference_seconds == [10.0] and graph.reference_cost == 3.0
    assert graph.rate == [0.1] and graph.share == [1.0]


def test_alternatives_count_with_the_best() -> None:
    level = chain(2.0, 3.0)
    quick = Function("quick", 0, (0,), 2, 1.0, 0.0, (Provider(0, 2.0, 9.0),))
    graph = Graph(level._replace(functions=(*level.functions, quick)))
    assert graph.reference_seconds == [0.5]  # the fastest way
    assert graph.reference_cost == 2.0  # the cheapest one
    assert graph.has_alternatives == [True]


def test_what_is_shared_is_paid_once() -> None:
    level = chain(1.0, 1.0)
    level = level._replace(
        artifacts=(*level.artifacts, Artifact("b", "text"), Artifact("goal", "text")),
        functions=(
            *level.functions,
            Function("side", 0, (1,), 3, 1.0, 0.0, (Provider(0, 1.0, 1.0),)),
            Function("join", 0, (2, 3), 4, 1.0, 0.0, (Provider(0, 1.0, 1.0),)),
        ),
        melodies=(level.melodies[0]._replace(goal=(4,)),),
    )
    assert Graph(level).reference_cost == 4.0


def test_a_function_nobody_provides_is_refused() -> None:
    level = chain(1.0)
    with pytest.raises(LevelError) as caught:
        Graph(level._replace(functions=(level.functions[0]._replace(providers=()),)))
    assert caught.value.path == "/functions/0/providers"


@pytest.mark.parametrize("family", ["L1", "L3", "L6", "L7"])
def test_functions_stand_after_what_they_need(family: str) -> None:
    for seed in range(5):
        graph = Graph(generate(family, seed))
        for members in graph.functions_of:
            place = {function: index for index, function in enumerate(members)}
            for function in members:
                for artifact in graph.inputs[function]:
                    assert all(place[producer] < place[function] for producer in graph.producers[artifact])
