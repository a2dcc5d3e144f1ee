"""Policies that know nothing, for tests of what surrounds one."""

from __future__ import annotations

import numpy as np
from function_quest.learned import checkpoint
from function_quest.learned.checkpoint import Checkpoint
from function_quest.learned.network import INPUTS, SHAPES, Array


def random_weights(seed: int, beta: float = 0.0) -> dict[str, Array]:
    """Weights as they are before training; inputs are taken as they come."""
    source = np.random.Generator(np.random.PCG64(seed))
    weights = {
        name: (source.standard_normal(shape) * np.sqrt(2.0 / max(shape[0], 1))).astype(np.float32)
        for name, shape in SHAPES.items()
    }
    weights["input_low"] = np.full(INPUTS, -20.0, np.float32)
    weights["input_high"] = np.full(INPUTS, 20.0, np.float32)
    weights["input_scale"] = np.ones(INPUTS, np.float32)
    weights["input_shift"] = np.zeros(INPUTS, np.float32)
    weights["beta"] = np.array([beta], np.float32)
    return weights


def random_checkpoint(seed: int, **about: object) -> Checkpoint:
    return checkpoint.new(random_weights(seed), {"name": "random", "margin": 0.0, **about})
