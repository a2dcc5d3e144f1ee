"""Reads the checks of `symphony doctor --json` and prints one line for each, as ./dev doctor does."""

from __future__ import annotations

import json
import sys


def main() -> int:
    for check in json.load(sys.stdin):
        word = "missing" if check["status"] == "failed" else check["status"]
        print(f"  {word:<8} {check['name']}: {check['detail']} {check['fix']}".rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
