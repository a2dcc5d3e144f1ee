#!/usr/bin/python3
"""`starts.py NUMBER`: so many starts of the real Conductor, most with a fault in a phase, and what they came to.

They come in rounds of 50. For each of the six phases one that raises, one that hangs and one that crashes, each
followed by a start without a fault on the same directories; one that is slow; and one that raises only the first time.
Then one without a fault and one that fails, both in processes of their own. Of the 50, 42 are in this process, one
after the other, on a clock that is put forward where a phase hangs, is slow or pauses; 8 are processes of their own on
the real clock. In every second pair extensions are started, as processes, and a start gets to its end with all of them
serving.

Ends with 1, and says what deviated, when one start did.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from census import Census, adopt_orphans, files_below, processes_left, resident_bytes, unfinished
from expectation import deviations, name_of
from faults import PHASES, PLACES, Fault, Kind, ShiftedLoops
from stage import Stage

ROUND = 50
# One start of a round fails in a process of its own; in these rounds it waits for a phase's real limit.
REAL_HANGS_EVERY = 25
REAL_HANGS = ("minimal", "bus", "kit", "conductor")
WARM_UP = 3
# Of so many starts on memory must not grow by more than this each.
MEASURED, GROWTH_KIB = 1000, 4.0
EXTENSIONS = Path(os.environ["PYTHONPATH"].split(":")[0]).parent / "extensions"


class Planned(NamedTuple):
    fault: Fault | None
    here: bool


def plan(round_number: int) -> Iterator[Planned]:
    """The 50 starts of a round."""
    crash: Kind = "kill" if round_number % 2 == 0 else "abort"
    kinds: tuple[Kind, ...] = ("raise", "hang", crash, "slow", "once")
    for number, phase in enumerate(PHASES):
        for kind in kinds:
            place = PLACES[(round_number + number + kinds.index(kind)) % len(PLACES)]
            yield Planned(Fault(kind, phase, place), here=kind != crash)
            if kind in ("raise", "hang", crash):
                yield Planned(None, here=True)
    yield Planned(None, here=False)
    if round_number % REAL_HANGS_EVERY == REAL_HANGS_EVERY - 1:
        phase = REAL_HANGS[round_number // REAL_HANGS_EVERY % len(REAL_HANGS)]
        yield Planned(Fault("hang", phase, PLACES[round_number % len(PLACES)]), here=False)
    else:
        yield Planned(Fault("raise", PHASES[round_number % len(PHASES)], "after"), here=False)


class Starts:
    """Counts what starts came to, and collects what deviated."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._baseline = Census.take()
        self._files: set[str] | None = None
        self.outcomes: Counter[str] = Counter()
        self.injected: Counter[str] = Counter()
        self.as_it_must: Counter[str] = Counter()
        self.processes = 0
        self.deviations: list[str] = []

    def warm_up(self) -> None:
        """What is loaded and opened once is no leak, and these are the files a Symphony that has ended has."""
        for _ in range(WARM_UP):
            self._stage.start_here(None, with_extensions=True)
        processes_left()
        self._baseline = Census.take()
        self._files = files_below(self._stage.data)

    def make(self, planned: Planned, number: int) -> None:
        start = self._stage.start_here if planned.here else self._stage.start_process
        # By the pair: what follows a fault is with extensions where the fault was.
        outcome = start(planned.fault, with_extensions=number // 2 % 2 == 0)
        found = list(deviations(outcome, planned.fault, here=planned.here)) + self._left(planned.fault)
        kind = "crash" if name_of(planned.fault) == "crashed" else planned.fault.kind if planned.fault else "none"
        self.injected[kind] += 1
        self.processes += not planned.here
        if found:
            self.outcomes["deviated"] += 1
            self.deviations += [f"start {number}, {planned.fault or 'no fault'}: {what}" for what in found]
        else:
            self.as_it_must[kind] += 1
            self.outcomes[name_of(planned.fault)] += 1

    def _left(self, fault: Fault | None) -> list[str]:
        found = processes_left() + self._baseline.left_behind()
        if name_of(fault) == "crashed":
            return found  # its files are what the next start must cope with
        found += [
            f"{file} left in the runtime directory" for file in files_below(self._stage.runtime) - {"instance.lock"}
        ]
        files = files_below(self._stage.data)
        return found + unfinished(files) + [f"{file} is new" for file in files - (self._files or files)]


def main(total: int) -> int:
    asyncio.set_event_loop_policy(ShiftedLoops())
    adopt_orphans()
    logging.lastResort = None  # what fails before there is a log is in the message, too
    with tempfile.TemporaryDirectory(prefix="symphony-starts-") as folder:
        starts = Starts(Stage(Path(folder), EXTENSIONS))
        starts.warm_up()
        gc.freeze()
        begin, resident = time.monotonic(), resident_bytes()
        planned = (each for round_number in range(-(-total // ROUND)) for each in plan(round_number))
        for number, each in zip(range(total), planned):
            starts.make(each, number)
        seconds = time.monotonic() - begin
        growth = (resident_bytes() - resident) / 1024 / total
    if total >= MEASURED and growth > GROWTH_KIB:
        starts.deviations.append(f"{growth:.1f} KiB more memory a start, {GROWTH_KIB} at most")
    for deviation in starts.deviations[:50]:
        print(deviation, file=sys.stderr)
    print(
        json.dumps(
            {
                "starts": total,
                "in_this_process": total - starts.processes,
                "in_their_own": starts.processes,
                "outcomes": dict(starts.outcomes),
                "as_they_must": {kind: f"{starts.as_it_must[kind]} of {n}" for kind, n in starts.injected.items()},
                "kib_more_a_start": round(growth, 2),
                "seconds": round(seconds, 1),
            },
            indent=2,
        )
    )
    return 1 if starts.deviations else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
