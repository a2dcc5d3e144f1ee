"""The decision itself: a pure function of what is known, so that it can be tested and replayed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .estimate import INDEX_TIME, SCAN_TIME, Expectation

if TYPE_CHECKING:
    from ..interfaces import conductor as interface

# A wholly stale answer is as bad as one that comes this much later. High: people trust a search that found nothing.
STALE_ANSWER_COST_US = 10_000_000.0
# An index that is not told of changes may have missed some; how many nobody knows.
UNWATCHED_FRESHNESS = 0.5
# With changes still to be read some answers are wrong, even when they are few.
PENDING_FRESHNESS = 0.9


class Candidate(NamedTuple):
    name: str
    available: bool
    fresh: bool
    freshness: float  # 1: reflects every change; 0: reflects nothing
    expected_us: float
    score: float  # higher is better; minus the cost in microseconds
    features: dict[str, Any]

    def to_document(self) -> interface.Candidate:
        """As answered with every search."""
        return {
            "name": self.name,
            "score": round(self.score),
            "expected_us": round(self.expected_us),
            "fresh": self.fresh,
            "available": self.available,
        }


class Expectations(NamedTuple):
    of_index: Expectation
    of_scan: Expectation


class Choice(NamedTuple):
    candidates: tuple[Candidate, ...]  # the best first
    reason: str
    # What it was made from, so that it can be made again (explanation.py).
    status: Mapping[str, Any]
    expected: Expectations

    @property
    def chosen(self) -> Candidate:
        return self.candidates[0]


def stated(status: Mapping[str, Any]) -> tuple[float, float]:
    """Microseconds of the index and of a scan, from `index.status`, on a machine nobody has looked at."""
    return INDEX_TIME.of(float(status["indexed"])), SCAN_TIME.of(float(status["bytes"]))


def rule(status: Mapping[str, Any]) -> Expectations:
    """What is expected without having learned anything."""
    index_us, scan_us = stated(status)
    return Expectations(Expectation(index_us), Expectation(scan_us))


def index_freshness(status: Mapping[str, Any]) -> float:
    """From `index.status` (docs/pit.md): the share of the folder the index can answer for."""
    state = status["state"]
    if state not in ("ready", "building", "degraded"):
        return 0.0
    files = max(int(status["files"]), 1)
    pending = int(status["pending"])
    freshness = 1.0
    if state == "building":
        freshness = min(int(status["indexed"]) / files, PENDING_FRESHNESS)
    if pending > 0:
        freshness = min(freshness * max(1.0 - pending / files, 0.0), PENDING_FRESHNESS)
    if state == "degraded" or not status["watching"]:
        freshness *= UNWATCHED_FRESHNESS
    return freshness


def choose(status: Mapping[str, Any], expected: Expectations) -> Choice:
    """The candidates in order, the best first. With none available the first says so."""
    state = status["state"]
    freshness = index_freshness(status)
    features = {key: status[key] for key in ("state", "files", "indexed", "pending", "bytes", "watching", "generation")}
    # One that fails has cost its time, and the other is asked.
    index_us = expected.of_index.expected_us + expected.of_index.failure * expected.of_scan.expected_us
    scan_us = expected.of_scan.expected_us + expected.of_scan.failure * expected.of_index.expected_us
    index = Candidate(
        name="index",
        available=state in ("ready", "building", "degraded"),
        fresh=freshness == 1.0,
        freshness=freshness,
        expected_us=index_us,
        score=-(index_us + (1.0 - freshness) * STALE_ANSWER_COST_US),
        features={**features, **_belief_features(expected.of_index)},
    )
    scan = Candidate(
        name="scan",
        available=state != "closed",
        fresh=True,
        freshness=1.0,
        expected_us=scan_us,
        score=-scan_us,
        features={**features, **_belief_features(expected.of_scan)},
    )
    best, other = sorted((index, scan), key=lambda candidate: (not candidate.available, -candidate.score))
    return Choice((best, other), _reason(best, other), features, expected)


def _belief_features(expectation: Expectation) -> dict[str, Any]:
    return {
        "call_us": round(expectation.expected_us),
        "failure": round(expectation.failure, 4),
        "calls": round(expectation.calls, 1),
    }


def _reason(best: Candidate, other: Candidate) -> str:
    if not best.available:
        return "no folder is open"
    if not other.available:
        return f"only {best.name} is available (index {best.features['state']})"
    if best.name == "index" and best.fresh:
        return f"the index is fresh and expected {_ms(other.expected_us - best.expected_us)} ms faster"
    if best.name == "index":
        return f"the index answers for {best.freshness:.0%}, a scan would take {_ms(other.expected_us)} ms"
    if other.fresh:
        return f"a scan is expected {_ms(other.expected_us - best.expected_us)} ms faster than the fresh index"
    share = f"the index ({best.features['state']}) answers for {other.freshness:.0%} only"
    return f"{share}, a scan takes {_ms(best.expected_us)} ms"


def _ms(microseconds: float) -> str:
    return f"{microseconds / 1000:.1f}"
