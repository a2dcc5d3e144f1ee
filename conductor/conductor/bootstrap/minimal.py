"""Phase 1: settings and logging, with nothing but the standard library."""

from __future__ import annotations

from .. import log
from ..settings import Settings
from .phase import Retry, StartReport


class MinimalPhase:
    name = "minimal"
    timeout_s = 2.0
    retry = Retry.never("nothing it does fails for a moment only")
    way_around = ""

    def __init__(self, settings: Settings, report: StartReport) -> None:
        self._settings = settings
        self._report = report

    async def start(self) -> None:
        problem = log.start_logging(self._settings.log_file, to_stderr=self._settings.mode == "module")
        if problem is not None:
            self._report.problem(problem)
        log.info("starting", mode=self._settings.mode, version=self._settings.host_version)

    async def health_check(self) -> None:
        """Nothing here can be broken and go unnoticed: a log that cannot be written is a problem, not a failure."""

    async def rollback(self) -> None:
        log.stop_logging()
