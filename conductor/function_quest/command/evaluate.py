"""`symphony quest evaluate --policy POLICY (--levels SPEC | --instances FILE) [--seeds N] --json`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..baselines import BASELINES, HEURISTIC
from ..evaluation import evaluate, levels_of
from ..level import Level, LevelError
from ..metrics import summary
from ..wfcommons import levels, read_instances
from . import EXIT_OK, Command
from .arguments import Arguments, UsageError

MOST_SEEDS = 10_000


def _print(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False), flush=True)


def _run(arguments: Arguments) -> int:
    arguments.no_names()
    if not arguments.flag("--json"):
        raise UsageError("only the form with --json exists")
    name = arguments.value("--policy") or HEURISTIC.name
    if name not in BASELINES:
        raise UsageError(f"there is no policy {name!r}; there are {', '.join(BASELINES)}")
    spec, file = arguments.value("--levels"), arguments.value("--instances")
    if (spec is None) == (file is None):
        raise UsageError("either --levels or --instances is needed")
    seeds = arguments.whole("--seeds", 1, 1, MOST_SEEDS)
    found: Iterable[Level]
    repetitions = 1
    if file is not None:
        # Each repetition of a workflow has providers of its own.
        found = levels(read_instances(Path(file)), seeds)
    else:
        found, repetitions = levels_of(spec or ""), seeds
    pairs = evaluate(BASELINES[name], found, repetitions, _print, fifo=file is not None)
    if not pairs:
        raise LevelError("", "there was nothing to evaluate")
    _print(summary(name, HEURISTIC.name, pairs))
    return EXIT_OK


COMMAND = Command(_run, ("--policy", "--levels", "--instances", "--seeds"), ("--json",))
