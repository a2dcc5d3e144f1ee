"""Staged start: phases with a timeout, a health check and a rollback each."""

from .phase import Phase, PhaseReport, Retry, StartReport
from .sequence import PhaseFailed, Sequence

__all__ = ["Phase", "PhaseFailed", "PhaseReport", "Retry", "Sequence", "StartReport"]
