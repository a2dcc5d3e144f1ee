"""An extension that keeps Symphony from starting: the message offers safe mode, and safe mode starts."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from conductor.bootstrap import PhaseFailed, Sequence, StartReport
from conductor.main import phases_for
from conductor.settings import Settings, settings_from


def settings_with(tmp_path: Path, **keys: Any) -> Settings:
    """Of a Conductor with an extension whose manifest never ends being read."""
    hanging = tmp_path / "extensions" / "hanging"
    hanging.mkdir(parents=True, exist_ok=True)
    if not (hanging / "manifest.json").exists():
        os.mkfifo(hanging / "manifest.json")
    return settings_from(
        {
            "mode": "headless",
            "data_directory": str(tmp_path / "data"),
            "extensions_directory": str(tmp_path / "extensions"),
            "start_extensions": True,
            "log_file": str(tmp_path / "conductor.log"),
            **keys,
        }
    )


async def status_of(settings: Settings, kit_timeout_s: float) -> Any:
    """What status.get says once it has started. Raises PhaseFailed."""
    phases = phases_for(settings, report := StartReport())
    for phase in phases:
        if phase.name == "kit":
            phase.timeout_s = kit_timeout_s
    told: list[Any] = []

    class Asking:
        name, timeout_s, retry, way_around = "asking", 5.0, phases[0].retry, ""

        async def start(self) -> None:
            from symphony_ipc import Bus

            container = next(found for phase in phases if (found := getattr(phase, "container", None)) is not None)
            told.append(await container.resolve(Bus).send_message("conductor", {"method": "status.get"}))

        async def health_check(self) -> None:
            assert told

        async def rollback(self) -> None:
            told.append("undone")

    sequence = Sequence([*phases, Asking()], report)
    await sequence.start()
    await sequence.stop()
    return told[0]


def test_a_start_that_fails_because_of_an_extension_offers_safe_mode(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    with pytest.raises(PhaseFailed) as caught:
        asyncio.run(status_of(settings, kit_timeout_s=0.05))
    assert caught.value.phase == "kit" and "start with --safe-mode" in str(caught.value)
    os.close(os.open(tmp_path / "extensions" / "hanging" / "manifest.json", os.O_WRONLY))  # lets the reader go


def test_safe_mode_starts_and_says_what_it_held_back(tmp_path: Path) -> None:
    status = asyncio.run(status_of(settings_with(tmp_path, safe_mode=True), kit_timeout_s=5.0))
    assert status["safe_mode"] is True and status["held_back"] == ["hanging"]
    assert status["health"] == {"state": "starting", "problems": []} and status["processes"] == []
    lines = [json.loads(line) for line in (tmp_path / "conductor.log").read_text().splitlines()]
    assert [line["held_back"] for line in lines if line["message"].startswith("safe mode")] == [["hanging"]]


def test_without_it_nothing_is_held_back(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, extensions_directory=None)
    status = asyncio.run(status_of(settings, kit_timeout_s=5.0))
    assert status["safe_mode"] is False and status["held_back"] == []


def test_a_failure_in_safe_mode_does_not_offer_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import orchestra_kit

    monkeypatch.setattr(orchestra_kit, "Kit", None)
    with pytest.raises(PhaseFailed) as caught:
        asyncio.run(status_of(settings_with(tmp_path, safe_mode=True), kit_timeout_s=5.0))
    assert caught.value.phase == "kit" and "--safe-mode" not in str(caught.value)


def test_modules_of_the_pit_from_elsewhere_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMPHONY_PIT_PLUGINS", "/a.so")
    settings = settings_from({"safe_mode": True, "pit_processes": {"dag_tracker": ["/b"]}})
    assert settings.pit_plugins == [] and settings.pit_processes == {}
