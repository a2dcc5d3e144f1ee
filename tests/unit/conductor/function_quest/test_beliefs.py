from __future__ import annotations

import pytest
from function_quest.beliefs import HALF_LIFE, Belief


def test_nobody_knows_a_new_extension() -> None:
    belief = Belief()
    assert belief.failure == pytest.approx(0.05) and belief.failed == 0
    assert belief.slowdown == pytest.approx(1.0, abs=0.1) and belief.failure_deviation > 0.05


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5])
def test_the_failure_rate_is_learned(share: float) -> None:
    belief = Belief()
    before = belief.failure_deviation
    for number in range(400):
        if number % 10 < share * 10:
            belief.has_failed()
        else:
            belief.succeeded(1.0)
    assert belief.failure == pytest.approx(share, abs=0.05)
    assert belief.failure_deviation < before


@pytest.mark.parametrize("ratio", [0.5, 1.0, 3.0])
def test_slowness_is_learned(ratio: float) -> None:
    belief = Belief()
    for _ in range(100):
        belief.succeeded(ratio)
    assert belief.slowdown == pytest.approx(ratio, rel=0.05) and belief.duration_deviation < 0.2


def test_failed_calls_say_nothing_of_durations() -> None:
    belief = Belief()
    belief.succeeded(2.0)
    before = belief.slowdown
    belief.has_failed()
    assert belief.slowdown == before and belief.failed == 1


def test_old_outcomes_are_forgotten() -> None:
    belief = Belief()
    for _ in range(300):
        belief.has_failed()
    for _ in range(int(2 * HALF_LIFE)):
        belief.succeeded(1.0)
    assert belief.failure < 0.3
    assert belief.evidence < 1.5 * HALF_LIFE  # it never becomes so sure that it could not change


def test_a_copy_is_its_own() -> None:
    belief = Belief()
    other = belief.copy()
    other.has_failed()
    assert belief.failed == 0 and other.failed == 1 and belief.failure < other.failure


def test_a_call_that_took_no_time_is_no_fault() -> None:
    belief = Belief()
    belief.succeeded(0.0)
    assert belief.slowdown > 0.0
