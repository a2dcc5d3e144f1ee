"""Which layers and libraries the C++ sources include, against what the table allows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from layer_table import Layer, layer_of

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
# What an include belongs to, by how it starts. The first that matches counts.
LIBRARIES = (
    ("Boost", re.compile(r"boost/")),
    ("nlohmann/json", re.compile(r"nlohmann/")),
    ("SQLite", re.compile(r"sqlite3(ext)?\.h$")),
    ("OpenSSL", re.compile(r"openssl/")),
    ("zstd", re.compile(r"zstd(_errors)?\.h$")),
    ("pybind11", re.compile(r"pybind11/")),
    ("Python", re.compile(r"Python\.h$|structmember\.h$")),
    ("Qt", re.compile(r"Qt?[A-Z]|qt?[a-z]+global\.h$")),
)
# Everyone may use the language's library (names without a dot) and the operating system.
PLATFORM = re.compile(r"[a-z0-9_]+$|(sys|linux|netinet|arpa|asm)/[a-z0-9_.]+\.h$|[a-z]mmintrin\.h$")
SYSTEM_HEADERS = frozenset(
    name + ".h"
    for name in (
        "dirent dlfcn errno execinfo fcntl fnmatch ftw glob grp link limits locale mntent netdb poll pthread pwd sched "
        "signal spawn stdint stdio stdlib string syslog termios time ucontext unistd wait wordexp"
    ).split()
)


def cpp_sources(root: Path, layers: dict[str, Layer]) -> Iterator[PurePosixPath]:
    for folder in sorted(layers):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".h", ".cpp", ".cc", ".hpp"):
                yield PurePosixPath(path.relative_to(root))


def owner_of(root: Path, source: PurePosixPath, name: str, layers: dict[str, Layer]) -> Layer | None:
    """The layer of ours that holds the included file, found as the compiler would."""
    own = layer_of(source, layers)
    candidates = [root / source.parent / name]
    if own:
        candidates += [root / own.folder / "src" / name, root / own.folder / name]
        # A layer may consist of several libraries, a folder each.
        candidates += [path / "src" / name for path in (root / own.folder).iterdir() if path.is_dir()]
    for layer in layers.values():
        candidates += [include / name for include in (root / layer.folder).rglob("include") if include.is_dir()]
    for candidate in candidates:
        if candidate.is_file():
            return layer_of(PurePosixPath(candidate.resolve().relative_to(root.resolve())), layers)
    return None


def violations(root: Path, layers: dict[str, Layer]) -> list[str]:
    found: list[str] = []
    for source in cpp_sources(root, layers):
        own = layer_of(source, layers)
        assert own is not None
        for match in INCLUDE.finditer((root / source).read_text()):
            name = match.group(2)
            other = owner_of(root, source, name, layers)
            if other is not None:
                if not own.may_use(other):
                    found.append(f"{source}: {own.folder}/ may not use {other.folder}/ (includes {name})")
                elif other != own and "/src/" in f"/{name}" or name.startswith("../"):
                    found.append(f"{source}: reaches into another folder's private part (includes {name})")
                continue
            if name.startswith("symphony/") and not name.startswith("symphony/generated/"):
                found.append(f"{source}: there is no {name}")
                continue
            library = next((title for title, pattern in LIBRARIES if pattern.match(name)), None)
            if library is not None:
                if library not in own.libraries and "*" not in own.layers:
                    found.append(f"{source}: {own.folder}/ may not use {library} (includes {name})")
            elif match.group(1) == "<" and not (PLATFORM.match(name) or name in SYSTEM_HEADERS):
                found.append(f"{source}: {name} is no library the table of docs/architecture.md knows")
    return found
