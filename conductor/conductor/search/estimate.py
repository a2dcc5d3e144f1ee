"""How long a strategy takes: what is stated for it, and what is expected of it here."""

from __future__ import annotations

from typing import NamedTuple


class StatedTime(NamedTuple):
    """Microseconds = overhead + rate × units, of a small laptop."""

    overhead_us: float
    rate_us: float
    least_units: float

    def of(self, units: float) -> float:
        return self.overhead_us + self.rate_us * max(units, self.least_units)


# Units: files of the index, bytes of the folder.
INDEX_TIME = StatedTime(overhead_us=300.0, rate_us=0.2, least_units=256.0)
SCAN_TIME = StatedTime(overhead_us=500.0, rate_us=0.001, least_units=65536.0)


class Expectation(NamedTuple):
    """What whoever decides believes of a strategy."""

    expected_us: float
    failure: float = 0.0  # the share of its calls that end in an error, after which the other is asked
    calls: float = 0.0  # how many calls that rests on
