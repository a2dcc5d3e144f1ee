"""What is believed of an extension from what was seen of it: how often it fails, how much slower it is than stated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

# An extension nobody knows: one failure in ten, of the weight of ten calls it has not made.
PRIOR_FAILURES, PRIOR_SUCCESSES = 0.5, 9.5
# Its durations: as stated, give or take a third, of the weight of two calls.
PRIOR_CALLS, PRIOR_DEVIATION = 2.0, 0.3
# Old outcomes count half as much after this many calls, so that an extension may change.
HALF_LIFE = 200.0
_KEPT = 0.5 ** (1.0 / HALF_LIFE)


class Belief:
    """A Beta distribution of the failure rate and a log-normal one of the duration against the stated one."""

    __slots__ = ("failures", "successes", "calls", "log_mean", "log_squares", "failed", "slowdown", "failure")

    def __init__(self) -> None:
        self.failures = PRIOR_FAILURES
        self.successes = PRIOR_SUCCESSES
        self.calls = PRIOR_CALLS
        self.log_mean = 0.0
        self.log_squares = PRIOR_CALLS * PRIOR_DEVIATION**2
        self.failed = 0  # ever
        self.slowdown = math.exp(0.5 * PRIOR_DEVIATION**2)  # expected duration against the stated one
        self.failure = PRIOR_FAILURES / (PRIOR_FAILURES + PRIOR_SUCCESSES)  # expected share of failing calls

    def copy(self) -> Belief:
        other = Belief.__new__(Belief)
        for name in Belief.__slots__:
            setattr(other, name, getattr(self, name))
        return other

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Belief:
        """From all its slots by name. Raises ValueError when one is missing, no number, infinite or below its range."""
        belief = cls()
        for name in cls.__slots__:
            value = document.get(name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
                raise ValueError(f"a belief's {name} must be a finite number")
            if value < 0.0 and name != "log_mean":
                raise ValueError(f"a belief's {name} must not be negative")
            setattr(belief, name, value)
        if belief.calls <= 0.0 or belief.evidence <= 0.0 or belief.slowdown <= 0.0:
            raise ValueError("a belief must rest on something")
        return belief

    def succeeded(self, ratio: float) -> None:
        """A call that took `ratio` times what its provider states."""
        self.failures *= _KEPT
        self.successes = self.successes * _KEPT + 1.0
        value = math.log(ratio) if ratio > 0.0 else 0.0
        calls = self.calls * _KEPT + 1.0
        change = value - self.log_mean
        self.log_mean += change / calls
        self.log_squares = self.log_squares * _KEPT + change * (value - self.log_mean)
        self.calls = calls
        # The log-normal mean, without the variance of the stated spread itself: providers state their mean.
        self.slowdown = math.exp(self.log_mean + 0.5 * self.log_squares / calls)
        self.failure = self.failures / (self.failures + self.successes)

    def has_failed(self) -> None:
        """How long a failed call took says nothing of its duration: it ended before."""
        self.failed += 1
        self.failures = self.failures * _KEPT + 1.0
        self.successes *= _KEPT
        self.failure = self.failures / (self.failures + self.successes)

    @property
    def evidence(self) -> float:
        return self.failures + self.successes

    @property
    def failure_deviation(self) -> float:
        total = self.failures + self.successes
        return math.sqrt(self.failures * self.successes / (total * total * (total + 1.0)))

    @property
    def duration_deviation(self) -> float:
        return math.sqrt(self.log_squares / self.calls)
