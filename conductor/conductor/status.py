"""The method status.get: what is running, how it is doing, since when."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from orchestra_kit import Kit
from symphony_ipc import Bus, MessageContext, Pit, escape_path

from .bootstrap import StartReport
from .search.decision_log import DecisionLog
from .workspace import Workspace

if TYPE_CHECKING:
    from .interfaces.conductor import StatusGetParams, StatusGetResult
    from .router import Method


class StatusService:
    def __init__(
        self,
        bus: Bus,
        pit: Pit,
        kit: Kit,
        workspace: Workspace,
        decisions: DecisionLog,
        report: StartReport,
    ) -> None:
        self._bus = bus
        self._pit = pit
        self._kit = kit
        self._workspace = workspace
        self._decisions = decisions
        self._report = report
        self._since = time.monotonic()

    def methods(self) -> dict[str, Method]:
        return {"status.get": self.get}

    async def get(self, params: StatusGetParams, context: MessageContext) -> StatusGetResult:
        del params, context
        statistics = self._bus.statistics()
        problems = list(dict.fromkeys(self._report.problems + [str(problem) for problem in self._kit.problems]))
        return {
            "state": self._report.state,
            "phases": [phase.to_document() for phase in self._report.phases],
            "health": {"state": self._report.state, "problems": problems},
            "endpoints": statistics.get("endpoints", []),
            "processes": self._kit.processes(),
            "safe_mode": self._kit.safe_mode,
            "held_back": [escape_path(os.fsencode(name)) for name in self._kit.held_back],
            "pit": self._pit.status(),
            "workspace": self._workspace.path,
            "decisions": self._decisions.made,
            "uptime_ms": round((time.monotonic() - self._since) * 1000),
        }
