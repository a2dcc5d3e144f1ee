"""A Python module of a service: names of methods, defaults, and TypedDicts that cost nothing at run time."""

from __future__ import annotations

import json

from definition import Interface, Schema, method_type_name, type_name
from layout import WIDTH, bounds, comment

FOLDER = "conductor/conductor/interfaces"


def file_name(interface: Interface) -> str:
    return f"{FOLDER}/{interface.name}.py"


def generate(interface: Interface) -> str:
    body: list[str] = []
    types: list[str] = []
    if interface.endpoint is not None:
        body += [f"ENDPOINT: Final = {json.dumps(interface.endpoint)}", ""]
    for method in interface.methods.values():
        body.append(f"{_constant(method.name)}: Final = {json.dumps(method.name)}")
    for method in interface.methods.values():
        for field, part in interface.resolved(method.params).properties.items():
            if part.default is not None:
                default = repr(part.default) if not isinstance(part.default, str) else json.dumps(part.default)
                body.append(f"{_constant(method.name)}_{field.upper()}_DEFAULT: Final = {default}")
    for name, schema in interface.types_in_order():
        if schema.has_fields:
            types += _typed_dict(interface, type_name(name), schema, schema.description)
    for method in interface.methods.values():
        for part_name, part_schema in (("params", method.params), ("result", method.result)):
            if part_schema is None:
                continue
            name = method_type_name(method.name, part_name)
            if part_schema.reference is not None:
                types += [f"    {name} = {type_name(part_schema.reference)}", ""]
            else:
                words = {"params": "parameters", "result": "result"}[part_name]
                types += _typed_dict(interface, name, part_schema, f"The {words} of {method.name}.")
    used = "\n".join(types)
    late = [name for name in ("Any", "Literal", "NotRequired", "TypedDict") if _uses(used, name)]
    early = ["TYPE_CHECKING"] * bool(types) + ["Final"] * bool(body)
    lines = [
        f'"""{interface.description}',
        "",
        f"Generated from ipc/interfaces/{interface.name}.json by tools/interfaces/generate.py; do not edit.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        f"from typing import {', '.join(early)}",
        "",
    ]
    while body and body[-1] == "":
        body.pop()
    lines += [*body, ""] if body else []
    if types:
        lines += ["if TYPE_CHECKING:", f"    from typing import {', '.join(late)}", "", *types]
    while lines[-1] == "":
        lines.pop()
    return "\n".join(lines) + "\n"


def _uses(text: str, name: str) -> bool:
    return any(mark + name in text for mark in (" ", "[", "("))


def _constant(method: str) -> str:
    return method.replace(".", "_").upper()


def _typed_dict(interface: Interface, name: str, schema: Schema, description: str) -> list[str]:
    if not schema.has_fields:
        return [f"    {name} = dict[str, Any]", ""]
    # An indented docstring of one line; a longer one closes on a line of its own.
    words = comment("", description, indent=14)
    lines = [f"    class {name}(TypedDict):"]
    if len(words) == 1:
        lines.append(f'        """{words[0]}"""')
    else:
        lines += [f'        """{words[0]}', *(f"        {line}" for line in words[1:]), '        """']
    lines.append("")
    for field, part in schema.properties.items():
        target = interface.resolved(part)
        about = " ".join(
            text for text in (part.description or target.description, bounds(target, choices=False)) if text
        )
        lines += [f"        {line}" for line in comment("# ", about, indent=8)]
        annotation = _annotation(interface, part)
        if field not in schema.required:
            annotation = f"NotRequired[{annotation}]"
        lines += _field(field, annotation)
    return [*lines, ""]


def _field(name: str, annotation: str) -> list[str]:
    """As black lays it out: a list of words that does not fit stands a word a line."""
    line = f"        {name}: {annotation}"
    if len(line) <= WIDTH or not annotation.startswith("Literal["):
        return [line]
    words = annotation.removeprefix("Literal[").removesuffix("]").split(", ")
    return [f"        {name}: Literal[", *(f"            {word}," for word in words), "        ]"]


def _annotation(interface: Interface, schema: Schema) -> str:
    target = interface.resolved(schema)
    nullable = " | None" if target.nullable else ""
    if target.has_fields and schema.reference is not None:
        return type_name(schema.reference) + nullable
    if target.choices:
        return f"Literal[{', '.join(json.dumps(choice) for choice in target.choices)}]{nullable}"
    if target.type == "array":
        return f"list[{_annotation(interface, target.items) if target.items else 'Any'}]{nullable}"
    plain = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "object": "dict[str, Any]"}
    return plain.get(target.type, "Any") + nullable
