"""JSON that came from somewhere else, read with the place of every fault; written so that its hash can be checked."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import limits
from .level import LevelError

FORMAT = "symphony.function_quest.level"
VERSION = 1
HASH_PREFIX = "sha256:"


def pointer(path: str, key: str | int) -> str:
    return f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}"


class Field:
    """A value and where it stands. Every reader raises LevelError with that place."""

    __slots__ = ("value", "path")

    def __init__(self, value: object, path: str = "") -> None:
        self.value = value
        self.path = path

    def fail(self, message: str) -> LevelError:
        return LevelError(self.path, message)

    def members(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Field]:
        if not isinstance(self.value, dict):
            raise self.fail("must be an object")
        for key in self.value:
            if key not in required and key not in optional:
                raise LevelError(pointer(self.path, key[: limits.NAME_CHARACTERS]), "is not known")
        for key in required:
            if key not in self.value:
                raise LevelError(pointer(self.path, key), "is missing")
        return {key: Field(value, pointer(self.path, key)) for key, value in self.value.items()}

    def items(self, most: int, least: int = 0) -> list[Field]:
        if not isinstance(self.value, list):
            raise self.fail("must be an array")
        if len(self.value) > most:
            raise self.fail(f"has {len(self.value)} items, more than {most}")
        if len(self.value) < least:
            raise self.fail(f"needs at least {least} item{'s' if least > 1 else ''}")
        return [Field(value, pointer(self.path, index)) for index, value in enumerate(self.value)]

    def text(self, most: int = limits.NAME_CHARACTERS, *, empty: bool = False) -> str:
        if not isinstance(self.value, str):
            raise self.fail("must be text")
        if not self.value and not empty:
            raise self.fail("is empty")
        if len(self.value) > most:
            raise self.fail(f"is longer than {most} characters")
        if any(
            ord(character) < 32 and character != "\n" or 0xD800 <= ord(character) < 0xE000 for character in self.value
        ):
            raise self.fail("has a control character or half a surrogate pair in it")
        return self.value

    def choice(self, names: tuple[str, ...]) -> str:
        value = self.text()
        if value not in names:
            raise self.fail(f"must be one of {', '.join(names)}")
        return value

    def integer(self, low: int, high: int) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.fail("must be an integer")
        if not low <= self.value <= high:
            raise self.fail(f"must be from {low} to {high}")
        return self.value

    def number(self, low: float, high: float) -> float:
        if not isinstance(self.value, (int, float)) or isinstance(self.value, bool):
            raise self.fail("must be a number")
        if not low <= self.value <= high:
            raise self.fail(f"must be from {low:g} to {high:g}")
        return float(self.value)

    def number_or_none(self, low: float, high: float, otherwise: float) -> float:
        return otherwise if self.value is None else self.number(low, high)

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.fail("must be true or false")
        return self.value

    def name_in(self, names: dict[str, int]) -> int:
        value = self.text()
        if value not in names:
            raise self.fail(f"there is no {value!r}")
        return names[value]


def read_bytes(path: Path, most: int) -> bytes:
    """Unpacked when it is gzip. Raises LevelError, never OSError."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
        if data[:2] == b"\x1f\x8b" and len(data) <= most:
            with gzip.open(path) as packed:
                data = packed.read(most + 1)
    except OSError as error:
        raise LevelError("", f"{path} cannot be read: {error.strerror or error}") from error
    except (EOFError, zlib.error) as error:
        raise LevelError("", f"{path} is not whole: {error}") from error
    if len(data) > most:
        raise LevelError("", f"{path} is larger than {most} bytes")
    return data


def parse(data: bytes) -> Any:
    """Strict JSON: UTF-8, no NaN, no key twice."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for index, key in enumerate(keys) if key in keys[:index])
            raise LevelError("", f"the key {twice[:limits.NAME_CHARACTERS]!r} stands twice in one object")
        return found

    def constant(name: str) -> float:
        raise LevelError("", f"{name} is no JSON number")

    def finite(text: str) -> float:
        value = float(text)
        if not math.isfinite(value):
            raise LevelError("", f"the number {text[:40]} is too large")
        return value

    try:
        text = data.decode()
        return json.loads(text, object_pairs_hook=members, parse_constant=constant, parse_float=finite)
    except UnicodeDecodeError as error:
        raise LevelError("", f"is not UTF-8 (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise LevelError("", f"is not JSON: line {error.lineno}, column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise LevelError("", "is nested too deep") from error
    except ValueError as error:
        if isinstance(error, LevelError):
            raise
        raise LevelError("", "a number in it is too long") from error  # int() has a limit of its own


def canonical(document: dict[str, Any]) -> bytes:
    """What is hashed: the document without its hash, keys in order, no blanks, UTF-8."""
    rest = {key: value for key, value in document.items() if key != "hash"}
    return json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def hash_of(document: dict[str, Any]) -> str:
    return HASH_PREFIX + hashlib.sha256(canonical(document)).hexdigest()


def sealed(document: dict[str, Any]) -> dict[str, Any]:
    """With its hash as the last key."""
    rest = {key: value for key, value in document.items() if key != "hash"}
    return {**rest, "hash": hash_of(rest)}


def check_envelope(document: object) -> Field:
    """Format, version and hash; a file of another version is named as such before anything else is said of it."""
    root = Field(document)
    if not isinstance(document, dict):
        raise root.fail("must be an object")
    if document.get("format") != FORMAT:
        raise LevelError("/format", f"must be {FORMAT!r}: this is no level")
    version = document.get("version")
    if version != VERSION or isinstance(version, bool):
        shown = version if isinstance(version, int) else type(version).__name__
        raise LevelError("/version", f"is {shown}; this program reads version {VERSION}")
    if "hash" in document:
        try:
            found = hash_of(document)
        except (UnicodeEncodeError, RecursionError) as error:
            raise LevelError("", "holds text that is no Unicode, or is nested too deep") from error
        if document["hash"] != found:
            raise LevelError("/hash", "does not belong to this content: it was changed after it was sealed")
    return root


def lines(document: dict[str, Any]) -> str:
    """For people: a line for each member of the long arrays, so that a difference shows what changed."""
    return "".join(_lines(document)) + "\n"


def _lines(document: dict[str, Any]) -> Iterator[str]:
    def short(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)

    yield "{\n"
    for number, (key, value) in enumerate(document.items()):
        end = "" if number == len(document) - 1 else ","
        if isinstance(value, list) and value and isinstance(value[0], dict):
            inner = ",\n".join("    " + short(item) for item in value)
            yield f"  {short(key)}: [\n{inner}\n  ]{end}\n"
        else:
            yield f"  {short(key)}: {short(value)}{end}\n"
    yield "}"
