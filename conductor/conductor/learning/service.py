"""The methods learning.get, learning.set and learning.forget, and the look at the extensions now and then."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from orchestra_kit import Kit
from symphony_ipc import Bus, BusError, MessageContext

from ..blocking import in_thread
from ..router import Method
from .evidence import ExtensionEvidence
from .learner import Learner

if TYPE_CHECKING:
    from ..interfaces import conductor as interface

# Between two looks at what extensions did.
LOOK_EVERY_S = 60.0


class LearningService:
    def __init__(self, bus: Bus, kit: Kit, learner: Learner) -> None:
        self._bus = bus
        self._kit = kit
        self._learner = learner
        self._evidence = ExtensionEvidence(learner.memory)
        self._next: asyncio.TimerHandle | None = None

    def methods(self) -> dict[str, Method]:
        """By their names on the bus."""
        return {"learning.get": self.get, "learning.set": self.set, "learning.forget": self.forget}

    async def start(self) -> None:
        """Knows what was learned before, and looks now and then until stop()."""
        await in_thread(self._learner.load, "read what was learned")
        self._look_later()

    async def stop(self) -> None:
        """Looks once more, and saves."""
        if self._next is None:
            return
        self._next.cancel()
        self._next = None
        self._look()
        await self._learner.save()

    async def get(self, params: interface.LearningGetParams, context: MessageContext) -> interface.LearningGetResult:
        del params, context
        self._look()
        learner = self._learner
        return {
            "on": learner.on,
            "exploring": learner.exploring,
            "methods": [
                {
                    "subject": key.subject,
                    "version": key.version,
                    "method": key.method,
                    "calls": belief.calls,
                    "failed": belief.failed,
                    "failure": belief.failure,
                    "failure_deviation": belief.failure_deviation,
                    "slowdown": belief.slowdown,
                    "slowdown_deviation": belief.duration_deviation,
                }
                for key, belief in learner.memory
            ],
            "benefit": learner.benefit.measured(),
        }

    async def set(self, params: interface.LearningSetParams, context: MessageContext) -> interface.LearningSetResult:
        del context
        learner = self._learner
        # What happened until now happened under the old setting, and what happens while it is off is never counted.
        self._look()
        learner.on = params.get("on", learner.on)
        learner.exploring = params.get("exploring", learner.exploring)
        await learner.save()
        return {"on": learner.on, "exploring": learner.exploring}

    async def forget(self, params: interface.LearningForgetParams, context: MessageContext) -> dict[str, Any]:
        del params, context
        self._look()
        try:
            await self._learner.forget()
        except OSError as error:
            message = f"What was learned is forgotten, but its file cannot be removed: {error.strerror}. Remove it."
            raise BusError("io_error", message, {"path": self._learner.path}) from error
        return {}

    def _look(self) -> None:
        self._evidence.look(self._kit.processes(), self._bus.statistics().get("endpoints", []), count=self._learner.on)

    def _look_later(self) -> None:
        self._next = asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._look_again)

    def _look_again(self) -> None:
        self._look()
        self._look_later()
