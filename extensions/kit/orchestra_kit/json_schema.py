"""The part of JSON Schema (draft 2020-12) the manifest schema uses.

Written here because the kit runs on the bare interpreter of the system: no package may be missing at start.
A keyword this module does not know is an error, so a schema cannot promise a check that nobody makes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

_ANNOTATIONS = frozenset({"$schema", "title", "description"})


class Violation(NamedTuple):
    path: str  # JSON Pointer
    message: str


class UnknownKeyword(ValueError):
    """The schema uses a keyword this validator does not check."""


def violations(document: object, schema: Mapping[str, Any], path: str = "") -> Iterator[Violation]:
    """Every way in which `document` breaks `schema`, in the schema's order."""
    for keyword, argument in schema.items():
        if keyword in _ANNOTATIONS:
            continue
        check = _CHECKS.get(keyword)
        if check is None:
            raise UnknownKeyword(f"{keyword} at {path or '/'}")
        yield from check(document, argument, path, schema)


def pointer(path: str, key: str | int) -> str:
    return f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}"


_TYPES: dict[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
}


def _type(value: object, argument: Any, path: str, _: Mapping[str, Any]) -> Iterator[Violation]:
    if not _TYPES[argument](value):
        yield Violation(path, f"must be of type {argument}")


def _const(value: object, argument: Any, path: str, _: Mapping[str, Any]) -> Iterator[Violation]:
    if type(value) is not type(argument) or value != argument:
        yield Violation(path, f"must be {argument!r}")


def _enum(value: object, argument: Any, path: str, _: Mapping[str, Any]) -> Iterator[Violation]:
    if value not in argument:
        yield Violation(path, "must be one of " + ", ".join(map(str, argument)))


def _not(value: object, argument: Any, path: str, _: Mapping[str, Any]) -> Iterator[Violation]:
    if next(violations(value, argument, path), None) is None:
        yield Violation(path, f"{value!r} is not allowed")


def _required(value: object, argument: Any, path: str, _: Mapping[str, Any]) -> Iterator[Violation]:
    if isinstance(value, dict):
        for name in argument:
            if name not in value:
                yield Violation(pointer(path, name), "is missing")


def _properties(value: object, argument: Any, path: str, _: Mapping[str, Any]) -> Iterator[Violation]:
    if isinstance(value, dict):
        for name, schema in argument.items():
            if name in value:
                yield from violations(value[name], schema, pointer(path, name))


def _additional(value: object, argument: Any, path: str, schema: Mapping[str, Any]) -> Iterator[Violation]:
    if isinstance(value, dict) and argument is False:
        for name in value:
            if name not in schema.get("properties", {}):
                yield Violation(pointer(path, name), "is not known")


def _items(value: object, argument: Any, path: str, _: Mapping[str, Any]) -> Iterator[Violation]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from violations(item, argument, pointer(path, index))


def _max_items(value: object, argument: Any, path: str, _: Mapping[str, Any]) -> Iterator[Violation]:
    if isinstance(value, list) and len(value) > argument:
        yield Violation(path, f"has more than {argument} items")


def _unique(value: object, argument: Any, path: str, _: Mapping[str, Any]) -> Iterator[Violation]:
    if argument and isinstance(value, list):
        for index, item in enumerate(value):
            if item in value[:index]:
                yield Violation(pointer(path, index), "is listed twice")


def _min_length(value: object, argument: Any, path: str, _: Mapping[str, Any]) -> Iterator[Violation]:
    if isinstance(value, str) and len(value) < argument:
        yield Violation(path, f"is shorter than {argument} characters")


def _max_length(value: object, argument: Any, path: str, _: Mapping[str, Any]) -> Iterator[Violation]:
    if isinstance(value, str) and len(value) > argument:
        yield Violation(path, f"is longer than {argument} characters")


def _pattern(value: object, argument: Any, path: str, _: Mapping[str, Any]) -> Iterator[Violation]:
    # Python's `$` also matches before a final newline, JSON Schema's does not.
    if isinstance(value, str) and (re.search(argument, value) is None or value.endswith("\n")):
        yield Violation(path, f"does not match {argument}")


def _minimum(value: object, argument: Any, path: str, _: Mapping[str, Any]) -> Iterator[Violation]:
    if isinstance(value, int) and value < argument:
        yield Violation(path, f"is less than {argument}")


def _maximum(value: object, argument: Any, path: str, _: Mapping[str, Any]) -> Iterator[Violation]:
    if isinstance(value, int) and value > argument:
        yield Violation(path, f"is more than {argument}")


_Check = Callable[[object, Any, str, Mapping[str, Any]], Iterator[Violation]]
_CHECKS: dict[str, _Check] = {
    "type": _type,
    "const": _const,
    "enum": _enum,
    "not": _not,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "maxItems": _max_items,
    "uniqueItems": _unique,
    "minLength": _min_length,
    "maxLength": _max_length,
    "pattern": _pattern,
    "minimum": _minimum,
    "maximum": _maximum,
}
