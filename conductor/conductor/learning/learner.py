"""What decisions ask of learning, and what they tell it."""

from __future__ import annotations

import asyncio
import math
import random
from typing import Any

from .. import log
from ..blocking import in_thread
from ..settings import Settings
from .benefit import Arm, Benefit
from .file import LearningFile
from .memory import Memory, MethodKey

# So many observations may be lost to a sudden end.
SAVED_EVERY = 25
# Trying out whether something is quicker than believed may make it look this much quicker or slower at most.
MOST_EXPLORED = 1.5


class Learner:
    """On the Conductor's thread. While it is off it observes nothing, and decisions are the rule's alone."""

    def __init__(self, settings: Settings, chance: random.Random | None = None) -> None:
        self._file = LearningFile(settings.data_directory)
        self._chance = chance or random.Random()
        self.version = settings.host_version  # of everything that comes with Symphony
        self._unsaved = 0
        self._disk = asyncio.Lock()
        self._saving: asyncio.Future[None] | None = None
        self.on = True
        self.exploring = False
        self.memory = Memory()
        self.benefit = Benefit(self._chance)

    @property
    def path(self) -> str:
        """Of the file that keeps it."""
        return self._file.path

    def load(self) -> None:
        """Blocks on the disk; before anybody else has it."""
        document = self._file.load()
        if document is None:
            return
        try:
            on, exploring = document["on"], document["exploring"]
            if not isinstance(on, bool) or not isinstance(exploring, bool):
                raise ValueError("on and exploring must be true or false")
            self.memory.restore(document["beliefs"])
            self.benefit.restore(document["arms"])
        except (KeyError, ValueError) as error:
            self._file.set_aside(str(error))
            self.memory.forget()
            self.benefit.forget()
            return
        self.on, self.exploring = on, exploring

    def draw(self) -> Arm:
        """Who makes the next decision."""
        return self.benefit.draw() if self.on else "rule"

    def expected_us(self, key: MethodKey, stated_us: float, arm: Arm) -> float:
        """How long a call stated to take `stated_us` is expected to take, in the eyes of who decides."""
        if arm == "rule":
            return stated_us
        belief = self.memory.of(key)
        if not self.exploring:
            return stated_us * belief.slowdown
        # Thompson sampling of the mean of the logarithm, bounded.
        deviation = belief.duration_deviation / math.sqrt(belief.calls)
        factor = math.exp(self._chance.gauss(0.0, deviation))
        return stated_us * belief.slowdown * min(max(factor, 1.0 / MOST_EXPLORED), MOST_EXPLORED)

    def failure(self, key: MethodKey, arm: Arm) -> float:
        """The expected share of calls that fail; a stranger is not held to fail."""
        belief = self.memory.of(key)
        return 0.0 if arm == "rule" or belief.failed == 0 else belief.failure

    def succeeded(self, key: MethodKey, stated_us: float, actual_us: float) -> None:
        if self.on:
            self.memory.succeeded(key, actual_us / stated_us)
            self._unsaved += 1

    def failed(self, key: MethodKey) -> None:
        if self.on:
            self.memory.failed(key)
            self._unsaved += 1

    def decided(self, arm: Arm, actual_us: float) -> None:
        """A decision of this arm took so long, all in all."""
        if self.on:
            self.benefit.took(arm, actual_us)

    def save_when_due(self) -> None:
        """Nobody waits for it."""
        if self._unsaved >= SAVED_EVERY:
            self._saving = asyncio.ensure_future(self.save())

    async def save(self) -> None:
        self._unsaved = 0
        async with self._disk:
            document = self._document()
            await in_thread(lambda: self._file.save(document), "save what was learned")

    async def forget(self) -> None:
        """Everything but the switches, on the disk as well. Raises OSError, and then it is forgotten here only."""
        self.memory.forget()
        self.benefit.forget()
        async with self._disk:
            await in_thread(self._file.remove, "forget what was learned")
        await self.save()
        log.info("forgot what was learned")

    def _document(self) -> dict[str, Any]:
        return {
            "on": self.on,
            "exploring": self.exploring,
            "beliefs": self.memory.to_document(),
            "arms": self.benefit.to_document(),
        }
