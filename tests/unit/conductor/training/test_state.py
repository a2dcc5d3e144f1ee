from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training.state import Saved, StateError, load_state, save_state

ARGUMENTS: dict[str, Any] = {"seed": 1, "decisions": 100, "learning_rate": 1e-3}


def saved() -> Saved:
    arrays = {"model/x": np.arange(6, dtype=np.float32).reshape(2, 3), "adam/x/step": np.array(3.0, np.float32)}
    return Saved({"arguments": ARGUMENTS, "updates": 3, "curve": [{"cost": 1.0}]}, arrays)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    assert load_state(path, ARGUMENTS) is None
    save_state(path, saved())
    loaded = load_state(path, ARGUMENTS)
    assert loaded is not None and loaded.about == saved().about
    for name, array in saved().arrays.items():
        assert loaded.arrays[name].dtype == array.dtype and (loaded.arrays[name] == array).all()
        assert loaded.arrays[name].shape == array.shape
    assert list(tmp_path.iterdir()) == [path]


def test_another_trainings_state_is_not_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    save_state(path, saved())
    with pytest.raises(StateError, match=r"other arguments \(seed\).*delete"):
        load_state(path, {**ARGUMENTS, "seed": 2})


@pytest.mark.parametrize("length", [0, 1, 100, -1])
def test_a_damaged_state_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "state.npz"
    save_state(path, saved())
    data = path.read_bytes()
    path.write_bytes(data[:length])
    with pytest.raises(StateError, match="no whole state"):
        load_state(path, ARGUMENTS)


def test_a_state_with_pickled_objects_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    array = np.empty(1, object)
    array[0] = {"a": 1}
    np.savez(path, about=array)
    with pytest.raises(StateError, match="no whole state"):
        load_state(path, ARGUMENTS)
