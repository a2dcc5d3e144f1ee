"""`symphony quest explain LEVEL --policy POLICY --step N [--seed N] [--rollouts N] --json`."""

from __future__ import annotations

import json
import sys

from .. import library
from ..graph import Graph
from ..learned import CheckpointError
from ..level import Level, LevelError
from ..step_explanation import explain
from . import EXIT_FAILED, EXIT_OK, Command
from .arguments import Arguments, UsageError
from .evaluate import policy_of

MOST_STEPS = 10**9
MOST_ROLLOUTS = 64  # each is the rest of an episode
ROLLOUTS = 16


def _run(arguments: Arguments) -> int:
    name = arguments.one_name("level")
    if not arguments.flag("--json"):
        raise UsageError("only the form with --json exists")
    arguments.needed("--step")
    step = arguments.whole("--step", 1, 1, MOST_STEPS)
    rollouts = arguments.whole("--rollouts", ROLLOUTS, 0, MOST_ROLLOUTS)
    try:
        policy = policy_of(arguments.needed("--policy"))
    except CheckpointError as error:
        print(f"symphony quest: {error}", file=sys.stderr)
        return EXIT_FAILED
    level = library.load(name)
    if not isinstance(level, Level):
        raise LevelError("/story", f"{level.name} is a story: nobody decides in it but who plays")
    seed = arguments.whole("--seed", level.seed, 0, 2**62)
    print(json.dumps(explain(Graph(level), policy, seed, step, rollouts), ensure_ascii=False))
    return EXIT_OK


COMMAND = Command(_run, ("--policy", "--step", "--seed", "--rollouts"), ("--json",))
