from __future__ import annotations

import pytest
from function_quest.baselines import BASELINES, HEURISTIC
from function_quest.generator import generate
from function_quest.graph import DISPATCH, PRELOAD, Graph
from function_quest.level import Artifact, Extension, Function, Melody, Provider
from function_quest.simulation import Simulation

from scenes import chain, play


def mean(family: str, policy: str, count: int) -> float:
    return sum(play(generate(family, seed), policy, seed).objective for seed in range(count)) / count


def test_the_heuristic_is_the_strongest_rule() -> None:
    assert HEURISTIC is BASELINES["wsrt"]
    assert list(BASELINES) == ["random", "fifo", "critical_path", "heft", "wsrt"]


@pytest.mark.parametrize("family", ["L3", "L4"])
def test_each_rule_is_better_than_the_one_it_falls_back_on(family: str) -> None:
    fifo, critical_path, heft = (mean(family, policy, 40) for policy in ("fifo", "critical_path", "heft"))
    assert heft < critical_path < fifo


def test_the_order_of_melodies_matters() -> None:
    assert mean("L6", "wsrt", 40) < 0.97 * mean("L6", "heft", 40)


def test_with_one_melody_the_two_orders_are_one() -> None:
    for seed in range(10):
        level = generate("L3", seed)
        assert play(level, "heft", seed).objective == play(level, "wsrt", seed).objective


def test_heft_waits_for_the_fast_instance_when_that_is_sooner() -> None:
    """Two calls of 10 s; the slow extension takes 30 s: twice on the fast one is done at 20 s."""
    extensions = (Extension("fast", warm=1), Extension("slow", warm=1))
    providers = (Provider(0, 1.0, 0.0), Provider(1, 1.0 / 3.0, 0.0))
    level = chain(10.0, 10.0)._replace(
        extensions=extensions,
        artifacts=tuple(Artifact(name, "text") for name in "sab"),
        melodies=(Melody("melody", (0,), (1, 2), 0.0, 1000.0),),
        functions=tuple(Function(f"f{index}", 0, (0,), index + 1, 10.0, 0.0, providers) for index in range(2)),
    )
    assert play(level, "heft").now == 20.0
    assert play(level, "fifo").now == 30.0


def test_the_preference_decides_between_fast_and_cheap() -> None:
    extensions = (Extension("fast", warm=1), Extension("cheap", warm=1))
    level = chain(10.0)._replace(extensions=extensions)
    function = level.functions[0]._replace(providers=(Provider(0, 2.0, 10.0), Provider(1, 1.0, 1.0)))
    level = level._replace(functions=(function,))
    assert play(level._replace(preference=0.0), "heft").now == 5.0
    assert play(level._replace(preference=1.0), "heft").now == 10.0


def test_what_is_needed_next_is_loaded_before() -> None:
    extensions = (Extension("a", warm=1), Extension("b", cold_start=5.0))
    level = chain(10.0, 10.0)._replace(extensions=extensions)
    first, second = level.functions
    level = level._replace(functions=(first, second._replace(providers=(Provider(1, 1.0, 1.0),))))
    assert play(level, "critical_path").now == 25.0
    assert play(level, "heft").now == pytest.approx(20.0, abs=5.0 * 0.3)
    simulation = Simulation(Graph(level), 0)
    kinds = []
    while not simulation.done:
        candidate = BASELINES["heft"].choose(simulation)
        kinds.append(candidate.kind)
        simulation.apply(candidate)
    assert kinds.count(PRELOAD) == 1 and kinds.count(DISPATCH) == 2


def test_heft_learns_whom_not_to_ask() -> None:
    """Of two equal providers one always fails: it is asked a few times, not for ever."""
    extensions = (Extension("broken", warm=1, failure=1.0), Extension("sound", warm=1))
    works = [10.0] * 12
    level = chain(*works)._replace(extensions=extensions, failure_part=1.0)
    providers = (Provider(0, 1.1, 1.0), Provider(1, 1.0, 1.0))
    level = level._replace(functions=tuple(f._replace(providers=providers) for f in level.functions))
    simulation = play(level, "heft")
    assert simulation.success and simulation.beliefs[0].failed <= 3


def test_who_is_ahead_of_the_others_takes_the_cheap_provider() -> None:
    """Two functions lead to the goal, one of 100 s and one of 10: a fast provider of the second shortens nothing."""
    extensions = (Extension("fast", instances=2, warm=2), Extension("cheap", instances=2, warm=2))
    providers = (Provider(0, 2.0, 2.0), Provider(1, 1.0, 1.0))
    level = chain(1.0)._replace(
        preference=0.1,
        extensions=extensions,
        artifacts=tuple(Artifact(name, "text") for name in ("given", "long", "short", "goal")),
        melodies=(Melody("melody", (0,), (3,), 0.0, 1000.0),),
        functions=(
            Function("long", 0, (0,), 1, 100.0, 0.0, providers),
            Function("short", 0, (0,), 2, 10.0, 0.0, providers),
            Function("join", 0, (1, 2), 3, 1.0, 0.0, (Provider(1, 1.0, 1.0),)),
        ),
    )
    simulation = Simulation(Graph(level), 0)
    chosen = {}
    while not simulation.done:
        candidate = BASELINES["wsrt"].choose(simulation)
        if candidate.kind == DISPATCH:
            chosen[level.functions[candidate.function].name] = extensions[candidate.extension].name
        simulation.apply(candidate)
    assert chosen == {"long": "fast", "short": "cheap", "join": "cheap"}
