"""The harness itself: it sees what it is there to see."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import census
import pytest
from census import Census, files_below, unfinished
from expectation import deviations, journal_with, name_of
from faults import PHASES, PLACES, Fault, FaultyPhase, Kind, ShiftedLoops
from stage import Outcome, Stage
from starts import EXTENSIONS, REAL_HANGS_EVERY, ROUND, Planned, Starts, plan

RAISES = Fault("raise", "kit", "after")


@pytest.fixture(autouse=True)
def on_shifted_loops() -> Iterator[None]:
    asyncio.set_event_loop_policy(ShiftedLoops())
    yield
    asyncio.set_event_loop_policy(None)


@pytest.fixture()
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(census, "SETTLE_S", 0.0)


def test_a_round_is_what_it_says() -> None:
    planned = list(plan(0))
    assert len(planned) == ROUND and sum(each.here for each in planned) == 42
    kinds = Counter((each.fault.kind, each.fault.phase) for each in planned if each.fault is not None and each.here)
    assert kinds == Counter((kind, phase) for kind in ("raise", "hang", "slow", "once") for phase in PHASES)


def test_three_rounds_have_every_fault_in_every_place() -> None:
    faults = {each.fault for number in range(3) for each in plan(number)}
    kinds: tuple[Kind, ...] = ("raise", "hang", "slow", "once")
    assert faults >= {Fault(kind, phase, at) for kind in kinds for phase in PHASES for at in PLACES}


def test_some_rounds_wait_for_the_real_limit_of_a_phase() -> None:
    real = [each.fault for each in plan(REAL_HANGS_EVERY - 1) if not each.here and each.fault is not None]
    assert [fault.phase for fault in real if fault.kind == "hang"] == ["minimal"]


def test_a_phase_begun_again_is_expected_to_be_undone_before() -> None:
    asked = "start minimal, start bus, start pit, start kit, undo kit, pause 0.05, start kit"
    undone = "undo kit, undo pit, undo bus, undo minimal"
    assert journal_with(RAISES) == f"{asked}, {undone}".split(", ")
    again = "start conductor, start run, undo run, undo conductor"
    assert journal_with(Fault("once", "kit", "after")) == f"{asked}, {again}, {undone}".split(", ")


@pytest.mark.parametrize("fault", [None, RAISES, Fault("hang", "run", "check"), Fault("slow", "pit", "before")])
def test_a_real_start_comes_to_what_it_must_and_to_nothing_else(tmp_path: Path, fault: Fault | None) -> None:
    outcome = Stage(tmp_path, EXTENSIONS).start_here(fault, with_extensions=True)
    assert list(deviations(outcome, fault, here=True)) == []
    others = (
        None,
        RAISES,
        Fault("hang", "run", "check"),
        Fault("once", "pit", "before"),
        Fault("slow", "bus", "after"),
    )
    for other in others:
        # One that is slow is, but for its milliseconds, as one without a fault.
        if other != fault and (other is not None or name_of(fault) != "slow, then ready"):
            assert list(deviations(outcome, other, here=True)), other


def altered(outcome: Outcome) -> dict[str, Outcome]:
    return {
        "another exit code": outcome._replace(exit_code=1),
        "no message": outcome._replace(message=""),
        "the wrong phase": outcome._replace(message=outcome.message.replace("'kit'", "'pit'")),
        "ready all the same": outcome._replace(states=[*outcome.states, "ready"]),
        "another order": outcome._replace(journal=[*outcome.journal[:-2], *reversed(outcome.journal[-2:])]),
        "not undone": outcome._replace(journal=outcome.journal[:-1]),
        "no log": outcome._replace(log=[]),
        "a further error": outcome._replace(log=[*outcome.log, {"level": "error", "phase": "bus", "message": "x"}]),
    }


def test_every_part_of_an_outcome_is_looked_at(tmp_path: Path) -> None:
    outcome = Stage(tmp_path, EXTENSIONS).start_here(RAISES, with_extensions=False)
    for what, wrong in altered(outcome).items():
        assert list(deviations(wrong, RAISES, here=True)), what


def test_a_rollback_that_does_nothing_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, impatient: None
) -> None:
    starts = Starts(Stage(tmp_path, EXTENSIONS))
    starts.warm_up()
    starts.make(Planned(RAISES, here=True), 0)
    assert starts.deviations == [] and starts.outcomes == {"rolled back": 1}
    forgotten = []

    async def forgetful(self: FaultyPhase) -> None:
        self._journal.append(f"undo {self.name}")
        forgotten.append(self._real)
        if self.name == "minimal":
            await self._real.rollback()

    monkeypatch.setattr(FaultyPhase, "rollback", forgetful)
    starts.make(Planned(RAISES, here=True), 1)
    monkeypatch.undo()
    assert starts.outcomes["deviated"] == 1
    assert any("left open" in found for found in starts.deviations), starts.deviations
    for phase in forgotten:
        asyncio.run(phase.rollback())


def test_a_crash_is_one_by_its_signal(tmp_path: Path) -> None:
    stage = Stage(tmp_path, EXTENSIONS)
    for fault in (Fault("kill", "pit", "after"), Fault("abort", "run", "check")):
        outcome = stage.start_process(fault, with_extensions=False)
        assert list(deviations(outcome, fault, here=False)) == [] and name_of(fault) == "crashed"
        other = fault._replace(kind="abort" if fault.kind == "kill" else "kill")
        assert list(deviations(outcome, other, here=False))
    assert list(deviations(stage.start_here(None, with_extensions=False), None, here=True)) == []


def test_the_census_sees_descriptors_threads_processes_and_files(tmp_path: Path, impatient: None) -> None:
    before = Census.take()
    assert before.left_behind() == []
    reading, writing = os.pipe()
    go_on = threading.Event()
    thread = threading.Thread(target=go_on.wait)
    thread.start()
    assert before.left_behind() == ["2 × pipe left open", "1 threads left"]
    os.close(reading)
    os.close(writing)
    go_on.set()
    thread.join()
    assert unfinished(files_below(tmp_path)) == []
    (tmp_path / "store.sqlite-wal").touch()
    assert unfinished(files_below(tmp_path)) == ["store.sqlite-wal left"]


def test_an_orphan_is_found_and_reaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process of its own: this one is not to adopt anybody."""
    program = (
        "import os, signal, subprocess, census\n"
        "census.adopt_orphans()\n"
        "orphan = int(subprocess.check_output(['sh', '-c', 'sleep 600 >/dev/null & echo $!']))\n"
        "census.SETTLE_S = 0.0\n"
        "print(census.processes_left())\n"
        "os.kill(orphan, signal.SIGKILL)\n"
        "census.SETTLE_S = 10.0\n"
        "print(census.processes_left())\n"
    )
    folder = Path(__file__).parent
    ended = subprocess.run(
        ["/usr/bin/python3", "-c", program], cwd=folder, capture_output=True, text=True, check=True, timeout=60
    )
    first, second = ended.stdout.splitlines()
    assert first.endswith("left: sleep']") and second == "[]"
