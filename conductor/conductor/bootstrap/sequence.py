"""Runs the phases in order; when one fails for good, undoes it and the earlier ones in reverse order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence as OrderedPhases
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


class PhaseOverdue(TimeoutError):
    """What was begun did not end in time, and may be at work still."""


class Sequence:
    def __init__(
        self,
        phases: OrderedPhases[Phase],
        report: StartReport,
        clock: Callable[[], float] = time.perf_counter,
        rollback_timeout_s: float = ROLLBACK_TIMEOUT_S,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._phases = phases
        self._report = report
        self._clock = clock
        self._rollback_timeout_s = rollback_timeout_s
        self._pause = pause
        self._begun: list[tuple[Phase, PhaseReport]] = []
        report.phases = [PhaseReport(phase.name) for phase in phases]

    async def start(self) -> None:
        """Raises PhaseFailed after everything begun was rolled back."""
        for phase, phase_report in zip(self._phases, self._report.phases):
            phase_report.state = "running"
            self._report.changed()
            self._begun.append((phase, phase_report))
            begin = self._clock()
            error = await self._attempt(phase, phase_report)
            phase_report.ms = (self._clock() - begin) * 1000
            if error is not None:
                await self._fail(phase, phase_report, error)
            phase_report.state = "done"
            log.info("phase done", phase=phase.name, ms=round(phase_report.ms, 3), attempts=phase_report.attempts)
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

    async def _attempt(self, phase: Phase, phase_report: PhaseReport) -> Exception | None:
        """As often as the phase's `retry` allows. Returns why it failed at last."""
        problems = len(self._report.problems)
        while True:
            phase_report.attempts += 1
            try:
                await _bounded(self._start(phase), phase.timeout_s)
                return None
            except Exception as error:
                failure = error
            if phase_report.attempts > phase.retry.times or isinstance(failure, PhaseOverdue):
                return failure
            pause_s = phase.retry.pause_s(phase_report.attempts)
            log.warning(
                "phase failed, it is begun again",
                phase=phase.name,
                attempt=phase_report.attempts,
                of=1 + phase.retry.times,
                pause_s=pause_s,
                exception=failure,
            )
            try:
                await _bounded(phase.rollback(), self._rollback_timeout_s)
            except Exception as error:
                log.error("phase could not be undone", phase=phase.name, exception=error)
                return failure
            del self._report.problems[problems:]  # those of the attempt that is undone
            await self._pause(pause_s)

    @staticmethod
    async def _start(phase: Phase) -> None:
        await phase.start()
        await phase.health_check()

    async def _fail(self, phase: Phase, phase_report: PhaseReport, error: Exception) -> None:
        reason, advice = advice_for(error, phase.timeout_s)
        if phase_report.attempts > 1:
            reason += f" It was tried {phase_report.attempts} times."
        failure = PhaseFailed(phase.name, reason, f"{advice} {phase.way_around}".rstrip())
        phase_report.state = "failed"
        self._report.state = "failed"
        self._report.message = str(failure)
        why_no_retry = {"no_retry": phase.retry.why_never} if phase.retry.why_never else {}
        log.error(
            str(failure),
            phase=phase.name,
            ms=round(phase_report.ms, 3),
            attempts=phase_report.attempts,
            exception=error,
            **why_no_retry,
        )
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
        raise PhaseOverdue
    if task.cancelled():
        raise RuntimeError("it was cancelled from inside")
    task.result()
