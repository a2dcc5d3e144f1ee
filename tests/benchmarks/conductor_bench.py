#!/usr/bin/python3
"""The Conductor's own numbers: cold start, and what a message to the Artifact Store costs from Python.

`./dev bench conductor_bench [--json]`. One JSON object a line.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SYMPHONY_BUILD", ROOT / "build" / "release"))
PACKAGES = BUILD / "lib" / "symphony" / "python"
PYTHON = "/usr/bin/python3"
STARTS = 20
MESSAGES = 20_000

sys.path.insert(0, str(PACKAGES))
if TYPE_CHECKING:
    from symphony_ipc import Bus, Pit


def report(name: str, value: float, unit: str, goal: str | None = None, holds: bool | None = None) -> None:
    line = {"name": name, "value": round(value, 3), "unit": unit, "goal": goal, "holds": holds}
    print(json.dumps(line), flush=True)


def started_ms(arguments: list[str], environment: dict[str, str]) -> float:
    """From exec to the first line of output."""
    begin = time.perf_counter()
    process = subprocess.Popen([PYTHON, *arguments], stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    line = process.stdout.readline()
    elapsed = (time.perf_counter() - begin) * 1000
    process.terminate()
    process.communicate()
    if not line:
        raise SystemExit(f"{' '.join(arguments)} did not start")
    return elapsed


def measure_cold_start(work: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(PACKAGES)}
    conductor, floor = [], []
    for number in range(STARTS + 1):
        data = work / f"data-{number}"
        conductor.append(started_ms(["-m", "conductor", "--data-directory", str(data)], environment))
        floor.append(started_ms(["-c", "import asyncio; print(1, flush=True)"], environment))
    # The first of each fills the page cache and writes the compiled modules.
    mean = statistics.mean(conductor[1:])
    report("Conductor + symphony_ipc cold start (mean)", mean, "ms", "< 150", mean < 150)
    report("Conductor + symphony_ipc cold start (median)", statistics.median(conductor[1:]), "ms")
    report("python3 -c 'import asyncio' (mean)", statistics.mean(floor[1:]), "ms")


def median_us(samples: list[int]) -> float:
    return statistics.median(samples) / 1000


async def send_message_us(bus: Bus) -> float:
    message: dict[str, Any] = {"method": "index.status", "params": {}}
    samples = []
    for _ in range(MESSAGES):
        begin = time.perf_counter_ns()
        await bus.send_message("artifact_store", message)
        samples.append(time.perf_counter_ns() - begin)
    return median_us(samples)


async def pending_us(bus: Bus) -> float:
    """A message that goes through the event loop, both ways: to an endpoint written in Python."""

    async def echo(message: dict[str, Any], context: object) -> dict[str, Any]:
        return {}

    bus.register_endpoint("echo", echo)
    samples = []
    for _ in range(MESSAGES // 4):
        begin = time.perf_counter_ns()
        await bus.send_message("echo", {"method": "echo"})
        samples.append(time.perf_counter_ns() - begin)
    return median_us(samples)


def own_work_us(pit: Pit) -> float:
    """What the store itself needs for index.status, as the Pit measures it in C++ around the module's handler."""
    (store,) = [module for module in pit.status()["modules"] if module["id"] == "artifact_store"]
    return float(store["methods"]["index.status"]["p50_us"])


def measure_messages(work: Path) -> None:
    from symphony_ipc import Bus, Pit

    bus = Bus(process_name="bench")
    pit = Pit(bus, work / "messages")
    asked = asyncio.run(send_message_us(bus))
    own = own_work_us(pit)
    beyond = asked - own
    report("send_message to the Artifact Store, index.status (median)", asked, "us")
    report("the store's own work for it (median, in C++)", own, "us")
    report("send_message beyond the store's own work (median)", beyond, "us", "< 20", beyond < 20)
    report("send_message to a Python endpoint through the event loop (median)", asyncio.run(pending_us(bus)), "us")
    bus.close()


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="symphony-conductor-bench-") as folder:
        measure_cold_start(Path(folder))
        measure_messages(Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
