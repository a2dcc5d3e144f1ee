"""Whatever a policy does, the run goes on as the heuristic would have it, and what happened is recorded."""

from __future__ import annotations

import numpy as np
import pytest
from function_quest.baselines import BASELINES, HEURISTIC
from function_quest.features import CANDIDATE_FEATURES
from function_quest.generator import VALIDATION_SEEDS, generate
from function_quest.graph import EVICT, PRELOAD, WAIT, Candidate, Graph
from function_quest.learned.guard import HARMLESS, Guarded, Limits, Reason, Trip
from function_quest.learned.network import Array, Network
from function_quest.simulation import Simulation

from policies import random_weights
from scenes import FAMILIES, play

UNTIMED = Limits(milliseconds=None)


class Scores:
    """A network that prefers one row, or does something no network should."""

    def __init__(self, prefer: int = 0, by: float = 10.0, outside: float = 0.0, value: float = 0.0) -> None:
        self.prefer, self.by, self.outside, self.value = prefer, by, outside, value
        self.asked = 0

    def clipped(self, rows: Array, whole: Array) -> tuple[Array, Array, float]:
        return rows, whole, self.outside

    def scores(self, rows: Array, whole: Array, heuristic: int) -> Array:
        self.asked += 1
        scores = np.full(len(rows), self.value, np.float32)
        scores[self.prefer % len(rows)] += self.by
        return scores


class Shapeless(Scores):
    def scores(self, rows: Array, whole: Array, heuristic: int) -> Array:
        return np.zeros((len(rows), 2), np.float32)


class Broken(Scores):
    def scores(self, rows: Array, whole: Array, heuristic: int) -> Array:
        raise ZeroDivisionError("on purpose")


def decisions(level: str, policy: object, seed: int) -> list[tuple[Candidate, float, float]]:
    """Everything about a run: what was chosen, when, and what it came to."""
    family, number = level.split(":")
    simulation = Simulation(Graph(generate(family, int(number))), seed)
    found = []
    while not simulation.done:
        candidate = policy.choose(simulation)  # type: ignore[attr-defined]
        simulation.apply(candidate)
        found.append((candidate, simulation.now, simulation.objective))
    return found


@pytest.mark.parametrize("family", [*FAMILIES, "L7"])
def test_with_the_guard_forced_every_decision_is_the_heuristics(family: str) -> None:
    for seed in range(2 if family == "L7" else 25):
        level = f"{family}:{seed}"
        forced = Guarded(Network(random_weights(seed)), forced=True)
        assert decisions(level, forced, seed + 1) == decisions(level, HEURISTIC, seed + 1), "bit for bit"
        assert forced.differing == 0 and set(forced.counts) <= {Reason.FORCED}


@pytest.mark.parametrize(
    ("scorer", "limits", "reason"),
    [
        (Scores(value=np.nan), UNTIMED, Reason.NOT_FINITE),
        (Scores(by=np.inf), UNTIMED, Reason.NOT_FINITE),
        (Scores(outside=0.06), UNTIMED, Reason.OUT_OF_DISTRIBUTION),
        (Scores(), UNTIMED._replace(candidates=1), Reason.CANDIDATES),
        (Scores(), UNTIMED._replace(patience=-1.0), Reason.DEADLINE),
        (Shapeless(), UNTIMED, Reason.FAULT),
        (Broken(), UNTIMED, Reason.FAULT),
        (None, UNTIMED, Reason.SCHEMA),
    ],
)
def test_a_policy_that_must_not_decide_is_stopped_after_three_times(
    scorer: Scores | None, limits: Limits, reason: Reason
) -> None:
    told: list[Trip] = []
    guarded = Guarded(scorer, limits=limits, report=told.append)
    assert decisions("L3:4", guarded, 1) == decisions("L3:4", HEURISTIC, 1)
    assert [trip.reason for trip in told[:3]] == [reason] * 3 and told == guarded.trips
    assert {trip.reason for trip in told[3:]} == {Reason.STOPPED}
    assert all(trip.decided_by == "wsrt" for trip in told)
    assert [trip.decision for trip in told] == sorted({trip.decision for trip in told})


def test_the_next_run_begins_with_trust() -> None:
    guarded = Guarded(Broken(), limits=UNTIMED)
    for _ in range(2):
        decisions("L3:4", guarded, 1)
        assert [trip.reason for trip in guarded.trips[:4]] == [Reason.FAULT] * 3 + [Reason.STOPPED]
    assert guarded.counts[Reason.FAULT] == 6


def test_a_policy_that_takes_too_long_is_stopped() -> None:
    ticks = iter(range(0, 10**12, 3_000_000))  # three milliseconds from one look to the next
    guarded = Guarded(Scores(), clock=lambda: next(ticks))
    assert decisions("L3:4", guarded, 1) == decisions("L3:4", HEURISTIC, 1)
    assert guarded.counts[Reason.LATENCY] == 3 and guarded.trips[0].detail == "3.0 ms"
    ticks = iter(range(0, 10**12, 1_000_000))
    quick = Guarded(Scores(), clock=lambda: next(ticks))
    decisions("L3:4", quick, 1)
    assert quick.counts[Reason.LATENCY] == 0 and quick.differing > 0


def test_a_low_margin_leaves_the_decision_and_stops_nothing() -> None:
    unsure = Guarded(Scores(by=0.4), limits=UNTIMED._replace(margin=0.5))
    assert decisions("L6:4", unsure, 1) == decisions("L6:4", HEURISTIC, 1)
    assert unsure.counts[Reason.LOW_MARGIN] > 3 and set(unsure.counts) == {Reason.LOW_MARGIN}
    assert Reason.LOW_MARGIN in HARMLESS
    sure = Guarded(Scores(by=50.0), limits=UNTIMED._replace(margin=0.5))
    assert decisions("L6:4", sure, 1) != decisions("L6:4", HEURISTIC, 1)
    assert sure.counts[Reason.LOW_MARGIN] == 0 and sure.differing > 0


def test_of_many_candidates_it_must_be_surer() -> None:
    """A lead of 0.6 is enough where there are two, and not where there are more."""
    policy = Guarded(Scores(by=0.6), limits=UNTIMED._replace(margin=0.5))
    decisions("L6:4", policy, 1)
    needed = {trip.detail.partition(" of ")[2] for trip in policy.trips}
    assert len(needed) > 1 and min(map(float, needed)) > 0.6


def test_nobody_tries_things_out_shortly_before_a_deadline() -> None:
    """The same level with hardly more time than it needs, and with plenty."""
    graph = Graph(generate("L2", 3))
    seconds = play(graph, HEURISTIC, 1).now
    stopped = {}
    for factor in (1.05, 50.0):
        (melody,) = graph.level.melodies
        level = graph.level._replace(melodies=(melody._replace(deadline=seconds * factor),))
        guarded = Guarded(Scores(prefer=-1), limits=UNTIMED)
        play(Graph(level), guarded, 1)
        stopped[factor] = guarded.counts[Reason.DEADLINE]
    assert stopped[1.05] > 0 and stopped[50.0] == 0


class RaisingRule:
    name = "raising"

    def choose(self, simulation: Simulation) -> Candidate:
        raise RuntimeError("out of order")


class LyingRule:
    name = "lying"

    def choose(self, simulation: Simulation) -> Candidate:
        return Candidate(0, 10**6, 0, 0, True)


def test_a_rule_that_fails_is_followed_by_the_next_one() -> None:
    fifo, critical_path = BASELINES["fifo"], BASELINES["critical_path"]
    for rules, decider in (
        ((RaisingRule(), critical_path, fifo), critical_path),
        ((RaisingRule(), LyingRule(), fifo), fifo),
    ):
        guarded = Guarded(None, rules=rules, limits=UNTIMED)
        assert decisions("L3:2", guarded, 1) == decisions("L3:2", decider, 1)
        assert guarded.counts[Reason.RULE_FAILED] >= len(rules) - 2
        assert "raising: RuntimeError: out of order" in guarded.trips[0].detail
    assert "lying chose what may not be done" in guarded.trips[1].detail


@pytest.mark.parametrize("family", FAMILIES)
def test_random_weights_do_little_harm(family: str) -> None:
    """The short form of gate G10 (`./dev bench conductor`): a network that learned nothing still finishes."""
    levels, failed = 12, 0
    for seed in range(levels):
        graph = Graph(generate(family, 20_000 + seed))
        random = Guarded(Network(random_weights(seed, beta=-2.0)), limits=UNTIMED)
        simulation = play(graph, random, seed)
        failed += play(graph, HEURISTIC, seed).success and not simulation.success
    assert failed == 0


def test_a_guarded_run_is_the_same_every_time() -> None:
    network = Network(random_weights(5, beta=-4.0))
    runs = [decisions("L6:5", Guarded(network, limits=UNTIMED), 2) for _ in range(2)]
    assert runs[0] == runs[1] != decisions("L6:5", HEURISTIC, 2)


def test_waiting_needs_more_than_calling() -> None:
    """The last candidate is the wait, where there is one: a lead that is enough for a call is not enough for it."""
    policy = Guarded(Scores(-1, by=3.0), limits=UNTIMED._replace(margin=0.6))
    simulation = Simulation(Graph(generate("L2", 4)), 1)
    while not simulation.done:
        heuristic, chosen = HEURISTIC.choose(simulation), policy.choose(simulation)
        assert chosen.kind != WAIT or heuristic.kind == WAIT
        simulation.apply(chosen)
    assert policy.differing > 0 and policy.counts[Reason.LOW_MARGIN] > 0


class Loads(Scores):
    """Would load whatever can be loaded."""

    def scores(self, rows: Array, whole: Array, heuristic: int) -> Array:
        return 100.0 * rows[:, CANDIDATE_FEATURES.index("is_preload")]


@pytest.mark.parametrize("seed", range(8))
def test_nobody_loads_in_a_circle_what_the_heuristic_evicts(seed: int) -> None:
    """Memory is short, so what is loaded for nothing is evicted again; with that allowed it would go on until late."""
    graph = Graph(generate("L4", VALIDATION_SEEDS.start + 1_015 + seed))
    policy = Guarded(Loads(), limits=UNTIMED)
    simulation = Simulation(graph, 1)
    while not simulation.done:
        heuristic = HEURISTIC.choose(simulation)
        chosen = policy.choose(simulation)
        if chosen.kind == PRELOAD != heuristic.kind:
            assert heuristic.kind != EVICT and simulation.loaded_in_vain[chosen.extension] == 0
        simulation.apply(chosen)
    assert simulation.success and simulation.objective < 3.0 * play(graph, HEURISTIC, 1).objective


def test_a_copy_of_a_run_goes_on_with_the_trust_that_is_left() -> None:
    told: list[Trip] = []
    policy = Guarded(Broken(), limits=UNTIMED, report=told.append)
    simulation = Simulation(Graph(generate("L3", 4)), 1)
    while policy.counts[Reason.FAULT] < 2:
        simulation.apply(policy.choose(simulation))
    before, decided = len(policy.trips), policy.decisions
    branch = simulation.copy()
    other = policy.continued(branch)
    while not branch.done:
        branch.apply(other.choose(branch))
    assert other.counts[Reason.FAULT] == 3 and other.counts[Reason.STOPPED] > 0, "one more, and it is stopped"
    assert (len(policy.trips), policy.decisions, len(told)) == (before, decided, before)
    policy.choose(simulation)
    assert policy.counts[Reason.STOPPED] == 0
