"""Import of real workflows: a small one written here, and the real ones where they are."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from function_quest import library
from function_quest.graph import Graph
from function_quest.level import LevelError
from function_quest.wfcommons import COLUMNS, level_from, levels, read_instances

from scenes import play

# Where the real workflows are, beside a checkout; they are not part of it.
REAL = next(
    (
        found
        for parent in Path(__file__).resolve().parents
        if (found := parent / "shared" / "data" / "wfinstances-dev.json.gz").exists()
    ),
    None,
)


def document() -> dict[str, Any]:
    """Split, three at once, join; the join is listed before what it waits for, as some real ones are."""
    tasks = [
        ["split_00000001", 4.0, [], 10, 20],
        ["join_00000005", 2.5, [2, 3, 4], 20, 10],
        ["work_00000002", 30.0, [0], 20, 20],
        ["work_00000003", 40.0, [0, 0], 20, 20],
        ["work_00000004", 0.0, [0], 20, 20],
    ]
    return {
        "source": "own",
        "columns": COLUMNS,
        "instances": [{"file": "own/diamond/small.json", "name": "small", "makespan": 50.0, "tasks": tasks}],
    }


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(content))
    return path


def test_an_instance_is_read_as_it_is(tmp_path: Path) -> None:
    (instance,) = read_instances(written(tmp_path, document()))
    assert instance.family == "diamond"
    level = level_from(instance, 0)
    assert [function.work for function in level.functions] == [4.0, 2.5, 30.0, 40.0, 0.001]
    assert [function.inputs for function in level.functions] == [(), (2, 3, 4), (0,), (0,), (0,)]
    assert level.melodies[0].goal == (1,)
    kinds = [function.providers[0].speed for function in level.functions[2:]]
    assert kinds[0] == kinds[1] == kinds[2]  # tasks of one kind have the same providers
    packed = tmp_path / "instances.json.gz"
    packed.write_bytes(gzip.compress(json.dumps(document()).encode()))
    assert read_instances(packed) == [instance]
    assert library.from_bytes(library.to_text(level).encode()) == level


def test_every_rule_finishes_it(tmp_path: Path) -> None:
    instances = read_instances(written(tmp_path, document()))
    found = list(levels(instances, 3))
    assert len({level.extensions for level in found}) == 3
    assert [level_from(instances[0], number) for number in range(3)] == found
    for level in found:
        for policy in ("fifo", "critical_path", "heft", "wsrt"):
            assert play(level, policy).success


def change(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def apply(content: dict[str, Any]) -> None:
        target: Any = content
        *way, last = path.split("/")[1:]
        for key in way:
            target = target[int(key) if isinstance(target, list) else key]
        target[int(last) if isinstance(target, list) else last] = value

    return apply


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/columns", ["name"]),
        ("/instances", []),
        ("/instances/0/tasks", []),
        ("/instances/0/tasks/1", ["x", 1.0]),
        ("/instances/0/tasks/1/1", -1.0),
        ("/instances/0/tasks/1/2/0", 99),
        ("/instances/0/tasks/1/2/0", -1),
        ("/instances/0/tasks/1/3", "many"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path: Path, path: str, value: object) -> None:
    content = document()
    change(path, value)(content)
    with pytest.raises(LevelError) as caught:
        read_instances(written(tmp_path, content))
    assert caught.value.path == path


def test_tasks_that_wait_for_each_other_are_refused(tmp_path: Path) -> None:
    content = document()
    content["instances"][0]["tasks"][0][2] = [1]
    (instance,) = read_instances(written(tmp_path, content))
    with pytest.raises(LevelError, match="cycle"):
        level_from(instance, 0)
    content["instances"][0]["tasks"].append(["free", 1.0, [], 0, 0])
    (instance,) = read_instances(written(tmp_path, content))
    with pytest.raises(LevelError, match="a cycle: .*split_00000001"):
        level_from(instance, 0)


def test_no_file_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(LevelError):
        read_instances(tmp_path / "absent.json")


@pytest.mark.skipif(REAL is None, reason="the real workflows are not beside this checkout")
def test_real_workflows_become_levels() -> None:
    assert REAL is not None
    instances = read_instances(REAL)
    assert len(instances) > 50 and len({instance.family for instance in instances}) >= 10
    small = [instance for instance in instances if len(instance.tasks) <= 60]
    assert len(small) >= 10
    for instance in small:
        level = level_from(instance, 0)
        Graph(level)
        assert play(level, "wsrt").success, instance.file
