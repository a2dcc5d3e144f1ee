"""How long a strategy takes here: a running estimate per unit of work."""

from __future__ import annotations

# The newest observation counts this much: a handful of searches is enough to learn a machine, one outlier is not.
WEIGHT = 0.2


class TimeEstimate:
    """Microseconds = overhead + rate × units, the rate learned as an exponentially weighted moving average."""

    def __init__(self, overhead_us: float, rate_us: float, least_units: float) -> None:
        self._overhead_us = overhead_us
        self._rate_us = rate_us
        self._least_units = least_units
        self.observations = 0

    def expected_us(self, units: float) -> float:
        return self._overhead_us + self._rate_us * max(units, self._least_units)

    def observe(self, units: float, actual_us: float) -> None:
        rate = max(actual_us - self._overhead_us, 0.0) / max(units, self._least_units)
        self._rate_us += WEIGHT * (rate - self._rate_us)
        self.observations += 1
