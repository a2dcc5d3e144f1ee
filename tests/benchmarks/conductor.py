#!/usr/bin/python3
# targets: symphony-launcher symphony_ipc_module
"""What the Conductor adds to a start (bootstrap.py), and the gates a policy must pass to be shipped (docs/policy.md).

`./dev bench conductor [--json]`. One JSON object a line. Short by default; the environment asks for more:

    SYMPHONY_BENCH_LEVELS=1000   levels of each family for G1–G3 (40), a tenth of it for G5 and G10
    SYMPHONY_INSTANCES=FILE      real workflows for G4 (../shared/data/wfinstances-dev.json.gz when it is there)
    SYMPHONY_BENCH_SEEDS=5       sets of providers for each of them (1)
    SYMPHONY_BENCH_TASKS=100000  the largest of them (400 tasks)
    SYMPHONY_POLICY=FILE[:FILE…] other policies than the shipped one; of several, G1–G4 report the mean and the worst

Levels are those of the test seeds, which nothing was trained or chosen by. G7 and G8 need PyTorch, which ./dev train
installs.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "conductor"))

import bootstrap  # noqa: E402
import numpy as np  # noqa: E402
from function_quest.baselines import BASELINES, HEURISTIC, Policy  # noqa: E402
from function_quest.evaluation import evaluate, play  # noqa: E402
from function_quest.exact import TooLarge, expected, expected_of  # noqa: E402
from function_quest.features import observe  # noqa: E402
from function_quest.generator import PREFERENCES, TEST_SEEDS, generate, tiny  # noqa: E402
from function_quest.graph import Graph  # noqa: E402
from function_quest.learned import SHIPPED, Checkpoint, Guarded, Limits, Network, guarded, load  # noqa: E402
from function_quest.learned.network import HIDDEN, INPUTS, SHAPES, Array  # noqa: E402
from function_quest.learned.shortlist import shortlist  # noqa: E402
from function_quest.level import Level  # noqa: E402
from function_quest.metrics import GATE_FAMILY_EPISODES, Pair, change, interval, share  # noqa: E402
from function_quest.simulation import Simulation  # noqa: E402
from function_quest.wfcommons import levels, read_instances  # noqa: E402

LEVELS = int(os.environ.get("SYMPHONY_BENCH_LEVELS", "40"))
SEEDS = int(os.environ.get("SYMPHONY_BENCH_SEEDS", "1"))
TASKS = int(os.environ.get("SYMPHONY_BENCH_TASKS", "400"))
DATA = ROOT.parent / "shared" / "data" / "wfinstances-dev.json.gz"
TINY_POSITIONS = 5_000
PARITY_STATES = 4_000
CLOSE = 1e-4


def report(name: str, value: float, unit: str, goal: str | None = None, holds: bool | None = None) -> None:
    print(json.dumps({"name": name, "value": round(value, 5), "unit": unit, "goal": goal, "holds": holds}), flush=True)


class Compared(NamedTuple):
    """A policy with another one, on the same levels with the same luck."""

    mean: float
    low: float
    high: float

    @staticmethod
    def of(ours: Sequence[float], theirs: Sequence[float], names: Sequence[str]) -> Compared:
        return Compared(change(ours, theirs), *interval(ours, theirs, names))


def test_levels(family: str, count: int = LEVELS) -> list[Level]:
    return [generate(family, TEST_SEEDS.start + number) for number in range(count)]


def pairs_of(policy: Policy, found: Iterable[Level], *, fifo: bool = False) -> list[Pair]:
    return evaluate(policy, found, 1, lambda _: None, fifo=fifo)


def against_heuristic(pairs: Sequence[Pair]) -> Compared:
    return Compared.of(
        [pair.policy.objective for pair in pairs],
        [pair.heuristic.objective for pair in pairs],
        [pair.level for pair in pairs],
    )


# G1: puzzles ---------------------------------------------------------------------------------------------------------


def fewest_calls(graph: Graph) -> int:
    """Of any way to the goal. By trying every producer of what is missing: puzzles are small."""
    (melody,) = graph.level.melodies
    best = len(graph.level.functions)

    def search(wanted: tuple[int, ...], made: frozenset[int], calls: int) -> None:
        nonlocal best
        missing = [artifact for artifact in wanted if artifact not in made]
        if calls + (1 if missing else 0) > best or (calls >= best and missing):
            return
        if not missing:
            best = calls
            return
        for function in graph.producers[missing[0]]:
            search((*missing[1:], *graph.inputs[function]), made | {missing[0]}, calls + 1)

    search(melody.goal, frozenset(melody.given), 0)
    return best


def measure_puzzles(policies: Sequence[Guarded]) -> None:
    for family in ("L0", "L1"):
        graphs = [Graph(level) for level in test_levels(family)]
        fewest = [fewest_calls(graph) for graph in graphs]
        successes, ratios = [], []
        for policy in policies:
            results = [play(graph, policy, graph.level.seed) for graph in graphs]
            successes.append(share(results))
            ratios.append(statistics.mean(result.calls / least for result, least in zip(results, fewest)))
        report(f"G1_success_{family}", min(successes), "share, worst", ">= 0.99", min(successes) >= 0.99)
        most = 1.01 if family == "L0" else 1.05
        report(f"G1_calls_{family}", max(ratios), "of the fewest, worst", f"<= {most}", max(ratios) <= most)


# G2, G3: generated levels --------------------------------------------------------------------------------------------


def measure_families(policies: Sequence[Guarded]) -> None:
    found = [level for family in ("L2", "L3", "L4", "L5") for level in test_levels(family)]
    preference = {level.name: level.preference for level in found}
    compared, worst_preference = [], []
    for policy in policies:
        pairs = pairs_of(policy, found)
        compared.append(against_heuristic(pairs))
        by_preference = {
            value: against_heuristic([pair for pair in pairs if preference[pair.level] == value]).mean
            for value in PREFERENCES
        }
        worst_preference.append(max(by_preference.values()))
        if policy is policies[0]:
            for value, figure in by_preference.items():
                report(f"G2_preference_{value:g}", figure, "change of J")
            for family in ("L2", "L3", "L4", "L5"):
                own = against_heuristic([pair for pair in pairs if pair.family == family])
                report(f"G2_{family}", own.mean, "change of J")
    _report_compared("G2", compared, -0.03)
    report("G2_worst_preference", max(worst_preference), "change of J", "<= 0.01", max(worst_preference) <= 0.01)

    found = test_levels("L6")
    names = [level.name for level in found]
    plain = [play(Graph(level), BASELINES["heft"], level.seed).objective for level in found]
    compared, to_plain, to_fifo = [], [], []
    for policy in policies:
        pairs = pairs_of(policy, found, fifo=True)
        ours = [pair.policy.objective for pair in pairs]
        compared.append(against_heuristic(pairs))
        to_plain.append(Compared.of(ours, plain, names).mean)
        to_fifo.append(change(ours, [pair.fifo.objective for pair in pairs if pair.fifo is not None]))
    _report_compared("G3", compared, -0.02)
    report("G3_against_heft", max(to_plain), "change of J, worst", "<= -0.2", max(to_plain) <= -0.2)
    report("G3_against_fifo", max(to_fifo), "change of J, worst", "<= -0.4", max(to_fifo) <= -0.4)


def _report_compared(gate: str, compared: Sequence[Compared], goal: float) -> None:
    mean = statistics.mean(one.mean for one in compared)
    worst = max(compared, key=lambda one: one.mean)
    report(f"{gate}_mean", mean, "change of J", f"<= {goal:g}", mean <= goal)
    report(f"{gate}_worst", worst.mean, "change of J", f"<= {goal:g}", worst.mean <= goal)
    report(f"{gate}_interval_low", worst.low, "change of J, worst")
    report(f"{gate}_interval_high", worst.high, "change of J, worst", "< 0", worst.high < 0.0)


# G4: real workflows --------------------------------------------------------------------------------------------------


def measure_instances(policies: Sequence[Guarded]) -> None:
    path = Path(os.environ["SYMPHONY_INSTANCES"]) if "SYMPHONY_INSTANCES" in os.environ else DATA
    if not path.exists():
        report("G4_real_workflows", 0.0, "levels: there is no file of them, see SYMPHONY_INSTANCES")
        return
    chosen = [instance for instance in read_instances(path) if len(instance.tasks) <= TASKS]
    for number, policy in enumerate(policies):
        pairs = pairs_of(policy, levels(chosen, SEEDS), fifo=True)
        suffix = f"_policy{number}" if number else ""
        own = against_heuristic(pairs)
        report(f"G4_real_workflows{suffix}", len(pairs), "episodes")
        report(f"G4_mean{suffix}", own.mean, "change of J")
        report(f"G4_interval_high{suffix}", own.high, "change of J", "<= 0.01", own.high <= 0.01)
        fewer = share([pair.heuristic for pair in pairs]) - share([pair.policy for pair in pairs])
        report(f"G4_fewer_successes{suffix}", fewer, "share", "<= 0.005", fewer <= 0.005)
        by_family: dict[str, list[Pair]] = {}
        for pair in pairs:
            by_family.setdefault(pair.family, []).append(pair)
        changes = {family: against_heuristic(members).mean for family, members in by_family.items()}
        for family, figure in sorted(changes.items()):
            report(f"G4_{family}{suffix}", figure, f"change of J, {len(by_family[family])} episodes")
        large = [figure for family, figure in changes.items() if len(by_family[family]) >= GATE_FAMILY_EPISODES]
        worst = max(large, default=0.0)
        report(f"G4_worst_family{suffix}", worst, "change of J", "<= 0.05", worst <= 0.05)
        fifo = change(
            [pair.policy.objective for pair in pairs], [pair.fifo.objective for pair in pairs if pair.fifo is not None]
        )
        report(f"G4_against_fifo{suffix}", fifo, "change of J", "<= -0.12", fifo <= -0.12)


# G5: exact optimum ---------------------------------------------------------------------------------------------------


def measure_regret(policy: Guarded) -> None:
    for failures in (False, True):
        regrets, of_heuristic = [], []
        for seed in range(max(LEVELS // 2, 20)):
            graph = Graph(tiny(seed, failures=failures))
            try:
                optimum = expected(graph, TINY_POSITIONS)
            except TooLarge:
                continue
            regrets.append(expected_of(policy, graph)[1] / optimum - 1.0)
            of_heuristic.append(expected_of(HEURISTIC, graph)[1] / optimum - 1.0)
        suffix = "with_failures" if failures else "without_failures"
        mean = statistics.mean(regrets)
        report(f"G5_levels_{suffix}", len(regrets), "levels")
        report(f"G5_regret_{suffix}", mean, "above the optimum", "<= 0.03", mean <= 0.03)
        report(f"G5_regret_of_heuristic_{suffix}", statistics.mean(of_heuristic), "above the optimum")


# G6: how long a decision takes ---------------------------------------------------------------------------------------


def measure_latency(policy: Checkpoint) -> None:
    """All of a decision: planning, the heuristic's choice, features, scores, guard. Processor time of the thread, the
    collector of garbage included."""
    learned = guarded(policy, measured=True)
    taken, forward = [], []
    network = Network(policy.weights)
    clock = time.thread_time_ns
    for number in range(12):
        for family in ("L2", "L3", "L4", "L5", "L6", "L7"):
            level = generate(family, TEST_SEEDS.start + number)
            simulation = Simulation(Graph(level), level.seed)
            while not simulation.done:
                if 1 < len(simulation.candidates()) <= 50:
                    begin = clock()
                    chosen = learned.choose(simulation)
                    taken.append(clock() - begin)
                else:
                    chosen = learned.choose(simulation)
                simulation.apply(chosen)
    for rows, whole, heuristic in recorded(500):
        begin = clock()
        rows, whole, _ = network.clipped(rows, whole)
        network.scores(rows, whole, heuristic)
        forward.append(clock() - begin)
    microseconds = np.array(taken) / 1e3
    p50, p99 = (float(np.percentile(microseconds, part)) for part in (50, 99))
    report("G6_decisions", len(taken), "decisions")
    report("G6_decision_p50", p50, "us", "<= 150", p50 <= 150.0)
    report("G6_decision_p99", p99, "us", "<= 500", p99 <= 500.0)
    rate = 1e6 / float(microseconds.mean())
    report("G6_decisions_a_second", rate, "1/s", ">= 5000", rate >= 5_000.0)
    report("G6_network_p50", float(np.percentile(np.array(forward) / 1e3, 50)), "us")


def recorded(count: int) -> list[tuple[Array, Array, int]]:
    """States of every family, on the way of a player who mostly follows the heuristic."""
    found: list[tuple[Array, Array, int]] = []
    source = np.random.Generator(np.random.PCG64(7))
    number = 0
    while len(found) < count:
        for family in ("L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8"):
            level = generate(family, TEST_SEEDS.start + number)
            simulation = Simulation(Graph(level), level.seed)
            while not simulation.done:
                heuristic = HEURISTIC.choose(simulation)
                candidates = shortlist(simulation, heuristic)
                if len(candidates) > 1:
                    found.append((*observe(simulation, heuristic, candidates), candidates.index(heuristic)))
                follows = source.random() < 0.9
                simulation.apply(heuristic if follows else candidates[int(source.integers(len(candidates)))])
        number += 1
    return found[:: max(len(found) // count, 1)][:count]


# G7, G8: what needs PyTorch ------------------------------------------------------------------------------------------


def measure_training(policy: Checkpoint) -> None:
    try:
        import torch
    except ModuleNotFoundError:
        report("G7_parity", math.inf, "not measured: python3-torch is missing, ./dev train installs it")
        return
    from training.ppo import Args, Model, batch_of
    from training.run import Effort, train
    from training.world import HINTS, View

    model = Model(Args())
    model.load_state_dict({name: torch.from_numpy(array) for name, array in policy.weights.items()}, strict=False)
    network = Network(policy.weights)
    views = [View(rows, whole, heuristic, (0.0,) * HINTS) for rows, whole, heuristic in recorded(PARITY_STATES)]
    difference, same = 0.0, 0
    for view in views:
        with torch.no_grad():
            expected_scores = model(batch_of([view]))[0].numpy()
        rows, whole, _ = network.clipped(view.rows, view.whole)
        scores = network.scores(rows, whole, view.heuristic)
        difference = max(difference, float(np.abs(scores - expected_scores).max()))
        same += int(np.argmax(scores)) == int(np.argmax(expected_scores))
    report("G7_states", len(views), "states")
    report("G7_largest_difference", difference, "of a score", "<= 0.0001", difference <= CLOSE)
    report("G7_same_choice", same / len(views), "share", ">= 1", same == len(views))

    args = Args(worlds=16, steps=32, decisions=16 * 32 * 4, calibration=8, branch_batches=1, branch_epochs=2)
    with tempfile.TemporaryDirectory() as folder:
        hashes = {train(args, Path(folder) / name, lambda _: None, Effort(4, 1, 1)) for name in ("first", "second")}
    report("G8_different_files_of_one_seed", len(hashes), "files", "<= 1", len(hashes) == 1)


# G9: what the running application loads ------------------------------------------------------------------------------


def measure_import() -> None:
    script = """
import resource, sys, time
begin = time.process_time()
from function_quest.learned import guarded, load
from function_quest.generator import generate
from function_quest.graph import Graph
from function_quest.simulation import Simulation
policy = guarded(load())
taken = time.process_time() - begin
simulation = Simulation(Graph(generate("L3", 1)), 1)
policy.choose(simulation)
print("torch" in sys.modules, taken * 1000, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "conductor")}
    times, memory, torch = [], 0.0, False
    for _ in range(5):
        words = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        ).stdout.split()
        torch = torch or words[0] == "True"
        times.append(float(words[1]))
        memory = max(memory, float(words[2]))
    report("G9_imports_torch", float(torch), "yes or no", "<= 0", not torch)
    report("G9_import_and_load", statistics.median(times), "ms", "<= 150", statistics.median(times) <= 150.0)
    report("G9_memory", memory, "MiB", "<= 60", memory <= 60.0)


# G10: a policy gone mad ----------------------------------------------------------------------------------------------


def random_weights(seed: int) -> dict[str, Array]:
    source = np.random.Generator(np.random.PCG64(seed))
    weights = {
        name: (source.standard_normal(shape) * math.sqrt(2.0 / shape[0])).astype(np.float32)
        for name, shape in SHAPES.items()
    }
    weights["input_low"], weights["input_high"] = np.full(INPUTS, -20, np.float32), np.full(INPUTS, 20, np.float32)
    weights["input_scale"], weights["input_shift"] = np.ones(INPUTS, np.float32), np.zeros(INPUTS, np.float32)
    weights["scorer_2"] *= math.sqrt(HIDDEN)
    weights["beta"] = np.array([-4.0], np.float32)  # no respect for the heuristic either
    return weights


def measure_chaos() -> None:
    lost = episodes = 0
    for family in ("L0", "L1", "L2", "L3", "L4", "L5", "L6"):
        for level in test_levels(family, max(LEVELS // 2, 20)):
            graph = Graph(level)
            mad = Guarded(Network(random_weights(level.seed)), limits=Limits(milliseconds=None))
            lost += play(graph, HEURISTIC, level.seed).success - play(graph, mad, level.seed).success
            episodes += 1
    report("G10_episodes", episodes, "episodes")
    report("G10_fewer_successes", lost / episodes, "share", "<= 0.01", lost / episodes <= 0.01)


def main() -> None:
    paths = [Path(name) for name in os.environ.get("SYMPHONY_POLICY", str(SHIPPED)).split(":")]
    checkpoints: list[Checkpoint] = [load(path) for path in paths]
    policies = [guarded(checkpoint, measured=True) for checkpoint in checkpoints]
    bootstrap.measure()
    measure_latency(checkpoints[0])
    measure_import()
    measure_puzzles(policies)
    measure_families(policies)
    measure_regret(policies[0])
    measure_training(checkpoints[0])
    measure_chaos()
    measure_instances(policies)


if __name__ == "__main__":
    main()
