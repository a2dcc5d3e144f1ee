"""The calls of a solution: `grab_item("milk")`. A small strict parser; nothing is ever evaluated.

    call   := name "(" [ value { "," value } [ "," ] ] ")"
    value  := string | number | "true" | "false"
    string := as in JSON, in double quotes; or in single quotes with \\' and \\\\
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from . import limits

Value = str | int | float | bool

_BLANK = re.compile(r"[ \t\r\n]*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DOUBLE = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_SINGLE = re.compile(r"'((?:[^'\\\x00-\x1f]|\\['\\])*)'")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?(?![0-9A-Za-z_.])")
_WORD = re.compile(r"(true|false)(?![0-9A-Za-z_])")


class CallError(ValueError):
    """Not a call. The text says where it stops being one."""


class Call(NamedTuple):
    name: str
    arguments: tuple[Value, ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(json.dumps(value, ensure_ascii=False) for value in self.arguments)})"


def parse_call(text: str) -> Call:
    """Raises CallError."""
    if len(text) > limits.CALL_CHARACTERS:
        raise CallError(f"a call is longer than {limits.CALL_CHARACTERS} characters")
    position = _after(_BLANK, text, 0)
    name = _NAME.match(text, position)
    if name is None:
        raise _error(text, position, "the name of a function")
    position = _expect(text, name.end(), "(")
    arguments: list[Value] = []
    position = _after(_BLANK, text, position)
    while not text.startswith(")", position):
        value, position = _value(text, position)
        arguments.append(value)
        if len(arguments) > limits.PARAMETERS:
            raise CallError(f"a call has more than {limits.PARAMETERS} arguments")
        position = _after(_BLANK, text, position)
        if text.startswith(",", position):
            position = _after(_BLANK, text, position + 1)
        elif not text.startswith(")", position):
            raise _error(text, position, '"," or ")"')
    position = _after(_BLANK, text, position + 1)
    if position != len(text):
        raise _error(text, position, "nothing more")
    return Call(name.group(), tuple(arguments))


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _expect(text: str, position: int, sign: str) -> int:
    position = _after(_BLANK, text, position)
    if not text.startswith(sign, position):
        raise _error(text, position, f'"{sign}"')
    return position + 1


def _value(text: str, position: int) -> tuple[Value, int]:
    if match := _DOUBLE.match(text, position):
        return str(json.loads(match.group())), match.end()
    if match := _SINGLE.match(text, position):
        return re.sub(r"\\(.)", r"\1", match.group(1)), match.end()
    if match := _WORD.match(text, position):
        return match.group(1) == "true", match.end()
    if match := _NUMBER.match(text, position):
        return (float(match.group()) if match.group(1) else int(match.group())), match.end()
    raise _error(text, position, "a text in quotes, a number, true or false")


def _error(text: str, position: int, wanted: str) -> CallError:
    found = f"{text[position:position + 20]!r}" if position < len(text) else "the end"
    shown = text if len(text) <= 80 else text[:77] + "..."
    return CallError(f"{shown!r} is no call: {wanted} was expected at character {position + 1}, not {found}")
