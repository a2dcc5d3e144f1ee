from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from function_quest.baselines import HEURISTIC
from function_quest.generator import generate
from function_quest.graph import DISPATCH, Graph
from function_quest.simulation import Simulation
from training import branches
from training.branches import ACTIONS, MOST_STATES, WORST, batch, branchings, to_the_end


def test_branchings_are_well_formed() -> None:
    found = [one for seed in range(8) for one in branchings(random.Random(seed))]
    assert len(found) > 8
    for one in found:
        assert 0 < len(one.tried) == len(one.gains) <= ACTIONS and one.heuristic not in one.tried
        assert len(set(one.tried)) == len(one.tried) and max(one.tried) < len(one.rows)
        assert all(-WORST <= gain and np.isfinite(gain) for gain in one.gains)
    assert all(len(branchings(random.Random(seed))) <= MOST_STATES for seed in range(8))


def test_what_an_action_is_worth_is_what_it_costs_in_the_end() -> None:
    """Two calls on the way to the same end: the difference is that of two whole runs."""
    graph = Graph(generate("L3", 7))
    simulation = Simulation(graph, 5)
    first = HEURISTIC.choose(simulation)
    for other in simulation.candidates():
        if other.kind == DISPATCH:
            whole = Simulation(graph, 5)
            whole.apply(other)
            while not whole.done:
                whole.apply(HEURISTIC.choose(whole))
            assert to_the_end(simulation, other) == whole.objective
    assert simulation.calls == 0 and first in simulation.candidates(), "only copies were played"


def test_a_batch_is_made_once_and_is_always_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branches, "EPISODES", 3)
    made = batch(tmp_path / "a", 4)
    again = batch(tmp_path / "b", 4)
    other = batch(tmp_path / "a", 5)
    assert (tmp_path / "a" / "00004.npz").read_bytes() == (tmp_path / "b" / "00004.npz").read_bytes()
    assert len(made) == len(again) and made[0].gains != other[0].gains
    monkeypatch.setattr(branches, "branchings", None)  # would fail if it were asked
    for one, kept in zip(made, batch(tmp_path / "a", 4)):
        assert (one.rows == kept.rows).all() and (one.whole == kept.whole).all()
        assert (one.heuristic, one.tried, one.gains) == (kept.heuristic, kept.tried, kept.gains)


def test_a_damaged_batch_is_no_batch(tmp_path: Path) -> None:
    (tmp_path / "00001.npz").write_bytes(b"PK")
    with pytest.raises(Exception, match=r"(?i)pickled|zip"):
        batch(tmp_path, 1)
