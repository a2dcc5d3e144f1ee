"""What a training needs to go on where it was interrupted, as one file without pickle, written whole or not at all."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

VERSION = 1


class Saved(NamedTuple):
    about: dict[str, Any]  # arguments, counters, the generator's state, where each world stands
    arrays: dict[str, NDArray[Any]]


class StateError(ValueError):
    """A training that cannot be gone on with. The text says why and what to do."""


def save_state(path: Path, saved: Saved) -> None:
    """Raises OSError."""
    beside = path.with_name(f".{path.name}.new")
    text = json.dumps({**saved.about, "version": VERSION}, allow_nan=False)
    with beside.open("wb") as file:
        np.savez(file, about=np.frombuffer(text.encode(), np.uint8), **saved.arrays)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def load_state(path: Path, arguments: Mapping[str, Any]) -> Saved | None:
    """None when there is nothing to go on with. Raises StateError when there is, but not of these arguments."""
    if not path.exists():
        return None
    start_anew = f"delete {path} to begin anew, or give the arguments it was begun with"
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(arrays.pop("about").tobytes())
        found = about["arguments"]
        version = about.pop("version")
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise StateError(f"{path} is no whole state of a training ({error}); {start_anew}") from error
    if version != VERSION:
        raise StateError(f"{path} is of version {version}, known is {VERSION}; {start_anew}")
    if found != dict(arguments):
        names = sorted(name for name in {*found, *arguments} if found.get(name) != arguments.get(name))
        raise StateError(f"{path} was begun with other arguments ({', '.join(names)}); {start_anew}")
    return Saved(about, arrays)
