"""Writes what is generated from ipc/interfaces/*.json; with --check, says what is stale and writes nothing."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cpp
import markdown
import python_source
import typescript
from definition import DefinitionError, Interface, read_interfaces

ROOT = Path(__file__).resolve().parents[2]
DEFINITIONS = "ipc/interfaces"


def outputs(interfaces: list[Interface]) -> dict[str, str]:
    """Each generated file and what it holds."""
    files = {markdown.FILE: markdown.generate(interfaces)}
    for interface in interfaces:
        files[cpp.file_name(interface)] = cpp.generate(interface)
        if interface.methods and interface.name not in typescript.INTERFACES:
            files[python_source.file_name(interface)] = python_source.generate(interface)
        if interface.name in typescript.INTERFACES:
            files[typescript.file_name(interface)] = typescript.generate(interface)
    return files


def stale(root: Path, files: dict[str, str]) -> list[str]:
    """Generated files that differ, are missing, or are generated from nothing any more."""
    found = [
        name
        for name, text in files.items()
        if not (root / name).is_file() or (root / name).read_text(encoding="utf-8") != text
    ]
    for folder, pattern in ((cpp.FOLDER, "*.h"), (python_source.FOLDER, "[!_]*.py")):
        found += [
            name
            for name in (str(path.relative_to(root)) for path in sorted((root / folder).glob(pattern)))
            if name not in files
        ]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check: bool = parser.parse_args().check
    try:
        files = outputs(read_interfaces(ROOT / DEFINITIONS))
    except DefinitionError as error:
        print(error, file=sys.stderr)
        return 1
    found = stale(ROOT, files)
    if check:
        for name in found:
            print(f"{name} is stale: run python3 tools/interfaces/generate.py", file=sys.stderr)
        return 1 if found else 0
    for name in found:
        path = ROOT / name
        if name in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[name], encoding="utf-8")
        else:
            path.unlink()
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
