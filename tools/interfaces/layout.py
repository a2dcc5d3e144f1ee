"""What the generated files of every language share: lines of comment, and limits in words."""

from __future__ import annotations

import textwrap

from definition import Schema

WIDTH = 120


def comment(mark: str, text: str, indent: int = 0) -> list[str]:
    """`text` as lines that begin with `mark` and stay within the width when they are indented."""
    return [mark + line for line in textwrap.wrap(text, WIDTH - len(mark) - max(indent, 2))] if text else []


def bounds(schema: Schema, *, choices: bool = True) -> str:
    """The limits of a value in words, or nothing; that a count is not negative goes without saying."""
    parts = []
    if schema.choices and choices:
        parts.append("One of " + ", ".join(schema.choices))
    if schema.minimum is not None and schema.maximum is not None:
        parts.append(f"{schema.minimum} to {schema.maximum}")
    elif schema.minimum:
        parts.append(f"At least {schema.minimum}")
    elif schema.maximum is not None:
        parts.append(f"At most {schema.maximum}")
    if schema.min_length is not None and schema.max_length is not None:
        least = "" if schema.min_length == schema.max_length else f"{schema.min_length} to "
        parts.append(f"{least}{schema.max_length} characters")
    elif schema.min_length is not None:
        parts.append("Not empty" if schema.min_length == 1 else f"At least {schema.min_length} characters")
    elif schema.max_length is not None:
        parts.append(f"At most {schema.max_length} characters")
    if schema.max_bytes is not None:
        parts.append(f"At most {schema.max_bytes} bytes")
    if schema.max_items is not None:
        parts.append(f"At most {schema.max_items} items")
    return " ".join(f"{part}." for part in parts)
