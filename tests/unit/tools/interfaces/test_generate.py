"""The committed files are what the definitions give, and a stale one is found."""

from __future__ import annotations

from pathlib import Path

import generate
from definition import parse_interface, read_interfaces
from small import small

INTERFACES = read_interfaces(generate.ROOT / generate.DEFINITIONS)


def test_nothing_that_is_committed_is_stale() -> None:
    assert {interface.name for interface in INTERFACES} >= {"artifact_store", "conductor", "supervisor", "ui"}
    found = generate.stale(generate.ROOT, generate.outputs(INTERFACES))
    assert not found, f"run python3 tools/interfaces/generate.py: {found}"


def test_a_changed_a_missing_and_a_left_over_file_are_stale(tmp_path: Path) -> None:
    files = generate.outputs([parse_interface(small(), "greeter.json")])
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "conductor/conductor/interfaces/__init__.py").write_text("")
    assert generate.stale(tmp_path, files) == []

    header = "ipc/include/symphony/interfaces/greeter.h"
    (tmp_path / header).write_text(files[header] + "\n")
    (tmp_path / "docs/interfaces.md").unlink()
    (tmp_path / "ipc/include/symphony/interfaces/gone.h").write_text("")
    (tmp_path / "conductor/conductor/interfaces/gone.py").write_text("")
    assert sorted(generate.stale(tmp_path, files)) == [
        "conductor/conductor/interfaces/gone.py",
        "docs/interfaces.md",
        "ipc/include/symphony/interfaces/gone.h",
        header,
    ]


def test_the_same_definition_gives_the_same_files() -> None:
    assert generate.outputs(INTERFACES) == generate.outputs(read_interfaces(generate.ROOT / generate.DEFINITIONS))
