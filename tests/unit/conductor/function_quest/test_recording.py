"""A run, exported, is a level with what was measured in the place of what was hidden."""

from __future__ import annotations

import json
from typing import Any

import pytest
from function_quest import library
from function_quest.baselines import BASELINES
from function_quest.document import sealed
from function_quest.generator import generate
from function_quest.level import Extension, LevelError
from function_quest.recording import level_from_run, run_document

from scenes import FAMILIES, chain, play


def recorded(family: str, seed: int) -> dict[str, Any]:
    return run_document(play(generate(family, seed), "wsrt", seed, record=True), "wsrt")


def as_bytes(content: dict[str, Any]) -> bytes:
    return json.dumps(content).encode()


@pytest.mark.parametrize("family", FAMILIES)
def test_any_run_becomes_a_level_that_can_be_played(family: str) -> None:
    for seed in range(3):
        level = level_from_run(as_bytes(recorded(family, seed)))
        assert library.from_bytes(library.to_text(level).encode()) == level
        assert level.generator.name == "recorded" and level.seed == seed
        for policy in BASELINES.values():
            play(level, policy)


def test_what_was_hidden_is_what_was_measured() -> None:
    works = [5.0] * 40
    extension = Extension("e", failure=0.3, crash=0.1, cold_start=7.0)
    simulation = play(chain(*works, extension=extension), "fifo", 2, record=True)
    level = level_from_run(as_bytes(run_document(simulation, "fifo")))
    assert simulation.records is not None
    ends = [record.what for record in simulation.records if record.what in ("success", "failure", "crash")]
    assert level.extensions[0].failure == pytest.approx(ends.count("failure") / len(ends), abs=1e-6)
    assert level.extensions[0].crash == pytest.approx(ends.count("crash") / len(ends), abs=1e-6)
    assert 0.1 < level.extensions[0].failure < 0.5
    assert level.extensions[0].cold_start == 7.0
    assert level.functions[0].providers[0].speed == pytest.approx(1.0) and level.functions[0].sigma == 0.0


def test_slowness_is_measured() -> None:
    document = run_document(play(chain(4.0, 4.0), "fifo", record=True), "fifo")
    for call in document["calls"]:
        call["seconds"] = 12.0
    level = level_from_run(as_bytes(sealed(document)))
    assert level.functions[0].providers[0].speed == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/format", "symphony.function_quest.level"),
        ("/version", 9),
        ("/seed", -1),
        ("/calls", {}),
        ("/calls/0/function", "unknown"),
        ("/calls/0/extension", "unknown"),
        ("/calls/0/outcome", "perhaps"),
        ("/calls/0/seconds", -1),
        ("/level/functions", []),
        ("/calls/0/more", 1),
    ],
)
def test_a_wrong_run_is_refused_with_the_place(path: str, value: object) -> None:
    content = recorded("L3", 1)
    target: Any = content
    *way, last = path.split("/")[1:]
    for key in way:
        target = target[int(key) if isinstance(target, list) else key]
    target[last] = value
    with pytest.raises(LevelError) as caught:
        level_from_run(as_bytes(sealed(content)))
    assert caught.value.path == path


def test_a_changed_run_is_found_out() -> None:
    content = recorded("L3", 1)
    content["calls"].pop()
    with pytest.raises(LevelError) as caught:
        level_from_run(as_bytes(content))
    assert caught.value.path == "/hash"


def test_an_extension_that_always_failed_leaves_a_level_that_can_be_solved() -> None:
    content = recorded("L0", 1)
    for call in content["calls"]:
        call["outcome"] = "failure"
    level = level_from_run(as_bytes(sealed(content)))
    assert level.extensions[0].failure == 0.95
