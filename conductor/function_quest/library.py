"""Where levels come from: a name of the shipped ones, a family with a seed (`L3:42`), or a file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from . import level_document, limits, story_document
from .document import Field, check_envelope, lines, parse, read_bytes
from .level import Level, LevelError
from .story import Story

SHIPPED = Path(__file__).with_name("levels")
_SEEDED = re.compile(r"([A-Za-z][A-Za-z0-9]{0,15}):([0-9]{1,18})\Z")


def shipped() -> list[str]:
    return sorted(path.stem for path in SHIPPED.glob("*.json"))


def load(name: str) -> Level | Story:
    """Raises LevelError, which names the place of the fault."""
    if name in shipped():
        return read(SHIPPED / f"{name}.json")
    if match := _SEEDED.match(name):
        family, seed = match.group(1), int(match.group(2))
        if family.casefold() == "story":
            from .story_generator import generate_story

            return generate_story(seed)
        from .generator import generate

        return generate(family, seed)
    path = Path(name)
    if not path.exists():
        names = ", ".join(shipped())
        raise LevelError("", f"there is no level {name!r}: neither a file, nor FAMILY:SEED, nor one of {names}")
    return read(path)


def read(path: Path) -> Level | Story:
    return from_bytes(read_bytes(path, limits.FILE_BYTES))


def from_bytes(data: bytes) -> Level | Story:
    root = check_envelope(parse(data))
    return from_field(root)


def from_field(root: Field) -> Level | Story:
    if isinstance(root.value, dict) and "story" in root.value:
        return story_document.from_field(root)
    level = level_document.from_field(root)
    from .graph import Graph

    Graph(level)  # as a whole: cycles, and goals nothing leads to
    return level


def to_document(level: Level | Story) -> dict[str, Any]:
    return story_document.to_document(level) if isinstance(level, Story) else level_document.to_document(level)


def to_text(level: Level | Story) -> str:
    return lines(to_document(level))


def seal(data: bytes) -> str:
    """The same level with a hash that belongs to it, whatever hash it had. Raises LevelError."""
    document = parse(data)
    if isinstance(document, dict):
        document = {key: value for key, value in document.items() if key != "hash"}
    return to_text(from_field(check_envelope(document)))


__all__ = ["from_bytes", "from_field", "load", "read", "seal", "shipped", "to_document", "to_text"]
