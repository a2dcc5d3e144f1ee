"""An episode: what the level's world does when somebody dispatches, preloads, evicts and waits in it.

Only what may be done can be asked for (`candidates`), so an illegal action cannot be expressed. Everything is
deterministic in the level, the seed and the choices.
"""

from __future__ import annotations

import math
from enum import IntEnum
from heapq import heappop, heappush
from typing import Any, NamedTuple

from . import limits
from .beliefs import Belief
from .graph import DISPATCH, EVICT, PRELOAD, WAITING, Candidate, Graph
from .plan import Plan, make_plan
from .randomness import luck

# What is charged for a Melody that does not reach its goal, beside the time until its deadline.
FAILURE_PENALTY = 3.0
# A crashed instance comes back after this share of (its cold start + 5 % of the reference time), doubled each time.
BACKOFF_SHARE = 0.1
BACKOFF_REFERENCE_SHARE = 0.05
BACKOFF_DOUBLINGS = 10
# Nobody can be let loose for ever on a Melody without a deadline: it is late after this many reference times.
DEADLINE_FACTOR = 1_000.0
# Sums of memory are not exact to the last digit.
ROUNDING = 1e-9


class Outcome(IntEnum):
    SUCCESS = 0
    FAILURE = 1
    CRASH = 2
    UNDECIDED = 3  # exact.py decides it when the call ends


class Event(IntEnum):
    ARRIVAL = 0
    DONE = 1
    LOADED = 2
    RECOVERED = 3
    DRIFT = 4
    DEADLINE = 5


class State(IntEnum):
    """Of a Melody."""

    COMING = 0
    ACTIVE = 1
    FINISHED = 2
    FAILED = 3


class Call(NamedTuple):
    function: int
    provider: int
    instance: int
    dispatched: float
    started: float  # later than dispatched when the instance was cold
    seconds: float
    outcome: Outcome


class Record(NamedTuple):
    """What happened, for a replay or an export."""

    at: float
    what: str  # dispatch, success, failure, crash, preload, loaded, evict, recovered, arrived, finished, late, stuck
    function: int
    extension: int
    melody: int
    seconds: float


class Simulation:
    """`candidates` and `apply` are the whole game; everything else may be read by a policy unless named hidden."""

    def __init__(
        self, graph: Graph, seed: int, *, record: bool = False, undecided: bool = False, shared_luck: bool = False
    ) -> None:
        """With `shared_luck` the providers of a function have the same luck, attempt by attempt: chance is distributed
        as ever, and what is left of the difference between two of them is what they differ in."""
        level = graph.level
        self.graph = graph
        self.seed = seed
        self.now = 0.0
        self.spent = 0.0
        self.objective = 0.0  # J: weighted slowdown + preference * cost ratio + penalties; lower is better
        self.calls = 0
        self.decisions = 0
        self.failed_calls = [0] * len(level.functions)
        self.attempts: dict[tuple[int, int], int] = {}
        self.available = bytearray(len(level.artifacts))
        self.in_production = bytearray(len(level.artifacts))
        self.missing = [len(set(inputs)) for inputs in graph.inputs]
        self.ready: dict[int, None] = {}  # callable functions, in the order they became so
        self.melody_state = [State.COMING] * len(level.melodies)
        self.deadline = [
            min(melody.deadline, melody.arrival + DEADLINE_FACTOR * seconds)
            for melody, seconds in zip(level.melodies, graph.reference_seconds)
        ]
        self.active_rate = 0.0
        self._open = len(level.melodies)
        self._gained = 0.0  # one for an episode whose Melodies are all finished, by their weights
        self.finished_at = [math.inf] * len(level.melodies)
        self.beliefs = [Belief() for _ in level.extensions]
        self.cold: list[list[int]] = []
        self.warm: list[list[int]] = []
        self.loading = [0] * len(level.extensions)
        self.loaded_in_vain = [0] * len(level.extensions)  # instances loaded since a call last ended, and not used yet
        self.owner: list[int] = []  # of each instance, its extension
        self.expected_free: dict[int, float] = {}  # of busy and loading instances, by what is stated and believed
        self.crashes: dict[int, int] = {}
        self.memory_used = 0.0
        self.running: dict[int, Call] = {}  # by event number
        self.records: list[Record] | None = [] if record else None
        self.undecided_call: int | None = None  # the number of a call that ends next and must be decided first
        self._undecided = undecided
        self._shared_luck = shared_luck
        self._failure = [extension.failure for extension in level.extensions]
        self._slowdown = [1.0] * len(level.extensions)
        self._events: list[tuple[float, int, int, int]] = []
        self._numbers = 0
        self._coming = 0  # events somebody could wait for
        self._plans: list[Plan | None] = [None] * len(level.melodies)
        self._ends_since_plan = [0] * len(level.melodies)
        self._candidates: list[Candidate] | None = None
        self._most_decisions = limits.DECISIONS_A_FUNCTION * (len(level.functions) + 5)
        for number, extension in enumerate(level.extensions):
            first = len(self.owner)
            self.owner.extend([number] * extension.instances)
            instances = list(range(first + extension.instances - 1, first - 1, -1))
            warm = min(extension.warm, extension.instances)
            while warm > 0 and self.memory_used + warm * extension.memory > level.memory:
                warm -= 1
            self.memory_used += warm * extension.memory
            self.warm.append(instances[:warm])
            self.cold.append(instances[warm:])
        for number, melody in enumerate(level.melodies):
            self._later(melody.arrival, Event.ARRIVAL, number)
        for number, drift in enumerate(level.drifts):
            self._later(drift.at, Event.DRIFT, number)
        self._advance()

    # What a policy sees ---------------------------------------------------------------------------------------------

    @property
    def done(self) -> bool:
        return self._open == 0

    @property
    def success(self) -> bool:
        return all(state == State.FINISHED for state in self.melody_state)

    @property
    def truncated(self) -> bool:
        """Too many decisions: somebody loads and evicts without end."""
        return self.decisions >= self._most_decisions and not self.done

    def next_event(self) -> float:
        """When something will be seen at the earliest, as far as is believed; now when nothing will."""
        times = [max(time, self.now) for time in self.expected_free.values()]
        times += [event[0] for event in self._events if event[2] == Event.ARRIVAL]
        return min(times, default=self.now)

    def plan(self, melody: int) -> Plan:
        """The cheapest supporters for what is missing, by what is believed now. Made when asked for."""
        plan = self._plans[melody]
        if plan is None or self._ends_since_plan[melody] >= plan.lasts:
            plan = make_plan(self, melody)
            self._plans[melody] = plan
            self._ends_since_plan[melody] = 0
        return plan

    def fits(self, extension: int) -> bool:
        """Whether one more instance may be loaded."""
        level = self.graph.level
        return self.memory_used + level.extensions[extension].memory <= level.memory + ROUNDING

    def candidates(self) -> list[Candidate]:
        """Everything that may be done now; empty when the episode is over. Equal instances are one candidate."""
        if self._candidates is None:
            self._candidates = self._enumerate()
        return self._candidates

    def _enumerate(self) -> list[Candidate]:
        if self._open == 0:
            return []
        level = self.graph.level
        warm, cold = self.warm, self.cold
        extensions = range(len(warm))
        # 2: a warm instance waits, 1: a cold one could be loaded, 0: neither
        usable = [2 if warm[e] else 1 if cold[e] and self.fits(e) else 0 for e in extensions]
        found: list[Candidate] = []
        if any(usable):
            left = level.budget - self.spent
            in_production, output = self.in_production, self.graph.output
            for function in self.ready:
                if in_production[output[function]]:
                    continue
                for option in self.graph.options[function]:
                    how = usable[option.extension]
                    if how and option.price <= left:
                        found.append(option.warm if how == 2 else option.cold)
            for e in extensions:
                # An instance that needs no time to load need not be loaded before.
                if cold[e] and level.extensions[e].cold_start > 0.0 and (usable[e] == 1 or self.fits(e)):
                    found.append(self.graph.preload[e])
        if level.memory < math.inf:
            found.extend(self.graph.evict[e] for e in extensions if warm[e] and level.extensions[e].memory > 0.0)
        if self._coming > 0:
            found.append(WAITING)
        return found

    def offers(self, function: int) -> list[Candidate]:
        """Those of `candidates` that call this function, which is one of `ready`."""
        level = self.graph.level
        left = level.budget - self.spent
        if self.in_production[self.graph.output[function]]:
            return []
        found = []
        for option in self.graph.options[function]:
            extension = option.extension
            if option.price <= left:
                if self.warm[extension]:
                    found.append(option.warm)
                elif self.cold[extension] and self.fits(extension):
                    found.append(option.cold)
        return found

    # What is done ---------------------------------------------------------------------------------------------------

    def apply(self, candidate: Candidate) -> float:
        """Does it and goes on to the next moment with a choice; the reward of that. Only what `candidates` gave."""
        before = self.objective - self._gained
        self.decisions += 1
        self._candidates = None
        if candidate.kind == DISPATCH:
            self._dispatch(candidate)
        elif candidate.kind == PRELOAD:
            self._preload(candidate.extension)
        elif candidate.kind == EVICT:
            self._evict(candidate.extension)
        else:
            self._next_moment()
        self._advance()
        return before - self.objective + self._gained

    def _dispatch(self, candidate: Candidate) -> None:
        level = self.graph.level
        function, provider = candidate.function, candidate.provider
        option = self.graph.options[function][provider]
        extension = level.extensions[option.extension]
        if candidate.warm:
            instance = self.warm[option.extension].pop()
            started = self.now
            if self.loaded_in_vain[option.extension] > 0:
                self.loaded_in_vain[option.extension] -= 1
        else:
            instance = self.cold[option.extension].pop()
            self.memory_used += extension.memory
            started = self.now + extension.cold_start
        attempt = self.attempts.get((function, provider), 0)
        self.attempts[function, provider] = attempt + 1
        self.calls += 1
        self.spent += option.price
        self.objective += level.preference * option.price / self.graph.reference_cost
        seconds = option.seconds * self._slowdown[option.extension]
        outcome = Outcome.UNDECIDED
        if not self._undecided:
            if self._shared_luck:
                drawn = luck(self.seed, function, 0, self.failed_calls[function])
            else:
                drawn = luck(self.seed, function, provider, attempt)
            sigma = level.functions[function].sigma
            if sigma > 0.0:
                seconds *= math.exp(sigma * drawn.normal - 0.5 * sigma * sigma)
            outcome = Outcome.SUCCESS
            if drawn.fate < extension.crash:
                outcome = Outcome.CRASH
            elif drawn.fate < extension.crash + self._failure[option.extension]:
                outcome = Outcome.FAILURE
            if outcome != Outcome.SUCCESS:
                seconds *= drawn.part if level.failure_part is None else level.failure_part
        self.in_production[self.graph.output[function]] = 1
        number = self._later(started + seconds, Event.DONE, instance)
        self._coming += 1
        self.running[number] = Call(function, provider, instance, self.now, started, seconds, outcome)
        self.expected_free[instance] = started + option.seconds * self.beliefs[option.extension].slowdown
        self._note("dispatch", function, option.extension, seconds=started - self.now)

    def _preload(self, extension: int) -> None:
        instance = self.cold[extension].pop()
        needs = self.graph.level.extensions[extension]
        self.memory_used += needs.memory
        self.loading[extension] += 1
        self._later(self.now + needs.cold_start, Event.LOADED, instance)
        self._coming += 1
        self.expected_free[instance] = self.now + needs.cold_start
        self._note("preload", -1, extension)

    def _evict(self, extension: int) -> None:
        self.cold[extension].append(self.warm[extension].pop())
        self.memory_used -= self.graph.level.extensions[extension].memory
        self._note("evict", -1, extension)

    # What happens by itself -----------------------------------------------------------------------------------------

    def _later(self, at: float, event: Event, subject: int) -> int:
        self._numbers += 1
        heappush(self._events, (at, self._numbers, event, subject))
        if event == Event.ARRIVAL:
            self._coming += 1
        return self._numbers

    def _advance(self) -> None:
        """Goes on while nothing can be done but wait, and to the bitter end when nothing can be done at all."""
        while self._open > 0 and self.undecided_call is None:
            if self._events and self._events[0][0] <= self.now:
                if not self._must_be_decided():
                    self._happen()
            elif self._coming == 0 and not self._anything_callable():
                self._give_up()
            elif len(self.candidates()) > 1 or self._candidates != [WAITING]:
                return
            else:
                self._next_moment()

    def _anything_callable(self) -> bool:
        """Asked when nothing runs: whatever else is loaded could be evicted."""
        level = self.graph.level
        left = level.budget - self.spent
        return any(
            option.price <= left and level.extensions[option.extension].memory <= level.memory
            for function in self.ready
            for option in self.graph.options[function]
        )

    def _next_moment(self) -> None:
        """To the next event anybody can see; what nobody sees happens on the way."""
        while self._events and self._open > 0 and not self._must_be_decided() and not self._happen():
            pass
        while self._events and self._events[0][0] <= self.now and self._open > 0 and not self._must_be_decided():
            self._happen()

    def _happen(self) -> bool:
        """Whether it was something to be seen."""
        at, number, event, subject = heappop(self._events)
        self._candidates = None
        if at > self.now:
            self.objective += self.active_rate * (at - self.now)
            self.now = at
        if event == Event.DONE:
            self._coming -= 1
            self._call_ended(self.running.pop(number))
        elif event == Event.LOADED or event == Event.RECOVERED:
            self._coming -= 1
            extension = self.owner[subject]
            self.expected_free.pop(subject, None)
            if event == Event.LOADED:
                self.loading[extension] -= 1
                self.loaded_in_vain[extension] += 1
                self.warm[extension].append(subject)
            else:
                self.cold[extension].append(subject)
            self._note("loaded" if event == Event.LOADED else "recovered", -1, extension)
        elif event == Event.ARRIVAL:
            self._coming -= 1
            self._arrive(subject)
        elif event == Event.DRIFT:
            drift = self.graph.level.drifts[subject]
            self._failure[drift.extension] = drift.failure
            self._slowdown[drift.extension] = drift.slowdown
            return False
        elif self.melody_state[subject] == State.ACTIVE:
            self._note("late", -1, -1, subject)
            self._fail(subject)
        else:
            return False
        return True

    def _arrive(self, number: int) -> None:
        melody = self.graph.level.melodies[number]
        self.melody_state[number] = State.ACTIVE
        self.active_rate += self.graph.rate[number]
        self._note("arrived", -1, -1, number)
        self._later(self.deadline[number], Event.DEADLINE, number)
        for function in self.graph.functions_of[number]:
            if self.missing[function] == 0 and not self.available[self.graph.output[function]]:
                self.ready[function] = None
        for artifact in melody.given:
            self._becomes_available(artifact, number)
        self._finish_if_complete(number)

    def _becomes_available(self, artifact: int, melody: int) -> None:
        if self.available[artifact]:
            return
        self.available[artifact] = 1
        for function in self.graph.producers[artifact]:
            self.ready.pop(function, None)
        active = self.melody_state[melody] == State.ACTIVE
        for function in self.graph.consumers[artifact]:
            self.missing[function] -= 1
            if self.missing[function] == 0 and active and not self.available[self.graph.output[function]]:
                self.ready[function] = None

    def _call_ended(self, call: Call) -> None:
        function = call.function
        option = self.graph.options[function][call.provider]
        extension = option.extension
        melody = self.graph.melody_of[function]
        belief = self.beliefs[extension]
        self.expected_free.pop(call.instance, None)
        self.loaded_in_vain = [0] * len(self.loaded_in_vain)
        self.in_production[self.graph.output[function]] = 0
        if call.outcome == Outcome.CRASH:
            self._crash(call.instance, extension, melody)
        else:
            self.warm[extension].append(call.instance)
        if call.outcome == Outcome.SUCCESS:
            belief.succeeded(call.seconds / option.seconds if option.seconds > 0.0 else 1.0)
            self.crashes.pop(call.instance, None)
            self._becomes_available(self.graph.output[function], melody)
            self._ends_since_plan[melody] += 1
            self._note("success", function, extension, seconds=call.seconds)
            self._finish_if_complete(melody)
        else:
            belief.has_failed()
            self.failed_calls[function] += 1
            self._plans[melody] = None
            self._note(
                "crash" if call.outcome == Outcome.CRASH else "failure", function, extension, seconds=call.seconds
            )

    def _crash(self, instance: int, extension: int, melody: int) -> None:
        needs = self.graph.level.extensions[extension]
        times = self.crashes.get(instance, 0)
        self.crashes[instance] = times + 1
        self.memory_used -= needs.memory
        pause = BACKOFF_SHARE * 2.0 ** min(times, BACKOFF_DOUBLINGS)
        pause *= needs.cold_start + BACKOFF_REFERENCE_SHARE * self.graph.reference_seconds[melody]
        self._later(self.now + pause, Event.RECOVERED, instance)
        self._coming += 1
        self.expected_free[instance] = self.now + pause

    def _finish_if_complete(self, number: int) -> None:
        if self.melody_state[number] != State.ACTIVE:
            return
        if all(self.available[artifact] for artifact in self.graph.level.melodies[number].goal):
            self.finished_at[number] = self.now
            self._gained += self.graph.share[number]
            self._leave(number, State.FINISHED)
            self._note("finished", -1, -1, number)

    def _fail(self, number: int) -> None:
        """As dear at once as at the deadline: nobody gains by failing early."""
        self.objective += self.graph.rate[number] * max(self.deadline[number] - self.now, 0.0)
        self.objective += FAILURE_PENALTY * self.graph.share[number]
        self._leave(number, State.FAILED)

    def _leave(self, number: int, state: State) -> None:
        self.melody_state[number] = state
        self._open -= 1
        self.active_rate -= self.graph.rate[number]
        if all(other != State.ACTIVE for other in self.melody_state):
            self.active_rate = 0.0  # no crumbs of rounding
        self._plans[number] = None
        for function in self.graph.functions_of[number]:
            self.ready.pop(function, None)

    def _give_up(self) -> None:
        for number, state in enumerate(self.melody_state):
            if state == State.ACTIVE:
                self._note("stuck", -1, -1, number)
                self._fail(number)

    def _note(self, what: str, function: int, extension: int, melody: int = -1, seconds: float = 0.0) -> None:
        if self.records is not None:
            melody = self.graph.melody_of[function] if function >= 0 else melody
            self.records.append(Record(self.now, what, function, extension, melody, seconds))

    # For exact.py ---------------------------------------------------------------------------------------------------

    def _must_be_decided(self) -> bool:
        if self._undecided and self._events:
            _, number, event, _ = self._events[0]
            if event == Event.DONE and self.running[number].outcome == Outcome.UNDECIDED:
                self.undecided_call = number
        return self.undecided_call is not None

    def decide(self, outcome: Outcome) -> None:
        """How the call `undecided_call` ends; then it goes on to the next moment with a choice or another such call."""
        assert self.undecided_call is not None
        self.running[self.undecided_call] = self.running[self.undecided_call]._replace(outcome=outcome)
        self.undecided_call = None
        self._happen()
        self._advance()

    def position(self) -> tuple[object, ...]:
        """What the rest of the episode depends on, beside the seed: equal positions have equal futures."""
        return (
            round(self.now, 9),
            bytes(self.available),
            tuple(self.melody_state),
            tuple(len(instances) for instances in self.warm),
            tuple(len(instances) for instances in self.cold),
            tuple(self.loaded_in_vain),
            tuple(
                sorted(
                    (round(at, 9), int(event), subject)
                    if event not in (Event.DONE, Event.LOADED, Event.RECOVERED)
                    else (round(at, 9), int(event), self.owner[subject])
                    for at, _, event, subject in self._events
                )
            ),
            tuple(sorted((call.function, call.provider) for call in self.running.values())),
            round(self.spent, 9) if self.graph.level.budget < math.inf else 0.0,
            () if self._undecided else tuple(sorted(self.attempts.items())),
            tuple(sorted((self.owner[instance], times) for instance, times in self.crashes.items())),
        )

    def failure_probability(self, extension: int) -> float:
        """Hidden from policies: as it is now."""
        return self._failure[extension]

    def copy(self) -> Simulation:
        other: Simulation = Simulation.__new__(Simulation)
        values: dict[str, Any] = dict(self.__dict__)
        for name, value in values.items():
            if isinstance(value, list):
                values[name] = [item.copy() if isinstance(item, (list, Belief)) else item for item in value]
            elif isinstance(value, (dict, bytearray)):
                values[name] = value.copy()
        other.__dict__.update(values)
        return other
