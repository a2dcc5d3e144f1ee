"""`symphony quest evaluate --policy POLICY (--levels SPEC | --instances FILE) [--seeds N] --json`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..baselines import BASELINES, HEURISTIC, Policy
from ..evaluation import evaluate, levels_of
from ..learned import SHIPPED, SHIPPED_NAME, CheckpointError, Guarded, guarded, load
from ..level import Level, LevelError
from ..metrics import summary
from ..wfcommons import levels, read_instances
from . import EXIT_FAILED, EXIT_OK, Command
from .arguments import Arguments, UsageError

MOST_SEEDS = 10_000


def _print(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False), flush=True)


def policy_of(name: str) -> Policy:
    """A rule, the shipped policy, or the file of one; learned ones are guarded. Raises CheckpointError, UsageError."""
    if name in BASELINES:
        return BASELINES[name]
    if name == SHIPPED_NAME:
        return guarded(load(SHIPPED), name, measured=True)
    # What looks like no file is a name that was misspelt.
    if not name.endswith(".npz") and "/" not in name and not Path(name).exists():
        names = ", ".join((*BASELINES, SHIPPED_NAME))
        raise UsageError(f"there is no policy {name!r}; there are {names}, and files")
    return guarded(load(Path(name)), Path(name).stem, measured=True)


def _run(arguments: Arguments) -> int:
    arguments.no_names()
    if not arguments.flag("--json"):
        raise UsageError("only the form with --json exists")
    spec, file = arguments.value("--levels"), arguments.value("--instances")
    if (spec is None) == (file is None):
        raise UsageError("either --levels or --instances is needed")
    try:
        policy = policy_of(arguments.value("--policy") or HEURISTIC.name)
    except CheckpointError as error:
        print(f"symphony quest: {error}", file=sys.stderr)
        return EXIT_FAILED
    seeds = arguments.whole("--seeds", 1, 1, MOST_SEEDS)
    found: Iterable[Level]
    repetitions = 1
    if file is not None:
        # Each repetition of a workflow has providers of its own.
        found = levels(read_instances(Path(file)), seeds)
    else:
        found, repetitions = levels_of(spec or ""), seeds
    pairs = evaluate(policy, found, repetitions, _print, fifo=file is not None)
    if not pairs:
        raise LevelError("", "there was nothing to evaluate")
    figures = summary(policy.name, HEURISTIC.name, pairs)
    if isinstance(policy, Guarded):
        figures["decisions"], figures["differing"] = policy.decisions, policy.differing
        figures["trips"] = {str(reason): count for reason, count in sorted(policy.counts.items())}
    _print(figures)
    return EXIT_OK


COMMAND = Command(_run, ("--policy", "--levels", "--instances", "--seeds"), ("--json",))
