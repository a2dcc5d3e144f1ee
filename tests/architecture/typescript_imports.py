"""Which modules the page's TypeScript imports, against what the table allows."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

from layer_table import Layer, layer_of

SOURCES = "ui/src"
CONTRIBUTIONS = f"{SOURCES}/contrib"
# A feature's one door: nobody imports anything else of it.
DOOR = re.compile(r"contribution(\.tsx?)?$")
IMPORT = re.compile(
    r"""(?:\bfrom\s*|\bimport\s*\(\s*|^\s*import\s+)(["'])(?P<name>[^"']+)\1""",
    re.MULTILINE,
)
COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
REACT = re.compile(r"(react|react-dom|lucide-react|@radix-ui/.*|radix-ui|zustand|@testing-library/.*)(/.*)?$")
# The store without its React binding.
FREE_OF_REACT = re.compile(r"zustand/vanilla$")


def target_of(source: PurePosixPath, name: str) -> PurePosixPath | None:
    """The imported file, relative to the repository; nothing for an npm package."""
    if name.startswith("@/"):
        return PurePosixPath(SOURCES) / name[2:]
    if name.startswith("."):
        return PurePosixPath(os.path.normpath(source.parent / name.partition("?")[0]))
    return None


def feature_of(path: PurePosixPath) -> str | None:
    return path.relative_to(CONTRIBUTIONS).parts[0] if path.is_relative_to(CONTRIBUTIONS) else None


def violation(source: PurePosixPath, name: str, layers: dict[str, Layer]) -> str | None:
    own = layer_of(source, layers)
    target = target_of(source, name)
    if target is None:
        if own and "React" not in own.libraries and REACT.match(name) and not FREE_OF_REACT.match(name):
            return f"{own.folder}/ may not use React (imports {name})"
        return None
    feature = feature_of(target)
    if feature is not None and feature != feature_of(source) and not DOOR.search(target.name):
        return f"only contribution.tsx of {CONTRIBUTIONS}/{feature}/ may be imported from outside (imports {name})"
    if own is None:  # the composition root: ui/src/main.tsx
        return None
    if feature is not None and feature_of(source) is not None and feature != feature_of(source):
        return f"one feature may not use another (imports {name})"
    other = layer_of(target / "x", layers)
    if other is not None and not own.may_use(other):
        return f"{own.folder}/ may not use {other.folder}/ (imports {name})"
    if other is None and target.is_relative_to(SOURCES) and target.suffix != ".css":
        return f"{own.folder}/ may not use the composition root (imports {name})"
    return None


def violations(root: Path, layers: dict[str, Layer]) -> list[str]:
    found: list[str] = []
    for path in sorted((root / SOURCES).rglob("*")):
        if path.suffix not in (".ts", ".tsx"):
            continue
        source = PurePosixPath(path.relative_to(root))
        text = COMMENT.sub("", path.read_text())
        for match in IMPORT.finditer(text):
            if message := violation(source, match.group("name"), layers):
                found.append(f"{source}: {message}")
    return found
