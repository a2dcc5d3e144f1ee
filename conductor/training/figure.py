"""The learning curves of a training as a picture (SVG), from its `curve.jsonl`: for docs/policy.md.

    python3 -m training.figure build/training/seed-* --output docs/images/policy-learning.svg

Every seed is a thin line, their mean a thick one. Nothing here needs PyTorch, or NumPy.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 62, 12, 30, 40
GAP = 56
COLOURS = ("#2563a8", "#b4541a", "#3f7d3a", "#7a4a9e", "#8a6d1b")
TEXT, LINE = "#59636e", "#9aa4ae"  # readable on white and on black


class Curve(NamedTuple):
    name: str
    points: list[tuple[float, float]]


def read(folder: Path) -> list[dict[str, Any]]:
    """Raises OSError, ValueError."""
    lines = [json.loads(line) for line in (folder / "curve.jsonl").read_text().splitlines()]
    if not lines:
        raise ValueError(f"{folder / 'curve.jsonl'} is empty")
    return lines


GROUPS = {"L2–L5": ("L2", "L3", "L4", "L5"), "L6": ("L6",), "wide": ("L7", "workflow")}


def branch_curve(lines: Sequence[dict[str, Any]]) -> list[tuple[float, float]]:
    """By epoch, how much of the differences of J is known, in per cent, of branches that were not learned from."""
    return [(line["epoch"], 100.0 * (1.0 - line["unseen"] / line["nothing"])) for line in lines if "unseen" in line]


def validation_curves(lines: Sequence[dict[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    """Of each group of families: decisions of PPO in thousands, per cent of J against the heuristic."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in GROUPS}
    for line in lines:
        if "families" in line:
            for name, families in GROUPS.items():
                mean = sum(line["families"][family] for family in families) / len(families)
                found[name].append((line.get("decisions", 0) / 1e3, 100.0 * mean))
    return found


def mean_curve(curves: Sequence[list[tuple[float, float]]]) -> list[tuple[float, float]]:
    """Where all have a point at the same place."""
    common = set.intersection(*({x for x, _ in curve} for curve in curves))
    return [(x, sum(dict(curve)[x] for curve in curves) / len(curves)) for x in sorted(common)]


class Panel:
    """One pair of axes."""

    def __init__(
        self, left: float, width: float, title: str, across: str, curves: dict[str, list[list[tuple[float, float]]]]
    ) -> None:
        self.left, self.width, self.title, self.across, self.curves = left, width, title, across, curves
        every = [point for group in curves.values() for curve in group for point in curve]
        self.most_x = max(x for x, _ in every) or 1.0
        low, high = min(0.0, min(y for _, y in every)), max(0.0, max(y for _, y in every))
        self.step = next(
            step for step in (0.5, 1, 2, 5, 10, 20, 50, 100, 1000) if (high - low) / step <= 7 or step == 1000
        )
        self.low = self.step * ((low - 1e-9) // self.step)
        self.high = self.step * -((-high + 1e-9) // self.step)
        if self.high <= self.low:
            self.high = self.low + self.step

    def x(self, value: float) -> float:
        return self.left + self.width * value / self.most_x

    def y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)

    def svg(self) -> list[str]:
        found = [_text(self.left, TOP - 12, self.title, "start", 13)]
        value = self.low
        while value <= self.high + 1e-9:
            y = self.y(value)
            strong = abs(value) < 1e-9
            found.append(
                f'<line x1="{self.left:.1f}" y1="{y:.1f}" x2="{self.left + self.width:.1f}" y2="{y:.1f}" '
                f'stroke="{LINE}" stroke-width="{1.2 if strong else 0.4}"/>'
            )
            found.append(_text(self.left - 6, y + 4, f"{value:+g} %" if not strong else "0", "end"))
            value += self.step
        for part in range(5):
            x = self.most_x * part / 4
            found.append(_text(self.x(x), HEIGHT - BOTTOM + 16, f"{x:.3g}", "middle"))
        found.append(_text(self.left + self.width / 2, HEIGHT - 6, self.across, "middle"))
        for number, (name, curves) in enumerate(self.curves.items()):
            colour = COLOURS[number % len(COLOURS)]
            for curve in curves:
                found.append(self._line(curve, colour, 0.8, 0.45))
            found.append(self._line(mean_curve(curves), colour, 2.2, 1.0))
            x = self.left + 8 + 74 * number
            found.append(f'<rect x="{x}" y="{TOP + 3}" width="12" height="3" fill="{colour}"/>')
            found.append(_text(x + 16, TOP + 9, name, "start"))
        return found

    def _line(self, points: Sequence[tuple[float, float]], colour: str, width: float, opacity: float) -> str:
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}" opacity="{opacity}"/>'


def _text(x: float, y: float, text: str, anchor: str, size: int = 11) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{TEXT}">{text}</text>'


def figure(trainings: Sequence[Sequence[dict[str, Any]]]) -> str:
    """Of trainings that differ in their seed."""
    validated = [validation_curves(lines) for lines in trainings]
    width = (WIDTH - LEFT - RIGHT - GAP) / 2
    panels = (
        Panel(
            LEFT,
            width,
            "differences of J that are known, unseen branches",
            "epochs",
            {"all": [branch_curve(lines) for lines in trainings]},
        ),
        Panel(
            LEFT + width + GAP,
            width,
            "J against the heuristic, validation levels",
            "decisions of PPO, thousands",
            {name: [curves[name] for curves in validated] for name in GROUPS},
        ),
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" role="img">',
        f"<title>Learning curves of {len(trainings)} trainings</title>",
        *(line for panel in panels for line in panel.svg()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser("python3 -m training.figure")
    parser.add_argument("folders", nargs="+", type=Path, help="of trainings that differ in their seed")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(words)
    try:
        options.output.write_text(figure([read(folder) for folder in options.folders]))
    except (OSError, ValueError) as error:
        print(f"figure: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
