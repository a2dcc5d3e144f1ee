"""Every phase may raise, hang or turn out unhealthy; the earlier ones are undone in reverse order."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from conductor import log
from conductor.bootstrap import PhaseFailed, Sequence, StartReport

NAMES = ["one", "two", "three", "four"]


class Journal:
    def __init__(self) -> None:
        self.lines: list[str] = []


class ScriptedPhase:
    """Does what its script says: "", raise, hang, stubborn (hangs and ignores its cancellation), unhealthy."""

    def __init__(self, name: str, journal: Journal, script: str = "", rollback_script: str = "") -> None:
        self.name = name
        self.timeout_s = 0.02 if script in ("hang", "stubborn") else 5.0
        self._journal = journal
        self._script = script
        self._rollback_script = rollback_script

    async def start(self) -> None:
        self._journal.lines.append(f"start {self.name}")
        await self._act(self._script)

    async def health_check(self) -> None:
        self._journal.lines.append(f"check {self.name}")
        if self._script == "unhealthy":
            raise RuntimeError("it does not answer")

    async def rollback(self) -> None:
        self._journal.lines.append(f"undo {self.name}")
        await self._act(self._rollback_script)

    async def _act(self, script: str) -> None:
        if script == "raise":
            raise RuntimeError("broken")
        if script == "hang":
            await asyncio.Event().wait()
        if script == "stubborn":
            while True:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    if self._journal.lines[-1] == "let go":
                        raise


def run_start(
    phases: list[ScriptedPhase], report: StartReport, *, rollback_timeout_s: float = 5.0
) -> PhaseFailed | None:
    async def main() -> PhaseFailed | None:
        sequence = Sequence(phases, report, rollback_timeout_s=rollback_timeout_s)
        try:
            await sequence.start()
        except PhaseFailed as failure:
            return failure
        finally:
            phases[0]._journal.lines.append("let go")
        phases[0]._journal.lines.pop()
        await sequence.stop()
        return None

    return asyncio.run(main())


def test_phases_run_in_order_and_stop_in_reverse() -> None:
    journal, report = Journal(), StartReport()
    assert run_start([ScriptedPhase(name, journal) for name in NAMES], report) is None
    started = [f"{step} {name}" for name in NAMES for step in ("start", "check")]
    assert journal.lines == started + [f"undo {name}" for name in reversed(NAMES)]
    assert [phase.state for phase in report.phases] == ["undone"] * 4


@pytest.mark.parametrize("script", ["raise", "hang", "stubborn", "unhealthy"])
@pytest.mark.parametrize("failing", range(4))
def test_a_failing_phase_undoes_the_earlier_ones_in_reverse(failing: int, script: str) -> None:
    journal, report = Journal(), StartReport()
    told: list[tuple[str, str]] = []
    report.on_change(lambda changed: told.append((changed.state, journal.lines[-1] if journal.lines else "")))
    phases = [ScriptedPhase(name, journal, script if index == failing else "") for index, name in enumerate(NAMES)]
    failure = run_start(phases, report)
    assert failure is not None and failure.phase == NAMES[failing]
    undone = [line for line in journal.lines if line.startswith("undo")]
    assert undone == [f"undo {name}" for name in reversed(NAMES[: failing + 1])]
    assert not any(line == f"start {name}" for name in NAMES[failing + 1 :] for line in journal.lines)
    assert [phase.state for phase in report.phases] == ["undone"] * failing + ["failed"] + ["pending"] * (3 - failing)
    assert report.state == "failed" and NAMES[failing] in report.message
    # The interface is told while there still is a bus: before anything is undone.
    assert ("failed", undone[0]) not in told and told[-1][0] == "failed"


@pytest.mark.parametrize("rollback_script", ["raise", "hang"])
def test_a_rollback_that_fails_does_not_keep_the_others(rollback_script: str) -> None:
    journal, report = Journal(), StartReport()
    phases = [
        ScriptedPhase("one", journal),
        ScriptedPhase("two", journal, rollback_script=rollback_script),
        ScriptedPhase("three", journal, "raise"),
    ]
    failure = run_start(phases, report, rollback_timeout_s=0.02)
    assert failure is not None and failure.phase == "three"
    assert [line for line in journal.lines if line.startswith("undo")] == ["undo three", "undo two", "undo one"]


def test_the_message_says_what_failed_and_what_to_do() -> None:
    class PhaseWithoutPackage(ScriptedPhase):
        async def start(self) -> None:
            raise ModuleNotFoundError("No module named 'orchestra_kit'", name="orchestra_kit")

    failure = run_start([PhaseWithoutPackage("kit", Journal())], StartReport())
    assert failure is not None
    assert "'kit'" in str(failure) and "orchestra_kit" in str(failure) and "Install Symphony again" in str(failure)


def test_a_timeout_names_its_seconds() -> None:
    failure = run_start([ScriptedPhase("slow", Journal(), "hang")], StartReport())
    assert failure is not None and "within 0.02 s" in str(failure)


def test_one_log_line_a_phase_with_milliseconds(tmp_path: Path) -> None:
    file = tmp_path / "conductor.log"
    assert log.start_logging(str(file), to_stderr=False) is None
    try:
        run_start([ScriptedPhase(name, Journal()) for name in NAMES], StartReport())
    finally:
        log.stop_logging()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    done = [line for line in lines if line["message"] == "phase done"]
    assert [line["phase"] for line in done] == NAMES
    assert all(line["ms"] >= 0 for line in done)


def test_milliseconds_come_from_the_clock() -> None:
    ticks = iter([0.0, 0.25, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0])
    report = StartReport()

    async def main() -> None:
        sequence = Sequence([ScriptedPhase(name, Journal()) for name in NAMES[:2]], report, clock=lambda: next(ticks))
        await sequence.start()

    asyncio.run(main())
    assert [phase.ms for phase in report.phases] == [250.0, 500.0]
    assert report.to_document()["phases"][0] == {"name": "one", "state": "done", "ms": 250.0}
