"""Playing by what is typed: a person's terminal and a script's pipe are the same to it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from function_quest.baselines import HEURISTIC
from function_quest.command import main
from function_quest.generator import generate
from function_quest.graph import Graph

from scenes import play

Captured = pytest.CaptureFixture[str]


def typed(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{word}\n" for word in words)))


def test_a_story_is_won_by_calls(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    typed(monkeypatch, "open_fridge()", 'grab_item("milk")', "pour_into_glass('milk')", "drink_from_glass()", "rest")
    assert main(["play", "milk"]) == 0
    text = capsys.readouterr().out
    assert "Won with 4 calls (4 are enough). Score 100 of 145." in text and "> " not in text


def test_a_story_is_won_at_its_best_by_hints(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """Whoever takes the possible calls by their numbers, drinking last, gets everything."""
    typed(monkeypatch, "2", "2", "hint", "1", "1", "1", "1", "1", "1")
    assert main(["play", "milk"]) == 0
    assert "Score 145 of 145." in capsys.readouterr().out


def test_undo_and_nonsense(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    typed(
        monkeypatch, "undo", "open_fridge()", "open_fridge()", "undo", "fly()", "f(", "99", "", "help", "undo", "quit"
    )
    assert main(["play", "milk"]) == 1
    text = capsys.readouterr().out
    assert "There is nothing to take back." in text and "redundant" in text
    assert "there is no function fly" in text and "is no call" in text
    assert text.rstrip().endswith("Not won. Score 0 after 1 calls.")


@pytest.mark.parametrize("level", ["milk", "L3:5"])
def test_the_end_of_the_input_is_the_end(level: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    typed(monkeypatch)
    assert main(["play", level]) == 1
    assert capsys.readouterr().out.rstrip().splitlines()[-1].startswith("Not ")


def test_a_schedule_is_played_by_numbers(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    typed(monkeypatch, *["1"] * 10)
    assert main(["play", "L0:3"]) == 0
    text = capsys.readouterr().out
    assert "Finished after" in text and "J 1.000; the heuristic has 1.000." in text
    assert "price" not in text  # the first steps of the game hide the machinery


def test_undo_goes_back_to_the_same_luck(monkeypatch: pytest.MonkeyPatch, capsys: Captured, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    typed(monkeypatch, "undo", "2", "1", "undo", "undo", "hint", "nonsense", "0", "auto")
    assert main(["play", "L3:5", "--record", str(path)]) == 0
    expected = play(Graph(generate("L3", 5)), HEURISTIC, 5).objective
    assert json.loads(path.read_text())["objective"] == expected
    assert f"J {expected:.3f}; the heuristic has {expected:.3f}." in capsys.readouterr().out
    assert main(["export", str(path), "--output", str(tmp_path / "level.json")]) == 0
    assert main(["check", str(tmp_path / "level.json")]) == 0
    assert main(["export", str(path)]) == 0
    assert capsys.readouterr().out.endswith((tmp_path / "level.json").read_text())


def test_another_seed_is_other_luck(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    texts = []
    for seed in ("1", "2", "1"):
        typed(monkeypatch, "auto")
        main(["play", "L3:5", "--seed", seed])
        texts.append(capsys.readouterr().out.rstrip().splitlines()[-1])
    assert texts[0] == texts[2] != texts[1]


def test_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch)
    assert main(["play"]) == 2
    assert main(["play", "milk", "--seed", "3"]) == 2
    assert main(["play", "L3:1", "--seed", "x"]) == 2
    assert main(["play", "nothing"]) == 1
    assert main(["export", "nothing"]) == 1
