"""Every phase may raise, hang or turn out unhealthy; the earlier ones are undone in reverse order."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from conductor import log
from conductor.bootstrap import Phase, PhaseFailed, Retry, Sequence, StartReport
from conductor.bootstrap.phase import LONGEST_PAUSE_S
from conductor.main import phases_for
from conductor.settings import settings_from

NAMES = ["one", "two", "three", "four"]


class Journal:
    def __init__(self) -> None:
        self.lines: list[str] = []


class ScriptedPhase:
    """Does what its script says: "", raise, hang, stubborn (hangs and ignores its cancellation), unhealthy."""

    def __init__(
        self,
        name: str,
        journal: Journal,
        script: str = "",
        rollback_script: str = "",
        retry: Retry = Retry.never("it is scripted"),
    ) -> None:
        self.name = name
        self.retry = retry
        self.way_around = ""
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


class Recovering(ScriptedPhase):
    """Fails so many times, and reports a problem whenever it is begun."""

    def __init__(self, journal: Journal, report: StartReport, failures: int, retry: Retry, **scripts: str) -> None:
        super().__init__("two", journal, retry=retry, **scripts)
        self._report = report
        self._failures = failures

    async def start(self) -> None:
        await super().start()
        self._report.problem("it limps")
        if self._failures:
            self._failures -= 1
            raise RuntimeError("not yet")


def start_with_retries(
    failures: int, retry: Retry, **scripts: str
) -> tuple[Journal, StartReport, list[float], PhaseFailed | None]:
    journal, report, pauses = Journal(), StartReport(), list[float]()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def main() -> PhaseFailed | None:
        phases: list[Phase] = [ScriptedPhase("one", journal), Recovering(journal, report, failures, retry, **scripts)]
        try:
            await Sequence(phases, report, rollback_timeout_s=0.02, pause=pause).start()
        except PhaseFailed as failure:
            return failure
        return None

    return journal, report, pauses, asyncio.run(main())


def test_a_failed_phase_is_undone_and_begun_again() -> None:
    journal, report, pauses, failure = start_with_retries(2, Retry(3, first_pause_s=0.4))
    assert failure is None
    again = ["start two", "undo two"]
    assert journal.lines == ["start one", "check one", *again, *again, "start two", "check two"]
    assert pauses == [0.4, 0.8]
    assert report.phases[1].to_document()["attempts"] == 3 and "attempts" not in report.phases[0].to_document()
    assert report.problems == ["it limps"]  # of the attempt that stands, not of those undone


def test_a_pause_has_a_bound() -> None:
    _, _, pauses, _ = start_with_retries(4, Retry(4, first_pause_s=0.4))
    assert pauses == [0.4, 0.8, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


def test_what_fails_every_time_says_how_often() -> None:
    journal, _, pauses, failure = start_with_retries(9, Retry(2))
    assert failure is not None and "not yet" in str(failure) and "It was tried 3 times." in str(failure)
    assert len(pauses) == 2 and journal.lines[-2:] == ["undo two", "undo one"]


def test_what_may_be_at_work_still_is_not_begun_again() -> None:
    journal, _, pauses, failure = start_with_retries(0, Retry(2), script="hang")
    assert failure is not None and not pauses and journal.lines.count("start two") == 1


@pytest.mark.parametrize("rollback_script", ["raise", "hang"])
def test_what_cannot_be_undone_is_not_begun_again(rollback_script: str) -> None:
    journal, _, pauses, failure = start_with_retries(1, Retry(2), rollback_script=rollback_script)
    assert failure is not None and failure.phase == "two" and not pauses
    assert journal.lines.count("start two") == 1


def test_attempts_and_reasons_are_logged(tmp_path: Path) -> None:
    file = tmp_path / "conductor.log"
    assert log.start_logging(str(file), to_stderr=False) is None
    try:
        start_with_retries(1, Retry(1, first_pause_s=0.3))
        start_with_retries(1, Retry.never("two of it would fight"))
    finally:
        log.stop_logging()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    (again,) = [line for line in lines if line["message"] == "phase failed, it is begun again"]
    assert (again["phase"], again["attempt"], again["of"], again["pause_s"]) == ("two", 1, 2, 0.3)
    assert again["level"] == "warning" and "not yet" in again["traceback"]
    assert [line["attempts"] for line in lines if line["message"] == "phase done"] == [1, 2, 1]
    (failed,) = [line for line in lines if line["level"] == "error"]
    assert failed["no_retry"] == "two of it would fight" and failed["attempts"] == 1


def test_every_real_phase_is_begun_again_or_says_why_not() -> None:
    retries = {phase.name: phase.retry for phase in phases_for(settings_from({}), StartReport())}
    again = {name: retry.times for name, retry in retries.items() if retry.times}
    assert again == {"pit": 2, "kit": 1, "conductor": 1}
    assert all(bool(retry.why_never) == (retry.times == 0) for retry in retries.values())
