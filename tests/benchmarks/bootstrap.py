#!/usr/bin/python3
# targets: symphony_ipc_module symphony-launcher
"""What the Conductor adds to a start, in time and in memory, and what its container costs.

`./dev bench bootstrap [--json]`, and a part of `./dev bench conductor`. One JSON object a line. The start is
conductor.main.run, as the application calls it, on a data directory that is there already, with a folder open and
without extensions; what a bare interpreter needs is taken off.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path(os.environ.get("SYMPHONY_BUILD", ROOT / "build" / "release")) / "lib" / "symphony" / "python"
PYTHON = "/usr/bin/python3"
STARTS = 40
CALLS = 200_000
REPEATED = 25
CONDUCTOR = """
import sys
from conductor.main import run
run({"mode": "module", "data_directory": sys.argv[1], "workspace": sys.argv[2]})
"""
BARE = "import sys\nprint('{}', flush=True)\nsys.stdin.read()\n"


def report(name: str, value: float, unit: str, goal: str | None = None, holds: bool | None = None) -> None:
    print(json.dumps({"name": name, "value": round(value, 4), "unit": unit, "goal": goal, "holds": holds}), flush=True)


class Start(NamedTuple):
    ms: float  # from exec to the line that says it is ready
    phases_ms: float
    processor_ms: float  # of all its threads
    mb: float  # resident then, shared libraries included


def start(arguments: list[str]) -> Start:
    environment = {**os.environ, "PYTHONPATH": str(PACKAGES)}
    begin = time.perf_counter()
    process = subprocess.Popen(
        [PYTHON, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    ms = (time.perf_counter() - begin) * 1000
    proc = Path(f"/proc/{process.pid}")
    pages = int((proc / "statm").read_text().split()[1])
    processor_ns = sum(int((task / "schedstat").read_text().split()[0]) for task in (proc / "task").iterdir())
    process.terminate()
    process.communicate()
    if not line:
        raise SystemExit(f"{' '.join(arguments)} did not start")
    phases = json.loads(line).get("phases", [])
    mb = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return Start(ms, sum(phase["ms"] for phase in phases), processor_ns / 1e6, mb)


def measure_start() -> None:
    with tempfile.TemporaryDirectory(prefix="symphony-bootstrap-bench-") as folder:
        arguments = ["-c", CONDUCTOR, f"{folder}/data", folder]
        conductor, bare = [], []
        for _ in range(STARTS + 1):
            conductor.append(start(arguments))
            bare.append(start(["-c", BARE]))
    # The first of each fills the page cache, writes compiled modules, and makes the databases.
    ms, bare_ms = (statistics.median(one.ms for one in starts[1:]) for starts in (conductor, bare))
    mb, bare_mb = (statistics.median(one.mb for one in starts[1:]) for starts in (conductor, bare))
    report("bootstrap_start", ms, "ms, exec to ready, median")
    report("bootstrap_bare_interpreter", bare_ms, "ms, median")
    report("bootstrap_share", ms - bare_ms, "ms, the difference", "<= 50", ms - bare_ms <= 50.0)
    own, bare_own = (statistics.median(one.processor_ms for one in starts[1:]) for starts in (conductor, bare))
    report("bootstrap_share_of_processor", own - bare_own, "ms of processor time, the difference")
    report("bootstrap_phases", statistics.median(one.phases_ms for one in conductor[1:]), "ms, median")
    report("bootstrap_bare_interpreter_memory", bare_mb, "MB resident, median")
    report("bootstrap_memory", mb - bare_mb, "MB resident, the difference", "<= 20", mb - bare_mb <= 20.0)


class Service:
    """As components are: with a method that does next to nothing, so that the way to it is what is measured."""

    def answer(self, number: int) -> int:
        return number


class Asking:
    def __init__(self, service: Service) -> None:
        self._service = service

    def ask(self) -> int:
        return self._service.answer(1)


def ratio(statement: str, direct: str, names: dict[str, object]) -> float:
    """Both in turns, so that whatever else the machine does meets both; the best of each."""
    ours, theirs = [], []
    for _ in range(REPEATED):
        ours.append(timeit.timeit(statement, number=CALLS, globals=names))
        theirs.append(timeit.timeit(direct, number=CALLS, globals=names))
    return min(ours) / min(theirs)


def measure_container() -> None:
    sys.path.insert(0, str(PACKAGES))
    from conductor.container import Container, Scope

    container = Container()
    container.register(Service, Service)
    container.register(Asking, Asking, Scope.TRANSIENT)
    service = container.resolve(Service)

    def direct(interface: type[Service]) -> Service:
        return service

    names: dict[str, object] = {
        "Service": Service,
        "Asking": Asking,
        "resolve": container.resolve,
        "direct": direct,
        "service": service,
        "resolved": container.resolve(Asking),
        "by_hand": Asking(Service()),
    }
    of_call = ratio("resolved.ask()", "by_hand.ask()", names)
    of_resolution = ratio("resolve(Service)", "direct(Service)", names)
    report("container_call_of_a_resolved", of_call, "of one wired by hand", "<= 1.05", of_call <= 1.05)
    report("container_resolution", of_resolution, "of a call that returns it", "<= 1.05", of_resolution <= 1.05)
    report("container_transient", ratio("resolve(Asking)", "Asking(service)", names), "of making it by hand")


def measure() -> None:
    measure_start()
    measure_container()


if __name__ == "__main__":
    measure()
