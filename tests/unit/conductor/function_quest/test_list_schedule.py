"""HEFT against the schedule its authors printed."""

from __future__ import annotations

import math

import pytest
from function_quest.list_schedule import Placement, heft, upward_ranks

# Topcuoglu, Hariri, Wu, IEEE TPDS 13(3), 2002: the sample graph, ten tasks on three processors. Rows: on P1, P2, P3.
DURATIONS = [
    [14, 16, 9],
    [13, 19, 18],
    [11, 13, 19],
    [13, 8, 17],
    [12, 13, 10],
    [13, 16, 9],
    [7, 15, 11],
    [5, 11, 14],
    [18, 12, 20],
    [21, 7, 16],
]
# Transfers, by parent, as the figure numbers the tasks.
PARENTS: dict[int, dict[int, float]] = {
    2: {1: 18},
    3: {1: 12},
    4: {1: 9},
    5: {1: 11},
    6: {1: 14},
    7: {3: 23},
    8: {2: 19, 4: 27, 6: 15},
    9: {2: 16, 4: 23, 5: 13},
    10: {7: 17, 8: 11, 9: 13},
}
EDGES = [{parent - 1: cost for parent, cost in PARENTS.get(task, {}).items()} for task in range(1, 11)]


def test_the_ranks_are_the_published_ones() -> None:
    # As in the table of upward ranks.
    assert upward_ranks(DURATIONS, EDGES) == pytest.approx(
        [108.0, 77.0, 80.0, 80.0, 69.0, 63.333, 42.667, 35.667, 44.333, 14.667], abs=0.001
    )


def test_the_schedule_is_the_published_one() -> None:
    schedule = heft(DURATIONS, EDGES)
    assert schedule.makespan == 80.0
    # As drawn for HEFT, schedule length 80.
    assert schedule.placements == (
        Placement(2, 0, 9),
        Placement(0, 27, 40),
        Placement(2, 9, 28),
        Placement(1, 18, 26),
        Placement(2, 28, 38),
        Placement(1, 26, 42),
        Placement(2, 38, 49),
        Placement(0, 57, 62),
        Placement(1, 56, 68),
        Placement(1, 73, 80),
    )


def test_gaps_are_filled() -> None:
    """b waits for a transfer; c, less urgent, fits before it."""
    durations = [[1.0, math.inf], [math.inf, 5.0], [math.inf, 2.0]]
    schedule = heft(durations, [{}, {0: 4.0}, {}])
    assert schedule.placements[1] == Placement(1, 5.0, 10.0)
    assert schedule.placements[2] == Placement(1, 0.0, 2.0)


def test_causes_come_first_whatever_the_ranks() -> None:
    schedule = heft([[0.0], [0.0], [0.0]], [{2: 0.0}, {0: 0.0}, {}])
    assert schedule.makespan == 0.0


def test_when_processors_begin() -> None:
    assert heft([[2.0, 3.0]], [{}], [10.0, 1.0]).placements == (Placement(1, 1.0, 4.0),)
    assert heft([], []).makespan == 0.0


def test_what_cannot_be_scheduled_is_refused() -> None:
    with pytest.raises(ValueError, match="wait for each other"):
        heft([[1.0], [1.0]], [{1: 0.0}, {0: 0.0}])
    with pytest.raises(ValueError, match="nowhere"):
        heft([[math.inf]], [{}])
