"""A level for people, and for language: a story, a list of functions, a target value.

Only the functions listed may be called; what a call needs and brings about are facts; the level is won when a call
returns the target, and ends with it. Two styles: `path`, where the fewest calls are the whole art, and `scored`, where
steps that help bring points and those that do not cost some.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .calls import Call, Value
from .level import Generator

PATH, SCORED = "path", "scored"
STYLES = (PATH, SCORED)
PATH_POINTS = 100  # for the fewest calls; with more of them proportionally fewer
HIDDEN = "_"  # begins a fact that players are not shown
REDUNDANT_POINTS = -5  # unless the level says otherwise


class Parameter(NamedTuple):
    name: str
    type: str  # text, number or flag
    values: tuple[Value, ...] = ()  # those it may have; empty: any of its type


class StoryFunction(NamedTuple):
    """Facts are texts; `{item}` in one stands for the argument of that name."""

    name: str
    purpose: str
    returns: str  # what the call returns
    parameters: tuple[Parameter, ...] = ()
    needs: tuple[str, ...] = ()  # without these facts the call fails
    refusal: str = ""  # what is said then
    gives: tuple[str, ...] = ()  # facts afterwards
    takes: tuple[str, ...] = ()  # facts that are none afterwards
    helps_until: tuple[str, ...] = ()  # once one of these is a fact the call is redundant
    points: int = 0  # once, the first time it helps
    once: bool = False  # the level forbids to repeat it
    cost: float = 0.0
    latency: float = 0.0
    failure: float = 0.0


class Story(NamedTuple):
    name: str
    family: str
    seed: int
    generator: Generator
    style: str
    statement: str
    target: Value
    functions: tuple[StoryFunction, ...]
    facts: tuple[str, ...] = ()  # at the beginning
    redundant: int = REDUNDANT_POINTS
    title: str = ""
    notes: str = ""


class Step(NamedTuple):
    call: Call
    accepted: bool  # it was made, and not refused by the rules
    value: Value | None  # what it returned; None when it failed
    points: int
    message: str


class Score(NamedTuple):
    won: bool
    score: int
    why: str
    steps: tuple[Step, ...]


_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def filled(text: str, values: dict[str, Value]) -> str:
    """`{item}` becomes the argument. Not str.format: a level's text may reach nothing but its arguments."""
    return _PLACE.sub(lambda match: str(values.get(match.group(1), match.group())), text) if "{" in text else text


class Game:
    """One attempt at a story. `undo` takes the last call back."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.steps: list[Step] = []
        self.won = False
        self.facts: set[str] = set(story.facts)
        self.scored: set[str] = set()  # functions that have brought their points
        self._earlier: list[tuple[bool, set[str], set[str]]] = []
        self._by_name = {function.name: function for function in story.functions}

    @property
    def score(self) -> int:
        if self.story.style == SCORED:
            return sum(step.points for step in self.steps)
        if not self.won:
            return 0
        fewest = fewest_calls(self.story)
        return round(PATH_POINTS * fewest / len(self.steps)) if fewest else 0

    def call(self, call: Call) -> Step:
        """Makes it; a game that is won takes no more calls."""
        if self.won:
            return Step(call, False, None, 0, "the level is over")
        self._earlier.append((self.won, set(self.facts), set(self.scored)))
        step = self.play(call)
        self.steps.append(step)
        return step

    def undo(self) -> bool:
        if not self._earlier:
            return False
        self.won, self.facts, self.scored = self._earlier.pop()
        self.steps.pop()
        return True

    def fault(self, call: Call) -> str:
        """Why the rules do not allow the call at all; empty when they do."""
        function = self._by_name.get(call.name)
        if function is None:
            return f"there is no function {call.name}; only those listed may be called"
        if len(call.arguments) != len(function.parameters):
            count = len(function.parameters)
            return f"{call.name} takes {count or 'no'} argument{'' if count == 1 else 's'}, not {len(call.arguments)}"
        for parameter, value in zip(function.parameters, call.arguments):
            if _type_of(value) != parameter.type:
                return f"{parameter.name} of {call.name} is a {parameter.type}, not a {_type_of(value)}"
        if function.once and any(step.call == call and step.value is not None for step in self.steps):
            return f"{call} may be called once only"
        return ""

    def possible(self) -> list[Call]:
        """The calls that would neither fail nor be redundant now, as far as their arguments are listed."""
        found: list[Call] = []
        for function in self.story.functions:
            for arguments in _arguments(function):
                call = Call(function.name, arguments)
                values = _named(function, arguments)
                if (
                    not self.fault(call)
                    and self._missing(function, values) is None
                    and not self._useless(function, values)
                ):
                    found.append(call)
        return found

    def play(self, call: Call) -> Step:
        """What the call does, without keeping it as a step."""
        redundant = self.story.redundant
        if fault := self.fault(call):
            return Step(call, False, None, redundant, fault)
        function = self._by_name[call.name]
        values = _named(function, call.arguments)
        for parameter, value in zip(function.parameters, call.arguments):
            if parameter.values and value not in parameter.values:
                return Step(call, True, None, redundant, f"there is no {value}")
        if self._missing(function, values) is not None:
            refusal = filled(function.refusal, values) if function.refusal else "that is not possible yet"
            return Step(call, True, None, redundant, refusal)
        returned = _returned(function, values)
        useless = self._useless(function, values)
        self.facts |= {filled(fact, values) for fact in function.gives}
        self.facts -= {filled(fact, values) for fact in function.takes}
        if useless:
            return Step(call, True, returned, redundant, "redundant: it helps nothing any more")
        self.won = returned == self.story.target
        points = 0 if function.name in self.scored else function.points
        self.scored.add(function.name)
        return Step(call, True, returned, points, "the target" if self.won else "")

    def _missing(self, function: StoryFunction, values: dict[str, Value]) -> str | None:
        return next((fact for need in function.needs if (fact := filled(need, values)) not in self.facts), None)

    def _useless(self, function: StoryFunction, values: dict[str, Value]) -> bool:
        if any(filled(fact, values) in self.facts for fact in function.helps_until):
            return True
        if _returned(function, values) == self.story.target:
            return False
        new = any(filled(fact, values) not in self.facts for fact in function.gives)
        gone = any(filled(fact, values) in self.facts for fact in function.takes)
        return not new and not gone


def score(story: Story, calls: list[Call]) -> Score:
    """Of a whole solution. The game ends with the target; calls behind it are not made."""
    game = Game(story)
    for call in calls:
        if game.won:
            break
        game.call(call)
    notes: list[str] = []
    for number, step in enumerate(game.steps, 1):
        if step.message and step.value != story.target:
            notes.append(f"call {number}, {step.call}: {step.message}")
    if game.won:
        verdict = f"won with call {len(game.steps)}, which returned {story.target!r}"
        if len(calls) > len(game.steps):
            notes.append(f"{len(calls) - len(game.steps)} more were not made: the level was over")
        if story.style == PATH:
            notes.append(f"{fewest_calls(story)} calls are enough")
    elif calls:
        verdict = f"not won: no call returned {story.target!r}"
    else:
        verdict = "not won: nothing was called"
    if story.style == SCORED and game.steps:
        parts = [f"{step.call} {step.points:+d}" for step in game.steps if step.points]
        notes.append("points: " + (", ".join(parts) or "none"))
    return Score(game.won, game.score, "; ".join([verdict, *notes]), tuple(game.steps))


def _type_of(value: Value) -> str:
    if isinstance(value, bool):
        return "flag"
    return "text" if isinstance(value, str) else "number"


def _named(function: StoryFunction, arguments: tuple[Value, ...]) -> dict[str, Value]:
    return {parameter.name: value for parameter, value in zip(function.parameters, arguments)}


def _returned(function: StoryFunction, values: dict[str, Value]) -> str:
    return filled(function.returns, values)


def _arguments(function: StoryFunction) -> list[tuple[Value, ...]]:
    found: list[tuple[Value, ...]] = [()]
    for parameter in function.parameters:
        found = [(*earlier, value) for earlier in found for value in parameter.values]
    return found


# How many calls a search tries before it says that it does not know: a second or two, whatever the level says.
SEARCHED_CALLS = 2_000_000


def fewest_calls(story: Story) -> int:
    """Of any solution; 0 when there is none (or none was found with SEARCHED_CALLS trials)."""
    solution = shortest(story)
    return len(solution) if solution is not None else 0


def shortest(story: Story) -> list[Call] | None:
    """Breadth first over the sets of facts."""
    cached = _SOLUTIONS.get(story)
    if cached is None:
        found = _search(story)
        if len(_SOLUTIONS) > 64:
            _SOLUTIONS.clear()
        _SOLUTIONS[story] = cached = (found,)
    return cached[0]


_SOLUTIONS: dict[Story, tuple[list[Call] | None]] = {}


def _search(story: Story) -> list[Call] | None:
    moves = [
        (Call(function.name, arguments), function, _named(function, arguments))
        for function in story.functions
        for arguments in _arguments(function)
    ]
    prepared = [
        (
            call,
            frozenset(filled(fact, values) for fact in function.needs),
            frozenset(filled(fact, values) for fact in function.gives),
            frozenset(filled(fact, values) for fact in function.takes),
            _returned(function, values) == story.target,
        )
        for call, function, values in moves
    ]
    start = frozenset(story.facts)
    seen: dict[frozenset[str], tuple[frozenset[str], Call] | None] = {start: None}
    front = [start]
    tried = 0
    while front and tried < SEARCHED_CALLS:
        next_front = []
        for facts in front:
            tried += len(prepared)
            if tried > SEARCHED_CALLS:
                break
            for call, needs, gives, takes, wins in prepared:
                if not needs <= facts:
                    continue
                if wins:
                    path = [call]
                    position = facts
                    while (step := seen[position]) is not None:
                        position = step[0]
                        path.append(step[1])
                    return path[::-1]
                after = (facts | gives) - takes
                if after not in seen:
                    seen[after] = (facts, call)
                    next_front.append(after)
        front = next_front
    return None


def best_score(story: Story) -> int:
    """The most points a story can bring: what helps, each once, on a way to the target. Calls that help nothing only
    cost, so it is enough to look at each set of facts and of functions that have scored once; 0 when it cannot be won.
    """
    if story.style == PATH:
        return PATH_POINTS if fewest_calls(story) else 0
    points = {function.name: function.points for function in story.functions}
    game = Game(story)
    start = (frozenset(game.facts), frozenset[str]())
    seen = {start}
    front = [start]
    best: int | None = None
    calls = sum(len(_arguments(function)) for function in story.functions)
    # Each is looked at with care here, so fewer can be.
    tried, most = 0, SEARCHED_CALLS // 10
    while front and tried < most:
        next_front = []
        for facts, scored in front:
            tried += calls
            if tried > most:
                break
            game.facts, game.scored, game.won = set(facts), set(scored), False
            for call in game.possible():
                game.facts, game.scored, game.won = set(facts), set(scored), False
                game.play(call)
                after = (frozenset(game.facts), frozenset(game.scored))
                if game.won:
                    total = sum(points[name] for name in game.scored)
                    best = total if best is None else max(best, total)
                elif after not in seen:
                    seen.add(after)
                    next_front.append(after)
        front = next_front
    return best or 0
