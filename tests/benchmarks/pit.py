#!/usr/bin/python3
# targets: pit_modules_bench arbitration_plugin symphony-pit-module dag_bench stale_bench
"""The goals of the Pit's modules: `./dev bench pit [--json]`.

A row names a figure that one of the programs prints, and what it should be. A module adds a program or figures to one,
and rows here. The Artifact Store has `pit_bench` for the index; it takes minutes and is run by hand.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pit_networkx

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SYMPHONY_BUILD", ROOT / "build" / "release"))
PROGRAMS = ("pit_modules_bench", "dag_bench", "stale_bench")


@dataclass(frozen=True)
class Row:
    figure: str
    name: str
    unit: str
    # None: it is only shown.
    limit: float | None = None
    at_least: bool = False
    # It needs what is not everywhere.
    optional: bool = False


ROWS = [
    Row("bus_call_ratio", "call through the bus / bare virtual call, 5 keys", "ratio", 1.1),
    Row("virtual_call_us", "bare virtual call, 5 keys", "µs"),
    Row("bus_call_us", "the same through the bus", "µs"),
    Row("plugin_call_us", "the same in a plug-in", "µs"),
    Row("plugin_call_ratio", "call of a plug-in / of a linked module, 5 keys", "ratio"),
    Row("process_call_us", "the same in a process", "µs"),
    Row("process_call_ratio", "call of a module's process / of a linked module, 5 keys", "ratio"),
    Row("pool_hit_1000_us", "pool: allocate + release on a hit, 1,000 resources", "µs", 1.0),
    Row("pool_hit_100000_us", "pool: the same, 100,000 resources", "µs", 1.0),
    Row("pool_hit_growth", "pool: 100,000 / 1,000 resources", "ratio"),
    Row("arbitration_free_us", "arbitration: decision, nobody waits", "µs", 5.0),
    Row("arbitration_contended_us", "arbitration: decision, 1,000 wait, 16 shares", "µs", 5.0),
    Row("arbitration_many_shares_us", "arbitration: decision, 1,000 wait, 500 shares", "µs"),
    Row("arbitration_decisions_per_s", "arbitration: decisions, 1,000 wait", "1/s", 200_000, at_least=True),
    Row("arbitration_unfairness_percent", "arbitration: farthest from a share's weight", "%", 5.0),
    Row("dag_create", "DAG: create 10,000 nodes", "ms", 20.0),
    Row("dag_create_by_message", "DAG: the same by message", "ms"),
    Row("dag_changes", "DAG: changes of state", "1/s", 1_000_000, at_least=True),
    Row("dag_report_by_message", "DAG: three changes of a node by message", "µs"),
    Row("dag_ready_by_message", "DAG: ready set of 100 by message", "µs"),
    Row("dag_features_by_message", "DAG: features of 50 nodes by message", "µs"),
    Row("dag_checkpoint", "DAG: checkpoint of 10,000 nodes, durable", "ms", 100.0),
    Row("dag_recover", "DAG: recovery of 10,000 nodes", "ms", 1000.0),
    Row("dag_snapshot", "DAG: snapshot of 10,000 nodes", "ms", 20.0),
    Row("dag_restore", "DAG: restore of 10,000 nodes", "ms", 50.0),
    Row(
        "dag_real_ratio",
        "DAG: lives of the real workflows, networkx / ours",
        "ratio",
        10.0,
        at_least=True,
        optional=True,
    ),
    Row("dag_real_ms", "DAG: lives of the real workflows", "ms", optional=True),
    Row("stale_plan_archived", "stale: decide about an item", "ms", 10.0),
    Row("stale_item_compressed", "stale: compress an item of 64 KiB, durable", "ms", 10.0),
    Row("stale_item_archived", "stale: archive an item of 64 KiB, durable", "ms", 10.0),
    Row("stale_undo_item", "stale: take one back", "ms", 10.0),
    Row("stale_piece_archived_p99", "stale: a piece of 20 ms, p99", "ms"),
    Row("stale_put_alone_p99", "stale: a put by others, alone, p99", "ms"),
    Row("stale_put_meanwhile_archived_p99", "stale: the same while it archives, p99", "ms"),
    Row("stale_saved_archived", "stale: given back to the disk of 26 MB", "MB"),
    Row("snapshot_ms", "snapshot of the modules in memory, 10,000 live objects", "ms", 20.0),
    Row("restore_ms", "restore of the same", "ms", 50.0),
    Row("memory_at_rest_mib", "memory at rest, all modules", "MiB", 30.0),
]


def figures() -> dict[str, float]:
    found: dict[str, float] = {}
    for program in PROGRAMS:
        done = subprocess.run([BUILD / "tests" / program], capture_output=True, text=True, check=False, timeout=600)
        sys.stderr.write(done.stderr)
        for line in done.stdout.splitlines():
            figure = json.loads(line)
            found[figure["name"]] = float(figure["value"])
    return found


def main() -> int:
    found = figures()
    found |= pit_networkx.figures(BUILD / "tests" / "dag_bench")
    missing = [row.figure for row in ROWS if row.figure not in found and not row.optional]
    for row in ROWS:
        if row.figure not in found:
            continue
        value = found[row.figure]
        line: dict[str, object] = {"name": row.name, "value": round(value, 3), "unit": row.unit}
        if row.limit is not None:
            line["goal"] = f"{'≥' if row.at_least else '≤'} {row.limit:g}"
            line["holds"] = value >= row.limit if row.at_least else value <= row.limit
        print(json.dumps(line, ensure_ascii=False), flush=True)
    if missing:
        print(f"not measured: {', '.join(missing)}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
