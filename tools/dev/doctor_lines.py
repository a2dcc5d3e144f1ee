"""Reads the checks of `symphony doctor --json` and prints one line for each, as ./dev doctor does."""

from __future__ import annotations

import json
import sys


def main() -> int:
    for check in json.load(sys.stdin):
        word = "ok" if check["ok"] else "missing"
        fix = "" if check["ok"] or not check.get("fix") else f": {check['fix']}"
        print(f"  {word:<8} {check['name']}: {check['detail']}{fix}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
