from __future__ import annotations

import statistics

from function_quest.randomness import luck, mixed


def test_the_mixer_is_the_published_one() -> None:
    """SplitMix64 from seed 0: its first outputs, by its authors' reference code."""
    state, outputs = 0, []
    for _ in range(3):
        outputs.append(mixed(state))
        state = (state + 0x9E3779B97F4A7C15) % 2**64
    assert outputs == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_luck_is_the_same_for_ever() -> None:
    assert luck(1, 2, 3, 4) == luck(1, 2, 3, 4)
    keys = [(1, 2, 3, 4), (2, 2, 3, 4), (1, 3, 3, 4), (1, 2, 4, 4), (1, 2, 3, 5), (-1, 2, 3, 4), (2**70, 0, 0, 0)]
    assert len({luck(*key) for key in keys}) == len(keys)


def test_luck_is_evenly_spread() -> None:
    drawn = [luck(seed, function, 0, attempt) for seed in range(20) for function in range(20) for attempt in range(10)]
    normals, fates, parts = ([found[index] for found in drawn] for index in range(3))
    assert abs(statistics.mean(normals)) < 0.05 and abs(statistics.stdev(normals) - 1.0) < 0.05
    for values in (fates, parts):
        assert 0.0 < min(values) and max(values) < 1.0
        assert abs(statistics.mean(values) - 0.5) < 0.02
        assert 0.07 < sum(value < 0.1 for value in values) / len(values) < 0.13
    assert abs(statistics.correlation(normals, fates)) < 0.05 and abs(statistics.correlation(fates, parts)) < 0.05
