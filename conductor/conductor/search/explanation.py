"""Why a decision fell as it did, and how it would have fallen otherwise: the same pure decision with other features.

All of it is done when somebody asks, never while a search waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .decision import Choice, Expectations, choose, index_freshness, rule, stated
from .estimate import Expectation

if TYPE_CHECKING:
    from ..interfaces import conductor as interface

Features = dict[str, Any]

MOST_REASONS = 5
STATES = ("ready", "building", "degraded", "failed", "closed")
# With the largest of all of these a score in microseconds still is a whole number of 64 bits, which documents hold.
LARGEST_COUNT = 10**15
SLOWDOWNS = (1e-4, 1e4)
_NAME_SHOWN = 64  # characters of a name somebody sent


class FeatureError(ValueError):
    """A what-if that cannot be tried. `path` is the JSON Pointer of what is wrong in the parameters."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


class Feature(NamedTuple):
    """What the decision is made from. `neutral`: its value when it says nothing, which the others may tell."""

    neutral: Callable[[Features], Any]
    problem: Callable[[object], str | None]


def _one_of_states(value: object) -> str | None:
    return None if isinstance(value, str) and value in STATES else f"must be one of {', '.join(STATES)}"


def _count(value: object) -> str | None:
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_COUNT
    return None if whole else f"must be a whole number from 0 to {LARGEST_COUNT}"


def _flag(value: object) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _number(low: float, high: float) -> Callable[[object], str | None]:
    def problem(value: object) -> str | None:
        # NaN and the infinite are in no range.
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high
        return None if number else f"must be a number from {low:g} to {high:g}"

    return problem


# An index that is whole, up to date and watched; strategies that take what is stated and never fail; an empty folder.
FEATURES: dict[str, Feature] = {
    "state": Feature(lambda features: "ready", _one_of_states),
    "files": Feature(lambda features: features["indexed"], _count),
    "indexed": Feature(lambda features: features["files"], _count),
    "pending": Feature(lambda features: 0, _count),
    "bytes": Feature(lambda features: 0, _count),
    "watching": Feature(lambda features: True, _flag),
    "generation": Feature(lambda features: 0, _count),
    "index.slowdown": Feature(lambda features: 1.0, _number(*SLOWDOWNS)),
    "index.failure": Feature(lambda features: 0.0, _number(0.0, 1.0)),
    "scan.slowdown": Feature(lambda features: 1.0, _number(*SLOWDOWNS)),
    "scan.failure": Feature(lambda features: 0.0, _number(0.0, 1.0)),
}
# What makes an index stale, and the name of all of it together.
STALENESS = ("state", "pending", "watching")
FRESHNESS = "index.freshness"


def features_of(choice: Choice) -> Features:
    """Everything the decision was made from, by name, flat. A slowdown is the time expected against the stated one."""
    index_us, scan_us = stated(choice.status)
    index, scan = choice.expected
    return {
        **choice.status,
        "index.slowdown": index.expected_us / index_us,
        "index.failure": index.failure,
        "scan.slowdown": scan.expected_us / scan_us,
        "scan.failure": scan.failure,
    }


def decide(features: Features) -> Choice:
    """The decision, made from features alone."""
    index_us, scan_us = stated(features)
    return choose(
        features,
        Expectations(
            Expectation(index_us * features["index.slowdown"], features["index.failure"]),
            Expectation(scan_us * features["scan.slowdown"], features["scan.failure"]),
        ),
    )


def heuristic_of(choice: Choice) -> str:
    """What the rule chooses, which has learned nothing."""
    return choose(choice.status, rule(choice.status)).chosen.name


def margin(choice: Choice, chosen: str) -> float:
    """By which the score of `chosen` exceeds the best of the others."""
    scores = {candidate.name: candidate.score for candidate in choice.candidates}
    return scores[chosen] - max(score for name, score in scores.items() if name != chosen)


def reasons(choice: Choice) -> list[interface.FeatureWeight]:
    """By occlusion: how much of the chosen one's lead a feature is worth, the weightiest first, MOST_REASONS at most.

    Each feature by itself is made neutral and the decision made again. A weight above 0 speaks for what was chosen.
    What makes an index stale is also taken together, when that weighs otherwise than any of it: an index that is both
    unwatched and behind stays stale whichever of the two is left out.
    """
    features = features_of(choice)
    neutral = {name: feature.neutral(features) for name, feature in FEATURES.items()}
    found = {name: _weight(choice, name, features[name], neutral[name], {name: neutral[name]}) for name in FEATURES}
    fresh = {name: neutral[name] for name in STALENESS}
    together = _weight(choice, FRESHNESS, index_freshness(features), 1.0, fresh)
    if all(found[name]["weight"] != together["weight"] for name in STALENESS):
        found[FRESHNESS] = together
    weighty = [reason for reason in found.values() if reason["weight"] != 0]
    return sorted(weighty, key=lambda reason: -abs(reason["weight"]))[:MOST_REASONS]


def _weight(choice: Choice, name: str, value: object, neutral: object, changes: Features) -> interface.FeatureWeight:
    """`value` and `neutral` are what is shown of `changes`."""
    chosen, features = choice.chosen.name, features_of(choice)
    without = decide({**features, **changes})
    return {
        "feature": name,
        "value": value,
        "neutral": neutral,
        "weight": round(margin(decide(features), chosen) - margin(without, chosen)),
        "decisive": without.chosen.name != chosen,
    }


def what_if(choice: Choice, changes: Mapping[str, object]) -> interface.WhatIf:
    """The decision with some features changed. Raises FeatureError."""
    if not changes:
        raise FeatureError("/what_if", "Name at least one feature to change.")
    for name, value in changes.items():
        path = f"/what_if/{name.replace('~', '~0').replace('/', '~1')}"
        if name not in FEATURES:
            known = ", ".join(FEATURES)
            raise FeatureError(path, f"There is no feature {name[:_NAME_SHOWN]!r}; there are {known}.")
        problem = FEATURES[name].problem(value)
        if problem is not None:
            raise FeatureError(path, f"{name} {problem}.")
    other = decide({**features_of(choice), **changes})
    chosen = other.chosen.name if other.chosen.available else None
    return {
        "changes": dict(changes),
        "chosen": chosen,
        "differs": chosen != choice.chosen.name,
        "reason": other.reason,
        "candidates": [candidate.to_document() for candidate in other.candidates],
    }
