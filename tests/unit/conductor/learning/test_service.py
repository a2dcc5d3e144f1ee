"""learning.get, learning.set and learning.forget over the real bus."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest
from conductor.learning.file import NAME
from conductor.learning.learner import Learner
from conductor.learning.memory import MethodKey
from conductor.learning.service import LearningService
from conductor.router import Router
from conductor.settings import settings_from
from orchestra_kit import Kit
from symphony_ipc import Bus, BusError

KEY = MethodKey("artifact_store", "0.1.0", "index.search")


class ScriptedKit:
    """The processes that a test wants there to be."""

    def __init__(self) -> None:
        self.running: list[dict[str, Any]] = []

    def processes(self) -> list[dict[str, Any]]:
        return self.running


class Setup:
    def __init__(self, bus: Bus, folder: Path) -> None:
        self.bus = bus
        self.kit = ScriptedKit()
        self.learner = Learner(settings_from({"data_directory": str(folder)}), random.Random(1))
        self.service, router = LearningService(bus, cast(Kit, self.kit), self.learner), Router()
        for name, method in self.service.methods().items():
            router.add(name, method)
        router.open()
        bus.register_endpoint("conductor", router.handle, interface="conductor")

    def ask(self, method: str, **params: Any) -> Awaitable[Any]:
        return self.bus.send_message("conductor", {"method": method, "params": params})


def run(folder: Path, work: Callable[[Setup], Awaitable[None]]) -> None:
    async def main() -> None:
        bus = Bus(endpoint="tester")
        try:
            async with asyncio.timeout(20):
                await work(Setup(bus, folder))
        finally:
            bus.close()

    asyncio.run(main())


def started(at_us: int) -> dict[str, Any]:
    steps = [("created", "starting", at_us), ("starting", "running", at_us + 10_000)]
    history = [{"instance": "1", "before": a, "state": b, "at_us": when, "reason": ""} for a, b, when in steps]
    return {"id": "notes", "version": "1.0.0", "instances": [], "history": history}


def test_it_says_what_was_seen(tmp_path: Path) -> None:
    async def work(setup: Setup) -> None:
        setup.learner.succeeded(KEY, 100.0, 200.0)
        setup.kit.running = [started(1_000)]
        answer = await setup.ask("learning.get")
        assert answer["on"] is True and answer["exploring"] is False
        assert [(each["subject"], each["method"]) for each in answer["methods"]] == [
            ("artifact_store", "index.search"),
            ("notes", "start"),
        ]
        assert answer["benefit"]["ratio"] is None

    run(tmp_path, work)


def test_off_nothing_is_seen_not_even_later(tmp_path: Path) -> None:
    async def work(setup: Setup) -> None:
        assert await setup.ask("learning.set", on=False) == {"on": False, "exploring": False}
        setup.kit.running = [started(1_000)]
        assert (await setup.ask("learning.get"))["methods"] == []
        assert (await setup.ask("learning.set", on=True, exploring=True)) == {"on": True, "exploring": True}
        assert (await setup.ask("learning.get"))["methods"] == []
        assert '"on": true' in (tmp_path / NAME).read_text()

    run(tmp_path, work)


def test_forget_means_all_of_it(tmp_path: Path) -> None:
    async def work(setup: Setup) -> None:
        setup.kit.running = [started(1_000)]
        await setup.ask("learning.get")
        await setup.ask("learning.forget")
        assert (await setup.ask("learning.get"))["methods"] == []

    run(tmp_path, work)


def test_a_file_that_stays_is_said(tmp_path: Path) -> None:
    async def work(setup: Setup) -> None:
        (tmp_path / NAME).mkdir()
        with pytest.raises(BusError) as refused:
            await setup.ask("learning.forget")
        assert refused.value.name == "io_error" and str(tmp_path / NAME) == refused.value.data["path"]

    run(tmp_path, work)


def test_the_last_look_is_saved(tmp_path: Path) -> None:
    async def work(setup: Setup) -> None:
        await setup.service.start()
        setup.kit.running = [started(1_000)]
        await setup.service.stop()
        assert '"notes"' in (tmp_path / NAME).read_text()

    run(tmp_path, work)


@pytest.mark.parametrize("params", [{"on": 1}, {"exploring": "yes"}])
def test_a_switch_is_true_or_false(tmp_path: Path, params: dict[str, Any]) -> None:
    async def work(setup: Setup) -> None:
        with pytest.raises(BusError) as refused:
            await setup.ask("learning.set", **params)
        assert refused.value.name == "invalid_params"

    run(tmp_path, work)
