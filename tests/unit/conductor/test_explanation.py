"""The search decision explained: what weighed most in it, and how it would have fallen otherwise."""

from __future__ import annotations

import math
from typing import Any

import pytest
from conductor.search.decision import STALE_ANSWER_COST_US, Choice, Expectations, choose, rule
from conductor.search.estimate import Expectation
from conductor.search.explanation import (
    FEATURES,
    FRESHNESS,
    LARGEST_COUNT,
    MOST_REASONS,
    SLOWDOWNS,
    FeatureError,
    decide,
    features_of,
    heuristic_of,
    margin,
    reasons,
    what_if,
)

READY: dict[str, Any] = {
    "state": "ready",
    "files": 10_000,
    "indexed": 10_000,
    "pending": 0,
    "bytes": 100_000_000,
    "watching": True,
    "generation": 4,
}
STALE: dict[str, Any] = {**READY, "state": "degraded", "pending": 400, "watching": False}
LEARNED = Expectations(Expectation(9_000.0, 0.25, 40.0), Expectation(70_000.0, 0.01, 8.0))


def decision(expected: Expectations | None = None, **changes: Any) -> Choice:
    status = {**READY, **changes}
    return choose(status, expected or rule(status))


CHOICES = [
    decision(),
    decision(LEARNED),
    decision(LEARNED, **STALE),
    decision(state="building", indexed=2_000, pending=8_000),
    decision(state="failed"),
    decision(files=0, indexed=0, bytes=0),
]


@pytest.mark.parametrize("choice", CHOICES)
def test_the_features_are_all_the_decision_is_made_from(choice: Choice) -> None:
    again = decide(features_of(choice))
    assert list(features_of(choice)) == list(FEATURES)
    assert again.chosen.name == choice.chosen.name and again.reason == choice.reason
    for candidate, same in zip(choice.candidates, again.candidates):
        assert same.to_document() == candidate.to_document()


@pytest.mark.parametrize("choice", CHOICES)
def test_a_weight_is_what_the_lead_loses_with_the_feature(choice: Choice) -> None:
    chosen, features = choice.chosen.name, features_of(choice)
    found = reasons(choice)
    assert len(found) <= MOST_REASONS
    assert [abs(reason["weight"]) for reason in found] == sorted((abs(r["weight"]) for r in found), reverse=True)
    for reason in found:
        if reason["feature"] == FRESHNESS:
            continue
        without = decide({**features, reason["feature"]: reason["neutral"]})
        assert reason["value"] == features[reason["feature"]] and reason["weight"] != 0
        lead = margin(choice, chosen) - margin(without, chosen)
        assert reason["weight"] == pytest.approx(lead, abs=1.0)
        assert reason["decisive"] == (without.chosen.name != chosen)


def test_what_speaks_for_a_fresh_index_is_the_size_of_the_folder() -> None:
    (size,) = reasons(decision())
    assert size["feature"] == "bytes" and size["neutral"] == 0 and size["decisive"]
    # A scan of an empty folder costs what is stated for the least that is read.
    assert size["weight"] == round(0.001 * (100_000_000 - 65_536))


def test_what_speaks_for_a_scan_is_what_makes_the_index_stale() -> None:
    found = {reason["feature"]: reason for reason in reasons(decision(watching=False))}
    assert found["watching"]["weight"] == 5_000_000 and found["watching"]["decisive"]
    assert found["bytes"]["weight"] < 0, "that it takes longer speaks against the scan"


def test_what_makes_an_index_stale_is_also_taken_together() -> None:
    """Either of the two alone leaves it stale: only both together say why it was not asked."""
    choice = decision(pending=20_000, state="building", indexed=0, watching=False)
    found = {reason["feature"]: reason for reason in reasons(choice)}
    assert not found.keys() & {"state", "pending", "watching"}
    assert list(found)[0] == FRESHNESS and found[FRESHNESS]["decisive"]
    assert (found[FRESHNESS]["value"], found[FRESHNESS]["neutral"]) == (0.0, 1.0)
    assert found[FRESHNESS]["weight"] == STALE_ANSWER_COST_US
    # One cause alone is told once.
    assert FRESHNESS not in {reason["feature"] for reason in reasons(decision(watching=False))}


def test_there_are_five_reasons_at_most_and_the_lightest_are_left_out() -> None:
    choice = decision(LEARNED, **{**STALE, "indexed": 9_000})
    features, chosen = features_of(choice), choice.chosen.name
    leads = {
        name: abs(round(margin(choice, chosen) - margin(decide({**features, name: feature.neutral(features)}), chosen)))
        for name, feature in FEATURES.items()
    }
    found = reasons(choice)
    assert sum(lead > 0 for lead in leads.values()) >= MOST_REASONS == len(found)
    named = {reason["feature"] for reason in found}
    lightest = min(abs(reason["weight"]) for reason in found)
    left_out = [lead for name, lead in leads.items() if name not in named]
    assert FRESHNESS in named and max(left_out) > 0 and lightest >= max(left_out)


def test_the_heuristic_knows_nothing_that_was_learned() -> None:
    slow = Expectations(Expectation(90_000.0), Expectation(600.0))
    choice = decision(slow, files=10, indexed=10, bytes=4_000)
    assert choice.chosen.name == "scan" and heuristic_of(choice) == "index"


def test_a_what_if_is_the_decision_with_that_changed() -> None:
    choice = decision(LEARNED)
    asked = what_if(choice, {"pending": 5_000, "watching": False})
    assert asked["chosen"] == "scan" and asked["differs"]
    assert asked["candidates"] == [
        candidate.to_document() for candidate in decision(LEARNED, pending=5_000, watching=False).candidates
    ]
    assert what_if(choice, {"generation": 9})["differs"] is False
    assert features_of(choice)["pending"] == 0, "nothing of the record is changed"


def test_the_work_changes_the_time_of_what_does_it() -> None:
    """What was learned is a factor: with ten times the bytes a scan takes about ten times as long."""
    once, ten = (
        {each["name"]: each["expected_us"] for each in what_if(decision(), {"bytes": size})["candidates"]}
        for size in (10**9, 10**10)
    )
    assert ten["scan"] / once["scan"] == pytest.approx(10.0, rel=0.01) and ten["index"] == once["index"]


def test_nothing_is_chosen_when_nothing_is_available() -> None:
    asked = what_if(decision(), {"state": "closed"})
    assert asked["chosen"] is None and asked["differs"] and asked["reason"] == "no folder is open"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({}, "/what_if"),
        ({"": 1}, "/what_if/"),
        ({"colour": 1}, "/what_if/colour"),
        ({"index/slowdown~": 1}, "/what_if/index~1slowdown~0"),
        ({"x" * 100_000: 1}, "/what_if/" + "x" * 100_000),
        ({"state": "asleep"}, "/what_if/state"),
        ({"state": 1}, "/what_if/state"),
        ({"files": -1}, "/what_if/files"),
        ({"files": 1.0}, "/what_if/files"),
        ({"files": True}, "/what_if/files"),
        ({"files": None}, "/what_if/files"),
        ({"bytes": "1"}, "/what_if/bytes"),
        ({"bytes": LARGEST_COUNT + 1}, "/what_if/bytes"),
        ({"bytes": 10**400}, "/what_if/bytes"),
        ({"watching": 1}, "/what_if/watching"),
        ({"watching": "true"}, "/what_if/watching"),
        ({"index.slowdown": math.nan}, "/what_if/index.slowdown"),
        ({"index.slowdown": math.inf}, "/what_if/index.slowdown"),
        ({"index.slowdown": 0}, "/what_if/index.slowdown"),
        ({"index.slowdown": 10**400}, "/what_if/index.slowdown"),
        ({"scan.failure": 1.01}, "/what_if/scan.failure"),
        ({"scan.failure": -math.inf}, "/what_if/scan.failure"),
        ({"scan.failure": False}, "/what_if/scan.failure"),
        ({"scan.failure": []}, "/what_if/scan.failure"),
        ({"pending": 1, "scan.failure": {}}, "/what_if/scan.failure"),
    ],
)
def test_what_cannot_be_tried_names_its_place(changes: dict[str, object], path: str) -> None:
    with pytest.raises(FeatureError) as caught:
        what_if(decision(), changes)
    assert caught.value.path == path
    assert len(str(caught.value)) < 400, "what was sent is not sent back whole"


def test_the_largest_of_everything_fits_into_a_document() -> None:
    largest: dict[str, object] = {
        **dict.fromkeys(("files", "indexed", "pending", "bytes"), LARGEST_COUNT),
        **dict.fromkeys(("index.slowdown", "scan.slowdown"), SLOWDOWNS[1]),
        **dict.fromkeys(("index.failure", "scan.failure"), 1.0),
    }
    for candidate in what_if(decision(), largest)["candidates"]:
        assert -(2**63) < candidate["score"] < 0 < candidate["expected_us"] < 2**63
