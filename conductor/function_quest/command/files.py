"""`symphony quest levels`, `check`, `show`, `export`: levels as files."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from .. import library, limits
from ..document import read_bytes
from ..level import Level
from ..story import best_score, fewest_calls
from . import EXIT_OK, Command
from .arguments import Arguments


def write(path: Path, text: str) -> None:
    """Whole or not at all. Raises OSError with the name of the file."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent if str(path.parent) else ".", prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _levels(arguments: Arguments) -> int:
    from ..generator import FAMILIES

    arguments.no_names()
    for name in library.shipped():
        print(f"{name:<12} {library.load(name).title}")
    for name, recipe in FAMILIES.items():
        print(f"{name + ':SEED':<12} {recipe.title}")
    print(f"{'story:SEED':<12} A door, a story, and what opens it")
    return EXIT_OK


def _check(arguments: Arguments) -> int:
    data = read_bytes(Path(arguments.one_name("file")), limits.FILE_BYTES)
    target = arguments.value("--seal")
    if target is not None:
        text = library.seal(data)
        write(Path(target), text)
        data = text.encode()
    level = library.from_bytes(data)
    if isinstance(level, Level):
        print(
            f"{level.name}: {len(level.functions)} functions, {len(level.extensions)} extensions, "
            f"{len(level.melodies)} Melodies"
        )
    else:
        print(f"{level.name}: {fewest_calls(level)} calls at least, {best_score(level)} points at most")
    return EXIT_OK


def _show(arguments: Arguments) -> int:
    sys.stdout.write(library.to_text(library.load(arguments.one_name("level"))))
    return EXIT_OK


def _export(arguments: Arguments) -> int:
    from ..recording import level_from_run

    text = library.to_text(level_from_run(read_bytes(Path(arguments.one_name("run")), limits.FILE_BYTES)))
    target = arguments.value("--output")
    if target is None:
        sys.stdout.write(text)
    else:
        write(Path(target), text)
    return EXIT_OK


LEVELS = Command(_levels, (), ())
CHECK = Command(_check, ("--seal",), ())
SHOW = Command(_show, (), ())
EXPORT = Command(_export, ("--output",), ())
