"""Playing a schedule by hand: every decision a policy would make is a person's, with the heuristic to compare with."""

from __future__ import annotations

import math
from pathlib import Path

from ..baselines import HEURISTIC
from ..document import lines
from ..evaluation import play
from ..graph import DISPATCH, EVICT, PRELOAD, Candidate, Graph
from ..level import Level
from ..recording import run_document
from ..simulation import Simulation, State
from . import EXIT_FAILED, EXIT_OK
from .files import write
from .play import MOST_SHOWN, Say, ask

HELP = "A number; or: hint, undo, auto (the heuristic plays on), quit"
# The first steps of the game hide the machinery: what is called is all there is to decide.
HIDDEN_MACHINERY = ("L0", "L1")


def play_schedule(level: Level, seed: int, record: Path | None, say: Say) -> int:
    graph = Graph(level)
    choices: list[Candidate] = []
    simulation = Simulation(graph, seed, record=True)
    hidden = level.family in HIDDEN_MACHINERY
    say(f"{level.title or level.name} ({level.name}, seed {seed})")
    _say_level(level, hidden, say)
    say(HELP)
    while not simulation.done and not simulation.truncated:
        candidates = simulation.candidates()
        _say_state(simulation, say)
        for number, candidate in enumerate(candidates[:MOST_SHOWN], 1):
            say(f"  {number:>2}  {describe(simulation, candidate, hidden)}")
        if len(candidates) > MOST_SHOWN:
            say(f"      and {len(candidates) - MOST_SHOWN} more")
        word = ask("> ")
        if word is None or word in ("quit", "q"):
            say(f"Not finished. J {simulation.objective:.3f} so far.")
            _record(simulation, record, say)
            return EXIT_FAILED
        if word in ("undo", "u"):
            if choices:
                choices.pop()
                simulation = replayed(graph, seed, choices)
            else:
                say("There is nothing to take back.")
        elif word in ("hint", "h"):
            say(f"The heuristic would: {describe(simulation, HEURISTIC.choose(simulation), hidden)}")
        elif word == "auto":
            while not simulation.done and not simulation.truncated:
                choices.append(HEURISTIC.choose(simulation))
                simulation.apply(choices[-1])
        elif word.isascii() and word.isdigit() and len(word) < 7 and 1 <= int(word) <= len(candidates):
            choices.append(candidates[int(word) - 1])
            simulation.apply(choices[-1])
        elif word:
            say(HELP)
    other = play(graph, HEURISTIC, seed)
    say(
        f"\n{'Finished' if simulation.success else 'Failed'} after {simulation.now:.1f} s, {simulation.calls} calls, "
        f"paid {simulation.spent:.3g}. J {simulation.objective:.3f}; the heuristic has {other.objective:.3f}."
    )
    _record(simulation, record, say)
    return EXIT_OK if simulation.success else EXIT_FAILED


def replayed(graph: Graph, seed: int, choices: list[Candidate]) -> Simulation:
    """The episode with these choices: the same seed and choices are the same episode, so undo is doing it again."""
    simulation = Simulation(graph, seed, record=True)
    for candidate in choices:
        simulation.apply(candidate)
    return simulation


def describe(simulation: Simulation, candidate: Candidate, hidden: bool = False) -> str:
    level = simulation.graph.level
    if candidate.kind == DISPATCH:
        function = level.functions[candidate.function]
        inputs = ", ".join(level.artifacts[artifact].name for artifact in function.inputs[:6])
        inputs += ", …" if len(function.inputs) > 6 else ""
        text = f"{function.name}({inputs}) → {level.artifacts[function.output].name}"
        extension = level.extensions[candidate.extension]
        option = simulation.graph.options[candidate.function][candidate.provider]
        text += f"  on {extension.name}: {option.seconds:.1f} s"
        if hidden:
            return text
        if not candidate.warm:
            text += f" after {extension.cold_start:.1f} s of loading"
        belief = simulation.beliefs[candidate.extension]
        return f"{text}, price {option.price:.3g}, fails {belief.failure:.0%} as far as is known"
    if candidate.kind == PRELOAD:
        extension = level.extensions[candidate.extension]
        return f"load {extension.name} ({extension.cold_start:.1f} s, memory {extension.memory:.0f})"
    if candidate.kind == EVICT:
        return f"evict {level.extensions[candidate.extension].name}"
    return "wait"


def _say_level(level: Level, hidden: bool, say: Say) -> None:
    for melody in level.melodies:
        goal = ", ".join(level.artifacts[artifact].name for artifact in melody.goal[:6])
        late = "" if melody.deadline == math.inf else f" until {melody.deadline:.0f} s"
        weight = f", weight {melody.weight:g}" if len(level.melodies) > 1 else ""
        say(f"  {melody.name} wants {goal}{', …' if len(melody.goal) > 6 else ''}{late}{weight}")
    if not hidden:
        memory = "" if level.memory == math.inf else f", memory {level.memory:.0f}"
        budget = "" if level.budget == math.inf else f", budget {level.budget:.3g}"
        say(f"  what is paid counts {level.preference:g}{memory}{budget}")


def _say_state(simulation: Simulation, say: Say) -> None:
    level = simulation.graph.level
    running = ", ".join(level.functions[call.function].name for call in list(simulation.running.values())[:6])
    active = [melody.name for melody, state in zip(level.melodies, simulation.melody_state) if state == State.ACTIVE]
    memory = "" if level.memory == math.inf else f", memory {simulation.memory_used:.0f} of {level.memory:.0f}"
    say(
        f"\n{simulation.now:.1f} s, J {simulation.objective:.3f}, paid {simulation.spent:.3g}{memory}; "
        f"{', '.join(active) or 'nothing has arrived'}; running: {running or 'nothing'}"
    )


def _record(simulation: Simulation, path: Path | None, say: Say) -> None:
    if path is not None:
        write(path, lines(run_document(simulation, "person")))
        say(f"The run is in {path}.")
