"""Policies that were trained: what they see, the network that scores it, their files, and the guard around them.

Nothing here trains, and nothing here needs more than NumPy: that is the package `training`.
"""

from __future__ import annotations

from pathlib import Path

from . import checkpoint
from .checkpoint import Checkpoint, CheckpointError
from .guard import Guarded, Limits
from .network import Network

SHIPPED_NAME = "learned"
SHIPPED = Path(__file__).with_name("policy.npz")


def load(path: Path = SHIPPED) -> Checkpoint:
    """Raises CheckpointError."""
    return checkpoint.read(path)


def guarded(policy: Checkpoint, name: str = SHIPPED_NAME, *, measured: bool = False) -> Guarded:
    """With the margin the checkpoint asks for. `measured`: without the limit of time, so that the same levels always
    give the same figures; how long a decision takes is a figure of its own."""
    limits = Limits(margin=float(policy.header["margin"]))
    if measured:
        limits = limits._replace(milliseconds=None)
    return Guarded(Network(policy.weights), name, limits=limits, sha256=policy.sha256)


__all__ = [
    "SHIPPED",
    "SHIPPED_NAME",
    "Checkpoint",
    "CheckpointError",
    "Guarded",
    "Limits",
    "Network",
    "guarded",
    "load",
]
