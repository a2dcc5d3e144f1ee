"""What tests of training share."""

from __future__ import annotations

import numpy as np
from function_quest.learned import Network
from function_quest.learned.network import INPUTS, SHAPES


def random_network(seed: int) -> Network:
    source = np.random.Generator(np.random.PCG64(seed))
    weights = {name: (0.2 * source.standard_normal(shape)).astype(np.float32) for name, shape in SHAPES.items()}
    weights["input_low"], weights["input_high"] = np.full(INPUTS, -20, np.float32), np.full(INPUTS, 20, np.float32)
    return Network(weights)
