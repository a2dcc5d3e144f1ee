"""`./dev train` on a machine without PyTorch, and what is wrong use of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from training.command import main

ROOT = Path(__file__).resolve().parents[4]


def test_without_pytorch_it_says_what_to_install(tmp_path: Path) -> None:
    """The package is hidden, wherever this runs."""
    blocker = (
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'torch':\n"
        "            raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')\n"
        "sys.meta_path.insert(0, Absent())\n"
        "from training.command import main\n"
        "sys.exit(main(['--output', sys.argv[1]]))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "conductor")}
    result = subprocess.run(
        [sys.executable, "-c", blocker, str(tmp_path / "out")], env=environment, capture_output=True, text=True
    )
    assert result.returncode == 69 and result.stdout == ""
    assert "apt-get install --no-install-recommends python3-torch" in result.stderr
    assert "Traceback" not in result.stderr and not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [["--seed", "0"], ["--seed", "x"], ["--decisions", "-5"], ["more"], ["--fast"]])
def test_wrong_use(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2 and capsys.readouterr().err


def test_the_package_the_message_names_is_the_one_that_is_installed() -> None:
    text = (ROOT / "packaging" / "debian-packages.txt").read_text()
    section = text.split("[train]")[1].split("[")[0]
    assert "python3-torch" in section.split() and "python3-numpy" in section.split()
    assert text.count("python3-torch") == 1, "no other section installs it"
