"""What weighed most in the scores of a learned policy: each feature in turn is made to say nothing, and the candidates
are scored again. On demand only: a forward pass for each feature."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..features import CANDIDATE_FEATURES
from .network import Array, Network

MOST_REASONS = 5
# Less than this is rounding of float32.
LEAST_WEIGHT = 1e-5


class Weight(NamedTuple):
    feature: str
    value: float  # of the chosen candidate, as the network is shown it
    neutral: float  # what all candidates had in its place: its mean in training
    weight: float  # the part of the chosen one's lead that goes with it; below 0 it spoke against what was chosen
    decisive: bool  # without it the lead has another sign


def lead(scores: Array, chosen: int) -> float:
    """By which the score of `chosen` exceeds the best of the others, of which there is at least one."""
    return float(scores[chosen] - np.delete(scores, chosen).max())


def reasons(network: Network, rows: Array, whole: Array, heuristic: int, chosen: int) -> list[Weight]:
    """The weightiest first, MOST_REASONS at most; of clipped inputs. None where there is nothing to choose.

    A feature is taken from all candidates at once, so what they have in common in it cannot be a reason. With
    `is_heuristic` goes what the network adds to the score of the heuristic's choice.
    """
    if len(rows) < 2:
        return []
    whole_lead = lead(network.scores(rows, whole, heuristic), chosen)
    found = []
    for column, name in enumerate(CANDIDATE_FEATURES):
        without = rows.copy()
        without[:, column] = network.mean[column]
        scores = network.scores(without, whole, heuristic)
        if name == "is_heuristic":
            scores[heuristic] -= network.beta
        left = lead(scores, chosen)
        value, neutral = float(rows[chosen, column]), float(network.mean[column])
        found.append(Weight(name, value, neutral, whole_lead - left, (left > 0.0) != (whole_lead > 0.0)))
    weighty = [weight for weight in found if abs(weight.weight) >= LEAST_WEIGHT]
    return sorted(weighty, key=lambda weight: -abs(weight.weight))[:MOST_REASONS]
