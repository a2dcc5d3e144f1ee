"""What is trained on: levels of all families at once, drawn by weight, from the seeds that are for training.

Real workflows are wide, their tasks come in kinds with the same providers, and durations span orders of magnitude.
`workflow` makes some up, of stages that split, map and join, and gives them providers exactly as the import of real
ones does. No recorded workflow is ever trained on, nor chosen by.
"""

from __future__ import annotations

import math
import random

from function_quest.generator import TRAINING_SEEDS, VALIDATION_SEEDS, generate
from function_quest.level import Level
from function_quest.wfcommons import Instance, Task, level_from

WORKFLOW = "workflow"
# Of episodes. Those of L7 and of workflows have several times as many decisions as the others.
WEIGHTS: dict[str, float] = {
    "L1": 0.03,
    "L2": 0.10,
    "L3": 0.12,
    "L4": 0.13,
    "L5": 0.12,
    "L6": 0.22,
    "L7": 0.09,
    "L8": 0.04,
    WORKFLOW: 0.15,
}
VALIDATED = ("L2", "L3", "L4", "L5", "L6", "L7", WORKFLOW)
MOST_TASKS = 240


def draw(source: random.Random) -> Level:
    """A level to train on."""
    family = source.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    return make(family, source.randrange(TRAINING_SEEDS.start, TRAINING_SEEDS.stop))


def validation(each: int, first: int = 0) -> list[Level]:
    """The same levels whenever it is asked for: `each` of every family, none of which is trained on."""
    seeds = range(VALIDATION_SEEDS.start + first, VALIDATION_SEEDS.start + first + each)
    return [make(family, seed) for family in VALIDATED for seed in seeds]


def make(family: str, seed: int) -> Level:
    return workflow(seed) if family == WORKFLOW else generate(family, seed)


def workflow(seed: int, most: int = MOST_TASKS) -> Level:
    source = random.Random(f"{WORKFLOW}/{seed}")
    return level_from(Instance(f"made_up/{WORKFLOW}/{seed}.json", tuple(_tasks(source, most))), 0)


def _tasks(source: random.Random, most: int) -> list[Task]:
    budget = round(math.exp(source.uniform(math.log(8.0), math.log(most))))
    width = max(1, min(round(math.exp(source.uniform(0.0, math.log(80.0)))), budget // 2))
    tasks: list[Task] = []
    layers: list[list[int]] = []
    stage = 0
    while len(tasks) < budget:
        # A stage is as wide as the workflow, a single task that splits or joins, or something between.
        count = source.choices((width, 1, source.randint(1, width)), (0.5, 0.35, 0.15))[0]
        count = min(count, budget - len(tasks))
        mean = math.exp(source.uniform(math.log(0.5), math.log(600.0)))
        spread = source.choice((0.02, 0.1, 0.3, 0.8))
        kinds = source.choices((1, 2, 4), (0.8, 0.15, 0.05))[0]
        layer = []
        for index in range(count):
            seconds = round(mean * source.lognormvariate(-0.5 * spread * spread, spread), 3)
            kind = f"stage{stage}{'abcd'[index % kinds]}"
            layer.append(len(tasks))
            tasks.append(Task(f"{kind}_{index:05}", seconds, _parents(source, layers, index, count)))
        layers.append(layer)
        stage += 1
    return tasks


def _parents(source: random.Random, layers: list[list[int]], index: int, count: int) -> tuple[int, ...]:
    if not layers:
        return ()
    before = layers[-1]
    if count == 1 or len(before) == 1:
        found = list(before)
    elif count == len(before) and source.random() < 0.9:
        found = [before[index]]
    else:
        found = source.sample(before, min(len(before), source.choice((1, 2, 3))))
    if len(layers) > 1 and source.random() < 0.08:
        found.append(source.choice(source.choice(layers[:-1])))
    return tuple(dict.fromkeys(found))
