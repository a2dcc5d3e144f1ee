#!/usr/bin/python3
# targets: bus_bench bus_floors python_bus_bench
"""The goals of the bus, as ratios: `./dev bench bus [--peers=DIR] [--json]`.

Every row of ours and what it is compared with run in the same rounds, both processes on one processor; a ratio is taken
inside each round and the median over the rounds counts. Compared with: the programs of a folder of peers (`--peers`,
SYMPHONY_IPC_PEERS, or ../shared/bench/ipc-peers beside the checkout) where it is there and builds, else the same paths
written by hand in bus_floors.cpp. BENCH_SECS (0.3) and BENCH_ROUNDS (7) set how long.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SYMPHONY_BUILD", ROOT / "build" / "release"))
PROGRAMS = BUILD / "tests"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
LARGE = "16777216"


@dataclass(frozen=True)
class Floor:
    """A path without a bus: the peer's command, and our own where there is no peer."""

    label: str
    peer: tuple[str, ...] | None
    own: tuple[str, ...] | None


@dataclass(frozen=True)
class Row:
    name: str
    ours: str
    floor: str
    limit: float
    # Whether the goal is "at most this many times the floor's time", or "at least this many times faster".
    faster: bool = False
    program: str = "bus_bench"


FLOORS = {
    "echo": Floor("raw 200-byte socket echo", ("uds", "block", "raw", "200"), ("bus_floors", "echo")),
    "json": Floor("blocking socket with nlohmann JSON", ("uds", "block", "json", "200"), ("bus_floors", "json")),
    "router": Floor("hand-written epoll router", ("routed", "uds-epoll"), ("bus_floors", "router")),
    "stream": Floor("shared-memory ring with a futex", ("shm", "futex", "raw", "200"), ("bus_floors", "stream")),
    "in_place": Floor("memfd read in place", ("bigpayload", "memfd-inplace", LARGE), ("bus_floors", "in_place", LARGE)),
    "copy": Floor("copied through a socket", ("bigpayload", "uds-copy", LARGE), ("bus_floors", "copy", LARGE)),
    "pipelined": Floor(
        "pipelined nlohmann JSON over a socket", ("throughput", "rpc-uds+json", "64"), ("bus_floors", "pipelined")
    ),
    "dbus": Floor("D-Bus peer to peer", ("dbus_peer", "p2p", "json", "200"), None),
    "zeromq": Floor("ZeroMQ", ("zmq_peer", "dealer", "json", "200"), None),
    "grpc": Floor("gRPC unary", ("grpc_peer", "unary", "json", "200"), None),
    "nng": Floor("nng", ("nng_peer", "pair", "json", "200"), None),
    "jsonrpc": Floor("vscode-jsonrpc in Node", ("node", "jsonrpc.js", "stdio", "json", "200"), None),
    "node": Floor("Node's own child-process messages", ("node", "childipc.js", "json", "json", "200"), None),
    "crossing": Floor("the bare dict ↔ JSON crossing", None, ("python_bus_bench", "crossing")),
}

ROWS = [
    Row("typed request over the socket", "typed", "echo", 1.5),
    Row("the same against D-Bus", "typed", "dbus", 1.4, faster=True),
    Row("the same against ZeroMQ", "typed", "zeromq", 4.5, faster=True),
    Row("the same against gRPC", "typed", "grpc", 5, faster=True),
    Row("the same against vscode-jsonrpc", "typed", "jsonrpc", 8, faster=True),
    Row("the same against Node's own messages", "typed", "node", 1, faster=True),
    Row("the same against nng", "typed", "nng", 1, faster=True),
    Row("the same with a document as body", "document", "json", 1.15),
    Row("the same with JSON text as body", "json", "json", 1.15),
    Row("a thread of the host asks an extension", "caller", "echo", 2.0),
    Row("extension → host → extension", "routed", "router", 1.15),
    Row("200 bytes there and back through shared memory", "stream", "stream", 1.3),
    Row("16 MB read in place", "large", "in_place", 1.15),
    Row("the same against a copy through a socket", "large", "copy", 5, faster=True),
    Row("64 typed requests on their way", "pipelined", "pipelined", 8, faster=True),
    Row("Python's send_message to a C++ endpoint", "message", "crossing", 1.2, program="python_bus_bench"),
]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def peers_folder() -> Path | None:
    for argument in sys.argv[1:]:
        if argument.startswith("--peers="):
            return Path(argument.removeprefix("--peers="))
    named = os.environ.get("SYMPHONY_IPC_PEERS")
    beside = [Path(named)] if named else [base / "shared/bench/ipc-peers" for base in (ROOT.parent, ROOT.parent.parent)]
    return next((folder for folder in beside if (folder / "CMakeLists.txt").is_file()), None)


def build_peers(folder: Path | None) -> Path | None:
    """Where the peers' programs are; what cannot be built here is left out."""
    if folder is None:
        return None
    build = BUILD / "ipc-peers"
    programs = sorted({floor.peer[0] for floor in FLOORS.values() if floor.peer})
    configure = ["cmake", "-S", str(folder), "-B", str(build), "-G", "Ninja"]
    if subprocess.run(configure, capture_output=True, check=False).returncode != 0:
        return None
    known = subprocess.run(
        ["ninja", "-C", str(build), "-t", "targets", "all"], capture_output=True, text=True, check=False
    ).stdout
    wanted = [program for program in programs if f"\n{program}: " in known]
    subprocess.run(["ninja", "-C", str(build), "-k", "0", *wanted], capture_output=True, check=False)
    return build


def node_scripts(folder: Path | None) -> Path | None:
    """A copy of the Node peers with what they import, which the folder of peers itself need not have."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if folder is None or node is None or npm is None or not (folder / "node" / "package.json").is_file():
        return None
    scripts = BUILD / "ipc-peers-node"
    shutil.copytree(folder / "node", scripts, dirs_exist_ok=True)
    if not (scripts / "node_modules" / "vscode-jsonrpc").is_dir():
        install = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        if subprocess.run(install, cwd=scripts, capture_output=True, check=False).returncode != 0:
            return None
    return scripts


def peer_command(floor: Floor, peers: Path | None, scripts: Path | None) -> list[str] | None:
    if floor.peer is None:
        return None
    program, *arguments = floor.peer
    if program == "node":
        pinned = ["taskset", "-c", "1"] if os.environ.get("BENCH_PIN", "same") == "same" else []
        return [*pinned, "node", str(scripts / arguments[0]), *arguments[1:]] if scripts else None
    path = peers / program if peers else None
    return [str(path), *arguments] if path and os.access(path, os.X_OK) else None


def floor_commands(folder: Path | None) -> dict[str, list[str]]:
    peers, scripts = build_peers(folder), node_scripts(folder)
    commands: dict[str, list[str]] = {}
    from_peers = []
    for key, floor in FLOORS.items():
        if command := peer_command(floor, peers, scripts):
            commands[key] = command
            from_peers.append(key)
        elif floor.own:
            commands[key] = [str(PROGRAMS / floor.own[0]), *floor.own[1:]]
    say(f"compared with: peers for {', '.join(sorted(from_peers)) or 'nothing'}; written by hand for the others")
    missing = sorted(FLOORS[key].label for key in FLOORS.keys() - commands.keys())
    if missing:
        say(f"not on this machine, so not compared with: {', '.join(missing)}")
    return commands


def run(command: list[str]) -> float | None:
    """The median microseconds it printed."""
    environment = {"BENCH_PIN": "same", "BENCH_SECS": "0.3", **os.environ}
    if "node" in command:
        environment["BENCH_SECS"] = str(2.5 * float(environment["BENCH_SECS"]))  # its compiler must have come to rest
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, env=environment, check=False)
    except subprocess.TimeoutExpired:
        say(f"took too long: {' '.join(command)}")
        return None
    for line in done.stdout.splitlines():
        columns = line.split("\t")
        if len(columns) == 8:
            return float(columns[4])
    say(f"printed nothing: {' '.join(command)}\n{done.stderr[-400:]}")
    return None


def report(row: Row, ours: list[float], ratios: list[float]) -> None:
    ratio = statistics.median(ratios)
    value = 1 / ratio if row.faster else ratio
    line = {
        "name": row.name,
        "value": round(value, 3),
        "unit": "times faster" if row.faster else "ratio",
        "goal": f"≥ {row.limit:g}" if row.faster else f"≤ {row.limit:g}",
        "holds": value >= row.limit if row.faster else value <= row.limit,
        "ratio_to": FLOORS[row.floor].label,
        "us": round(statistics.median(ours), 3),
        "spread": [round(min(ratios), 3), round(max(ratios), 3)],
    }
    print(json.dumps(line, ensure_ascii=False), flush=True)


def main() -> int:
    floors = floor_commands(peers_folder())
    bench = {f"our {row.ours}": [str(PROGRAMS / row.program), row.ours] for row in ROWS}
    used = {key: command for key, command in floors.items() if any(row.floor == key for row in ROWS)}
    measured: list[dict[str, float]] = []
    for number in range(ROUNDS):
        # The order turns round by round: who comes after a noisy neighbour is not always the same.
        commands = list((used | bench).items())
        shift = number * 3 % len(commands)
        taken = {name: run(command) for name, command in commands[shift:] + commands[:shift]}
        measured.append({name: value for name, value in taken.items() if value is not None})
        say(f"round {number + 1} of {ROUNDS}")
    failed = False
    for row in ROWS:
        pairs = [
            (taken[f"our {row.ours}"], taken[row.floor])
            for taken in measured
            if f"our {row.ours}" in taken and row.floor in taken
        ]
        if pairs:
            report(row, [ours for ours, _ in pairs], [ours / floor for ours, floor in pairs])
        elif row.floor in used:
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
