from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from function_quest.command import main
from function_quest.evaluation import DEFAULT_COUNT, levels_of
from function_quest.generator import TEST_SEEDS, generate
from function_quest.learned import checkpoint
from function_quest.level import LevelError

from policies import random_checkpoint
from test_wfcommons import document, written


def names(spec: str) -> list[str]:
    return [level.name for level in levels_of(spec)]


def test_a_specification_of_levels(tmp_path: Path) -> None:
    assert names("L3:7") == ["L3-7"]
    assert names("L3:7-9, L0:1") == ["L3-7", "L3-8", "L3-9", "L0-1"]
    found = names("L0")
    assert len(found) == DEFAULT_COUNT and found[0] == f"L0-{TEST_SEEDS.start}"
    assert main(["show", "L1:4"]) == 0
    for spec in ("L3:9-7", "L3:0-9999999", "L99:1", "milk", "", "L3:x", "nothing.json"):
        with pytest.raises(LevelError):
            names(spec)


def evaluated(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    assert main(["evaluate", *words, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_object_a_line_and_the_summary_last(capsys: pytest.CaptureFixture[str]) -> None:
    *episodes, summary = evaluated(capsys, "--policy", "fifo", "--levels", "L1:5-9,L3:5-9", "--seeds", "2")
    assert len(episodes) == 20 and summary["summary"] is True and summary["episodes"] == 20
    assert summary["levels"] == 10 and set(summary["families"]) == {"L1", "L3"}
    assert summary["policy"] == "fifo" and summary["heuristic"] == "wsrt"
    assert summary["mean"] > 0.05 and summary["confidence_interval"][0] <= summary["mean"]
    assert summary["holds"] is False and summary["worst_family"]["family"] in ("L1", "L3")
    assert all(episode["objective"] >= episode["bound"] - 1e-9 for episode in episodes)
    assert summary["against_bound"] > 0.0
    assert summary["objective"] == pytest.approx(sum(episode["objective"] for episode in episodes) / 20)
    assert {"success", "heuristic_success", "mean", "confidence_interval", "worst_family", "holds"} <= set(summary)


def test_the_heuristic_is_no_worse_than_itself(capsys: pytest.CaptureFixture[str]) -> None:
    *_, summary = evaluated(capsys, "--policy", "wsrt", "--levels", "L6:1-10")
    assert summary["mean"] == 0.0 and summary["confidence_interval"] == [0.0, 0.0] and summary["holds"] is True


def test_real_workflows_are_compared_with_fifo_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, document())
    *episodes, summary = evaluated(capsys, "--policy", "critical_path", "--instances", str(path), "--seeds", "4")
    assert len(episodes) == 4 == summary["levels"] and summary["families"].keys() == {"diamond"}
    assert summary["against_fifo"] is not None and all(episode["fifo"] for episode in episodes)


def test_the_same_command_prints_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--policy", "heft", "--levels", "L5:1-6")
    assert evaluated(capsys, *words) == evaluated(capsys, *words)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--levels", "L0:1"], 2),
        (["--json"], 2),
        (["--policy", "best", "--levels", "L0:1", "--json"], 2),
        (["--levels", "L0:1", "--instances", "x", "--json"], 2),
        (["--levels", "L0:1", "--seeds", "0", "--json"], 2),
        (["--levels", "L0:1", "more", "--json"], 2),
        (["--levels", "nowhere", "--json"], 1),
        (["--instances", "nowhere", "--json"], 1),
    ],
)
def test_wrong_use(words: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", *words]) == code
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err


def test_a_policy_of_a_file_is_guarded_and_says_how_often(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.npz"
    checkpoint.write(path, random_checkpoint(1, margin=0.0))
    *episodes, summary = evaluated(capsys, "--policy", str(path), "--levels", "L3:5-9,L4:5-9")
    assert len(episodes) == 10 and summary["policy"] == "mine" and summary["heuristic"] == "wsrt"
    assert summary["decisions"] > summary["differing"] > 0 and isinstance(summary["trips"], dict)
    assert summary["mean"] > 0.0 and summary["holds"] is False, "it learned nothing"
    assert summary["success"] == 1.0
    again = evaluated(capsys, "--policy", str(path), "--levels", "L3:5-9,L4:5-9")
    assert again == [*episodes, summary], "however busy the machine is"


def test_a_very_careful_policy_is_the_heuristic(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "careful.npz"
    checkpoint.write(path, random_checkpoint(1, margin=100.0))
    *_, summary = evaluated(capsys, "--policy", str(path), "--levels", "L6:1-4")
    assert summary["mean"] == 0.0 and summary["differing"] == 0 and summary["trips"]["low_margin"] > 0


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04", b"\x80\x04]\x94."])
def test_a_policy_that_cannot_be_used(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "policy.npz"
    if content is not None:
        path.write_bytes(content)
    assert main(["evaluate", "--policy", str(path), "--levels", "L0:1", "--json"]) == 1
    captured = capsys.readouterr()
    assert captured.out == "" and str(path) in captured.err and "./dev train" in captured.err


def test_a_level_file_is_evaluated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "L3:8"]) == 0
    path = tmp_path / "level.json"
    path.write_text(capsys.readouterr().out)
    assert list(levels_of(str(path))) == [generate("L3", 8)]
