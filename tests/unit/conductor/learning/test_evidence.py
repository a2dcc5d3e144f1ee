"""What the supervisor and the bus know, seen once."""

from __future__ import annotations

from typing import Any

import pytest
from conductor.learning.evidence import CALLS, START, STATED_CALL_US, STATED_START_US, ExtensionEvidence
from conductor.learning.memory import Memory, MethodKey


def step(instance: str, before: str, state: str, at_us: int) -> dict[str, Any]:
    return {"instance": instance, "before": before, "state": state, "at_us": at_us, "reason": ""}


def process(*history: dict[str, Any]) -> dict[str, Any]:
    instances = [{"instance": "1", "version": "1.0.0"}, {"instance": "2", "version": "2.0.0"}]
    return {"id": "notes", "version": "1.0.0", "instances": instances, "history": list(history)}


def endpoint(answers: int, errors: int, sum_us: int, **changes: Any) -> dict[str, Any]:
    version = {"version": "1.0.0", "answers": answers, "errors": errors, "latency": {"sum_us": sum_us}}
    return {"id": "notes", "kind": "process", "versions": [version], **changes}


def test_starts_are_counted_once_for_their_version() -> None:
    memory = Memory()
    evidence = ExtensionEvidence(memory)
    began, took = 1_000_000, int(3 * STATED_START_US)
    history = [step("1", "created", "starting", began), step("1", "starting", "running", began + took)]
    later = [step("2", "created", "starting", 2_000_000), step("2", "starting", "crashed", 2_000_500)]
    evidence.look([process(*history)], [])
    evidence.look([process(*history)], [])
    evidence.look([process(*history, *later)], [])
    first, second = memory.of(MethodKey("notes", "1.0.0", START)), memory.of(MethodKey("notes", "2.0.0", START))
    assert first.failed == 0 and 1.0 < first.slowdown < 3.0 and second.failed == 1
    once = Memory()
    once.succeeded(MethodKey("notes", "1.0.0", START), 3.0)
    assert first.slowdown == pytest.approx(once.of(MethodKey("notes", "1.0.0", START)).slowdown)


def test_a_start_that_is_seen_in_halves_is_still_one() -> None:
    memory = Memory()
    evidence = ExtensionEvidence(memory)
    began = step("1", "created", "starting", 1_000_000)
    evidence.look([process(began)], [])
    assert len(memory) == 0
    evidence.look([process(began, step("1", "starting", "running", 1_020_000))], [])
    assert len(memory) == 1


def test_calls_are_the_difference_between_two_looks() -> None:
    memory = Memory()
    evidence = ExtensionEvidence(memory)
    key = MethodKey("notes", "1.0.0", CALLS)
    evidence.look([process()], [endpoint(10, 0, int(40 * STATED_CALL_US))])
    slower = memory.of(key).slowdown
    assert slower > 2.5
    evidence.look([process()], [endpoint(12, 2, int(40 * STATED_CALL_US))])
    assert memory.of(key).failed == 2 and memory.of(key).slowdown == slower
    evidence.look([process()], [endpoint(12, 2, int(40 * STATED_CALL_US))])
    assert memory.of(key).failed == 2
    evidence.look([process()], [endpoint(1, 1, 10)])  # the bus counts anew
    assert memory.of(key).failed == 2


def test_endpoints_that_are_no_extensions_are_passed_over() -> None:
    memory = Memory()
    foreign = [endpoint(9, 9, 9, id="outside-3", kind="outside"), endpoint(9, 9, 9, id="stranger")]
    ExtensionEvidence(memory).look([process()], [*foreign, endpoint(9, 0, 9, kind="in_process")])
    assert len(memory) == 0


def test_what_happened_while_it_did_not_count_never_counts() -> None:
    memory = Memory()
    evidence = ExtensionEvidence(memory)
    history = [step("1", "created", "starting", 1), step("1", "starting", "running", 2)]
    evidence.look([process(*history)], [endpoint(5, 1, 99)], count=False)
    evidence.look([process(*history)], [endpoint(5, 1, 99)])
    assert len(memory) == 0
