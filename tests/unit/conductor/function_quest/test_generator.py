from __future__ import annotations

import hashlib
import math

import pytest
from function_quest import library
from function_quest.generator import FAMILIES, TEST_SEEDS, TRAINING_SEEDS, VALIDATION_SEEDS, generate, tiny
from function_quest.graph import Graph
from function_quest.level import GENERATOR_VERSION, LevelError


@pytest.mark.parametrize("family", FAMILIES)
def test_a_level_is_its_seed(family: str) -> None:
    assert generate(family, 11) == generate(family, 11)
    assert generate(family, 11) != generate(family, 12)
    for seed in range(8):
        Graph(generate(family, seed))


def test_levels_of_this_generator_version_stay_what_they_are() -> None:
    """Who changes the generator changes GENERATOR_VERSION, and then this digest."""
    documents = [library.to_document(generate(family, seed))["hash"] for family in FAMILIES for seed in (0, 7)]
    digest = hashlib.sha256("\n".join(documents).encode()).hexdigest()
    assert (GENERATOR_VERSION, digest[:16]) == (1, "85e72d4c15152952")


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(LevelError, match="no family 'L9'"):
        generate("L9", 0)


def test_seeds_are_kept_apart() -> None:
    assert TRAINING_SEEDS.stop <= TEST_SEEDS.start and TEST_SEEDS.stop <= VALIDATION_SEEDS.start


def test_each_family_brings_its_difficulty() -> None:
    levels = {family: [generate(family, seed) for seed in range(30)] for family in FAMILIES}
    for level in levels["L0"]:
        assert 3 <= len(level.functions) <= 5 and all(len(f.providers) == 1 for f in level.functions)
        assert all(e.failure == e.cold_start == 0.0 for e in level.extensions) and not level.drifts
    assert any(any(Graph(level).has_alternatives) for level in levels["L1"])
    assert any(extension.instances > 1 for level in levels["L2"] for extension in level.extensions)
    assert all(any(extension.failure > 0.0 for extension in level.extensions) for level in levels["L3"])
    assert all(level.memory < math.inf for level in levels["L4"])
    assert all(level.budget < math.inf for level in levels["L5"])
    assert {level.preference for level in levels["L5"]} == {0.0, 0.1, 0.3, 1.0}
    assert {len(level.melodies) for level in levels["L6"]} >= {1, 4, 7}
    assert max(len(level.functions) for level in levels["L7"]) > 120
    assert all(level.drifts for level in levels["L8"])


@pytest.mark.parametrize("failures", [False, True])
def test_tiny_levels_are_tiny(failures: bool) -> None:
    for seed in range(30):
        level = tiny(seed, failures=failures)
        assert len(level.functions) <= 9 and sum(extension.instances for extension in level.extensions) <= 4
        assert all(function.sigma == 0.0 for function in level.functions)
