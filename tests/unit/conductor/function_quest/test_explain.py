"""`symphony quest explain`, as a script meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from function_quest.command import main
from function_quest.learned import SHIPPED, load

Captured = pytest.CaptureFixture[str]
ASKED = ["explain", "L4:20001002", "--policy", "learned", "--step", "3", "--json"]


def test_a_decision_is_one_object(capsys: Captured) -> None:
    assert main(ASKED) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert captured.err == "" and captured.out.count("\n") == 1
    assert (found["level"], found["step"], found["seed"]) == ("L4-20001002", 3, 20001002)
    assert found["policy_hash"] == load().sha256
    assert main(ASKED) == 0 and capsys.readouterr().out == captured.out, "the same again"
    assert main([*ASKED, "--seed", "9", "--rollouts=0"]) == 0
    other = json.loads(capsys.readouterr().out)
    assert other["seed"] == 9 and other["what_if"] == []


def test_the_file_of_a_policy_is_as_good_as_its_name(capsys: Captured) -> None:
    assert main(ASKED) == 0
    named = json.loads(capsys.readouterr().out)
    assert main([str(SHIPPED) if word == "learned" else word for word in ASKED]) == 0
    assert json.loads(capsys.readouterr().out) == {**named, "policy": "policy"}


@pytest.mark.parametrize(
    "words",
    [
        ["explain"],
        ASKED[:-1],
        ["explain", "L3:1", "--step", "1", "--json"],
        ["explain", "L3:1", "--policy", "learned", "--json"],
        ["explain", "L3:1", "L3:2", "--policy", "learned", "--step", "1", "--json"],
        ["explain", "L3:1", "--policy", "nobody", "--step", "1", "--json"],
        *(
            ["explain", "L3:1", "--policy", "wsrt", f"--step={step}", "--json"]
            for step in ("", "0", "-1", "1.5", "NaN")
        ),
        *(["explain", "L3:1", "--policy", "wsrt", f"--step={step}", "--json"] for step in ("inf", "1" * 30, "٣")),
        *([*ASKED, f"--rollouts={count}"] for count in ("-1", "65", "many", "")),
        [*ASKED, "--seed", "-3"],
        [*ASKED, "--what-if", "rank=1"],
    ],
)
def test_wrong_use(words: list[str], capsys: Captured) -> None:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("symphony quest: ")


def test_what_cannot_be_explained_says_why(tmp_path: Path, capsys: Captured) -> None:
    damaged = tmp_path / "damaged.npz"
    damaged.write_bytes(SHIPPED.read_bytes()[:-40])
    for words, said in (
        (["explain", "milk", "--policy", "learned", "--step", "1", "--json"], "is a story"),
        (["explain", "L42:1", "--policy", "learned", "--step", "1", "--json"], "no family 'L42'"),
        (["explain", "L0:1", "--policy", "learned", "--step", "999999999", "--json"], "over after"),
        (["explain", "L3:1", "--policy", str(damaged), "--step", "1", "--json"], "(damaged)"),
        (["explain", "L3:1", "--policy", str(tmp_path / "none.npz"), "--step", "1", "--json"], "(missing)"),
    ):
        assert main(words) == 1
        captured = capsys.readouterr()
        assert captured.out == "" and captured.err.startswith("symphony quest: ") and said in captured.err
