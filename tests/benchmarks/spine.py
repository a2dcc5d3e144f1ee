#!/usr/bin/python3
"""The goals of the first whole path: start, search, recovery, memory. `./dev bench spine [--json]`.

Everything runs in one go on one machine, so ratios are between numbers of the same minutes; medians are shown.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import corpus
from process_tree import cpu_ticks, pss_kib, tree_of

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SYMPHONY_BUILD", ROOT / "build" / "release"))
SYMPHONY = BUILD / "bin" / "symphony"
ROUNDS = 9
QUERIES = ("quartz_lantern", "garo_", "return value", "nothing like this")


def report(
    name: str, value: float, unit: str, goal: str | None = None, holds: bool | None = None, ratio_to: str | None = None
) -> None:
    line: dict[str, object] = {"name": name, "value": round(value, 3), "unit": unit, "goal": goal, "holds": holds}
    if ratio_to is not None:
        line["ratio_to"] = ratio_to
    print(json.dumps(line), flush=True)


def quantile(values: list[float], q: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


class Home:
    """Directories of its own for one run: the user's are left alone, and a first start is a first start."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="symphony-bench-"))
        self.environment = dict(os.environ)
        for variable in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
            directory = self.folder / variable.lower()
            directory.mkdir(mode=0o700)
            self.environment[variable] = str(directory)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def display() -> list[str]:
    """What to put before a command that opens a window: nothing when there is a display."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return []
    return ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24"]


def read_marks(file: Path) -> dict[str, float]:
    marks: dict[str, float] = {}
    if file.exists():
        for line in file.read_text().splitlines():
            if line.endswith("}"):
                mark = json.loads(line)
                marks.setdefault(mark["name"], mark["us_since_exec"] / 1000.0)
    return marks


def start_once(home: Home, folder: Path) -> dict[str, float]:
    """Milliseconds since exec of each mark, until the explorer is painted and the Conductor ready."""
    marks_file = home.folder / "marks"
    marks_file.unlink(missing_ok=True)
    command = [str(SYMPHONY), str(folder), "--marks", str(marks_file), "--exec-time", str(time.monotonic_ns())]
    with subprocess.Popen(command, env=home.environment, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        marks: dict[str, float] = {}
        while time.monotonic() < deadline and process.poll() is None:
            marks = read_marks(marks_file)
            if {"shell_painted", "shell_usable", "view_painted", "conductor_ready"} <= marks.keys():
                break
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    return marks


def floor_once(home: Home) -> float:
    """A trivial page in a window of Qt WebEngine, from exec to painted."""
    command = [str(BUILD / "tests" / "webengine_floor"), "--exec-time", str(time.monotonic_ns())]
    output = subprocess.run(
        command, env=home.environment, capture_output=True, text=True, timeout=60, check=True
    ).stdout
    return float(json.loads(output.splitlines()[-1])["value"])


def measure_start(folder: Path) -> None:
    floors: list[float] = []
    shells: list[float] = []
    usable: list[float] = []
    explorers: list[float] = []
    home = Home()
    for _ in range(ROUNDS):
        floors.append(floor_once(home))
        marks = start_once(home, folder)
        shells.append(marks.get("shell_painted", float("inf")))
        usable.append(marks.get("shell_usable", float("inf")))
        explorers.append(marks.get("view_painted", float("inf")))
    home.remove()
    floor = statistics.median(floors)
    report("exec → trivial page painted (the floor)", floor, "ms")
    report("exec → shell takes keys", statistics.median(usable), "ms")
    for name, values, goal in (
        ("exec → shell painted", shells, 1.5),
        ("exec → explorer shows the folder", explorers, 3.5),
    ):
        value = statistics.median(values)
        report(name + ", ms", value, "ms")
        report(name, value / floor, "ratio", f"≤ {goal}", value / floor <= goal, "trivial WebEngine page, same run")


def measure_memory(folder: Path) -> None:
    home = Home()
    marks_file = home.folder / "marks"
    command = [str(SYMPHONY), str(folder), "--marks", str(marks_file), "--exec-time", str(time.monotonic_ns())]
    with subprocess.Popen(command, env=home.environment, stderr=subprocess.DEVNULL) as process:
        quiet_since = time.monotonic()
        before = -1
        deadline = quiet_since + 120
        # Idle is when the whole tree used no processor for two seconds.
        while time.monotonic() < deadline and time.monotonic() - quiet_since < 2.0:
            time.sleep(0.2)
            ticks = cpu_ticks(process.pid)
            if ticks - before > 1 or "view_painted" not in read_marks(marks_file):
                quiet_since = time.monotonic()
            before = ticks
        memory = pss_kib(process.pid)
        processes = len(tree_of(process.pid))
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    home.remove()
    total = sum(memory.values()) / 1024
    report("idle memory, whole tree (PSS)", total, "MiB", "≤ 300", total <= 300)
    for name, kib in sorted(memory.items(), key=lambda item: -item[1]):
        report(f"idle memory of {name}", kib / 1024, "MiB")
    report("idle processes", processes, "count")


def measure_interaction(folder: Path) -> None:
    started = time.monotonic()
    subprocess.run(["rg", "--count", "quartz_lantern", str(folder)], capture_output=True, check=False)
    ripgrep_ms = (time.monotonic() - started) * 1000

    bench = BUILD / "tests" / "interaction_bench"
    output = subprocess.run(
        [str(bench), str(SYMPHONY), str(folder), *QUERIES], capture_output=True, text=True, timeout=900, check=False
    )
    measured: dict[str, list[float]] = {}
    for line in output.stdout.splitlines():
        if line.startswith("{"):
            entry = json.loads(line)
            measured[entry["name"]] = entry["values"]
    if output.returncode != 0 or "recovery_us" not in measured:
        sys.stderr.write(output.stderr[-4000:])
        raise SystemExit("interaction_bench did not finish")

    keys = [value / 1000 for value in measured["keystroke_us"]]
    report("keystroke → painted results, median", statistics.median(keys), "ms", "< 16", statistics.median(keys) < 16)
    report("keystroke → painted results, p99", quantile(keys, 0.99), "ms", "< 50", quantile(keys, 0.99) < 50)
    report("keystrokes measured", len(keys), "count")
    for name, values in measured.items():
        if name.startswith("hop "):
            report(name, statistics.median(values) / 1000, "ms")

    frames = [value / 1000 for value in measured["frame_interval_us"]]
    rate = 1000 * len(frames) / sum(frames)
    late = sum(1 for interval in frames if interval > 25) / len(frames)
    report("frames a second while indexing", rate, "1/s", "≥ 58", rate >= 58)
    report("frames later than 25 ms while indexing", late * 100, "%")
    report("longest frame while indexing", max(frames), "ms")
    report("first index of the folder", measured["index_build_us"][0] / 1000, "ms")
    report("one ripgrep pass over the same folder", ripgrep_ms, "ms")

    recovery = [value / 1000 for value in measured["recovery_us"]]
    report(
        "explorer killed → usable again", statistics.median(recovery), "ms", "< 30", statistics.median(recovery) < 30
    )


def forward(script: str) -> None:
    """Benchmarks that stand on their own and belong to this table, too."""
    subprocess.run([sys.executable, str(Path(__file__).with_name(script))], check=True)


def main() -> int:
    if "--inside-display" not in sys.argv and display():
        return subprocess.run([*display(), sys.executable, __file__, "--inside-display"], check=False).returncode
    with tempfile.TemporaryDirectory(prefix="symphony-corpus-") as folder:
        source = Path(folder) / "ten thousand files"
        corpus.create(source)
        measure_start(source)
        forward("conductor_bench.py")
        measure_interaction(source)
        measure_memory(source)
    return 0


if __name__ == "__main__":
    sys.exit(main())
