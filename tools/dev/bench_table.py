"""Reads benchmark results, one JSON object a line, and prints them as a table."""

from __future__ import annotations

import json
import sys
from typing import Any


def row(result: dict[str, Any]) -> list[str]:
    value = result["value"]
    shown = f"{value:,.3g}" if isinstance(value, float) and abs(value) < 100 else f"{value:,.0f}"
    ratio = f" × {result['ratio_to']}" if "ratio_to" in result else ""
    holds = {True: "yes", False: "NO", None: "–"}[result.get("holds")]
    return [str(result["name"]), shown + ratio, str(result["unit"]), str(result.get("goal") or "–"), holds]


def main() -> int:
    rows = [["what", "value", "unit", "goal", "holds"]]
    for line in sys.stdin:
        if line.lstrip().startswith("{"):
            rows.append(row(json.loads(line)))
    widths = [max(len(cells[column]) for cells in rows) for column in range(5)]
    for cells in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
