"""Faults put into the real phases of the start, and a clock that need not be waited for."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Literal, NamedTuple

from conductor.bootstrap import Phase, Sequence, StartReport
from conductor.bootstrap.assembly import AssemblyPhase
from conductor.main import phases_for
from conductor.settings import Settings
from symphony_ipc import Bus

# `once` fails the first time only.
Kind = Literal["raise", "once", "hang", "slow", "kill", "abort"]
Place = Literal["before", "after", "check"]
PHASES = ("minimal", "bus", "pit", "kit", "conductor", "run")
PLACES: tuple[Place, ...] = ("before", "after", "check")
SLOW = 0.5  # of the phase's limit


class Fault(NamedTuple):
    kind: Kind
    phase: str
    place: Place  # of what the phase really does

    def __str__(self) -> str:
        return f"{self.kind} {self.place} {self.phase}"


class Injected(Exception):
    pass


class ShiftedLoop(asyncio.SelectorEventLoop):
    """Its time can be put forward, so that a limit of seconds is reached at once."""

    _ahead_s = 0.0

    def time(self) -> float:
        return super().time() + self._ahead_s

    def put_forward(self, seconds: float) -> None:
        self._ahead_s += seconds


class ShiftedLoops(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return ShiftedLoop()


class FaultyPhase:
    """A real phase, with what was asked of it written down, and a fault at one place or none."""

    def __init__(self, real: Phase, fault: Fault | None, journal: list[str], assembly: AssemblyPhase) -> None:
        self.name = real.name
        self.timeout_s = real.timeout_s
        self.retry = real.retry
        self.way_around = real.way_around
        self._real = real
        self._fault = fault
        self._journal = journal
        self._assembly = assembly
        self._begun = 0

    async def start(self) -> None:
        self._journal.append(f"start {self.name}")
        self._begun += 1
        await self._reach("before")
        await self._real.start()
        await self._reach("after")

    async def health_check(self) -> None:
        await self._real.health_check()
        if self.name == PHASES[-1]:
            await _extensions_serve(self._assembly)
        await self._reach("check")

    async def rollback(self) -> None:
        self._journal.append(f"undo {self.name}")
        await self._real.rollback()

    async def _reach(self, place: Place) -> None:
        if self._fault is None or self._fault.place != place:
            return
        kind = self._fault.kind
        if kind == "raise" or (kind == "once" and self._begun == 1):
            raise Injected(f"injected {self._fault}")
        if kind == "hang":
            await _pass_time(None, self.timeout_s)
        if kind == "slow":
            await _pass_time(self.timeout_s * SLOW, self.timeout_s * SLOW)
        if kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if kind == "abort":
            os.abort()


async def _extensions_serve(assembly: AssemblyPhase) -> None:
    """Returns once every extension that was started answers: only then is there all that has to be ended."""
    assert assembly.container is not None
    bus = assembly.container.resolve(Bus)
    while True:
        status = await bus.send_message("conductor", {"method": "status.get"})
        if all(process["state"] == "healthy" for process in status["processes"]):
            return


async def _pass_time(seconds: float | None, forward_s: float) -> None:
    """Waits for so long, or for ever; on a shifted loop so much of it is skipped."""
    waiting = asyncio.ensure_future(asyncio.Event().wait() if seconds is None else asyncio.sleep(seconds))
    loop = asyncio.get_running_loop()
    if isinstance(loop, ShiftedLoop):
        loop.call_soon(loop.put_forward, forward_s)  # after the timer is set
    try:
        await waiting
    finally:
        waiting.cancel()


def faulty_sequence(settings: Settings, report: StartReport, fault: Fault | None, journal: list[str]) -> Sequence:
    """The real phases on the real clock: for a process of its own."""
    return Sequence(_phases(settings, report, fault, journal), report)


def shifted_sequence(settings: Settings, report: StartReport, fault: Fault | None, journal: list[str]) -> Sequence:
    """The real phases on a ShiftedLoop, whose pauses take no time either."""

    async def pause(seconds: float) -> None:
        journal.append(f"pause {seconds:g}")
        await _pass_time(seconds, seconds)

    def clock() -> float:
        return asyncio.get_running_loop().time()

    return Sequence(_phases(settings, report, fault, journal), report, clock=clock, pause=pause)


def _phases(settings: Settings, report: StartReport, fault: Fault | None, journal: list[str]) -> list[FaultyPhase]:
    real = phases_for(settings, report)
    (assembly,) = [phase for phase in real if isinstance(phase, AssemblyPhase)]
    return [
        FaultyPhase(phase, fault if fault is not None and fault.phase == phase.name else None, journal, assembly)
        for phase in real
    ]
