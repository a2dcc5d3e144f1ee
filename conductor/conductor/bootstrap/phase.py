"""What a phase of the start promises, and what is reported of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from ..interfaces import conductor as interface

PhaseState = Literal["pending", "running", "done", "failed", "undone"]
State = Literal["starting", "ready", "degraded", "failed", "stopping"]


LONGEST_PAUSE_S = 1.0


class Retry(NamedTuple):
    """How often a phase that failed is begun again. It is rolled back before. One that did not end in time never is:
    what it left may still be at work."""

    times: int
    first_pause_s: float = 0.0  # twice as long before each further time, at most LONGEST_PAUSE_S
    why_never: str = ""

    @classmethod
    def never(cls, reason: str) -> Retry:
        """Of a phase that is not safe to begin twice, or that fails for good when it fails."""
        return cls(0, why_never=reason)

    def pause_s(self, failed: int) -> float:
        """Before the attempt that follows the `failed`-th (from 1)."""
        return min(self.first_pause_s * 2.0 ** (failed - 1), LONGEST_PAUSE_S)


class Phase(Protocol):
    """One step of the start. The sequence calls its members one after the other, never two at once."""

    name: str
    # For start() and health_check() together, in seconds.
    timeout_s: float
    retry: Retry
    # Told when it failed for good: how to start nevertheless; empty when there is no such way.
    way_around: str

    async def start(self) -> None:
        ...

    async def health_check(self) -> None:
        """Raises when what start() made does not work."""

    async def rollback(self) -> None:
        """Undoes whatever start() did, also when it did not get to its end; also the orderly way to stop."""


class PhaseReport:
    __slots__ = ("name", "state", "ms", "attempts")

    def __init__(self, name: str) -> None:
        self.name = name
        self.state: PhaseState = "pending"
        self.ms = 0.0  # of all attempts, pauses included
        self.attempts = 0

    def to_document(self) -> interface.Phase:
        document: interface.Phase = {"name": self.name, "state": self.state, "ms": round(self.ms, 3)}
        if self.attempts > 1:
            document["attempts"] = self.attempts
        return document


class StartReport:
    """The Conductor's state as the interface shows it."""

    def __init__(self) -> None:
        self.state: State = "starting"
        self.message = ""
        self.phases: list[PhaseReport] = []
        self.problems: list[str] = []
        self._listeners: list[Callable[[StartReport], None]] = []

    def on_change(self, listener: Callable[[StartReport], None]) -> None:
        self._listeners.append(listener)

    def forget(self, listener: Callable[[StartReport], None]) -> None:
        """It need not be known."""
        self._listeners = [known for known in self._listeners if known != listener]

    def changed(self) -> None:
        for listener in self._listeners:
            listener(self)

    def problem(self, text: str) -> None:
        """Something does not work, but Symphony does: it will be `degraded` instead of `ready`."""
        self.problems.append(text)
        if self.state == "ready":
            self.state = "degraded"
            self.message = text
        self.changed()

    def ready(self) -> None:
        self.state = "degraded" if self.problems else "ready"
        self.message = self.problems[0] if self.problems else ""
        self.changed()

    def to_document(self) -> dict[str, Any]:
        """The parameters of ui.conductor."""
        return {
            "state": self.state,
            "phases": [phase.to_document() for phase in self.phases],
            "message": self.message,
        }
