"""The comparison of learned decisions with those left to the rule."""

from __future__ import annotations

import json
import random

import pytest
from conductor.learning.benefit import FEWEST, Arm, Benefit


def filled(learned_us: float, rule_us: float, count: int, seed: int = 1) -> Benefit:
    benefit, noise = Benefit(random.Random(seed)), random.Random(seed)
    arms: list[tuple[Arm, float]] = [("learned", learned_us), ("rule", rule_us)]
    for _ in range(count):
        for arm, us in arms:
            benefit.took(arm, us * noise.lognormvariate(0.0, 0.3))
    return benefit


def interval(benefit: Benefit) -> list[float]:
    found = benefit.measured()["interval95"]
    assert found is not None
    return found


def test_one_decision_in_twenty_is_left_to_the_rule() -> None:
    benefit = Benefit(random.Random(7))
    drawn = [benefit.draw() for _ in range(20_000)]
    assert drawn.count("rule") == pytest.approx(1_000, abs=130)


def test_a_real_difference_is_found_with_its_interval() -> None:
    benefit = filled(700.0, 1_000.0, 400)
    measured = benefit.measured()
    low, high = interval(benefit)
    assert low < 0.7 < high < 1.0 and measured["ratio"] == pytest.approx(0.7, rel=0.08)
    assert measured["learned"] == measured["rule"] == 400


def test_no_difference_is_not_made_up() -> None:
    outside = 0
    for seed in range(100):
        low, high = interval(filled(1_000.0, 1_000.0, 50, seed))
        outside += not low <= 1.0 <= high
    assert outside <= 12, "a 95 % interval misses once in twenty times"


def test_with_too_few_nothing_is_said() -> None:
    measured = filled(700.0, 1_000.0, FEWEST - 1).measured()
    assert measured["ratio"] is None and measured["interval95"] is None


def test_it_is_the_same_after_being_written_and_read() -> None:
    benefit, again = filled(700.0, 1_000.0, 30), Benefit(random.Random(2))
    again.restore(json.loads(json.dumps(benefit.to_document())))
    assert again.measured() == benefit.measured()


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {"learned": None},
        {"learned": {"count": 1, "mean": 0, "squares": 0}},
        {"learned": {"count": -1, "mean": 0, "squares": 0}, "rule": {"count": 1, "mean": 0, "squares": 0}},
        {"learned": {"count": 1, "mean": float("nan"), "squares": 0}, "rule": {"count": 1, "mean": 0, "squares": 0}},
        {"learned": {"count": 1, "mean": "0", "squares": 0}, "rule": {"count": 1, "mean": 0, "squares": 0}},
        {"learned": {"count": 1, "mean": 0, "squares": -1}, "rule": {"count": 1, "mean": 0, "squares": 0}},
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_lost(wrong: object) -> None:
    benefit = filled(700.0, 1_000.0, 30)
    before = benefit.measured()
    with pytest.raises(ValueError):
        benefit.restore(wrong)
    assert benefit.measured() == before
