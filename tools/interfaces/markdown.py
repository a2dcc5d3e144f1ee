"""docs/interfaces.md: every method with its parameters, result and limits."""

from __future__ import annotations

import json
from pathlib import Path

from definition import Interface, Schema
from layout import bounds

FILE = "docs/interfaces.md"

_HEAD = Path(__file__).with_name("interfaces_head.md")


def generate(interfaces: list[Interface]) -> str:
    parts = [_HEAD.read_text(encoding="utf-8")]
    for interface in interfaces:
        where = f"endpoint `{interface.endpoint}`, " if interface.endpoint else ""
        parts.append(f"## `{interface.name}`\n{interface.description} ({where}version {interface.version})\n")
        if interface.methods:
            rows = [_method(interface, name) for name in interface.methods]
            head = "| method | does | may send | parameters | result |\n|---|---|---|---|---|"
            parts.append("\n".join([head, *rows]) + "\n")
        named = [(name, schema) for name, schema in interface.types.items()]
        if named:
            rows = [f"| {name} | {schema.description} | {_value(schema)} |" for name, schema in named]
            parts.append("\n".join(["| type | is | holds |", "|---|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def _method(interface: Interface, name: str) -> str:
    method = interface.methods[name]
    kind = "" if method.answered else " Notification."
    twice = " Idempotent." if method.idempotent else ""
    result = "–" if method.result is None else _value(method.result)
    return (
        f"| `{name}` | {method.description}{kind}{twice} | {_senders(interface, name)} | {_value(method.params)} "
        f"| {result} |"
    )


def _senders(interface: Interface, name: str) -> str:
    method = interface.methods[name]
    grants = {
        "every": "every extension",
        "views": "an extension with views",
        "topic": "who was granted the topic",
        "stream": "who was granted the method of the target",
        "none": "",
    }
    who = [grants.get(method.grant, f"`{method.grant}`")] if method.grant != "none" else []
    who += ["programs"] if method.outside else []
    return ", ".join(who) or ("the page" if interface.name == "page" else "the host")


def _value(schema: Schema) -> str:
    if not schema.has_fields:
        return "`{}`" if schema.reference is None and schema.type == "object" else _kind(schema)
    fields = []
    for name, part in schema.properties.items():
        words = [_kind(part)]
        if part.default is not None:
            words.append(f"else {json.dumps(part.default)}")
        elif name not in schema.required:
            words.append("may be left out")
        about = part.description and f": {part.description.rstrip('.')}"
        fields.append(f"`{name}` {', '.join(words)}{about}")
    return "; ".join(fields) + ("; nothing else" if schema.closed else "")


def _kind(schema: Schema) -> str:
    if schema.reference is not None:
        return schema.reference
    words = {"any": "anything", "array": "list"}.get(schema.type, schema.type)
    if schema.type == "array" and schema.items is not None:
        words = f"list of {_kind(schema.items)}"
    limits = bounds(schema).rstrip(".")
    if limits:
        words += f" ({', '.join(limit[:1].lower() + limit[1:] for limit in limits.split('. '))})"
    return words + (" or null" if schema.nullable else "")
