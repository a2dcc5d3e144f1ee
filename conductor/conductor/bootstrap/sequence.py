"""Runs the phases in order; when one fails, undoes it and the earlier ones in reverse order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence as OrderedPhases
from typing import Any

from .. import log
from .advice import advice_for
from .phase import Phase, PhaseReport, StartReport

ROLLBACK_TIMEOUT_S = 5.0


class PhaseFailed(Exception):
    """`str()` says what failed and what to do about it."""

    def __init__(self, phase: str, reason: str, advice: str) -> None:
        super().__init__(f"Symphony could not start: phase {phase!r} failed. {reason} {advice}")
        self.phase = phase
        self.reason = reason
        self.advice = advice


class Sequence:
    def __init__(
        self,
        phases: OrderedPhases[Phase],
        report: StartReport,
        clock: Callable[[], float] = time.perf_counter,
        rollback_timeout_s: float = ROLLBACK_TIMEOUT_S,
    ) -> None:
        self._phases = phases
        self._report = report
        self._clock = clock
        self._rollback_timeout_s = rollback_timeout_s
        self._begun: list[tuple[Phase, PhaseReport]] = []
        report.phases = [PhaseReport(phase.name) for phase in phases]

    async def start(self) -> None:
        """Raises PhaseFailed after everything begun was rolled back."""
        for phase, phase_report in zip(self._phases, self._report.phases):
            phase_report.state = "running"
            self._report.changed()
            self._begun.append((phase, phase_report))
            begin = self._clock()
            try:
                await _bounded(self._start(phase), phase.timeout_s)
            except Exception as error:
                phase_report.ms = (self._clock() - begin) * 1000
                await self._fail(phase, phase_report, error)
            phase_report.ms = (self._clock() - begin) * 1000
            phase_report.state = "done"
            log.info("phase done", phase=phase.name, ms=round(phase_report.ms, 3))
        self._report.changed()

    async def stop(self) -> None:
        """Undoes every phase in reverse order. No phase can keep the others from being undone."""
        while self._begun:
            phase, phase_report = self._begun.pop()
            begin = self._clock()
            try:
                await _bounded(phase.rollback(), self._rollback_timeout_s)
            except Exception as error:
                log.error("phase could not be undone", phase=phase.name, exception=error)
            if phase_report.state != "failed":
                phase_report.state = "undone"
            log.info("phase undone", phase=phase.name, ms=round((self._clock() - begin) * 1000, 3))

    @staticmethod
    async def _start(phase: Phase) -> None:
        await phase.start()
        await phase.health_check()

    async def _fail(self, phase: Phase, phase_report: PhaseReport, error: Exception) -> None:
        reason, advice = advice_for(error, phase.timeout_s)
        failure = PhaseFailed(phase.name, reason, advice)
        phase_report.state = "failed"
        self._report.state = "failed"
        self._report.message = str(failure)
        log.error(str(failure), phase=phase.name, ms=round(phase_report.ms, 3), exception=error)
        # Told before the rollback: afterwards there is no bus to tell it over.
        self._report.changed()
        await self.stop()
        raise failure from error


async def _bounded(work: Coroutine[Any, Any, None], seconds: float) -> None:
    """Like asyncio.timeout, but does not wait for a task that ignores its cancellation."""
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not done:
        task.cancel()
        raise TimeoutError
    if task.cancelled():
        raise RuntimeError("it was cancelled from inside")
    task.result()
