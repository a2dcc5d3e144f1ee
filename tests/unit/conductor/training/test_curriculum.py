"""What is trained on is drawn from the seeds that are for it, and no recorded workflow is among it."""

from __future__ import annotations

import random
from collections import Counter

from function_quest.evaluation import play
from function_quest.baselines import HEURISTIC
from function_quest.generator import TEST_SEEDS, TRAINING_SEEDS, VALIDATION_SEEDS, generate
from function_quest.graph import Graph
from training.curriculum import MOST_TASKS, VALIDATED, WEIGHTS, WORKFLOW, draw, validation, workflow


def test_every_family_comes_up_by_its_weight() -> None:
    source = random.Random(1)
    found = Counter(draw(source).family for _ in range(600))
    assert set(found) == set(WEIGHTS)
    total = sum(WEIGHTS.values())
    for family, weight in WEIGHTS.items():
        expected = 600 * weight / total
        assert abs(found[family] - expected) < 4.0 * expected**0.5 + 2.0, family


def test_levels_are_of_the_training_seeds() -> None:
    source = random.Random(2)
    for _ in range(40):
        level = draw(source)
        if level.family == WORKFLOW:
            seed = int(level.title.removesuffix(".json").rpartition("/")[2])
        else:
            seed = level.seed
            assert level == generate(level.family, seed)
        assert seed in TRAINING_SEEDS and seed not in TEST_SEEDS and seed not in VALIDATION_SEEDS


def test_what_it_is_validated_on_is_another_part() -> None:
    levels = validation(2)
    assert len(levels) == 2 * len(VALIDATED)
    assert all(level.seed in VALIDATION_SEEDS or level.family == WORKFLOW for level in levels)
    assert validation(2) == levels
    assert not {level.name for level in levels} & {level.name for level in validation(2, first=2)}


def test_made_up_workflows_are_of_many_shapes() -> None:
    sizes, widths = [], []
    for seed in range(40):
        level = workflow(seed)
        assert level == workflow(seed) and level.family == WORKFLOW
        graph = Graph(level)
        sizes.append(len(level.functions))
        depth = [0] * len(level.functions)
        for function in graph.functions_of[0]:
            depth[function] = 1 + max((depth[artifact] for artifact in graph.inputs[function]), default=0)
        widths.append(max(Counter(depth).values()))
    assert 8 <= min(sizes) and max(sizes) <= MOST_TASKS and max(sizes) > 4 * min(sizes)
    assert min(widths) <= 3 and max(widths) >= 30
    assert play(Graph(workflow(1)), HEURISTIC, 1).success


def test_nothing_of_the_training_reads_recorded_workflows() -> None:
    import training
    from pathlib import Path

    for path in Path(training.__path__[0]).glob("*.py"):
        assert "read_instances" not in path.read_text(), path.name
