#!/usr/bin/python3
# targets: fanout_bench
"""Topics: what publishing to 50 subscribers costs, beside a loop over 50 sockets; the capability check.

`./dev bench fanout [--json]`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SYMPHONY_BUILD", ROOT / "build" / "release"))

if __name__ == "__main__":
    sys.exit(subprocess.run([BUILD / "tests" / "fanout_bench"], check=False).returncode)
