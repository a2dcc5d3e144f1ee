"""The Conductor as a process: `python3 -m conductor`, started, asked, and stopped by a signal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conductor.main import StartFailed, run
from conductor.settings import ConfigurationError, settings_from


@contextmanager
def conductor(tmp_path: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "conductor", "--data-directory", str(tmp_path / "data"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, process.stderr and process.stderr.read()
        yield process, json.loads(line)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_gets_ready_and_ends_in_order(tmp_path: Path, number: signal.Signals) -> None:
    log = tmp_path / "conductor.log"
    with conductor(tmp_path, str(tmp_path), "--log-file", str(log)) as (process, ready):
        assert ready["state"] == "ready" and ready["pid"] == process.pid
        assert all(phase["state"] == "done" for phase in ready["phases"])
        process.send_signal(number)
        _, stderr = process.communicate(timeout=20)
        assert process.returncode == 0 and stderr == ""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    undone = [line["phase"] for line in lines if line["message"] == "phase undone"]
    assert undone == ["run", "conductor", "kit", "pit", "bus"]  # minimal's own line has no log any more


def test_a_missing_folder_degrades_and_says_so(tmp_path: Path) -> None:
    with conductor(tmp_path, str(tmp_path / "none")) as (_, ready):
        assert ready["state"] == "degraded" and "does not exist" in ready["message"]


def test_a_read_only_home_degrades_and_says_so(tmp_path: Path) -> None:
    blocked = tmp_path / "data"
    blocked.write_text("a file where the directory should be")
    with conductor(tmp_path, str(tmp_path)) as (_, ready):
        assert ready["state"] == "degraded" and "artifact_store" in ready["message"]


def test_a_module_elsewhere_that_cannot_be_used_degrades_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = tmp_path / "hostile.so"
    hostile.write_text("not a shared object")
    monkeypatch.setenv("SYMPHONY_PIT_PLUGINS", f"{hostile}:{tmp_path / 'none.so'}")
    monkeypatch.setenv("SYMPHONY_PIT_PROCESSES", "pool_manager=/no/such/program; dag_tracker=/bin/false")
    log = tmp_path / "conductor.log"
    with conductor(tmp_path, str(tmp_path), "--log-file", str(log)) as (_, ready):
        assert ready["state"] == "degraded"
        assert "hostile.so" in ready["message"] and "the built-in module works" in ready["message"]
        assert "SYMPHONY_PIT_PLUGINS" in ready["message"]
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    origins = [line["origin"] for line in lines if line["message"] == "a module of the Pit was refused"]
    assert origins == [str(hostile), str(tmp_path / "none.so"), "/bin/false", "/no/such/program"]


def test_a_module_runs_in_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMPHONY_PIT_PROCESSES", "dag_tracker")
    log = tmp_path / "conductor.log"
    with conductor(tmp_path, str(tmp_path), "--log-file", str(log)) as (_, ready):
        assert ready["state"] == "ready", ready
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    used = [(line["module"], line["origin"]) for line in lines if line["message"].endswith("is not the built-in one")]
    assert [(module, Path(origin).name) for module, origin in used] == [("dag_tracker", "symphony-pit-module")]


def test_what_says_where_modules_are_is_read_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMPHONY_PIT_PLUGINS", "/a b.so::/c.so")
    monkeypatch.setenv("SYMPHONY_PIT_PROCESSES", "x = /p 'a b';; y=")
    settings = settings_from({})
    assert settings.pit_plugins == ["/a b.so", "/c.so"]
    assert settings.pit_processes == {"x": ["/p", "a b"], "y": []}
    assert settings_from({"pit_plugins": [], "pit_processes": {}}).pit_processes == {}
    monkeypatch.setenv("SYMPHONY_PIT_PROCESSES", "x='/p")
    with pytest.raises(ConfigurationError, match="SYMPHONY_PIT_PROCESSES"):
        settings_from({})


def test_the_option_for_safe_mode_starts_what_is_shipped(tmp_path: Path) -> None:
    log, shipped = tmp_path / "conductor.log", Path(os.environ["PYTHONPATH"].split(":")[0]).parent / "extensions"
    arguments = [str(tmp_path), "--safe-mode", "--extensions-directory", str(shipped), "--log-file", str(log)]
    with conductor(tmp_path, *arguments) as (_, ready):
        assert ready["state"] == "ready", ready
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["held_back"] for line in lines if line["message"].startswith("safe mode")] == [[]]
    assert (tmp_path / "data" / "extensions" / "file_explorer").is_dir()


@pytest.mark.parametrize("arguments", [["--no-such"], ["--log-file"], ["one", "two"]])
def test_wrong_arguments_are_a_usage_error(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "conductor", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 64 and "usage:" in ended.stderr and ended.stdout == ""


def test_a_start_loads_nothing_that_only_some_need(tmp_path: Path) -> None:
    program = (
        "import os, sys\nfrom conductor.main import run\nstop, asked = os.pipe()\nos.write(asked, b'1')\n"
        "run({'mode': 'headless', 'data_directory': sys.argv[1], 'workspace': sys.argv[1], 'stop_descriptor': stop})\n"
        "print(*sys.modules)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    loaded = set(subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout.split())
    assert "conductor.status" in loaded
    assert loaded.isdisjoint(
        {"numpy", "torch", "function_quest.graph", "ssl", "_ssl", "http.client", "email", "argparse"}
    )


BREAKING = {
    "bus": "import symphony_ipc\nsymphony_ipc.Bus = None\n",
    "pit": "import symphony_ipc\ndel symphony_ipc.Pit\n",
    "kit": "import sys\nsys.modules['orchestra_kit'] = None\n",
    "conductor": "import sys\nsys.modules['conductor.search.service'] = None\n",
    "run": "import conductor.workspace as w\nasync def f(*a, **k): raise MemoryError\nw.Workspace.open = f\n",
}


@pytest.mark.parametrize("phase", BREAKING)
def test_a_phase_that_fails_is_named_and_the_exit_code_says_so(tmp_path: Path, phase: str) -> None:
    config = {"mode": "module", "data_directory": str(tmp_path / "data"), "workspace": str(tmp_path)}
    config["log_file"] = str(tmp_path / "conductor.log")
    program = BREAKING[phase] + f"import sys\nfrom conductor.main import *\ntry:\n    run({config!r})\n"
    program += "except StartFailed as failure:\n    print(failure)\n    sys.exit(failure.exit_code)\n"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert ended.returncode == 70, ended.stderr
    assert f"phase '{phase}' failed" in ended.stdout
    lines = [json.loads(line) for line in (tmp_path / "conductor.log").read_text().splitlines()]
    undone = [line["phase"] for line in lines if line["message"] == "phase undone"]
    order = ["run", "conductor", "kit", "pit", "bus"]
    assert undone == order[order.index(phase) :]


def test_the_stop_descriptor_stops_it(tmp_path: Path) -> None:
    descriptor, other_end = os.pipe()
    os.write(other_end, b"1")
    try:
        assert run({"mode": "headless", "data_directory": str(tmp_path), "stop_descriptor": descriptor}) == 0
    finally:
        os.close(descriptor)
        os.close(other_end)


@pytest.mark.parametrize(
    "config",
    [
        {"mode": "x"},
        {"workspace": 1},
        {"listen": 1},
        {"safe_mode": "yes"},
        {"stop_descriptor": "3"},
        {"stop_descriptor": True},
        {"pit_plugins": "a"},
        {"pit_processes": {"a": "b"}},
    ],
)
def test_a_wrong_setting_is_named(config: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="/" + next(iter(config))):
        settings_from(config)
    with pytest.raises(StartFailed) as caught:
        run(config)
    assert caught.value.exit_code == 64


def test_defaults_follow_the_base_directory_specification(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/d")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/r")
    settings = settings_from({})
    assert settings.data_directory == "/d/symphony" and settings.runtime_directory == "/r/symphony"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setenv("TMPDIR", "/t")
    assert settings_from({}).runtime_directory == f"/t/symphony-{os.geteuid()}"
    assert settings.mode == "module" and not settings.listen and not settings.start_extensions
    assert settings_from({"mode": "desktop"}).start_extensions
