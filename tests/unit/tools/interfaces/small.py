"""A small definition the tests change."""

from __future__ import annotations

import copy
from typing import Any

_SMALL: dict[str, Any] = {
    "interface": "greeter",
    "version": 1,
    "endpoint": "greeter",
    "description": "Says hello.",
    "types": {
        "person": {
            "description": "Who is greeted.",
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 80, "description": "As it is called."},
                "age": {"type": ["integer", "null"], "minimum": 0, "maximum": 200},
            },
        },
        "tone": {"description": "How.", "type": "string", "enum": ["warm", "cool"]},
    },
    "methods": {
        "greet.say": {
            "description": "Greets somebody.",
            "answered": True,
            "idempotent": True,
            "grant": "greet.say",
            "outside": True,
            "params": {
                "type": "object",
                "required": ["person"],
                "additionalProperties": False,
                "properties": {
                    "person": {"$ref": "#/types/person"},
                    "tone": {"$ref": "#/types/tone", "default": "warm"},
                    "times": {"type": "integer", "minimum": 1, "maximum": 9, "default": 1},
                    "others": {"type": "array", "items": {"$ref": "#/types/person"}, "maxItems": 5},
                },
            },
            "result": {
                "type": "object",
                "required": ["text", "data"],
                "properties": {"text": {"type": "string", "maxBytes": 100}, "data": {}},
            },
        },
        "greet.stop": {
            "description": "No more.",
            "answered": False,
            "grant": "every",
            "outside": False,
            "params": {"type": "object"},
        },
    },
}


def small() -> dict[str, Any]:
    return copy.deepcopy(_SMALL)


def put(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Replaces, adds, or with `...` removes what a JSON Pointer names (without escapes)."""
    *way, last = path.removeprefix("/").split("/")
    place: Any = document
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if value is ...:
        del place[last]
    elif isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return document
