"""What a start must have come to, by the fault that was put into it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

from conductor.bootstrap import Phase, StartReport
from conductor.main import EXIT_FAILED, phases_for
from conductor.settings import settings_from
from faults import PHASES, SLOW, Fault
from stage import Outcome

REAL: dict[str, Phase] = {phase.name: phase for phase in phases_for(settings_from({}), StartReport())}
SIGNALS = {"kill": signal.SIGKILL, "abort": signal.SIGABRT}


def attempts_with(fault: Fault) -> int:
    times = REAL[fault.phase].retry.times
    return {"raise": 1 + times, "once": 1 + min(times, 1)}.get(fault.kind, 1)


def name_of(fault: Fault | None) -> str:
    """How such a start must end."""
    if fault is None:
        return "ready"
    if fault.kind in SIGNALS:
        return "crashed"
    if fault.kind == "slow":
        return "slow, then ready"
    if fault.kind == "once" and attempts_with(fault) > 1:
        return "begun again, then ready"
    return "rolled back"


def deviations(outcome: Outcome, fault: Fault | None, *, here: bool) -> Iterator[str]:
    """In words, whatever is not as it must be; nothing when the start came to what it must."""
    expected = name_of(fault)
    if expected == "crashed":
        assert fault is not None
        yield from _crashed(outcome, fault)
    elif expected == "rolled back":
        assert fault is not None
        yield from _rolled_back(outcome, fault, here=here)
    else:
        yield from _ready(outcome, fault, here=here)


def _ready(outcome: Outcome, fault: Fault | None, *, here: bool) -> Iterator[str]:
    if outcome.exit_code != 0 or outcome.message:
        yield f"it ended with {outcome.exit_code}: {outcome.message}"
    if "ready" not in outcome.states:
        yield f"it was never ready, but {outcome.states}"
    if _logged(outcome, "phase done") != list(PHASES):
        yield f"the log has these phases done: {_logged(outcome, 'phase done')}"
    # That of minimal has no log any more.
    if _logged(outcome, "phase undone") != list(reversed(PHASES[1:])):
        yield f"the log has these phases undone: {_logged(outcome, 'phase undone')}"
    harmless = {"info"} if fault is None or fault.kind == "slow" else {"info", "warning"}
    for line in outcome.log:
        if line["level"] not in harmless:
            yield f"the log says: {line}"
    if here and outcome.journal != journal_with(fault):
        yield f"the phases were asked: {outcome.journal}"
    if fault is not None and fault.kind == "slow":
        yield from _slow(outcome, fault)
    if fault is not None and fault.kind == "once":
        attempts = {phase["name"]: phase.get("attempts", 1) for phase in outcome.phases}
        if attempts != {**dict.fromkeys(PHASES, 1), fault.phase: 2}:
            yield f"the report has these attempts: {attempts}"


def _slow(outcome: Outcome, fault: Fault) -> Iterator[str]:
    limit_ms = REAL[fault.phase].timeout_s * 1000
    for line in outcome.log:
        if line["message"] == "phase done" and line["phase"] == fault.phase:
            if not limit_ms * SLOW <= line["ms"] < limit_ms:
                yield f"the log says it took {line['ms']} ms, not the {limit_ms * SLOW} ms it was slow for"


def _rolled_back(outcome: Outcome, fault: Fault, *, here: bool) -> Iterator[str]:
    if outcome.exit_code != EXIT_FAILED:
        yield f"it ended with {outcome.exit_code}"
    reason = "" if fault.kind != "hang" else f"It did not finish within {REAL[fault.phase].timeout_s:g} s."
    for words in (f"phase {fault.phase!r} failed", reason or f"injected {fault}"):
        if words not in outcome.message:
            yield f"the message does not say {words!r}: {outcome.message}"
    if attempts_with(fault) > 1 and f"It was tried {attempts_with(fault)} times." not in outcome.message:
        yield f"the message does not say how often it was tried: {outcome.message}"
    if "ready" in outcome.states:
        yield "it was ready"
    failing = PHASES.index(fault.phase)
    if outcome.log or failing > 0:
        undone = [*[fault.phase] * min(failing, 1), *reversed(PHASES[1:failing])]
        if _logged(outcome, "phase undone") != undone:
            yield f"the log has these phases undone: {_logged(outcome, 'phase undone')}"
        if [line["phase"] for line in outcome.log if line["level"] == "error"] != [fault.phase]:
            yield "the log does not name the phase in its one error"
    if here and outcome.journal != journal_with(fault):
        yield f"the phases were asked: {outcome.journal}"
    if here:
        states = [phase["state"] for phase in outcome.phases]
        if states != ["undone"] * failing + ["failed"] + ["pending"] * (len(PHASES) - failing - 1):
            yield f"the report says of the phases: {states}"


def _crashed(outcome: Outcome, fault: Fault) -> Iterator[str]:
    if outcome.exit_code != -SIGNALS[fault.kind]:
        yield f"it ended with {outcome.exit_code}, not by its signal: {outcome.message}"
    done = list(PHASES[: PHASES.index(fault.phase)])
    if _logged(outcome, "phase done") != done or _logged(outcome, "phase undone"):
        yield f"it crashed in another place: {_logged(outcome, 'phase done')} are done"


def journal_with(fault: Fault | None) -> list[str]:
    """What the phases must have been asked, in order."""
    journal: list[str] = []
    last = len(PHASES) - 1
    for number, name in enumerate(PHASES):
        if fault is not None and fault.phase == name:
            attempts = attempts_with(fault)
            for failed in range(1, attempts):
                journal += [f"start {name}", f"undo {name}", f"pause {REAL[name].retry.pause_s(failed):g}"]
            if name_of(fault) == "rolled back":
                last = number
        journal.append(f"start {name}")
        if number == last:
            break
    return journal + [f"undo {name}" for name in reversed(PHASES[: last + 1])]


def _logged(outcome: Outcome, message: str) -> list[Any]:
    return [line["phase"] for line in outcome.log if line["message"] == message]
