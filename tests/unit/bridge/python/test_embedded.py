"""The embedded interpreter (PythonRuntime), each case in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

PACKAGES = Path(os.environ["PYTHONPATH"].split(":")[0])


def embedded(packages: Path, config: dict[str, Any], stop: str) -> tuple[int, list[dict[str, Any]], str]:
    # A hostile environment must not reach the interpreter inside the application.
    environment = {**os.environ, "PYTHONPATH": "/nonexistent", "PYTHONHOME": "/nonexistent"}
    ended = subprocess.run(
        [os.environ["SYMPHONY_EMBEDDED_CONDUCTOR"], packages, json.dumps(config), stop],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
    )
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode >= 0, ended.stderr
    return ended.returncode, lines, ended.stderr


def config_for(tmp_path: Path) -> dict[str, Any]:
    folder = tmp_path / "folder"
    folder.mkdir(exist_ok=True)
    (folder / "hay.txt").write_text("some needle here\n")
    return {
        "mode": "desktop",
        "workspace": str(folder),
        "data_directory": str(tmp_path / "data"),
        "runtime_directory": str(tmp_path / "run"),
        "listen": False,
        "launcher": "/bin/true",
        "extensions_directory": str(tmp_path),
        "log_file": str(tmp_path / "log" / "conductor.log"),
    }


def copied_packages(tmp_path: Path) -> Path:
    packages = tmp_path / "packages"
    for name in ("conductor", "orchestra_kit"):
        shutil.copytree(PACKAGES / name, packages / name, ignore=shutil.ignore_patterns("__pycache__"))
    return packages


def test_start_search_and_stop_twenty_times(tmp_path: Path) -> None:
    for _ in range(20):
        code, lines, stderr = embedded(PACKAGES, config_for(tmp_path), "when-ready")
        assert code == 0, (lines, stderr)
        (search,) = [line["search"] for line in lines if "search" in line]
        assert [hit["path"] for hit in search["hits"]] == ["hay.txt"]
        assert lines[-1] == {"outcome": 0, "error": "", "second_start_refused": True}
    states = [line["conductor"]["state"] for line in lines if "conductor" in line]
    assert states[0] == "starting" and states[-1] == "ready"
    phases = [line for line in lines if "conductor" in line][-1]["conductor"]["phases"]
    assert [phase["name"] for phase in phases] == ["minimal", "bus", "pit", "kit", "conductor", "run"]
    assert all(phase["state"] == "done" and phase["ms"] >= 0 for phase in phases)


def test_stop_before_it_runs(tmp_path: Path) -> None:
    code, lines, _ = embedded(PACKAGES, config_for(tmp_path), "at-once")
    assert code == 0 and lines[-1]["outcome"] == 0


def packages_running(tmp_path: Path, body: str) -> Path:
    package = tmp_path / "packages" / "conductor"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "main.py").write_text(body)
    return package.parent


def test_a_conductor_that_does_not_stop_ends_the_process(tmp_path: Path) -> None:
    packages = packages_running(tmp_path, "import time\ndef run(config):\n    time.sleep(50)\n")
    code, _, stderr = embedded(packages, {}, "bounded")
    assert code == 70 and "did not end within 5000 ms" in stderr


@pytest.mark.parametrize("exit_code", ["'text'", "None", "2**80"])
def test_an_exit_code_that_is_no_int_is_a_failure(tmp_path: Path, exit_code: str) -> None:
    body = f"class Odd(Exception):\n    exit_code = {exit_code}\ndef run(config):\n    raise Odd('odd')\n"
    code, lines, _ = embedded(packages_running(tmp_path, body), {}, "never")
    assert code == 70 and lines[-1]["error"] == "odd"


def test_the_conductor_package_is_missing(tmp_path: Path) -> None:
    code, lines, _ = embedded(tmp_path, config_for(tmp_path), "never")
    assert code == 69
    assert "Install Symphony again" in lines[-1]["error"]
    assert "conductor" in lines[-1]["error"] and "ModuleNotFoundError" in lines[-1]["error"]


def test_the_kit_is_missing(tmp_path: Path) -> None:
    packages = copied_packages(tmp_path)
    shutil.rmtree(packages / "orchestra_kit")
    code, lines, _ = embedded(packages, config_for(tmp_path), "never")
    assert code == 70
    assert "orchestra_kit" in lines[-1]["error"] and "Install Symphony again" in lines[-1]["error"]
    last = [line["conductor"] for line in lines if "conductor" in line][-1]
    assert last["state"] == "failed" and "kit" in last["message"]
    assert {phase["name"]: phase["state"] for phase in last["phases"]}["kit"] == "failed"


def test_a_module_that_raises_while_it_is_imported(tmp_path: Path) -> None:
    packages = copied_packages(tmp_path)
    (packages / "conductor" / "main.py").write_text("raise RuntimeError('rotten')\n")
    code, lines, _ = embedded(packages, config_for(tmp_path), "never")
    assert code == 70
    assert "rotten" in lines[-1]["error"] and "Traceback" in lines[-1]["error"]


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    packages = copied_packages(tmp_path)
    (packages / "conductor" / "search" / "service.py").write_bytes(b"def \x00")
    code, lines, _ = embedded(packages, config_for(tmp_path), "never")
    assert code == 70 and lines[-1]["error"]


@pytest.mark.parametrize("config", [{"mode": "spaceship"}, {"workspace": 7}, {"listen": "yes"}])
def test_a_wrong_configuration_is_refused(tmp_path: Path, config: dict[str, Any]) -> None:
    code, lines, _ = embedded(PACKAGES, {**config_for(tmp_path), **config}, "never")
    assert code == 64
    assert "/" + next(iter(config)) in lines[-1]["error"]
