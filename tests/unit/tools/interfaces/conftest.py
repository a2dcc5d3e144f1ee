"""The generator is a folder of scripts, not a package."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
for folder in ("tools/interfaces", "extensions/kit", "conductor"):
    sys.path.insert(0, str(ROOT / folder))
