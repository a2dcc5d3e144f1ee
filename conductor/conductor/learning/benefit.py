"""Whether learning helps, measured here: some decisions are always left to the rule, and both are compared."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ..interfaces import conductor as interface

Arm = Literal["learned", "rule"]

# This share of the decisions is the rule's (CONDUCTOR.md 4.6), so that there is something to compare with.
HELD_OUT = 0.05
# With fewer than this many of either nothing is said.
FEWEST = 20
_Z95 = 1.959964


class Durations:
    """Mean and variance of the logarithm, one value at a time (Welford 1962)."""

    __slots__ = ("count", "mean", "squares")

    def __init__(self, count: int = 0, mean: float = 0.0, squares: float = 0.0) -> None:
        self.count = count
        self.mean = mean
        self.squares = squares

    def add(self, microseconds: float) -> None:
        value = math.log(max(microseconds, 1.0))
        self.count += 1
        change = value - self.mean
        self.mean += change / self.count
        self.squares += change * (value - self.mean)

    @property
    def variance_of_mean(self) -> float:
        return self.squares / (self.count - 1) / self.count


class Benefit:
    """Decisions fall to an arm by chance, so that what differs between the arms is only who decided."""

    def __init__(self, chance: random.Random, held_out: float = HELD_OUT) -> None:
        self._chance = chance
        self._held_out = held_out
        self._arms: dict[Arm, Durations] = {"learned": Durations(), "rule": Durations()}

    def draw(self) -> Arm:
        return "rule" if self._chance.random() < self._held_out else "learned"

    def took(self, arm: Arm, microseconds: float) -> None:
        self._arms[arm].add(microseconds)

    def forget(self) -> None:
        self._arms = {"learned": Durations(), "rule": Durations()}

    def measured(self) -> interface.Benefit:
        """`ratio`: how long a learned decision takes against the rule's, geometric means; below 1 it is quicker.

        `ratio` and its 95 % interval are null while one arm has fewer than FEWEST decisions.
        """
        learned, rule = self._arms["learned"], self._arms["rule"]
        known = min(learned.count, rule.count) >= FEWEST
        ratio = interval = None
        if known:
            difference = learned.mean - rule.mean
            deviation = _Z95 * math.sqrt(learned.variance_of_mean + rule.variance_of_mean)
            ratio = math.exp(difference)
            interval = [math.exp(difference - deviation), math.exp(difference + deviation)]
        return {
            "learned": learned.count,
            "rule": rule.count,
            "held_out": self._held_out,
            "ratio": ratio,
            "interval95": interval,
        }

    def to_document(self) -> dict[str, Any]:
        return {
            arm: {"count": each.count, "mean": each.mean, "squares": each.squares} for arm, each in self._arms.items()
        }

    def restore(self, document: object) -> None:
        """Raises ValueError, and then keeps what it had."""
        if not isinstance(document, dict):
            raise ValueError("arms must be an object")
        self._arms = {"learned": _durations(document.get("learned")), "rule": _durations(document.get("rule"))}


def _durations(document: object) -> Durations:
    if not isinstance(document, dict):
        raise ValueError("an arm must be an object")
    values = [document.get(name) for name in Durations.__slots__]
    numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if len(numbers) != len(values) or not all(map(math.isfinite, numbers)) or numbers[0] < 0 or numbers[2] < 0:
        raise ValueError("an arm must have a count, a mean and squares")
    return Durations(int(numbers[0]), float(numbers[1]), float(numbers[2]))
