"""Chance that does not depend on what was done before: the n-th attempt at a function with a provider always turns out
the same for one seed. So two policies meet the same luck, and what luck it will be can be asked beforehand.

The mixer is SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014).
"""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
_TO_UNIT = 2.0**-53
_NORMAL = NormalDist().inv_cdf


def mixed(value: int) -> int:
    value = (value + _STEP) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


class Luck(NamedTuple):
    normal: float  # of the duration
    fate: float  # in (0, 1): below the crash probability a crash, below that plus the failure probability a failure
    part: float  # in (0, 1): when it fails, after which share of the duration


def luck(seed: int, function: int, provider: int, attempt: int) -> Luck:
    state = mixed(mixed(seed & _MASK) ^ (function << 28) ^ (provider << 20) ^ attempt)
    second = mixed(state)
    third = mixed(second)
    return Luck(
        _NORMAL(((state >> 11) + 0.5) * _TO_UNIT),
        ((second >> 11) + 0.5) * _TO_UNIT,
        ((third >> 11) + 0.5) * _TO_UNIT,
    )
