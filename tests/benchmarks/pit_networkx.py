"""Real workflows, lived by the DAG Tracker and by networkx: for `./dev bench pit`. They are those of
../shared/data/wfinstances-dev.json.gz, where that is; nothing is said of what is not there but that it is not."""

from __future__ import annotations

import gzip
import importlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
INSTANCES = "shared/data/wfinstances-dev.json.gz"


def live(tasks: list[list[Any]]) -> float:
    """Built, checked, ordered, its longest path found, every task made ready and completed; the path's seconds."""
    nx = importlib.import_module("networkx")
    graph = nx.DiGraph()
    graph.add_nodes_from((number, {"seconds": max(0.0, task[1])}) for number, task in enumerate(tasks))
    # The time of a task is on the way to those after it; one end collects the last ones.
    graph.add_edges_from(
        (parent, number, {"weight": max(0.0, tasks[parent][1])})
        for number, task in enumerate(tasks)
        for parent in task[2]
    )
    last = [number for number in range(len(tasks)) if graph.out_degree(number) == 0]
    graph.add_edges_from((number, len(tasks), {"weight": max(0.0, tasks[number][1])}) for number in last)
    if not nx.is_directed_acyclic_graph(graph):
        raise SystemExit("a cycle")
    order = list(nx.topological_sort(graph))
    length = nx.dag_longest_path_length(graph)
    waiting = dict(graph.in_degree())
    state = dict.fromkeys(graph, "pending")
    ready = [node for node in order if waiting[node] == 0]
    while ready:
        node = ready.pop()
        for step in ("allocated", "executing", "completed"):
            state[node] = step
        for successor in graph.successors(node):
            waiting[successor] -= 1
            if waiting[successor] == 0:
                ready.append(successor)
    return float(length)


def figures(program: Path) -> dict[str, float]:
    try:
        importlib.import_module("networkx")
    except ImportError:
        print("not compared with networkx: python3-networkx is not installed", file=sys.stderr)
        return {}
    file = next((base / INSTANCES for base in (ROOT.parent, ROOT.parent.parent) if (base / INSTANCES).is_file()), None)
    if file is None:
        print(f"not compared on real workflows: ../{INSTANCES} is not there", file=sys.stderr)
        return {}
    document = json.loads(gzip.decompress(file.read_bytes()))
    with tempfile.NamedTemporaryFile("w", suffix=".json") as plain:
        json.dump(document, plain)
        plain.flush()
        done = subprocess.run([program, plain.name], capture_output=True, text=True, check=True, timeout=300)
    ours = {figure["name"]: float(figure["value"]) for figure in map(json.loads, done.stdout.splitlines())}
    begun = time.perf_counter()
    seconds = sum(live(instance["tasks"]) for instance in document["instances"])
    theirs = (time.perf_counter() - begun) * 1000
    if abs(seconds - ours["real_critical_path"]) > 0.1:
        raise SystemExit(f"networkx finds other critical paths: {seconds} s, ours {ours['real_critical_path']} s")
    return {"dag_real_ratio": theirs / ours["real_lives"], "dag_real_ms": ours["real_lives"]}
