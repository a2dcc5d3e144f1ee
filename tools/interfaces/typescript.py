"""A TypeScript module of what the page asks of the window."""

from __future__ import annotations

import json

from definition import Interface, Schema, method_type_name, type_name
from layout import bounds, comment

FOLDER = "ui/src/core"
# The page speaks no other interface: what extensions draw has schemas of its own (ui/schemas).
INTERFACES = ("page",)


def file_name(interface: Interface) -> str:
    return f"{FOLDER}/{interface.name}-interface.ts"


def generate(interface: Interface) -> str:
    lines = [
        f"// Generated from ipc/interfaces/{interface.name}.json by tools/interfaces/generate.py; do not edit.",
        "",
    ]
    if "JsonObject" in "".join(_annotation(interface, part) for part in _all(interface)):
        lines += ['import type { JsonObject } from "./json";', ""]
    for name, schema in interface.types_in_order():
        if schema.has_fields:
            lines += _type(interface, type_name(name), schema, schema.description)
    methods = []
    for method in interface.methods.values():
        names = []
        for part_name, part_schema in (("params", method.params), ("result", method.result)):
            if part_schema is None:
                names.append("undefined")
                continue
            name = method_type_name(method.name, part_name)
            names.append(_annotation(interface, part_schema))
            if part_schema.has_fields:
                names[-1] = name
                words = {"params": "parameters", "result": "result"}[part_name]
                lines += _type(interface, name, part_schema, f"The {words} of {method.name}.")
        methods += [f"  {line}" for line in _comment(method.description)]
        methods.append(
            f"  readonly {json.dumps(method.name)}: {{ readonly params: {names[0]}; readonly result: {names[1]} }};"
        )
    title = f"{type_name(interface.name)}Methods"
    lines += [*_comment(interface.description), f"export type {title} = {{", *methods, "};", ""]
    return "\n".join(lines)


def _all(interface: Interface) -> list[Schema]:
    found = []
    for method in interface.methods.values():
        for schema in (method.params, *((method.result,) if method.result else ())):
            found += list(schema.properties.values()) if schema.has_fields else [schema]
    for schema in interface.types.values():
        found += list(schema.properties.values())
    return found


def _comment(text: str) -> list[str]:
    lines = comment("", text, indent=10)
    if len(lines) == 1:
        return [f"/** {lines[0]} */"]
    return ["/**", *(f" * {line}" for line in lines), " */"]


# A type and no interface: only those may be given where a document is wanted.
def _type(interface: Interface, name: str, schema: Schema, description: str) -> list[str]:
    lines = [*_comment(description), f"export type {name} = {{"]
    for field, part in schema.properties.items():
        target = interface.resolved(part)
        about = " ".join(
            text for text in (part.description or target.description, bounds(target, choices=False)) if text
        )
        if about:
            lines += [f"  {line}" for line in _comment(about)]
        mark = "" if field in schema.required else "?"
        lines.append(f"  readonly {field}{mark}: {_annotation(interface, part)};")
    return [*lines, "};", ""]


def _annotation(interface: Interface, schema: Schema) -> str:
    target = interface.resolved(schema)
    nullable = " | null" if target.nullable else ""
    if target.has_fields and schema.reference is not None:
        return type_name(schema.reference) + nullable
    if target.choices:
        return " | ".join(json.dumps(choice) for choice in target.choices) + nullable
    if target.type == "array":
        item = _annotation(interface, target.items) if target.items else "unknown"
        return f"readonly ({item})[]{nullable}" if " | " in item else f"readonly {item}[]{nullable}"
    plain = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "object": "JsonObject"}
    return plain.get(target.type, "unknown") + nullable
