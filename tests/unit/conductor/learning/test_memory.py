"""What is remembered of methods, and that nothing hostile is taken for a memory."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from conductor.learning.memory import Memory, MethodKey

NOTES = MethodKey("notes", "1.0.0", "start")
NEXT = MethodKey("notes", "1.1.0", "start")


def test_a_stranger_is_as_stated() -> None:
    belief = Memory().of(NOTES)
    assert belief.slowdown == pytest.approx(1.0, abs=0.1) and belief.failed == 0


def test_beliefs_follow_what_was_seen_and_versions_are_apart() -> None:
    memory = Memory()
    for _ in range(40):
        memory.succeeded(NOTES, 3.0)
    for _ in range(40):
        memory.failed(NEXT)
    assert memory.of(NOTES).slowdown == pytest.approx(3.0, rel=0.15)
    assert memory.of(NOTES).failure < 0.05 < 0.5 < memory.of(NEXT).failure
    assert [key for key, _ in memory] == [NOTES, NEXT]


def test_who_was_not_seen_for_longest_is_forgotten_first() -> None:
    memory = Memory(capacity=2)
    other = MethodKey("other", "1", "m")
    memory.succeeded(NOTES, 2.0)
    memory.succeeded(NEXT, 2.0)
    memory.succeeded(NOTES, 2.0)
    memory.succeeded(other, 2.0)
    assert [key for key, _ in memory] == [NOTES, other]


def test_it_is_the_same_after_being_written_and_read() -> None:
    memory = Memory()
    for ratio in (0.5, 0.7, 2.0):
        memory.succeeded(NOTES, ratio)
    memory.failed(NEXT)
    again = Memory()
    again.restore(json.loads(json.dumps(memory.to_document())))
    assert again.to_document() == memory.to_document()


def document(**belief: Any) -> list[dict[str, Any]]:
    memory = Memory()
    memory.succeeded(NOTES, 2.0)
    changed = copy.deepcopy(memory.to_document())
    changed[0]["belief"].update(belief)
    return changed


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        {},
        [None],
        [{"subject": "a", "version": "1", "method": "m"}],
        [{"subject": "a", "version": "1", "method": "m", "belief": {}}],
        [{**document()[0], "subject": ""}],
        [{**document()[0], "method": 5}],
        [{**document()[0], "version": "x" * 257}],
        document(calls="many"),
        document(calls=True),
        document(slowdown=float("nan")),
        document(log_mean=float("inf")),
        document(failures=-1.0),
        document(calls=0.0),
        document(slowdown=0.0),
        document() * 3,
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_lost(wrong: object) -> None:
    memory = Memory(capacity=2)
    memory.succeeded(NEXT, 2.0)
    before = memory.to_document()
    with pytest.raises(ValueError):
        memory.restore(wrong)
    assert memory.to_document() == before
