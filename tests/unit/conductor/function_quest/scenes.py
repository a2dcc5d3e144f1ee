"""Small levels the tests of Function Quest share."""

from __future__ import annotations

from typing import Any

from function_quest.baselines import BASELINES, Policy
from function_quest.graph import Graph
from function_quest.level import Artifact, Extension, Function, Generator, Level, Melody, Provider
from function_quest.simulation import Simulation

FAMILIES = ("L0", "L1", "L2", "L3", "L4", "L5", "L6", "L8")  # L7 is large: one seed of it is enough for a test


def chain(*works: float, extension: Extension = Extension("e", warm=1), **changes: Any) -> Level:
    """a0 → a1 → … → goal, one provider each with speed 1 and price 1."""
    count = len(works)
    level = Level(
        name="chain",
        family="test",
        seed=1,
        generator=Generator("test", 1),
        artifacts=tuple(Artifact(f"a{index}", "text") for index in range(count + 1)),
        extensions=(extension,),
        melodies=(Melody("melody", (0,), (count,), 0.0, 1000.0),),
        functions=tuple(
            Function(f"f{index}", 0, (index,), index + 1, work, 0.0, (Provider(0, 1.0, 1.0),))
            for index, work in enumerate(works)
        ),
    )
    return level._replace(**changes)


def play(level: Level | Graph, policy: str | Policy, seed: int = 0, *, record: bool = False) -> Simulation:
    """One whole episode; every choice is checked to be legal."""
    graph = level if isinstance(level, Graph) else Graph(level)
    chooser = BASELINES[policy] if isinstance(policy, str) else policy
    simulation = Simulation(graph, seed, record=record)
    while not simulation.done and not simulation.truncated:
        candidate = chooser.choose(simulation)
        assert candidate in simulation.candidates()
        simulation.apply(candidate)
    return simulation
