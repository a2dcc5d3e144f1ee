"""Which packages the Python sources import, against what the table allows."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from layer_table import Layer, layer_of

# The packages the layers give to each other, and what others wrote.
PACKAGES = {
    "conductor": "conductor",
    "function_quest": "conductor/function_quest",
    "orchestra_kit": "extensions/kit",
    "training": "conductor/training",
    "symphony_ipc": "bridge/python",
}
LIBRARIES = {"numpy": "NumPy", "torch": "PyTorch"}


def imported_modules(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) in ("__import__", "importlib.import_module", "import_module")
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node.lineno, str(node.args[0].value)


def violations(root: Path, layers: dict[str, Layer]) -> list[str]:
    found: list[str] = []
    for folder in sorted(layers):
        for path in sorted((root / folder).rglob("*.py")):
            source = PurePosixPath(path.relative_to(root))
            own = layer_of(source, layers)
            if own is None or own.folder != folder:
                continue
            for line, module in imported_modules(ast.parse(path.read_text(), str(path))):
                top = module.partition(".")[0]
                if top in PACKAGES:
                    if not own.may_use(layers[PACKAGES[top]]):
                        found.append(f"{source}:{line}: {folder}/ may not use {PACKAGES[top]}/ (imports {module})")
                elif top in LIBRARIES:
                    if LIBRARIES[top] not in own.libraries:
                        found.append(f"{source}:{line}: {folder}/ may not use {LIBRARIES[top]} (imports {module})")
                elif top not in sys.stdlib_module_names:
                    found.append(f"{source}:{line}: {module} is no package docs/architecture.md knows")
    return found
