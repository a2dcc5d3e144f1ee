"""`symphony quest …`: Function Quest on the command line. Results go to standard output, messages to standard error.

Runs in the application's interpreter (`run`) and as `python3 -m function_quest`. NumPy is loaded only by what needs it.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..level import LevelError
from .arguments import Arguments, UsageError

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_UNAVAILABLE = 0, 1, 2, 69
EXIT_INTERRUPTED = 130  # as a shell calls what Ctrl+C ended

USAGE = """\
Function Quest, the Conductor's training ground (docs/quest.md).

  symphony quest levels             the shipped levels and the families of generated ones
  symphony quest play LEVEL [--seed N] [--record FILE]
                                    play it in the terminal
  symphony quest score LEVEL --calls CALLS --json
                                    CALLS: a JSON array of texts such as "grab_item(\\"milk\\")";
                                    one object {"won","score","why"}
  symphony quest evaluate --policy POLICY (--levels SPEC | --instances FILE) [--seeds N] --json
                                    POLICY: fifo, critical_path, heft, wsrt, random, learned, or
                                    the file of a trained one
                                    SPEC: levels after commas, L3:100-199 for a hundred seeds
                                    FILE: real workflows; one object a line, the last one the summary
  symphony quest explain LEVEL --policy POLICY --step N [--seed N] [--rollouts N] --json
                                    why decision N of that episode fell as it did, and how the
                                    episode ends with each of at most 64 (16) other choices
  symphony quest check FILE [--seal FILE]
                                    is it a level? --seal: write it with a fresh hash
  symphony quest show LEVEL         the level as a file
  symphony quest export RUN [--output FILE]
                                    a recorded run as a level

LEVEL is the name of a shipped level (milk), a family with a seed (L3:42, story:7), or a file.
Exit codes: 0 done, 1 failed (the message says why), 2 wrong use, 69 a package is missing.
"""


class Command(NamedTuple):
    run: Callable[[Arguments], int]
    values: tuple[str, ...]  # options with a value
    flags: tuple[str, ...]


# Each is imported when it is asked for: scoring a story must not wait for NumPy.
_COMMANDS = {
    "score": ("score", "COMMAND"),
    "play": ("play", "COMMAND"),
    "evaluate": ("evaluate", "COMMAND"),
    "explain": ("explain", "COMMAND"),
    "check": ("files", "CHECK"),
    "show": ("files", "SHOW"),
    "export": ("files", "EXPORT"),
    "levels": ("files", "LEVELS"),
}


def run(config: Mapping[str, Any]) -> int:
    """Called by the application. Returns the exit code; raises nothing."""
    return main([str(argument) for argument in config["arguments"]])


def main(words: list[str]) -> int:
    try:
        return _dispatch(words)
    except UsageError as error:
        print(f"symphony quest: {error} (see symphony quest --help)", file=sys.stderr)
        return EXIT_USAGE
    except LevelError as error:
        print(f"symphony quest: {error}", file=sys.stderr)
        return EXIT_FAILED
    except ModuleNotFoundError as error:
        print(f"symphony quest: {error.name} is missing: apt install python3-{error.name}", file=sys.stderr)
        return EXIT_UNAVAILABLE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has enough. What is still buffered goes nowhere, or the interpreter would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return EXIT_FAILED
    except OSError as error:
        print(f"symphony quest: {error.filename or 'standard output'}: {error.strerror}", file=sys.stderr)
        return EXIT_FAILED


def _dispatch(words: list[str]) -> int:
    if not words or words[0] in ("--help", "-h", "help") or "--help" in words[1:]:
        print(USAGE, end="", file=sys.stdout if words else sys.stderr)
        return EXIT_OK if words else EXIT_USAGE
    if words[0] not in _COMMANDS:
        raise UsageError(f"there is no command {words[0]!r}")
    module, name = _COMMANDS[words[0]]
    command: Command = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    return command.run(Arguments(words[1:], command.values, command.flags))
