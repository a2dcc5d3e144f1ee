"""What this process holds, and what it left behind: descriptors, threads, processes, files."""

from __future__ import annotations

import ctypes
import gc
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

SETTLE_S = 10.0
_PR_SET_CHILD_SUBREAPER = 36
# SQLite's: there while a database is open, or when whoever had it open died.
_UNFINISHED = ("-wal", "-shm", "-journal")


class Census(NamedTuple):
    descriptors: Counter[str]
    threads: int

    @classmethod
    def take(cls) -> Census:
        gc.collect()
        held: Counter[str] = Counter()
        for descriptor in os.listdir("/proc/self/fd"):
            try:
                held[os.readlink(f"/proc/self/fd/{descriptor}").split(":")[0]] += 1
            except FileNotFoundError:
                pass  # that of the listing itself
        return cls(held, len(os.listdir("/proc/self/task")))

    def left_behind(self) -> list[str]:
        """What is held now and was not then. What is just ending is given time to end."""
        found: list[str] = []

        def settled() -> bool:
            now = Census.take()
            found[:] = [f"{count} × {what} left open" for what, count in (now.descriptors - self.descriptors).items()]
            if now.threads > self.threads:
                found.append(f"{now.threads - self.threads} threads left")
            return not found

        _until(settled)
        return found


def adopt_orphans() -> None:
    """What a dead child leaves running becomes a child of this process, which can then say so."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def processes_left() -> list[str]:
    """Reaps what has ended. What has not, although it is given time, is named."""

    def none_left() -> bool:
        try:
            while os.waitpid(-1, os.WNOHANG)[0] != 0:
                pass
        except ChildProcessError:
            return True
        return False

    if _until(none_left):
        return []
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [f"process {child} left: {Path('/proc', child, 'comm').read_text().strip()}" for child in children]


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def unfinished(files: set[str]) -> list[str]:
    return [f"{file} left" for file in sorted(files) if file.endswith(_UNFINISHED)]


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _until(done: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + SETTLE_S
    while not done():
        if time.monotonic() > deadline:
            return False
        os.sched_yield()
    return True
