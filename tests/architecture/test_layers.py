"""The sources keep to the table of docs/architecture.md, and each checker finds what it is there to find."""

from __future__ import annotations

from pathlib import Path

import cpp_includes
import pytest
import python_imports
import typescript_imports
from layer_table import ROOT, Layer, read_layers

LAYERS = read_layers()


def listed(violations: list[str]) -> str:
    return "\n".join(["breaks the layering of docs/architecture.md:", *violations])


def test_the_table_names_folders_that_exist() -> None:
    assert len(LAYERS) >= 15
    for layer in LAYERS.values():
        assert (ROOT / layer.folder).is_dir(), f"docs/architecture.md names {layer.folder}/, which is not there"
        for other in layer.layers - {"*"}:
            assert other in LAYERS, f"{layer.folder}/ may use {other}/, which has no row of its own"


def test_the_table_has_no_cycle() -> None:
    def visit(folder: str, path: tuple[str, ...]) -> None:
        assert folder not in path, " → ".join((*path, folder))
        for other in sorted(LAYERS[folder].layers - {"*"}):
            visit(other, (*path, folder))

    for folder in LAYERS:
        visit(folder, ())


def test_cpp_includes() -> None:
    violations = cpp_includes.violations(ROOT, LAYERS)
    assert not violations, listed(violations)


def test_python_imports() -> None:
    violations = python_imports.violations(ROOT, LAYERS)
    assert not violations, listed(violations)


def test_typescript_imports() -> None:
    violations = typescript_imports.violations(ROOT, LAYERS)
    assert not violations, listed(violations)


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("ipc/src/bus.cpp", "#include <QString>", "ipc/ may not use Qt"),
        ("ipc/src/bus.cpp", "#include <QtCore/QString>", "ipc/ may not use Qt"),
        ("ipc/src/bus.cpp", "#  include <Python.h>", "ipc/ may not use Python"),
        ("ipc/src/bus.cpp", "#include <symphony/pit/pit.h>", "ipc/ may not use pit/"),
        ("ipc/src/bus.cpp", '#include "../../pit/include/symphony/pit/pit.h"', "ipc/ may not use pit/"),
        ("ipc/src/bus.cpp", "#include <symphony/pit/absent.h>", "there is no symphony/pit/absent.h"),
        ("ipc/src/bus.cpp", "#include <libfoo/foo.h>", "is no library"),
        ("ipc/src/bus.cpp", "#include <lz4.h>", "is no library"),
        ("pit/src/store.cpp", "#include <pybind11/pybind11.h>", "pit/ may not use pybind11"),
        ("extensions/file_explorer/src/main.cpp", "#include <symphony/pit/pit.h>", "may not use pit/"),
    ],
)
def test_a_forbidden_include_is_found(tmp_path: Path, file: str, text: str, complaint: str) -> None:
    write(tmp_path, {"pit/include/symphony/pit/pit.h": "#pragma once\n", file: text + "\n"})
    for folder in LAYERS:
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    (violation,) = cpp_includes.violations(tmp_path, LAYERS)
    assert file in violation and complaint in violation


def test_allowed_includes_pass(tmp_path: Path) -> None:
    text = "#include <vector>\n#include <sys/socket.h>\n#include <boost/asio.hpp>\n#include <symphony/ipc/bus.h>\n"
    write(tmp_path, {"ipc/include/symphony/ipc/bus.h": "#pragma once\n", "pit/src/store.cpp": text})
    for folder in LAYERS:
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    assert cpp_includes.violations(tmp_path, LAYERS) == []


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("extensions/kit/orchestra_kit/kit.py", "from conductor.main import run", "may not use conductor/"),
        ("extensions/kit/orchestra_kit/kit.py", "def late() -> None:\n    import conductor", "may not use conductor/"),
        ("extensions/kit/orchestra_kit/kit.py", "import numpy as np", "may not use NumPy"),
        ("conductor/function_quest/graph.py", "import symphony_ipc", "may not use bridge/python/"),
        ("conductor/bus.py", "import requests", "requests is no package"),
        ("conductor/bus.py", "import importlib\nimportlib.import_module('torch')", "may not use PyTorch"),
        ("conductor/function_quest/learned/network.py", "import torch", "may not use PyTorch"),
        ("conductor/function_quest/learned/network.py", "import training.ppo", "may not use conductor/training/"),
        ("conductor/conductor/main.py", "from training import ppo", "may not use conductor/training/"),
        ("conductor/bus.py", "import tensorflow", "tensorflow is no package"),
    ],
)
def test_a_forbidden_import_is_found(tmp_path: Path, file: str, text: str, complaint: str) -> None:
    write(tmp_path, {file: text + "\n"})
    (violation,) = python_imports.violations(tmp_path, LAYERS)
    assert file in violation and complaint in violation


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("core/store.ts", 'import { useState } from "react";', "may not use React"),
        ("core/store.ts", 'import { create } from "zustand";', "may not use React"),
        ("core/store.ts", 'import { Button } from "../components/button";', "may not use ui/src/components/"),
        ("core/store.ts", 'import type { Button } from "@/components/button";', "may not use ui/src/components/"),
        ("components/list.tsx", 'const late = import("../workbench/shell");', "may not use ui/src/workbench/"),
        ("components/list.tsx", 'export { x } from "../contrib/editor/contribution";', "may not use ui/src/contrib/"),
        ("workbench/shell.tsx", 'import { App } from "../main";', "composition root"),
        ("main.tsx", 'import { Editor } from "./contrib/editor/pane";', "only contribution.tsx"),
        ("contrib/editor/a.tsx", 'import { t } from "../explorer/contribution";', "may not use another"),
    ],
)
def test_a_forbidden_module_is_found(tmp_path: Path, file: str, text: str, complaint: str) -> None:
    write(tmp_path, {f"ui/src/{file}": text + "\n"})
    (violation,) = typescript_imports.violations(tmp_path, LAYERS)
    assert file in violation and complaint in violation


def test_allowed_modules_pass(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "ui/src/core/store.ts": 'import { createStore } from "zustand/vanilla";\nimport "./json";\n',
            "ui/src/contrib/editor/pane.tsx": 'import { useState } from "react";\nimport { x } from "@/core/store";\n',
            "ui/src/main.tsx": 'import { editor } from "./contrib/editor/contribution";\n// import "./contrib/a/b"\n',
        },
    )
    assert typescript_imports.violations(tmp_path, LAYERS) == []


def test_only_the_composing_layer_may_use_everything() -> None:
    assert [layer.folder for layer in LAYERS.values() if "*" in layer.layers] == ["app"]
    assert LAYERS["bridge/web"].may_use(LAYERS["ipc"])
    assert not Layer("a", frozenset(), frozenset()).may_use(Layer("b", frozenset(), frozenset()))
