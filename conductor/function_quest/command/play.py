"""`symphony quest play LEVEL`: in a terminal, or with what to do on standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from .. import library
from ..calls import Call, CallError, parse_call
from ..level import LevelError
from ..story import SCORED, Game, Story, best_score, fewest_calls
from . import EXIT_FAILED, EXIT_OK, Command
from .arguments import Arguments, UsageError

Say = Callable[[str], None]
MOST_SHOWN = 40


def _run(arguments: Arguments) -> int:
    level = library.load(arguments.one_name("level"))
    say: Say = print
    if isinstance(level, Story):
        if arguments.value("--record") is not None or arguments.value("--seed") is not None:
            raise UsageError("--record and --seed belong to schedules; a story has no chance in it")
        return play_story(level, say)
    from .schedule import play_schedule

    record = arguments.value("--record")
    seed = arguments.whole("--seed", level.seed, 0, 2**62)
    return play_schedule(level, seed, Path(record) if record is not None else None, say)


def ask(prompt: str) -> str | None:
    """A line; None at the end of the input. The prompt goes where a person is: not into a script's output."""
    if sys.stdin.isatty():
        print(prompt, end="", flush=True)
    try:
        line = sys.stdin.readline(100_000)
    except UnicodeDecodeError as error:
        raise LevelError("", "the input is not UTF-8") from error
    return line.strip() if line else None


STORY_HELP = 'A call, such as grab_item("milk"); or its number; or: hint, undo, functions, quit'


def play_story(story: Story, say: Say) -> int:
    game = Game(story)
    say(f"{story.title or story.name}\n\n{story.statement}\n\nWanted: {story.target!r}\n")
    _say_functions(story, say)
    say(STORY_HELP)
    while not game.won:
        possible = game.possible()
        _say_state(game, say)
        for number, call in enumerate(possible[:MOST_SHOWN], 1):
            say(f"  {number:>2}  {call}")
        word = ask("> ")
        if word is None or word in ("quit", "q"):
            say(f"Not won. Score {game.score} after {len(game.steps)} calls.")
            return EXIT_FAILED
        if word in ("undo", "u"):
            say("Taken back." if game.undo() else "There is nothing to take back.")
        elif word in ("functions", "f", "help", "?"):
            _say_functions(story, say)
            say(STORY_HELP)
        elif word in ("hint", "h"):
            best = max(possible, key=lambda call: _points(game, call), default=None)
            say(f"Perhaps {best}" if best else "There is nothing left that helps: undo")
        elif word:
            _call(game, word, [str(call) for call in possible], say)
    most = best_score(story)
    say(f"Won with {len(game.steps)} calls ({fewest_calls(story)} are enough). Score {game.score} of {most}.")
    return EXIT_OK


def _call(game: Game, word: str, possible: list[str], say: Say) -> None:
    if word.isascii() and word.isdigit() and len(word) < 4 and 1 <= int(word) <= len(possible):
        word = possible[int(word) - 1]
    try:
        step = game.call(parse_call(word))
    except CallError as error:
        say(f"{error}\n{STORY_HELP}")
        return
    returned = f" → {json.dumps(step.value, ensure_ascii=False)}" if step.value is not None else ""
    points = f"  {step.points:+d}" if game.story.style == SCORED else ""
    message = f"  ({step.message})" if step.message else ""
    say(f"{step.call}{returned}{points}{message}")


def _points(game: Game, call: Call) -> int:
    """What a call would bring at once."""
    trial = Game(game.story)
    trial.facts, trial.scored = set(game.facts), set(game.scored)
    step = trial.play(call)
    # The end ends everything: what else brings points comes before it.
    return -1 if trial.won else step.points


def _say_state(game: Game, say: Say) -> None:
    facts = sorted(fact for fact in game.facts if not fact.startswith("_"))
    say(f"\nScore {game.score}, {len(game.steps)} calls. " + ("; ".join(facts) if facts else "Nothing is known yet."))


def _say_functions(story: Story, say: Say) -> None:
    for function in story.functions:
        parameters = ", ".join(parameter.name for parameter in function.parameters)
        say(f"  {function.name}({parameters})  {function.purpose}")
        for parameter in function.parameters:
            values = ", ".join(json.dumps(value, ensure_ascii=False) for value in parameter.values)
            say(f"      {parameter.name}: {values}")


COMMAND = Command(_run, ("--seed", "--record"), ())
