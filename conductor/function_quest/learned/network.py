"""The network of a learned policy, forward only: scores of candidates from their features.

    h      = encoder(row, whole)                each candidate by itself, the same weights for all
    c      = context(mean h, max h, whole)      of all candidates together, whatever their number and order
    score  = scorer(h, c) + beta * [the heuristic's choice]

(Zaheer et al.: Deep Sets, NeurIPS 2017.) The last term is what it starts from: as long as the rest says nothing, the
heuristic's choice is taken.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..features import CANDIDATE_FEATURES, GLOBAL_FEATURES

Array = NDArray[np.float32]

ROW, WHOLE = len(CANDIDATE_FEATURES), len(GLOBAL_FEATURES)
INPUTS = ROW + WHOLE
HIDDEN = 64
SHAPES: dict[str, tuple[int, ...]] = {
    # What training saw of each feature, and how it is scaled: (clipped to low..high) * scale + shift.
    "input_low": (INPUTS,),
    "input_high": (INPUTS,),
    "input_scale": (INPUTS,),
    "input_shift": (INPUTS,),
    "encoder_1": (INPUTS, HIDDEN),
    "encoder_1_bias": (HIDDEN,),
    "encoder_2": (HIDDEN, HIDDEN),
    "encoder_2_bias": (HIDDEN,),
    "context": (2 * HIDDEN + WHOLE, HIDDEN),
    "context_bias": (HIDDEN,),
    "scorer_1": (2 * HIDDEN, HIDDEN),
    "scorer_1_bias": (HIDDEN,),
    "scorer_2": (HIDDEN,),
    "beta": (1,),
}


class Network:
    """Float32 throughout. Not for several threads at once."""

    def __init__(self, weights: Mapping[str, Array]) -> None:
        """Takes arrays of exactly SHAPES."""
        self.weights = {name: np.ascontiguousarray(weights[name], np.float32) for name in SHAPES}
        w = self.weights
        self._row_low, self._whole_low = w["input_low"][:ROW], w["input_low"][ROW:]
        self._row_high, self._whole_high = w["input_high"][:ROW], w["input_high"][ROW:]
        scale, shift = w["input_scale"], w["input_shift"]
        # The scaling is part of the first layer: that saves two passes over the rows.
        self._from_row = np.ascontiguousarray(scale[:ROW, None] * w["encoder_1"][:ROW])
        self._from_whole = np.ascontiguousarray(scale[ROW:, None] * w["encoder_1"][ROW:])
        self._first = (w["encoder_1_bias"] + shift @ w["encoder_1"]).astype(np.float32)
        self._whole_scale, self._whole_shift = scale[ROW:], shift[ROW:]
        self._scorer_row = np.ascontiguousarray(w["scorer_1"][:HIDDEN])
        self._scorer_context = np.ascontiguousarray(w["scorer_1"][HIDDEN:])
        self._beta = float(w["beta"][0])
        self._pooled = np.empty(2 * HIDDEN + WHOLE, np.float32)

    @property
    def beta(self) -> float:
        """What is added to the score of the heuristic's choice."""
        return self._beta

    @property
    def mean(self) -> Array:
        """Of each feature of a row, in training: with it the network is told nothing."""
        mean: Array = -self.weights["input_shift"][:ROW] / self.weights["input_scale"][:ROW]
        return np.minimum(np.maximum(mean, self._row_low), self._row_high)

    def clipped(self, rows: Array, whole: Array) -> tuple[Array, Array, float]:
        """What the network is shown, and the share of numbers that were outside what training saw."""
        inside = np.minimum(np.maximum(rows, self._row_low), self._row_high)
        whole_inside = np.minimum(np.maximum(whole, self._whole_low), self._whole_high)
        changed = np.count_nonzero(inside != rows) + np.count_nonzero(whole_inside != whole)
        return inside, whole_inside, changed / (rows.size + whole.size)

    def scores(self, rows: Array, whole: Array, heuristic: int) -> Array:
        """One for each row, the higher the better; of clipped inputs. `rows` is not empty."""
        hidden = rows @ self._from_row
        hidden += self._first + whole @ self._from_whole
        np.maximum(hidden, 0.0, out=hidden)
        hidden = hidden @ self.weights["encoder_2"]
        hidden += self.weights["encoder_2_bias"]
        np.maximum(hidden, 0.0, out=hidden)
        pooled = self._pooled
        np.add.reduce(hidden, axis=0, out=pooled[:HIDDEN])
        pooled[:HIDDEN] *= 1.0 / len(rows)
        np.maximum.reduce(hidden, axis=0, out=pooled[HIDDEN : 2 * HIDDEN])
        pooled[2 * HIDDEN :] = whole * self._whole_scale + self._whole_shift
        context = pooled @ self.weights["context"]
        context += self.weights["context_bias"]
        np.maximum(context, 0.0, out=context)
        hidden = hidden @ self._scorer_row
        hidden += context @ self._scorer_context + self.weights["scorer_1_bias"]
        np.maximum(hidden, 0.0, out=hidden)
        scores: Array = hidden @ self.weights["scorer_2"]
        scores[heuristic] += self._beta
        return scores
