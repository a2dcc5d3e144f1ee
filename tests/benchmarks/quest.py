#!/usr/bin/python3
# targets: symphony-launcher
"""Function Quest: how fast the environment is, how far the rules are from each other and from the bound.

`./dev bench quest [--json]`. One JSON object a line. Speeds are of one core's processor time; levels are
those of the test seeds. The rules that play real workflows are measured when SYMPHONY_INSTANCES names a file of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "conductor"))

from function_quest.baselines import BASELINES, HEURISTIC  # noqa: E402
from function_quest.environment import Environment  # noqa: E402
from function_quest.evaluation import evaluate  # noqa: E402
from function_quest.exact import TooLarge, expected, expected_of  # noqa: E402
from function_quest.generator import FAMILIES, TEST_SEEDS, generate, tiny  # noqa: E402
from function_quest.graph import Graph  # noqa: E402
from function_quest.metrics import interval, summary  # noqa: E402
from function_quest.simulation import Simulation  # noqa: E402
from function_quest.wfcommons import levels, read_instances  # noqa: E402

SPEED_LEVELS = 60
QUALITY_LEVELS = 200
TINY_LEVELS = 60
TINY_POSITIONS = 5_000


def report(name: str, value: float, unit: str, goal: str | None = None, holds: bool | None = None) -> None:
    print(json.dumps({"name": name, "value": round(value, 4), "unit": unit, "goal": goal, "holds": holds}), flush=True)


def steps_a_second(family: str, with_observations: bool) -> float:
    graphs = [Graph(generate(family, TEST_SEEDS.start + number)) for number in range(SPEED_LEVELS)]
    steps = 0
    begin = time.process_time()
    if with_observations:
        environment = Environment()
        for graph in graphs:
            observation, _ = environment.reset(options={"level": graph})
            over = environment.simulation.done
            while not over:
                observation, _, over, _, _ = environment.step(observation["heur"])
                steps += 1
    else:
        for graph in graphs:
            simulation = Simulation(graph, graph.level.seed)
            while not simulation.done:
                simulation.apply(simulation.candidates()[0])
                steps += 1
    return steps / (time.process_time() - begin)


def microseconds(family: str, function: Callable[[Simulation], object]) -> float:
    """Mean of what the function takes at every decision of the heuristic."""
    taken, count = 0.0, 0
    for number in range(SPEED_LEVELS):
        level = generate(family, TEST_SEEDS.start + number)
        simulation = Simulation(Graph(level), level.seed)
        while not simulation.done:
            for melody, state in enumerate(simulation.melody_state):
                if state == 1:
                    simulation.plan(melody)  # shared by whatever decides, and measured by itself
            begin = time.perf_counter()
            function(simulation)
            taken += time.perf_counter() - begin
            count += 1
            simulation.apply(HEURISTIC.choose(simulation))
    return taken / count * 1e6


def measure_speed() -> None:
    for family in ("L3", "L6", "L7"):
        report(f"steps_simulated_{family}", steps_a_second(family, False), "1/s")
    for family in ("L3", "L6", "L7"):
        report(f"steps_with_observation_and_heuristic_{family}", steps_a_second(family, True), "1/s")
    report("heuristic_choice_L6", microseconds("L6", HEURISTIC.choose), "us")


def measure_rules() -> None:
    for family in FAMILIES:
        found = [generate(family, TEST_SEEDS.start + number) for number in range(QUALITY_LEVELS)]
        pairs = evaluate(HEURISTIC, found, 1, lambda _: None, fifo=True)
        figures = summary(HEURISTIC.name, HEURISTIC.name, pairs)
        report(f"objective_{family}", figures["objective"], "J")
        report(f"success_{family}", figures["success"], "share", ">= 0.99", figures["success"] >= 0.99)
        report(f"against_fifo_{family}", figures["against_fifo"], "change")
        report(f"against_bound_{family}", figures["against_bound"], "change", ">= 0", figures["against_bound"] >= -1e-9)
        if family == "L6":
            pairs = evaluate(BASELINES["heft"], found, 1, lambda _: None, fifo=False)
            ours, theirs = [p.heuristic.objective for p in pairs], [p.policy.objective for p in pairs]
            low, high = interval(ours, theirs, [pair.level for pair in pairs])
            report("order_of_melodies_L6_low", low, "change against heft")
            report("order_of_melodies_L6_high", high, "change against heft", "< 0", high < 0.0)


def measure_regret() -> None:
    for failures in (False, True):
        regret = dict.fromkeys(("fifo", "critical_path", "wsrt"), 0.0)
        solved = 0
        for seed in range(TINY_LEVELS):
            graph = Graph(tiny(seed, failures=failures))
            try:
                optimum = expected(graph, TINY_POSITIONS)
            except TooLarge:
                continue
            solved += 1
            for name in regret:
                regret[name] += expected_of(BASELINES[name], graph)[1] / optimum - 1.0
        suffix = "with_failures" if failures else "without_failures"
        report(f"tiny_levels_{suffix}", solved, "levels")
        for name, total in regret.items():
            report(f"regret_{name}_{suffix}", total / solved, "share of the optimum")


def measure_start() -> None:
    """From exec to the answer of a score, which loads no NumPy."""
    command = [sys.executable, "-m", "function_quest", "score", "milk", "--calls", "[]", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "conductor")}
    taken = []
    for _ in range(11):
        begin = time.perf_counter()
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
        taken.append((time.perf_counter() - begin) * 1000)
    report("score_exec_to_answer", sorted(taken)[5], "ms")


def measure_instances(path: str) -> None:
    pairs = evaluate(HEURISTIC, levels(read_instances(Path(path)), 1), 1, lambda _: None, fifo=True)
    figures = summary(HEURISTIC.name, HEURISTIC.name, pairs)
    report("real_workflows", figures["levels"], "levels")
    report("real_workflows_success", figures["success"], "share")
    report(
        "real_workflows_against_fifo", figures["against_fifo"], "change", "<= -0.12", figures["against_fifo"] <= -0.12
    )
    report("real_workflows_against_bound", figures["against_bound"], "change")


if __name__ == "__main__":
    measure_speed()
    measure_start()
    measure_rules()
    measure_regret()
    if "SYMPHONY_INSTANCES" in os.environ:
        measure_instances(os.environ["SYMPHONY_INSTANCES"])
