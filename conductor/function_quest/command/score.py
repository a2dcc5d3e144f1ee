"""`symphony quest score LEVEL --calls CALLS --json`."""

from __future__ import annotations

import json

from .. import limits, library
from ..calls import Call, CallError, parse_call
from ..document import parse
from ..level import Level, LevelError
from ..story import score
from . import EXIT_OK, Command
from .arguments import Arguments, UsageError


def parse_calls(text: str) -> list[Call]:
    """Raises UsageError."""
    try:
        document = parse(text.encode())
    except (LevelError, UnicodeEncodeError) as error:
        raise UsageError(f"--calls must be a JSON array of texts: {error}") from error
    if not isinstance(document, list):
        raise UsageError("--calls must be a JSON array of texts")
    if len(document) > limits.CALLS:
        raise UsageError(f"--calls has more than {limits.CALLS} calls")
    calls = []
    for number, item in enumerate(document, 1):
        if not isinstance(item, str):
            raise UsageError(f"call {number} is no text")
        try:
            calls.append(parse_call(item))
        except CallError as error:
            raise UsageError(f"call {number}: {error}") from error
    return calls


def _run(arguments: Arguments) -> int:
    name = arguments.one_name("level")
    if not arguments.flag("--json"):
        raise UsageError("only the form with --json exists")
    calls = parse_calls(arguments.needed("--calls"))
    level = library.load(name)
    if isinstance(level, Level):
        raise LevelError("/story", f"{level.name} is no story: it is played with `play` and measured with `evaluate`")
    result = score(level, calls)
    print(json.dumps({"won": result.won, "score": result.score, "why": result.why}, ensure_ascii=False))
    return EXIT_OK


COMMAND = Command(_run, ("--calls",), ("--json",))
