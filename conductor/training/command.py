"""The command line of a training. Says what to install on a machine that cannot train, instead of a traceback."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

EXIT_OK, EXIT_FAILED, EXIT_UNAVAILABLE, EXIT_INTERRUPTED = 0, 1, 69, 130
MISSING = """\
train: {name} is missing, and without it nothing can be trained. It is installed with
  apt-get install --no-install-recommends {package}
(or by ./dev train, which does that). Nothing else of Symphony needs it."""
PACKAGES = {"torch": "python3-torch", "numpy": "python3-numpy"}


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser("./dev train", description="Trains the Conductor's policy (docs/policy.md).")
    parser.add_argument("--seed", type=_whole, default=1)
    parser.add_argument("--decisions", type=_whole, help="of the policy, in all (default: 1 000 000)")
    parser.add_argument("--output", type=Path, help="folder (default: build/training/seed-SEED)")
    options = parser.parse_args(words)
    try:
        from .ppo import Args
        from .run import train
    except ModuleNotFoundError as error:
        if error.name not in PACKAGES:
            raise
        print(MISSING.format(name=error.name, package=PACKAGES[error.name]), file=sys.stderr)
        return EXIT_UNAVAILABLE
    from .state import StateError

    args = Args(seed=options.seed)
    if options.decisions is not None:
        args = Args(seed=options.seed, decisions=options.decisions)
    folder = options.output or Path("build") / "training" / f"seed-{options.seed}"
    try:
        train(args, folder, lambda line: print(line, flush=True))
    except StateError as error:
        print(f"train: {error}", file=sys.stderr)
        return EXIT_FAILED
    except OSError as error:
        print(f"train: {error.filename or folder}: {error.strerror}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        print(f"\ntrain: interrupted; the same command goes on from {folder / 'state.npz'}", file=sys.stderr)
        return EXIT_INTERRUPTED
    return EXIT_OK


def _whole(text: str) -> int:
    value = int(text)
    if not 0 < value < 2**40:
        raise argparse.ArgumentTypeError("must be a whole number above zero")
    return value
