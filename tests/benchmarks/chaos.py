#!/usr/bin/python3
# targets: chaos_endurance
"""A million messages while processes are killed, stalled and hostile: how many were lost, how many came twice.

`./dev bench chaos [--json]`; SYMPHONY_CHAOS_SEED chooses what is done to whom.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SYMPHONY_BUILD", ROOT / "build" / "release"))

if __name__ == "__main__":
    sys.exit(subprocess.run([BUILD / "tests" / "chaos" / "chaos_endurance", "1000000"], check=False).returncode)
