"""A story level as JSON and back. docs/quest.md has the table of fields."""

from __future__ import annotations

import math
import re
from typing import Any

from . import limits
from .calls import Value
from .document import FORMAT, VERSION, Field, sealed
from .level import LevelError
from .level_document import ENVELOPE, ENVELOPE_OPTIONAL, envelope
from .story import REDUNDANT_POINTS, STYLES, Parameter, Story, StoryFunction, shortest

TYPES = ("text", "number", "flag")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_LISTS = ("needs", "gives", "takes", "helps_until")


def to_document(story: Story) -> dict[str, Any]:
    """Sealed."""
    return sealed(
        {
            "format": FORMAT,
            "version": VERSION,
            "name": story.name,
            "family": story.family,
            "title": story.title,
            "notes": story.notes,
            "seed": story.seed,
            "generator": story.generator._asdict(),
            "story": {
                "style": story.style,
                "statement": story.statement,
                "target": story.target,
                "facts": list(story.facts),
                "redundant": story.redundant,
                "functions": [_function_document(function) for function in story.functions],
            },
        }
    )


def _function_document(function: StoryFunction) -> dict[str, Any]:
    """Without what is as it would be without it."""
    usual = StoryFunction("", "", "")._asdict()
    document = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in function._asdict().items()
        if value != usual[key]
    }
    if function.parameters:
        document["parameters"] = [
            {**parameter._asdict(), "values": list(parameter.values)} for parameter in function.parameters
        ]
    return document


def from_field(root: Field) -> Story:
    """Raises LevelError at the first fault, also when no calls lead to the target."""
    outer = root.members((*ENVELOPE, "story"), ENVELOPE_OPTIONAL)
    field = outer["story"]
    fields = field.members(("style", "statement", "target", "functions"), ("facts", "redundant"))
    functions = [_function(item) for item in fields["functions"].items(limits.STORY_FUNCTIONS, 1)]
    names: set[str] = set()
    calls = 0
    for index, function in enumerate(functions):
        calls += math.prod(len(parameter.values) for parameter in function.parameters)
        if calls > limits.STORY_CALLS:
            raise LevelError(f"/story/functions/{index}", f"more than {limits.STORY_CALLS} different calls up to here")
        if function.name in names:
            raise LevelError(f"/story/functions/{index}/name", f"{function.name!r} stands there twice")
        names.add(function.name)
    redundant = REDUNDANT_POINTS
    if "redundant" in fields:
        redundant = fields["redundant"].integer(-limits.POINTS, 0)
    story = Story(
        **envelope(outer),
        style=fields["style"].choice(STYLES),
        statement=fields["statement"].text(limits.TEXT_CHARACTERS),
        target=fields["target"].text(),
        functions=tuple(functions),
        facts=_texts(fields["facts"]) if "facts" in fields else (),
        redundant=redundant,
    )
    if shortest(story) is None:
        raise LevelError("/story/target", "no solution: no calls were found that return it")
    return story


def _function(field: Field) -> StoryFunction:
    fields = field.members(
        ("name", "purpose", "returns"),
        ("parameters", "refusal", *_LISTS, "points", "once", "cost", "latency", "failure"),
    )
    name = fields["name"].text()
    if not _NAME.match(name):
        raise fields["name"].fail("must be a name: letters, digits and _, no digit first")
    parameters = []
    if "parameters" in fields:
        parameters = [_parameter(item) for item in fields["parameters"].items(limits.PARAMETERS)]
    lists = {key: _texts(fields[key]) for key in _LISTS if key in fields}

    def number(key: str, most: float) -> float:
        return fields[key].number(0.0, most) if key in fields else 0.0

    return StoryFunction(
        name,
        fields["purpose"].text(limits.TEXT_CHARACTERS),
        fields["returns"].text(limits.TEXT_CHARACTERS),
        tuple(parameters),
        lists.get("needs", ()),
        fields["refusal"].text(limits.TEXT_CHARACTERS) if "refusal" in fields else "",
        lists.get("gives", ()),
        lists.get("takes", ()),
        lists.get("helps_until", ()),
        fields["points"].integer(-limits.POINTS, limits.POINTS) if "points" in fields else 0,
        fields["once"].flag() if "once" in fields else False,
        number("cost", limits.PRICE),
        number("latency", limits.SECONDS),
        number("failure", 1.0),
    )


def _parameter(field: Field) -> Parameter:
    fields = field.members(("name", "values"), ("type",))
    kind = fields["type"].choice(TYPES) if "type" in fields else "text"
    values: list[Value] = []
    for item in fields["values"].items(limits.PARAMETER_VALUES, 1):
        values.append(_value(item, kind))
    name = fields["name"].text()
    if not _NAME.match(name):
        raise fields["name"].fail("must be a name: letters, digits and _, no digit first")
    return Parameter(name, kind, tuple(values))


def _value(field: Field, kind: str) -> Value:
    if kind == "text":
        return field.text()
    if kind == "flag":
        return field.flag()
    value = field.number(-limits.SECONDS, limits.SECONDS)
    return int(value) if isinstance(field.value, int) else value


def _texts(field: Field) -> tuple[str, ...]:
    return tuple(item.text() for item in field.items(limits.FACTS))
