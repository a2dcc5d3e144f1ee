"""What a process and everything below it use, read from /proc."""

from __future__ import annotations

from pathlib import Path

PROC = Path("/proc")


def tree_of(pid: int) -> list[int]:
    """`pid` and its descendants; those that end meanwhile are left out."""
    found = [pid]
    for parent in found:
        for children in (PROC / str(parent) / "task").glob("*/children"):
            try:
                found.extend(int(child) for child in children.read_text().split())
            except OSError:
                continue
    return found


def cpu_ticks(pid: int) -> int:
    """Clock ticks used by the tree, user and system."""
    ticks = 0
    for member in tree_of(pid):
        try:
            fields = (PROC / str(member) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks


def pss_kib(pid: int) -> dict[str, int]:
    """Proportional set size in KiB by process name."""
    memory: dict[str, int] = {}
    for member in tree_of(pid):
        try:
            name = (PROC / str(member) / "comm").read_text().strip()
            lines = (PROC / str(member) / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        pss = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        memory[name] = memory.get(name, 0) + pss
    return memory
