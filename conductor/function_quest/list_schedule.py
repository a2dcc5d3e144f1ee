"""HEFT as published: every duration and transfer is known beforehand, and gaps between tasks are filled.

Topcuoglu, Hariri, Wu: Performance-effective and low-complexity task scheduling for heterogeneous computing, IEEE
Transactions on Parallel and Distributed Systems 13(3), 2002. baselines/heft.py is what becomes of it when nothing is
known for sure; here it is what a scheduler that knew all luck would do (bound.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Placement(NamedTuple):
    processor: int
    start: float
    end: float


class Schedule(NamedTuple):
    placements: tuple[Placement, ...]  # by task
    ranks: tuple[float, ...]

    @property
    def makespan(self) -> float:
        return max((placement.end for placement in self.placements), default=0.0)


def heft(
    durations: Sequence[Sequence[float]],
    parents: Sequence[Mapping[int, float]],
    free_from: Sequence[float] = (),
) -> Schedule:
    """`durations[task][processor]`, infinite where it cannot run; `parents[task]` gives the transfer time from each
    parent, which counts between different processors; `free_from[processor]`: when it can begin, 0 unless given.

    Raises ValueError for a cycle and for a task that can run nowhere."""
    ranks = upward_ranks(durations, parents)
    # Equal ranks: causes first, then as numbered.
    order = sorted(range(len(durations)), key=lambda task: (-ranks[task], task))
    order = _causes_first(order, parents)
    processors = len(durations[0]) if durations else 0
    begin = list(free_from) or [0.0] * processors
    busy: list[list[tuple[float, float]]] = [[] for _ in range(processors)]
    placed: dict[int, Placement] = {}
    for task in order:
        best: Placement | None = None
        for processor, duration in enumerate(durations[task]):
            if duration == math.inf:
                continue
            ready = begin[processor]
            for parent, transfer in parents[task].items():
                done = placed[parent]
                ready = max(ready, done.end + (transfer if done.processor != processor else 0.0))
            start = _gap(busy[processor], ready, duration)
            if best is None or start + duration < best.end:
                best = Placement(processor, start, start + duration)
        if best is None:
            raise ValueError(f"task {task} can run nowhere")
        placed[task] = best
        busy[best.processor].append((best.start, best.end))
        busy[best.processor].sort()
    return Schedule(tuple(placed[task] for task in range(len(durations))), tuple(ranks))


def upward_ranks(durations: Sequence[Sequence[float]], parents: Sequence[Mapping[int, float]]) -> list[float]:
    """Mean duration plus the longest mean way to the end. Raises ValueError for a cycle."""
    count = len(durations)
    children: list[dict[int, float]] = [{} for _ in range(count)]
    for task, found in enumerate(parents):
        for parent, transfer in found.items():
            children[parent][task] = transfer
    ranks = [0.0] * count
    open_children = [len(found) for found in children]
    ready = [task for task in range(count) if open_children[task] == 0]
    done = 0
    while ready:
        task = ready.pop()
        done += 1
        possible = [duration for duration in durations[task] if duration < math.inf]
        mean = sum(possible) / len(possible) if possible else 0.0
        ranks[task] = mean + max((transfer + ranks[child] for child, transfer in children[task].items()), default=0.0)
        for parent in parents[task]:
            open_children[parent] -= 1
            if open_children[parent] == 0:
                ready.append(parent)
    if done < count:
        raise ValueError("the tasks wait for each other")
    return ranks


def _causes_first(order: list[int], parents: Sequence[Mapping[int, float]]) -> list[int]:
    """Tasks without duration have the rank of what follows them: a stable order that keeps causes before effects."""
    found: list[int] = []
    seen: set[int] = set()
    for task in order:
        stack = [task]
        while stack:
            top = stack[-1]
            missing = [parent for parent in parents[top] if parent not in seen]
            if top in seen:
                stack.pop()
            elif missing:
                stack.extend(missing)
            else:
                seen.add(top)
                found.append(stack.pop())
    return found


def _gap(busy: list[tuple[float, float]], ready: float, duration: float) -> float:
    """The earliest start in a gap that is long enough."""
    start = ready
    for begin, end in busy:
        if start + duration <= begin:
            return start
        start = max(start, end)
    return start
