"""The physics, each rule by itself, and what holds for every episode."""

from __future__ import annotations

import math

import pytest
from function_quest.baselines import BASELINES, Policy
from function_quest.generator import generate
from function_quest.graph import DISPATCH, EVICT, PRELOAD, WAIT, Candidate, Graph
from function_quest.level import Artifact, Drift, Extension, Function, Level, Melody, Provider
from function_quest.simulation import FAILURE_PENALTY, Simulation, State

from scenes import FAMILIES, chain, play


def of_kind(simulation: Simulation, kind: int) -> list[Candidate]:
    return [candidate for candidate in simulation.candidates() if candidate.kind == kind]


def test_a_chain_takes_the_sum_of_its_work() -> None:
    simulation = play(chain(2.0, 3.0, 5.0), "fifo")
    assert simulation.success and simulation.now == 10.0 and simulation.calls == 3 and simulation.spent == 3.0
    assert simulation.objective == pytest.approx(1.0)  # preference 0: time against the reference


def test_the_preference_weighs_the_cost() -> None:
    assert play(chain(2.0, preference=0.5), "fifo").objective == pytest.approx(1.5)


def test_rewards_sum_to_one_minus_the_objective() -> None:
    for family in FAMILIES:
        graph = Graph(generate(family, 4))
        simulation = Simulation(graph, 4)
        rewards = -simulation.objective
        while not simulation.done:
            rewards += simulation.apply(BASELINES["wsrt"].choose(simulation))
        finished = [state == State.FINISHED for state in simulation.melody_state]
        gained = sum(share for share, won in zip(graph.share, finished) if won)
        assert rewards == pytest.approx(gained - simulation.objective)


def test_only_the_choice_is_asked_for() -> None:
    """With one warm instance and nothing else to do, the episode goes on to the next call by itself."""
    simulation = Simulation(Graph(chain(2.0, 3.0)), 0)
    assert simulation.candidates() == [Candidate(DISPATCH, 0, 0, 0, True)]
    simulation.apply(simulation.candidates()[0])
    assert simulation.now == 2.0 and simulation.candidates() == [Candidate(DISPATCH, 1, 0, 0, True)]


def test_a_cold_start_delays_and_a_preload_avoids_it() -> None:
    extension = Extension("e", instances=2, cold_start=4.0)
    graph = Graph(chain(2.0, 3.0, extension=extension))
    assert play(graph, "fifo").now == 9.0  # 4 + 2 + 3: warm afterwards
    simulation = Simulation(graph, 0)
    simulation.apply(of_kind(simulation, PRELOAD)[0])
    assert simulation.now == 0.0 and simulation.loading == [1]
    simulation.apply(of_kind(simulation, WAIT)[0])
    assert simulation.now == 4.0 and of_kind(simulation, DISPATCH)[0].warm


def test_memory_limits_what_is_loaded() -> None:
    extensions = (Extension("a", memory=6.0, cold_start=1.0), Extension("b", memory=6.0, cold_start=1.0))
    level = chain(2.0, 3.0)._replace(extensions=extensions, memory=10.0)
    first, second = level.functions
    level = level._replace(functions=(first, second._replace(providers=(Provider(1, 1.0, 1.0),))))
    simulation = Simulation(Graph(level), 0)
    simulation.apply(of_kind(simulation, DISPATCH)[0])
    # b does not fit beside a: the only way on is to evict.
    assert [candidate.kind for candidate in simulation.candidates()] == [EVICT]
    simulation.apply(simulation.candidates()[0])
    assert simulation.memory_used == 0.0
    for name in ("fifo", "critical_path", "heft", "wsrt"):
        assert play(level, name).success
    assert simulation.memory_used <= level.memory


def test_a_failing_call_is_paid_and_repeated() -> None:
    level = chain(2.0, extension=Extension("e", warm=1, failure=0.5), failure_part=1.0)
    graph = Graph(level)
    counts = set()
    for seed in range(40):
        simulation = play(graph, "fifo", seed)
        assert simulation.success and simulation.spent == simulation.calls and simulation.now == 2.0 * simulation.calls
        assert simulation.failed_calls == [simulation.calls - 1]
        counts.add(simulation.calls)
    assert len(counts) > 3


def test_a_crash_takes_the_instance_down_for_longer_each_time() -> None:
    level = chain(100.0, extension=Extension("e", warm=1, cold_start=10.0, crash=0.9), failure_part=0.0)
    simulation = play(level, "fifo", 3, record=True)
    assert simulation.records is not None
    crashed = [record.at for record in simulation.records if record.what == "crash"]
    recovered = [record.at for record in simulation.records if record.what == "recovered"]
    pauses = [back - down for down, back in zip(crashed, recovered)]
    assert len(pauses) >= 3
    # 0.1 x 2^k x (cold start + 5 % of the reference time)
    assert pauses[:3] == pytest.approx([1.5, 3.0, 6.0])


def test_luck_does_not_depend_on_what_was_done_before() -> None:
    """The same attempt turns out the same under two policies, so they can be compared pair by pair."""
    graph = Graph(generate("L3", 6))
    seconds: dict[tuple[int, int], set[float]] = {}
    for name in ("fifo", "wsrt"):
        simulation = play(graph, name, 9, record=True)
        assert simulation.records is not None
        seen: set[tuple[int, int]] = set()
        for record in simulation.records:
            if record.what in ("success", "failure", "crash") and (record.function, record.extension) not in seen:
                seen.add((record.function, record.extension))
                seconds.setdefault((record.function, record.extension), set()).add(round(record.seconds, 9))
    shared = [values for values in seconds.values()]
    assert all(len(values) == 1 for values in shared)


def test_durations_have_the_mean_that_is_stated() -> None:
    level = chain(10.0)
    level = level._replace(functions=(level.functions[0]._replace(sigma=0.5),))
    graph = Graph(level)
    times = [play(graph, "fifo", seed).now for seed in range(2000)]
    assert sum(times) / len(times) == pytest.approx(10.0, rel=0.05)


def test_the_deadline_ends_it_and_failing_early_does_not_pay() -> None:
    level = chain(2.0, 3.0)
    late = level._replace(melodies=(level.melodies[0]._replace(deadline=4.0),))
    simulation = play(late, "fifo")
    assert simulation.done and not simulation.success and simulation.now == 4.0
    assert simulation.objective == pytest.approx(4.0 / 5.0 + FAILURE_PENALTY)
    # Out of money at once: as dear as having waited for the deadline.
    poor = play(level._replace(budget=1.0, melodies=(level.melodies[0]._replace(deadline=4.0),)), "fifo")
    assert poor.now < 4.0 and poor.objective == pytest.approx(4.0 / 5.0 + FAILURE_PENALTY)


@pytest.mark.parametrize("family", ["L3", "L5", "L6", "L8"])
def test_failing_never_beats_succeeding(family: str) -> None:
    """Whoever lets a level fail is charged more than any rule pays for playing it."""
    for seed in range(12):
        graph = Graph(generate(family, seed))
        simulation = play(graph, "wsrt", seed)
        if not simulation.success:
            continue
        cheapest_failure = FAILURE_PENALTY * min(graph.share) + sum(
            rate * (deadline - melody.arrival)
            for rate, deadline, melody in zip(graph.rate, simulation.deadline, graph.level.melodies)
        )
        assert cheapest_failure + min(graph.share) > simulation.objective


def test_only_what_can_be_afforded_is_a_candidate() -> None:
    level = chain(2.0, 3.0, budget=1.5)
    simulation = Simulation(Graph(level), 0)
    simulation.apply(simulation.candidates()[0])
    assert simulation.done and simulation.spent == 1.0


def test_one_of_two_ways_is_enough_and_the_other_is_masked() -> None:
    level = chain(2.0, extension=Extension("e", instances=2, warm=2))
    other = Function("other", 0, (0,), 1, 5.0, 0.0, (Provider(0, 1.0, 1.0),))
    longer = Function("last", 0, (1,), 2, 1.0, 0.0, (Provider(0, 1.0, 1.0),))
    level = level._replace(
        functions=(level.functions[0], other, longer),
        artifacts=(*level.artifacts, Artifact("goal", "text")),
        melodies=(level.melodies[0]._replace(goal=(2,)),),
    )
    simulation = Simulation(Graph(level), 0)
    assert [candidate.function for candidate in of_kind(simulation, DISPATCH)] == [0, 1]
    simulation.apply(simulation.candidates()[0])
    assert [candidate.function for candidate in of_kind(simulation, DISPATCH)] == [2]  # it went on by itself
    assert simulation.now == 2.0


def test_melodies_arrive_and_are_weighed() -> None:
    level = chain(2.0)
    second = Melody("second", (2,), (3,), 10.0, 1000.0, 3.0)
    level = level._replace(
        artifacts=(*level.artifacts, Artifact("b", "text"), Artifact("c", "text")),
        melodies=(level.melodies[0], second),
        functions=(*level.functions, Function("g", 1, (2,), 3, 4.0, 0.0, (Provider(0, 1.0, 1.0),))),
    )
    simulation = play(level, "fifo")
    assert simulation.finished_at == [2.0, 14.0] and simulation.objective == pytest.approx(0.25 + 0.75)


def test_a_drift_changes_what_nobody_was_told() -> None:
    level = chain(2.0, 2.0, 2.0, drifts=(Drift(3.0, 0, 0.0, 5.0),))
    simulation = play(level, "fifo")
    assert simulation.now == 2.0 + 2.0 + 10.0
    assert simulation.beliefs[0].slowdown > 1.05


def test_endless_loading_is_cut_short() -> None:
    class Restless:
        name = "restless"

        def choose(self, simulation: Simulation) -> Candidate:
            candidates = simulation.candidates()
            return next((c for c in candidates if c.kind in (PRELOAD, EVICT)), candidates[-1])

    level = chain(1.0, extension=Extension("e", cold_start=1e-6, memory=1.0), memory=2.0)
    policy: Policy = Restless()
    assert play(level, policy).truncated


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("policy", BASELINES)
def test_every_episode_keeps_the_laws(family: str, policy: str) -> None:
    for seed in range(3):
        level = generate(family, seed)
        graph = Graph(level)
        simulation = Simulation(graph, seed)
        memory = [extension.memory for extension in level.extensions]
        while not simulation.done and not simulation.truncated:
            candidates = simulation.candidates()
            assert candidates and len(set(candidates)) == len(candidates)
            for candidate in candidates:
                if candidate.kind == DISPATCH:
                    function = level.functions[candidate.function]
                    assert all(simulation.available[artifact] for artifact in function.inputs)
                    assert not simulation.available[function.output] and not simulation.in_production[function.output]
            before = simulation.now
            simulation.apply(BASELINES[policy].choose(simulation))
            assert simulation.now >= before
            loaded = sum(
                memory[extension] * (len(simulation.warm[extension]) + simulation.loading[extension])
                for extension in range(len(memory))
            ) + sum(memory[simulation.owner[call.instance]] for call in simulation.running.values())
            assert loaded == pytest.approx(simulation.memory_used, abs=1e-6)
            assert simulation.memory_used <= level.memory + 1e-6
            assert simulation.spent <= level.budget + 1e-9
            assert math.isfinite(simulation.objective)


def records(level: Level, policy: str, seed: int) -> list[object]:
    simulation = play(level, policy, seed, record=True)
    assert simulation.records is not None
    return [*simulation.records, simulation.objective]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_seed_is_the_same_episode(family: str) -> None:
    for policy in BASELINES:
        assert records(generate(family, 5), policy, 8) == records(generate(family, 5), policy, 8)
    if family in ("L3", "L6", "L8"):
        assert records(generate(family, 5), "wsrt", 8) != records(generate(family, 5), "wsrt", 9)


def test_with_shared_luck_providers_differ_only_in_what_they_are() -> None:
    """The same call with two providers of different speed: its duration varies in the same proportion."""
    extensions = (Extension("a", warm=1), Extension("b", warm=1))
    level = chain(10.0)._replace(extensions=extensions)
    providers = (Provider(0, 1.0, 1.0), Provider(1, 2.0, 1.0))
    level = level._replace(functions=(level.functions[0]._replace(sigma=0.4, providers=providers),))
    graph = Graph(level)
    ratios = {}
    for shared in (True, False):
        taken = []
        for provider in (0, 1):
            simulation = Simulation(graph, 7, shared_luck=shared)
            simulation.apply(graph.options[0][provider].warm)
            taken.append(simulation.now)
        ratios[shared] = taken[0] / taken[1]
    assert ratios[True] == pytest.approx(2.0) and ratios[False] != pytest.approx(2.0)
