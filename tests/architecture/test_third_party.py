"""The list of licences is the one the lock file and the installed packages give."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_licence_list_is_fresh() -> None:
    command = [sys.executable, str(ROOT / "tools" / "third_party.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
