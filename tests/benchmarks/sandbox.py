#!/usr/bin/python3
"""The sandbox: what it denies, what it costs, how exactly limits are kept. `./dev bench sandbox [--json]`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SYMPHONY_BUILD", ROOT / "build" / "release"))


def main() -> int:
    worst = 0
    for program in ("sandbox_escape", "sandbox_bench"):
        worst = max(worst, abs(subprocess.run([str(BUILD / "tests" / program)], check=False).returncode))
    return worst


if __name__ == "__main__":
    sys.exit(main())
