from __future__ import annotations

import pytest
from function_quest.baselines import BASELINES
from function_quest.generator import generate
from function_quest.graph import Graph
from function_quest.level import Extension, Function, Provider
from function_quest.plan import HOPELESS
from function_quest.simulation import Simulation

from scenes import chain


def test_ranks_are_the_way_to_the_goal() -> None:
    plan = Simulation(Graph(chain(2.0, 3.0, 5.0)), 0).plan(0)
    assert plan.functions == (0, 1, 2)
    ratio = plan.seconds[0] / 2.0  # what is believed of an extension nobody knows
    assert [plan.rank[function] / ratio for function in range(3)] == pytest.approx([10.0, 8.0, 5.0])
    assert plan.critical_path == pytest.approx(plan.rank[0]) and plan.remaining == pytest.approx(plan.critical_path)


def test_the_cheaper_way_is_planned_and_the_other_priced() -> None:
    level = chain(2.0, 3.0)
    quick = Function("quick", 0, (0,), 2, 1.0, 0.0, (Provider(0, 1.0, 1.0),))
    plan = Simulation(Graph(level._replace(functions=(*level.functions, quick))), 0).plan(0)
    assert plan.functions == (2,) and set(plan.rank) == {2}
    assert plan.value[1] > plan.value[2] == plan.best_value[2]


def test_what_is_being_made_stays_planned() -> None:
    level = chain(2.0, 3.0, extension=Extension("e", instances=2, warm=2))
    quick = Function("quick", 0, (0,), 1, 1.0, 0.0, (Provider(0, 1.0, 1.0),))
    simulation = Simulation(Graph(level._replace(functions=(*level.functions, quick))), 0)
    assert simulation.plan(0).functions[0] == 2
    slow = next(candidate for candidate in simulation.candidates() if candidate.function == 0)
    simulation._dispatch(slow)
    simulation._plans[0] = None
    assert simulation.plan(0).functions == (0, 1)


def test_a_short_budget_makes_prices_count() -> None:
    extensions = (Extension("fast", warm=1), Extension("cheap", warm=1))
    providers = (Provider(0, 2.0, 4.0), Provider(1, 1.0, 1.0))
    level = chain(10.0, 10.0)._replace(extensions=extensions)
    level = level._replace(functions=tuple(function._replace(providers=providers) for function in level.functions))
    assert Simulation(Graph(level), 0).plan(0).provider == {0: 0, 1: 0}
    assert Simulation(Graph(level._replace(budget=100.0)), 0).plan(0).provider == {0: 0, 1: 0}
    assert Simulation(Graph(level._replace(budget=5.0)), 0).plan(0).provider == {0: 1, 1: 1}


def test_what_nobody_can_pay_for_is_hopeless() -> None:
    simulation = Simulation(Graph(chain(2.0, 3.0, budget=1.5)), 0)
    simulation.spent = 1.0
    plan = simulation.plan(0)
    assert plan.critical_path == HOPELESS and plan.value[0] == HOPELESS


def test_asking_changes_nothing() -> None:
    for seed in range(5):
        graph = Graph(generate("L6", seed))
        asked, silent = Simulation(graph, seed), Simulation(graph, seed)
        while not asked.done:
            for melody, state in enumerate(asked.melody_state):
                if state == 1:
                    asked.plan(melody)
            asked.apply(asked.candidates()[0])
            silent.apply(silent.candidates()[0])
        assert asked.objective == silent.objective


@pytest.mark.parametrize("family", ["L3", "L4", "L5", "L6"])
def test_planning_with_a_table_is_the_same_to_the_last_bit(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for table_from in (1, 10**6):
        monkeypatch.setattr("function_quest.graph.TABLE_FROM", table_from)
        plans = []
        for seed in range(6):
            simulation = Simulation(Graph(generate(family, seed)), seed)
            while not simulation.done:
                plans += [simulation.plan(number) for number, state in enumerate(simulation.melody_state) if state == 1]
                simulation.apply(BASELINES["critical_path"].choose(simulation))
        found.append(plans)
    assert len(found[0]) > 100 and found[0] == found[1]
