"""The command line, as a script meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from function_quest import library
from function_quest.command import main, run

WON = ["open_fridge()", 'grab_item("milk")', 'pour_into_glass("milk")', "drink_from_glass()"]


def test_score_answers_with_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert run({"arguments": ["score", "milk", "--calls", json.dumps(WON), "--json"]}) == 0
    answer = json.loads(capsys.readouterr().out)
    assert list(answer) == ["won", "score", "why"]
    assert (answer["won"], answer["score"]) == (True, 100) and answer["why"]


def test_score_of_what_the_level_does_not_allow_is_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "milk", '--calls=["fly()"]', "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["won"], answer["score"]) == (False, -5) and "there is no function fly" in answer["why"]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["fly"],
        ["score"],
        ["score", "milk"],
        ["score", "milk", "--json"],
        ["score", "milk", "--calls", "[]"],
        ["score", "milk", "--calls", "--json"],
        ["score", "milk", "--calls"],
        ["score", "milk", "--calls", "[]", "--calls", "[]", "--json"],
        ["score", "milk", "rusty_key", "--calls", "[]", "--json"],
        ["score", "milk", "--calls", "[1]", "--json"],
        ["score", "milk", "--calls", '{"a": 1}', "--json"],
        ["score", "milk", "--calls", '["f(]"]', "--json"],
        ["score", "milk", "--calls", "[NaN]", "--json"],
        ["score", "milk", "--calls", json.dumps(["f()"] * 10_001), "--json"],
        ["score", "milk", "--calls", "[]", "--json=yes"],
        ["score", "milk", "--calls", "[]", "--json", "--eval"],
        ["levels", "now"],
        ["check"],
    ],
)
def test_wrong_use(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and "symphony quest" in captured.err


@pytest.mark.parametrize(
    "words",
    [
        ["score", "nothing", "--calls", "[]", "--json"],
        ["score", "L0:1", "--calls", "[]", "--json"],
        ["check", "nothing.json"],
        ["show", "L42:1"],
    ],
)
def test_levels_that_are_not_there(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 1
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("symphony quest: ")


def test_help_is_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert main(["score", "--help"]) == 0
    assert capsys.readouterr().out == text
    for command in ("score", "play", "evaluate", "check", "show", "export", "levels"):
        assert f"symphony quest {command}" in text


def test_levels_lists_what_is_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["levels"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in (*library.shipped(), "L8:SEED", "story:SEED"))


def test_a_level_is_written_sealed_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "rusty_key"]) == 0
    document = json.loads(capsys.readouterr().out)
    document["title"] = "Mine"
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(document))
    assert main(["check", str(path)]) == 1
    assert "/hash" in capsys.readouterr().err
    assert main(["check", str(path), "--seal", str(path)]) == 0
    assert "3 calls at least, 100 points at most" in capsys.readouterr().out
    assert main(["check", str(path)]) == 0
    assert os.listdir(tmp_path) == ["mine.json"]
    # What is no level is not sealed, and what stands there stays.
    before = path.read_text()
    document["story"]["target"] = "nowhere"
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(document))
    assert main(["check", str(broken), "--seal", str(path)]) == 1
    assert path.read_text() == before
    assert main(["check", str(path), "--seal", str(tmp_path / "no" / "folder.json")]) == 1


def test_scoring_does_not_load_numpy() -> None:
    code = (
        "import sys; from function_quest.command import main; "
        "code = main(['score', 'milk', '--calls', '[]', '--json']); "
        "sys.exit(code or ('numpy' in sys.modules) or ('symphony_ipc' in sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True).returncode == 0


def test_without_numpy_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['numpy'] = None; from function_quest.command import main; "
        "sys.exit(main(['evaluate', '--levels', 'L0:1', '--json']))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (69, "")
    assert "apt install python3-numpy" in result.stderr and "Traceback" not in result.stderr


def test_an_interrupt_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(library, "load", interrupted)
    assert main(["show", "milk"]) == 130
    assert capsys.readouterr() == ("", "")


def test_a_reader_that_goes_away_is_no_fault() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "function_quest", "show", "L7:1"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        complaints = process.stderr.read()
    assert process.returncode in (0, 1) and b"Traceback" not in complaints
