"""The DAG Tracker's features are those Function Quest computes, where they have the same name."""

from __future__ import annotations

import asyncio
import base64
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from function_quest.features import CANDIDATE_FEATURES, _Observer
from function_quest.graph import DISPATCH, Graph
from function_quest.simulation import Simulation
from function_quest.wfcommons import Instance, Task, level_from
from symphony_ipc import Bus, Pit

SHARED = (
    "in_plan",
    "rank",
    "rank_gap",
    "consumers",
    "function_failures",
    "melody_remaining",
    "melody_critical_path",
)


def workflow(seed: int) -> Instance:
    source = random.Random(seed)
    tasks = tuple(
        Task(
            f"task_{number}",
            round(source.uniform(0.1, 60.0), 3),
            tuple(sorted(source.sample(range(number), min(number, source.randint(0, 3))))),
        )
        for number in range(30)
    )
    return Instance(f"test/{seed}.json", tasks)


async def ask(bus: Bus, method: str, **params: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await bus.send_message("dag_tracker", {"method": f"dag.{method}", "params": params})
    return answer


async def tracked(bus: Bus, simulation: Simulation, name: str) -> dict[str, Any]:
    """What the DAG Tracker says of the same moment."""
    graph, plan = simulation.graph, simulation.plan(0)
    available = simulation.available
    running = {call.function for call in simulation.running.values()}
    nodes = [
        {
            "id": str(function),
            "seconds": plan.seconds.get(function, 1.0),
            "attempts": 100,
            "hard": [str(parent) for parent in graph.inputs[function]],
        }
        for function in range(len(graph.inputs))
    ]
    await ask(bus, "create", graph=name, nodes=nodes)
    await ask(bus, "start", graph=name)
    changes = []
    for function in (await ask(bus, "order", graph=name))["order"]:
        number = int(function)
        states = ["allocated", "retrying", "ready"] * simulation.failed_calls[number]
        if available[graph.output[number]]:
            states += ["allocated", "executing", "completed"]
        elif number in running:
            states += ["allocated", "executing"]
        changes += [{"node": function, "state": state} for state in states]
    if changes:
        await ask(bus, "report", graph=name, changes=changes)
    unit = max(graph.reference_seconds)
    features = await ask(bus, "features", graphs=[name], unit_seconds=unit, limit=4096)
    await ask(bus, "cancel", graph=name)
    await ask(bus, "forget", graph=name)
    return features


@pytest.mark.parametrize("seed", range(4))
def test_the_shared_columns_agree(seed: int, tmp_path: Path) -> None:
    simulation = Simulation(Graph(level_from(workflow(seed), 0)), seed)
    choices = random.Random(seed)
    bus = Bus(process_name="test", endpoint="tester")
    pit = Pit(bus, tmp_path)

    async def main() -> int:
        compared = 0
        for step in range(60):
            if simulation.done or simulation.truncated:
                break
            if step % 3 == 0:
                features = await tracked(bus, simulation, f"g{step}")
                matrix = np.frombuffer(base64.b64decode(features["matrix"]), "<f4").reshape(
                    -1, len(features["columns"])
                )
                observer = _Observer(simulation)
                running = {call.function for call in simulation.running.values()}
                wanted = {str(function) for function in simulation.ready if function not in running}
                assert {row["node"] for row in features["rows"]} == wanted
                for row, values in zip(features["rows"], matrix):
                    expected = observer.dispatch_rows(int(row["node"]))[0]
                    for name in SHARED:
                        ours = values[features["columns"].index(name)]
                        theirs = np.clip(expected[CANDIDATE_FEATURES.index(name)], -20.0, 20.0)
                        assert ours == pytest.approx(theirs, rel=1e-4, abs=1e-5), (name, row, step)
                        compared += 1
            # Whatever may be dispatched is; when nothing may, time goes on.
            candidates = simulation.candidates()
            dispatches = [candidate for candidate in candidates if candidate.kind == DISPATCH]
            simulation.apply(choices.choice(dispatches or candidates))
        return compared

    assert asyncio.run(main()) > 50
    assert pit.status()["modules"]
    bus.close()
