"""Who decides when the policy should not: policy → heuristic → critical path → first come, first served.

Everything that hands a decision on is recorded with its reason. A policy that was stopped several times in a run does
not decide in it any more. With the guard forced, every decision is the heuristic's, and its run is the heuristic's run.
"""

from __future__ import annotations

import copy
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

import numpy as np

from ..baselines import BASELINES, HEURISTIC, Policy
from ..features import observe
from ..graph import DISPATCH, EVICT, PRELOAD, WAIT, Candidate
from ..simulation import Simulation, State
from .network import Array
from .shortlist import shortlist


class Reason(StrEnum):
    LOW_MARGIN = "low_margin"  # it would differ from the heuristic, but is not sure enough
    IN_VAIN = "in_vain"  # it would load while room is being made, or again what was loaded and not used
    OUT_OF_DISTRIBUTION = "out_of_distribution"  # too many features are unlike what it learned on
    NOT_FINITE = "not_finite"  # a feature or a score is NaN or infinite
    LATENCY = "latency"  # it took too long
    CANDIDATES = "candidates"  # there are too many
    DEADLINE = "deadline"  # too little time is left for anything but what is known to work
    BUDGET = "budget"  # too little money is
    STALLED = "stalled"  # many decisions, little done: somebody loads and evicts without end
    FAULT = "fault"  # it raised an exception, or gave scores of a wrong shape
    SCHEMA = "schema"  # it learned from other features than these
    FORCED = "forced"  # somebody wants the heuristic to decide
    STOPPED = "stopped"  # too many of the others in this run
    RULE_FAILED = "rule_failed"  # a rule it falls back on raised an exception, or chose what may not be done


# These are not the policy's fault: they say who decides, not that something is wrong, and stop no run.
HARMLESS = frozenset({Reason.LOW_MARGIN, Reason.IN_VAIN, Reason.FORCED, Reason.STOPPED})


# How much surer it must be for an action of each kind. Whatever is loaded, evicted or waited for can be so again at the
# next decision, and small errors would add up.
CAUTION = {DISPATCH: 1.0, PRELOAD: 2.0, EVICT: 6.0, WAIT: 6.0}


class Trip(NamedTuple):
    """One decision that was handed on."""

    decision: int  # of the run, counted from 0
    at: float  # seconds of the run
    reason: Reason
    detail: str
    decided_by: str  # the rule that decided instead


class Limits(NamedTuple):
    # By which a score must exceed that of the heuristic's choice to be followed: of two candidates; of more, more.
    margin: float = 0.0
    outside: float = 0.05  # share of the features that may lie outside of what training saw
    milliseconds: float | None = 2.0  # processor time of this thread for one decision; None: not measured
    candidates: int = 20_000
    # What the plans take at least, as a share of the time and of the money that are left. A plan knows nothing of
    # instances that will be busy, and the heuristic needs room for that.
    patience: float = 0.3
    thrift: float = 0.45
    elapsed: float = 0.5  # of a Melody's time until its deadline: the rest is for what is known to work
    decisions: int = 20  # for each function of the level
    trips: int = 3  # in one run, after which the policy does not decide in it any more


class Scorer(Protocol):
    """A network, as the guard needs it."""

    def clipped(self, rows: Array, whole: Array) -> tuple[Array, Array, float]:
        ...

    def scores(self, rows: Array, whole: Array, heuristic: int) -> Array:
        ...


_RULES: tuple[Policy, ...] = (HEURISTIC, BASELINES["critical_path"], BASELINES["fifo"])


class Guarded:
    """A policy as `baselines.Policy`. One run at a time; the trips of the run are in `trips`, all in `counts`."""

    def __init__(
        self,
        scorer: Scorer | None,
        name: str = "learned",
        *,
        limits: Limits = Limits(),
        sha256: str | None = None,
        forced: bool = False,
        report: Callable[[Trip], None] | None = None,
        clock: Callable[[], int] = time.thread_time_ns,
        rules: Sequence[Policy] = _RULES,
    ) -> None:
        """Without a scorer, which is what is left of a policy that could not be read, it is the heuristic. `sha256`
        names the policy's file."""
        self.name = name
        self.sha256 = sha256
        self.forced = forced
        self.limits = limits
        self.trips: list[Trip] = []
        self.counts: Counter[Reason] = Counter()
        self.decisions = 0  # that it was asked for, in all runs
        self.differing = 0  # of these, decided by the policy in another way than by the heuristic
        self._scorer = scorer
        self._report = report
        self._clock = clock
        self._rules = rules
        self._run: Simulation | None = None
        self._faults = 0

    @property
    def scorer(self) -> Scorer | None:
        return self._scorer

    def continued(self, simulation: Simulation) -> Guarded:
        """The same guard for a copy of its run, with the trust that is left in this one. What happens there is neither
        counted nor reported here."""
        other = copy.copy(self)
        other.trips, other.counts = [*self.trips], Counter(self.counts)
        other._run, other._report = simulation, None
        return other

    def choose(self, simulation: Simulation) -> Candidate:
        if simulation is not self._run:
            self._run, self._faults, self.trips = simulation, 0, []
        self.decisions += 1
        heuristic = self._by_rule(simulation)
        if self.forced:
            return self._trip(simulation, Reason.FORCED, "", heuristic)
        if self._faults >= self.limits.trips:
            return self._trip(simulation, Reason.STOPPED, "", heuristic)
        if self._scorer is None:
            return self._trip(simulation, Reason.SCHEMA, "no policy could be read", heuristic)
        if len(simulation.candidates()) == 1:
            return heuristic
        try:
            return self._by_policy(simulation, heuristic, self._scorer)
        except Exception as error:  # whatever a policy does, a decision is made
            return self._trip(simulation, Reason.FAULT, f"{type(error).__name__}: {error}", heuristic)

    def _by_policy(self, simulation: Simulation, heuristic: Candidate, scorer: Scorer) -> Candidate:
        limits = self.limits
        if len(simulation.candidates()) > limits.candidates:
            return self._trip(simulation, Reason.CANDIDATES, f"{len(simulation.candidates())} candidates", heuristic)
        if simulation.decisions > limits.decisions * (len(simulation.graph.level.functions) + 5):
            return self._trip(simulation, Reason.STALLED, f"{simulation.decisions} decisions", heuristic)
        needs = _needs(simulation)
        if needs.time > limits.patience or needs.elapsed > limits.elapsed:
            detail = f"{needs.elapsed:.0%} of the time has gone, {needs.time:.0%} of the rest is planned for"
            return self._trip(simulation, Reason.DEADLINE, detail, heuristic)
        if needs.money > limits.thrift:
            return self._trip(simulation, Reason.BUDGET, f"{needs.money:.0%} of what is left is planned for", heuristic)
        begin = self._clock()
        candidates = shortlist(simulation, heuristic)
        if len(candidates) == 1:
            return heuristic
        own = candidates.index(heuristic)
        rows, whole = observe(simulation, heuristic, candidates)
        # A sum is finite when all of it is, and is a fraction of the price.
        if not math.isfinite(float(rows.sum()) + float(whole.sum())):
            return self._trip(simulation, Reason.NOT_FINITE, "a feature", heuristic)
        rows, whole, outside = scorer.clipped(rows, whole)
        if outside > limits.outside:
            return self._trip(simulation, Reason.OUT_OF_DISTRIBUTION, f"{outside:.1%} of the features", heuristic)
        scores = scorer.scores(rows, whole, own)
        if scores.shape != (len(candidates),):
            return self._trip(simulation, Reason.FAULT, f"scores of shape {scores.shape}", heuristic)
        if not math.isfinite(float(scores.sum())):
            return self._trip(simulation, Reason.NOT_FINITE, "a score", heuristic)
        best = int(np.argmax(scores))
        if limits.milliseconds is not None and (taken := (self._clock() - begin) / 1e6) > limits.milliseconds:
            return self._trip(simulation, Reason.LATENCY, f"{taken:.1f} ms", heuristic)
        if best == own:
            return heuristic
        # The best of many looks better than it is: the more there are, the surer it must be.
        needed = limits.margin * CAUTION[candidates[best].kind] * (1.0 + math.log(len(scores) - 1))
        if (margin := float(scores[best] - scores[own])) < needed:
            return self._trip(simulation, Reason.LOW_MARGIN, f"{margin:.3f} of {needed:.3f}", heuristic)
        chosen = candidates[best]
        if chosen.kind == PRELOAD:
            # Whoever loads what the heuristic has just evicted, which evicts it again, gets nothing done.
            in_vain = simulation.loaded_in_vain[chosen.extension]
            if heuristic.kind == EVICT or in_vain > 0:
                return self._trip(simulation, Reason.IN_VAIN, f"{in_vain} loaded and not used", heuristic)
        self.differing += 1
        return chosen

    def _by_rule(self, simulation: Simulation) -> Candidate:
        """The first rule that can decide. The last one's fault is everybody's: then there is nothing to be done."""
        *first, last = self._rules
        for rule, next_rule in zip(first, self._rules[1:]):
            try:
                chosen = rule.choose(simulation)
                if chosen in simulation.candidates():
                    return chosen
                detail = f"{rule.name} chose what may not be done"
            except Exception as error:
                detail = f"{rule.name}: {type(error).__name__}: {error}"
            self._record(simulation, Reason.RULE_FAILED, detail, next_rule.name)
        return last.choose(simulation)

    def _trip(self, simulation: Simulation, reason: Reason, detail: str, heuristic: Candidate) -> Candidate:
        if reason not in HARMLESS:
            self._faults += 1
        self._record(simulation, reason, detail, self._rules[0].name)
        return heuristic

    def _record(self, simulation: Simulation, reason: Reason, detail: str, decided_by: str) -> None:
        trip = Trip(simulation.decisions, simulation.now, reason, detail, decided_by)
        self.trips.append(trip)
        self.counts[reason] += 1
        if self._report is not None:
            self._report(trip)


class _Needs(NamedTuple):
    time: float  # what the plan of the Melody that is worst off takes at least, as a share of what it has left
    elapsed: float  # of the time of the Melody that is worst off
    money: float  # what the plans take at least, as a share of what is left of the budget


def _needs(simulation: Simulation) -> _Needs:
    time = elapsed = cost = 0.0
    instances = len(simulation.owner)
    for number, state in enumerate(simulation.melody_state):
        if state == State.ACTIVE:
            plan = simulation.plan(number)
            cost += plan.cost
            arrival, deadline = simulation.graph.level.melodies[number].arrival, simulation.deadline[number]
            left = deadline - simulation.now
            if left <= 0.0:
                return _Needs(math.inf, 1.0, 0.0)
            time = max(time, plan.critical_path / left, plan.remaining / instances / left)
            elapsed = max(elapsed, (simulation.now - arrival) / (deadline - arrival))
    budget = simulation.graph.level.budget
    if budget == math.inf:
        return _Needs(time, elapsed, 0.0)
    left = budget - simulation.spent
    return _Needs(time, elapsed, cost / left if left > 0.0 else math.inf)
