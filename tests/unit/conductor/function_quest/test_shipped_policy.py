"""The policy that is shipped: it is whole, it is what it says it is, and using it loads nothing it should not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from function_quest.baselines import HEURISTIC
from function_quest.command import main
from function_quest.features import SCHEMA_HASH
from function_quest.generator import VALIDATION_SEEDS, generate
from function_quest.graph import Graph
from function_quest.learned import SHIPPED, guarded, load
from function_quest.level import GENERATOR_VERSION

from scenes import play

PACKAGES = Path(__file__).resolve().parents[4] / "conductor"


def test_it_is_whole_and_for_these_features() -> None:
    policy = load()
    assert policy.header["schema"] == SCHEMA_HASH and policy.header["generator"] == GENERATOR_VERSION
    assert policy.header["heuristic"] == HEURISTIC.name and policy.header["margin"] > 0.0
    assert SHIPPED.stat().st_size < 256 * 1024


def test_the_model_card_is_about_this_policy() -> None:
    card = (PACKAGES.parent / "docs" / "policy.md").read_text()
    assert load().sha256[:16] in card


def test_it_is_better_than_the_heuristic_where_memory_is_short() -> None:
    """Little more than that it works at all: the gates are `./dev bench conductor`."""
    policy = guarded(load(), measured=True)
    ours = theirs = 0.0
    for seed in range(VALIDATION_SEEDS.start + 1_000, VALIDATION_SEEDS.start + 1_040):
        graph = Graph(generate("L4", seed))
        ours += play(graph, policy, seed).objective
        theirs += play(graph, HEURISTIC, seed).objective
    assert ours < theirs and policy.differing > 10


def test_it_is_evaluated_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--policy", "learned", "--levels", "L3:1-5", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert summary["policy"] == "learned" and summary["heuristic"] == "wsrt" and summary["success"] == 1.0


def test_whoever_uses_it_never_loads_pytorch() -> None:
    """Everything that is installed is imported and a run is decided; a finder notes every package that is asked for."""
    script = """
import importlib, pkgutil, sys
asked = set()
class Noting:
    def find_spec(self, name, path=None, target=None):
        asked.add(name.partition('.')[0])
sys.meta_path.insert(0, Noting())
import function_quest
for module in pkgutil.walk_packages(function_quest.__path__, 'function_quest.'):
    if not module.name.endswith('__main__'):
        importlib.import_module(module.name)
from function_quest.generator import generate
from function_quest.graph import Graph
from function_quest.learned import guarded, load
from function_quest.simulation import Simulation
policy = guarded(load())
simulation = Simulation(Graph(generate('L4', 1)), 1)
while not simulation.done:
    simulation.apply(policy.choose(simulation))
assert 'numpy' in asked
print('torch' in asked or 'training' in asked)
"""
    result = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(PACKAGES)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == "False\n"
