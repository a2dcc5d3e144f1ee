"""Executions of real workflows (WfCommons WfInstances) as levels: for measuring and for tests, never for training.

The tasks, their durations and dependencies are real. What no trace tells is drawn from the instance's name and the
repetition: which extensions there are, what they cost, how they fail. Tasks of one kind have the same providers, two at
least: where nobody has a choice there is nothing to be measured.

Coleman, Casanova, Pottier, Kaushik, Deelman, Ferreira da Silva: WfCommons: a framework for enabling scientific workflow
research and development, Future Generation Computer Systems 128, 2022.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from . import limits
from .document import Field, parse, read_bytes
from .generator import PREFERENCES
from .graph import Graph
from .level import Artifact, Extension, Function, Generator, Level, LevelError, Melody, Provider

IMPORT_VERSION = 1
COLUMNS = ["name", "runtime_s", "parents", "in_bytes", "out_bytes"]
INSTANCES = 10_000
# A task that took no measurable time still has to be called.
LEAST_SECONDS = 0.001
_NUMBERED = re.compile(r"(?:[_-]?(?:ID)?[0-9]+)+\Z")


class Task(NamedTuple):
    name: str
    seconds: float
    parents: tuple[int, ...]


class Instance(NamedTuple):
    file: str
    tasks: tuple[Task, ...]

    @property
    def family(self) -> str:
        """`pegasus/montage/x.json` is montage, `nextflow/x.json` nextflow."""
        parts = self.file.split("/")
        return parts[1] if len(parts) > 2 else parts[0]


def read_instances(path: Path) -> list[Instance]:
    """JSON, or the same in gzip. Raises LevelError with the place of the fault."""
    root = Field(parse(read_bytes(path, limits.INSTANCE_FILE_BYTES)))
    fields = root.members(("columns", "instances"), ("source", "commit", "licence"))
    if fields["columns"].value != COLUMNS:
        raise fields["columns"].fail(f"must be {', '.join(COLUMNS)}")
    return [_instance(field) for field in fields["instances"].items(INSTANCES, 1)]


def _instance(field: Field) -> Instance:
    fields = field.members(("file", "tasks"), ("name", "makespan"))
    items = fields["tasks"].items(limits.FUNCTIONS, 1)
    return Instance(fields["file"].text(), tuple(_task(item, len(items)) for item in items))


def _task(field: Field, count: int) -> Task:
    columns = field.items(len(COLUMNS), len(COLUMNS))
    parents = tuple(item.integer(0, count - 1) for item in columns[2].items(limits.INPUTS))
    for item in columns[3:]:
        item.number(0.0, math.inf)
    return Task(columns[0].text(), columns[1].number(0.0, limits.SECONDS), tuple(dict.fromkeys(parents)))


def levels(instances: list[Instance], repetitions: int) -> Iterator[Level]:
    for instance in instances:
        for repetition in range(repetitions):
            yield level_from(instance, repetition)


def level_from(instance: Instance, repetition: int) -> Level:
    """Raises LevelError for tasks that wait for each other."""
    source = random.Random(f"wfcommons/{instance.file}/{repetition}/{IMPORT_VERSION}")
    tasks = instance.tasks
    mean = max(sum(task.seconds for task in tasks) / len(tasks), LEAST_SECONDS)
    extensions = [
        Extension(
            name=f"extension_{number}",
            instances=source.randint(2, 6),
            memory=round(math.exp(source.uniform(math.log(50.0), math.log(2_000.0))), 1),
            cold_start=round(source.uniform(0.0, 1.5) * mean, 4),
            failure=round(source.uniform(0.01, 0.15), 4),
            crash=round(source.uniform(0.0, 0.02), 4),
        )
        for number in range(source.randint(3, 6))
    ]
    kinds: dict[str, list[tuple[int, float, float]]] = {}  # extension, speed, price of a second
    sigmas: dict[str, float] = {}
    functions = []
    for number, task in enumerate(tasks):
        kind = _NUMBERED.sub("", task.name)
        if kind not in kinds:
            count = min(source.randint(2, 4), len(extensions))
            kinds[kind] = []
            for extension in sorted(source.sample(range(len(extensions)), count)):
                speed = round(math.exp(source.uniform(math.log(0.5), math.log(2.0))), 4)
                price = 0.01 * speed**1.5 * math.exp(source.uniform(math.log(0.5), math.log(2.0)))
                kinds[kind].append((extension, speed, price))
            sigmas[kind] = round(source.uniform(0.05, 0.4), 4)
        work = max(task.seconds, LEAST_SECONDS)
        functions.append(
            Function(
                name=f"{number}_{task.name}"[: limits.NAME_CHARACTERS],
                melody=0,
                inputs=task.parents,
                output=number,
                work=work,
                sigma=sigmas[kind],
                providers=tuple(
                    Provider(extension, speed, round(price * work, 9)) for extension, speed, price in kinds[kind]
                ),
            )
        )
    has_children = {parent for task in tasks for parent in task.parents}
    sinks = tuple(number for number in range(len(tasks)) if number not in has_children)
    if not sinks:
        raise LevelError("/tasks", f"a cycle: every task of {instance.file} waits for another")
    total_memory = sum(extension.memory * extension.instances for extension in extensions)
    largest = max(extension.memory for extension in extensions)
    level = Level(
        name=f"{instance.file}#{repetition}",
        family=instance.family,
        seed=repetition,
        generator=Generator("wfcommons", IMPORT_VERSION),
        artifacts=tuple(Artifact(f"result_{number}", "file") for number in range(len(tasks))),
        extensions=tuple(extensions),
        melodies=(Melody("workflow", (), sinks),),
        functions=tuple(functions),
        preference=source.choice(PREFERENCES),
        memory=round(max(source.uniform(0.5, 1.0) * total_memory, largest), 3),
        title=instance.file,
    )
    graph = Graph(level)
    instances = sum(extension.instances for extension in extensions)
    busy = sum(min(option.seconds for option in options) for options in graph.options) / instances
    patience = source.uniform(15.0, 20.0) * max(graph.reference_seconds[0], busy)
    return level._replace(melodies=(level.melodies[0]._replace(deadline=round(patience, 3)),))
