from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from training.curriculum import VALIDATED
from training.figure import GROUPS, branch_curve, figure, main, mean_curve, validation_curves


def lines(offset: float, updates: int = 30) -> list[dict[str, Any]]:
    families = {family: offset for family in VALIDATED}
    found: list[dict[str, Any]] = [
        {"epoch": epoch, "loss": 1.0, "unseen": 1.0 - 0.01 * epoch + offset, "nothing": 1.0} for epoch in range(1, 6)
    ]
    found[-1]["families"] = families
    for update in range(1, updates + 1):
        line: dict[str, Any] = {"decisions": update * 1000, "cost": 1.05}
        if update % 10 == 0:
            line["families"] = {family: value - 0.001 * update for family, value in families.items()}
        found.append(line)
    return found


def test_the_groups_are_those_it_is_validated_on() -> None:
    assert sorted(family for group in GROUPS.values() for family in group) == sorted(VALIDATED)


def test_curves_are_per_cent() -> None:
    assert [x for x, _ in branch_curve(lines(0.0))] == [1, 2, 3, 4, 5]
    assert [y for _, y in branch_curve(lines(0.0))] == pytest.approx([1.0, 2.0, 3.0, 4.0, 5.0])
    curve = validation_curves(lines(0.0))["L6"]
    assert [x for x, _ in curve] == [0.0, 10.0, 20.0, 30.0]
    assert [y for _, y in curve] == pytest.approx([0.0, -1.0, -2.0, -3.0])
    assert mean_curve([[(0.0, 1.0), (1.0, 2.0)], [(0.0, 3.0), (2.0, 9.0)]]) == [(0.0, 2.0)]


def test_the_picture_is_whole_and_inside_its_frame(tmp_path: Path) -> None:
    folders = []
    for seed, offset in enumerate((-0.01, 0.0, 0.02)):
        folder = tmp_path / f"seed-{seed}"
        folder.mkdir()
        (folder / "curve.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines(offset)))
        folders.append(str(folder))
    output = tmp_path / "curves.svg"
    assert main([*folders, "--output", str(output)]) == 0
    root = ElementTree.parse(output).getroot()
    _, _, width, height = (float(number) for number in root.attrib["viewBox"].split())
    drawn = [element for element in root if element.tag.endswith("polyline")]
    assert len(drawn) == 4 * len(GROUPS) + 4, "a line for each seed and their mean"
    for element in drawn:
        for point in element.attrib["points"].split():
            x, y = (float(number) for number in point.split(","))
            assert 0.0 <= x <= width and 0.0 <= y <= height
    assert output.read_text() == figure([lines(-0.01), lines(0.0), lines(0.02)])


def test_a_folder_without_a_curve(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--output", str(tmp_path / "x.svg")]) == 1
    (tmp_path / "curve.jsonl").write_text("")
    assert main([str(tmp_path), "--output", str(tmp_path / "x.svg")]) == 1
    assert capsys.readouterr().err.count("figure: ") == 2
