"""What is not linked cannot be included by accident: each layer's link list is its row of the table."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from layer_table import ROOT, Layer, layer_of, read_layers

LAYERS = read_layers()
DEFINITION = re.compile(
    r"\b(?:symphony_layer|(?:qt_|Python3_)?add_library|(?:qt_)?add_executable|pybind11_add_module)\s*\(\s*([\w-]+)"
)
LINK = re.compile(r"\b(?:symphony_layer|target_link_libraries)\s*\(([^)]*)\)")
COMMENT = re.compile(r"#[^\n]*")


def lists(root: Path) -> dict[PurePosixPath, str]:
    """The CMake lists of the layers, comments taken out."""
    found = {}
    for folder in LAYERS:
        for path in (root / folder).rglob("CMakeLists.txt"):
            if "node_modules" not in path.parts:
                found[PurePosixPath(path.relative_to(root))] = COMMENT.sub("", path.read_text())
    return found


def owners(root: Path) -> dict[str, Layer]:
    """Each target of ours and the layer whose folder defines it."""
    found = {}
    for path, text in lists(root).items():
        layer = layer_of(path, LAYERS)
        assert layer is not None
        found.update({target: layer for target in DEFINITION.findall(text)})
    return found


def violations(root: Path) -> list[str]:
    targets = owners(root)
    found = []
    for path, text in lists(root).items():
        own = layer_of(path, LAYERS)
        assert own is not None
        for arguments in LINK.findall(text):
            for name in arguments.split():
                if name in targets and not own.may_use(targets[name]):
                    found.append(f"{path}: {own.folder}/ may not link {name} of {targets[name].folder}/")
    return found


def test_link_lists_keep_to_the_table() -> None:
    assert {"symphony_ipc", "symphony_pit"} <= set(owners(ROOT))
    assert not violations(ROOT), "\n".join(violations(ROOT))


def test_a_forbidden_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "ipc").mkdir()
    (tmp_path / "pit").mkdir()
    (tmp_path / "pit/CMakeLists.txt").write_text("symphony_layer(symphony_pit SOURCES a.cpp MAY_USE symphony_ipc)\n")
    (tmp_path / "ipc/CMakeLists.txt").write_text("symphony_layer(symphony_ipc SOURCES a.cpp MAY_USE symphony_pit)\n")
    assert violations(tmp_path) == ["ipc/CMakeLists.txt: ipc/ may not link symphony_pit of pit/"]
