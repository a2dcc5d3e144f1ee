#!/usr/bin/python3
# targets: supervision_bench
"""What supervision costs and how soon it repairs: `./dev bench supervision [--json]`.

A crash and its repair in a sandbox, beside a posix_spawn of the same program in the same rounds; pending requests of a
dead process; a spare; a hot swap under load; 50 idle extensions; latency beside 100 connected ones.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SYMPHONY_BUILD", ROOT / "build" / "release"))

if __name__ == "__main__":
    rows = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    sys.exit(subprocess.run([BUILD / "tests" / "supervision_bench", *rows], check=False).returncode)
