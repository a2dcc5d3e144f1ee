"""The search decision, as a function of what is known."""

from __future__ import annotations

from typing import Any

import pytest
from conductor.search.decision import Choice, Expectations, choose, index_freshness, rule
from conductor.search.decision_log import DecisionLog
from conductor.search.estimate import Expectation, StatedTime


def status(**changes: Any) -> dict[str, Any]:
    fresh = {
        "state": "ready",
        "files": 10_000,
        "indexed": 10_000,
        "pending": 0,
        "bytes": 100_000_000,
        "watching": True,
        "generation": 4,
    }
    return {**fresh, **changes}


def chosen(**changes: Any) -> Choice:
    known = status(**changes)
    return choose(known, rule(known))


def test_a_fresh_index_is_chosen() -> None:
    choice = chosen()
    assert choice.chosen.name == "index" and choice.chosen.fresh
    assert choice.chosen.score > choice.candidates[1].score


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "building", "indexed": 2_000, "pending": 8_000},
        {"state": "building", "indexed": 0, "files": 0, "pending": 0, "bytes": 0},
        {"state": "building", "indexed": 10_000},
        {"state": "degraded", "pending": 3},
        {"state": "degraded", "watching": False},
        {"watching": False},
        {"pending": 1},
        {"state": "failed"},
    ],
)
def test_a_scan_is_chosen_when_the_index_may_be_wrong(changes: dict[str, Any]) -> None:
    choice = chosen(**changes)
    assert choice.chosen.name == "scan"
    assert choice.chosen.fresh and choice.reason


def test_a_stale_index_beats_a_scan_nobody_would_wait_for() -> None:
    huge = chosen(pending=1, files=1_000_000, indexed=1_000_000, bytes=200_000_000_000)
    assert huge.chosen.name == "index" and not huge.chosen.fresh
    assert "%" in huge.reason


def test_without_a_folder_nothing_is_available() -> None:
    choice = chosen(state="closed")
    assert not choice.chosen.available


def test_a_broken_index_is_never_available() -> None:
    by_name = {candidate.name: candidate for candidate in chosen(state="failed").candidates}
    assert not by_name["index"].available and by_name["scan"].available


def test_what_was_measured_changes_the_choice() -> None:
    tiny = status(files=10, indexed=10, bytes=4_000)
    assert choose(tiny, rule(tiny)).chosen.name == "index"
    slow = Expectations(Expectation(90_000.0, calls=50.0), Expectation(600.0))
    choice = choose(tiny, slow)
    assert choice.chosen.name == "scan"
    index = choice.candidates[1]
    assert index.features["call_us"] == 90_000 and index.features["calls"] == 50.0


def test_one_that_fails_costs_the_other_as_well() -> None:
    tiny = status(files=10, indexed=10, bytes=4_000)
    fails = choose(tiny, Expectations(Expectation(300.0, failure=0.5), Expectation(600.0)))
    by_name = {candidate.name: candidate for candidate in fails.candidates}
    assert by_name["index"].expected_us == 600.0 and by_name["scan"].expected_us == 600.0


@pytest.mark.parametrize(
    ("changes", "freshness"),
    [
        ({}, 1.0),
        ({"state": "building", "indexed": 5_000}, 0.5),
        ({"state": "building"}, 0.9),
        ({"pending": 5_000}, 0.5),
        ({"pending": 1}, 0.9),
        ({"pending": 20_000}, 0.0),
        ({"watching": False}, 0.5),
        ({"state": "closed"}, 0.0),
        ({"state": "failed"}, 0.0),
    ],
)
def test_freshness(changes: dict[str, Any], freshness: float) -> None:
    assert index_freshness(status(**changes)) == pytest.approx(freshness)


def test_a_stated_time_scales_with_the_work_and_never_below_the_least() -> None:
    stated = StatedTime(overhead_us=100, rate_us=1.0, least_units=10)
    assert (stated.of(1_000), stated.of(10_000), stated.of(0)) == (1_100, 10_100, 110)


def test_the_log_keeps_the_newest_and_counts_all() -> None:
    decisions = DecisionLog(capacity=3)
    for _ in range(5):
        decisions.record("search", chosen())
    assert len(decisions) == 3 and decisions.made == 5
    assert decisions.find(2) is None
    record = decisions.find(5)
    assert record is not None
    record.finish("done", 812)
    document = record.to_document()
    assert document["id"] == 5 and document["chosen"] == "index" and document["actual_us"] == 812
    names = {candidate["name"]: candidate for candidate in document["candidates"]}
    assert names["index"]["features"]["files"] == 10_000 and names["scan"]["score"] < names["index"]["score"]
