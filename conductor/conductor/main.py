"""Starts the Conductor, runs it until it is asked to stop, and ends it in order."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any

from . import log
from .bootstrap import Phase, PhaseFailed, Sequence, StartReport
from .bootstrap.assembly import AssemblyPhase, RunPhase
from .bootstrap.minimal import MinimalPhase
from .bootstrap.native import BusPhase, Foundation, KitPhase, PitPhase
from .settings import ConfigurationError, Settings, settings_from

EXIT_USAGE = 64
EXIT_FAILED = 70


class StartFailed(Exception):
    """The Conductor did not start; `str()` is for the user, `exit_code` for the process."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def phases_for(settings: Settings, report: StartReport) -> list[Phase]:
    foundation = Foundation()
    assembly = AssemblyPhase(settings, foundation, report)
    return [
        MinimalPhase(settings, report),
        BusPhase(settings, foundation, report),
        PitPhase(settings, foundation, report),
        KitPhase(settings, foundation, report),
        assembly,
        RunPhase(settings, foundation, assembly, report),
    ]


def sequence_for(settings: Settings, report: StartReport) -> Sequence:
    return Sequence(phases_for(settings, report), report)


SequenceOf = Callable[[Settings, StartReport], Sequence]


def run(config: Mapping[str, Any], *, sequence_of: SequenceOf = sequence_for) -> int:
    """Returns 0 after an orderly end. Raises StartFailed. Blocks; the calling thread becomes the Conductor's thread.

    `sequence_of`: for tests, which put faults into phases (tests/starts).
    """
    try:
        settings = settings_from(config)
    except ConfigurationError as error:
        raise StartFailed(f"The configuration cannot be used: {error}.", EXIT_USAGE) from error
    return asyncio.run(_run(settings, sequence_of))


async def _run(settings: Settings, sequence_of: SequenceOf) -> int:
    stop = asyncio.Event()
    _listen_for_stop(settings, stop)
    report = StartReport()
    sequence = sequence_of(settings, report)
    start = asyncio.ensure_future(sequence.start())
    stopped = asyncio.ensure_future(stop.wait())
    try:
        # A stop during the start lets the running phase end first: half a phase is harder to undo than a whole one.
        await start
    except PhaseFailed as failure:
        stopped.cancel()
        raise StartFailed(str(failure), EXIT_FAILED) from failure
    report.ready()
    log.info("ready", state=report.state, ms=round(sum(phase.ms for phase in report.phases), 3))
    if settings.mode == "module":
        _announce(report)
    await stopped
    await sequence.stop()
    return 0


def _listen_for_stop(settings: Settings, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    if settings.stop_descriptor is not None:
        descriptor = settings.stop_descriptor

        def stop_requested() -> None:
            loop.remove_reader(descriptor)
            stop.set()

        loop.add_reader(descriptor, stop_requested)
    if settings.mode == "module":
        # Embedded, signals are the application's.
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)


def _announce(report: StartReport) -> None:
    """One line for whoever started us: scripts wait for it instead of guessing."""
    line = {**report.to_document(), "pid": os.getpid()}
    print(json.dumps(line), flush=True, file=sys.stdout)
