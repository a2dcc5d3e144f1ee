"""One start of the real Conductor (bus, Pit, Kit and all) on a temporary directory, here or in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from conductor.bootstrap import Sequence, StartReport
from conductor.main import StartFailed, run
from conductor.settings import Settings
from faults import Fault, shifted_sequence

PROGRAM = Path(__file__).with_name("one_start.py")


class Outcome(NamedTuple):
    exit_code: int
    message: str  # for the user, where it failed
    states: list[str]  # of the report, each once
    phases: list[dict[str, Any]]  # the report's last word
    journal: list[str]
    log: list[dict[str, Any]]


class Stage:
    """The directories of one Symphony; one start after the other."""

    def __init__(self, folder: Path, extensions: Path) -> None:
        self.data, self.runtime, self._workspace = folder / "data", folder / "run", folder / "workspace"
        self._log_file = folder / "conductor.log"
        self._extensions = extensions
        self._workspace.mkdir(parents=True)
        (self._workspace / "hay.txt").write_text("some needle here\n")

    def start_here(self, fault: Fault | None, *, with_extensions: bool) -> Outcome:
        """In this process, on a ShiftedLoop; it is asked to stop from the first moment on."""
        journal: list[str] = []
        reports: list[StartReport] = []
        states: list[str] = []

        def sequence_of(settings: Settings, report: StartReport) -> Sequence:
            reports.append(report)
            report.on_change(lambda changed: states.append(changed.state))
            return shifted_sequence(settings, report, fault, journal)

        self._log_file.unlink(missing_ok=True)
        stop, asked = os.pipe()
        os.write(asked, b"1")
        exit_code, message = 0, ""
        try:
            exit_code = run(self._config(stop, with_extensions), sequence_of=sequence_of)
        except StartFailed as failure:
            exit_code, message = failure.exit_code, str(failure)
        finally:
            os.close(stop)
            os.close(asked)
        phases = [dict(phase.to_document()) for phase in reports[0].phases]
        return Outcome(exit_code, message, list(dict.fromkeys(states)), phases, journal, self._log())

    def start_process(self, fault: Fault | None, *, with_extensions: bool) -> Outcome:
        """In a process of its own, on the real clock; asked to stop by SIGTERM once it is ready."""
        self._log_file.unlink(missing_ok=True)
        command = ["-m", "conductor"] if fault is None else [str(PROGRAM), fault.kind, fault.phase, fault.place]
        process = subprocess.Popen(
            [sys.executable, *command, *self._arguments(with_extensions)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        ready = process.stdout.readline()
        if ready:
            process.terminate()
        _, errors = process.communicate()
        told = json.loads(ready) if ready else {"state": "", "phases": []}
        return Outcome(process.returncode, errors, [told["state"]], told["phases"], [], self._log())

    def _config(self, stop: int, with_extensions: bool) -> dict[str, Any]:
        return {
            "mode": "headless",
            "workspace": str(self._workspace),
            "data_directory": str(self.data),
            "runtime_directory": str(self.runtime),
            "listen": True,
            "log_file": str(self._log_file),
            "extensions_directory": str(self._extensions) if with_extensions else None,
            "start_extensions": with_extensions,
            "stop_descriptor": stop,
        }

    def _arguments(self, with_extensions: bool) -> list[str]:
        arguments = ["--data-directory", str(self.data), "--runtime-directory", str(self.runtime), "--listen"]
        arguments += ["--log-file", str(self._log_file), str(self._workspace)]
        return [*arguments, "--extensions-directory", str(self._extensions)] if with_extensions else arguments

    def _log(self) -> list[dict[str, Any]]:
        if not self._log_file.exists():
            return []
        return [json.loads(line) for line in self._log_file.read_text().splitlines()]
