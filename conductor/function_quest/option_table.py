"""For each of many functions the provider a plan would take, all at once: what Melodies of many functions are planned
with. The numbers are those of the loop in plan.py to the last bit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

Stated = Sequence[tuple[int, int, float, float, bool]]  # as Graph.stated


class OptionTable:
    def __init__(self, functions: Sequence[int], stated: Sequence[Stated]) -> None:
        width = max(len(stated[function]) for function in functions)
        shape = (len(functions), width)
        self._seconds, self._price = np.zeros(shape), np.zeros(shape)
        self._extension = np.zeros(shape, np.int64)
        self._blocked = np.full(shape, math.inf)  # added to what is asked for
        for row, function in enumerate(functions):
            for number, extension, seconds, price, fits in stated[function]:
                self._seconds[row, number], self._price[row, number] = seconds, price
                self._extension[row, number] = extension
                self._blocked[row, number] = 0.0 if fits else math.inf
        self._rows = np.arange(len(functions))

    def cheapest(
        self,
        slow: Sequence[float],
        dear: Sequence[float],
        rate: float,
        price_weight: float,
        left: float,
        hopeless: float,
    ) -> tuple[list[int], list[float], list[float]]:
        """Of each function: the provider, its expected seconds and its expected price; `hopeless` for both where there
        is none within what is left of the budget."""
        taken = self._seconds * np.array(slow)[self._extension]
        paid = self._price * np.array(dear)[self._extension]
        asked = rate * taken + price_weight * paid
        asked += self._blocked
        if left < math.inf:
            asked[self._price > left] = math.inf
        best = asked.argmin(axis=1)
        none = asked[self._rows, best] >= hopeless
        taken, paid = taken[self._rows, best], paid[self._rows, best]
        if none.any():
            best[none], taken[none], paid[none] = 0, hopeless, hopeless
        return best.tolist(), taken.tolist(), paid.tolist()
