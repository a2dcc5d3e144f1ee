"""extension.*: what a person asks of extensions reaches the supervisor, or is refused with a reason."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from extension_scene import VALID, RecordingSupervisor, install
from conductor.extensions import ExtensionService
from conductor.router import Router
from orchestra_kit import Kit
from symphony_ipc import Bus, BusError, MessageContext


class Scene:
    """The service behind the endpoint `conductor`, and a supervisor that notes what it is asked."""

    def __init__(self, bus: Bus, extensions: Path) -> None:
        install(extensions, "notes", VALID)
        self.bus = bus
        self.supervisor = RecordingSupervisor()
        self.kit = Kit(self.supervisor, str(extensions), "/logs", str(extensions.parent / "data"))
        router = Router()
        for name, method in ExtensionService(bus, self.kit).methods().items():
            router.add(name, method)
        bus.register_endpoint("conductor", router.handle, interface="conductor")
        bus.register_endpoint("supervisor", self._supervise)
        bus.register_endpoint("ui", self._show)
        self.asked: list[tuple[str, Any]] = []
        self.refusing: BusError | None = None
        self.contributed: asyncio.Queue[Any] = asyncio.Queue()

    async def _supervise(self, message: dict[str, Any], _: MessageContext) -> dict[str, Any]:
        self.asked.append((message["method"], message["params"]))
        if self.refusing is not None:
            raise self.refusing
        return {"version": message["params"].get("version", "2.0.0"), "generation": 3, "pause_us": 40, "share": 10}

    async def _show(self, message: dict[str, Any], _: MessageContext) -> None:
        await self.contributed.put(message["params"])

    async def ask(self, method: str, **params: Any) -> Any:
        return await self.bus.send_message("conductor", {"method": method, "params": params})

    async def refused(self, method: str, **params: Any) -> BusError:
        with pytest.raises(BusError) as caught:
            await self.ask(method, **params)
        return caught.value


def run(tmp_path: Path, work: Callable[[Scene], Awaitable[None]]) -> None:
    async def main() -> None:
        bus = Bus()
        extensions = tmp_path / "extensions"
        extensions.mkdir()
        try:
            async with asyncio.timeout(20):
                await work(Scene(bus, extensions))
        finally:
            bus.close()

    asyncio.run(main())


def another(tmp_path: Path, **changes: Any) -> str:
    folder = tmp_path / "another"
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps({**VALID, "version": "2.0.0", **changes}))
    return str(folder)


def test_those_there_are(tmp_path: Path) -> None:
    async def work(scene: Scene) -> None:
        (listed,) = (await scene.ask("extension.list"))["extensions"]
        assert (listed["id"], listed["state"], listed["process"]) == ("notes", "not started", None)
        assert listed["folder"] == str(tmp_path / "extensions" / "notes")

    run(tmp_path, work)


def test_one_that_was_not_started_is(tmp_path: Path) -> None:
    async def work(scene: Scene) -> None:
        assert (await scene.refused("extension.stop", id="notes")).name == "invalid_request"
        assert await scene.ask("extension.start", id="notes") == {}
        assert scene.supervisor.calls[0][0] == "start" and scene.asked == []
        await scene.ask("extension.start", id="notes")
        await scene.ask("extension.restart", id="notes")
        await scene.ask("extension.stop", id="notes")
        assert scene.asked == [(f"process.{what}", {"id": "notes"}) for what in ("start", "restart", "stop")]
        unknown = await scene.refused("extension.start", id="other")
        assert unknown.name == "not_found" and "notes" in unknown.message

    run(tmp_path, work)


def test_a_swap_makes_the_other_manifest_the_one(tmp_path: Path) -> None:
    async def work(scene: Scene) -> None:
        scene.kit.begin(None)
        view = {"id": "notes", "title": "New notes", "place": "side_bar"}
        folder = another(tmp_path, contributes={"views": [view]})
        result = await scene.ask("extension.swap", id="notes", from_folder=folder)
        assert result == {"version": "2.0.0", "generation": 3, "pause_us": 40}
        assert scene.supervisor.calls[-1][0] == "offer"
        assert scene.supervisor.calls[-1][1]["working_directory"] == folder
        assert scene.kit.manifest("notes").version == "2.0.0"
        assert (await scene.contributed.get())["views"][0]["title"] == "New notes"

    run(tmp_path, work)


def test_a_swap_that_fails_leaves_the_manifest(tmp_path: Path) -> None:
    async def work(scene: Scene) -> None:
        scene.kit.begin(None)
        scene.refusing = BusError("endpoint_unavailable", "It did not start.")
        failed = await scene.refused("extension.swap", id="notes", from_folder=another(tmp_path))
        assert failed.message == "It did not start."
        assert scene.kit.manifest("notes").version == "1.2.3" and not scene.kit.has_second_version("notes")

    run(tmp_path, work)


def test_a_folder_without_a_manifest_changes_nothing(tmp_path: Path) -> None:
    async def work(scene: Scene) -> None:
        scene.kit.begin(None)
        for folder in (str(tmp_path), "relative", "/%zz"):
            error = await scene.refused("extension.swap", id="notes", from_folder=folder)
            assert error.name == "invalid_params"
        assert scene.asked == [] and scene.supervisor.calls[-1][0] == "start"

    run(tmp_path, work)


def test_more_permissions_need_consent(tmp_path: Path) -> None:
    async def work(scene: Scene) -> None:
        scene.kit.begin(None)
        raw = [*VALID["permissions"], {"capability": "network.raw", "reason": "Wants it."}]
        folder = another(tmp_path, permissions=raw)
        error = await scene.refused("extension.swap", id="notes", from_folder=folder)
        assert error.name == "permission_denied" and error.data == {"added": ["network.raw"]}
        await scene.ask("extension.swap", id="notes", from_folder=folder, accept_permissions=True)

    run(tmp_path, work)


def test_a_split_until_one_is_chosen(tmp_path: Path) -> None:
    async def work(scene: Scene) -> None:
        scene.kit.begin(None)
        split = {"id": "notes", "share": 10, "by": "sender"}
        result = await scene.ask("extension.split", **split, from_folder=another(tmp_path))
        assert result == {"version": "2.0.0", "share": 10}
        assert scene.asked == [("process.split", split)]
        assert (await scene.refused("extension.swap", id="notes")).name == "invalid_request"
        assert scene.kit.manifest("notes").version == "1.2.3"
        assert await scene.ask("extension.choose", id="notes", version="2.0.0") == {"version": "2.0.0", "generation": 3}
        assert scene.kit.manifest("notes").version == "2.0.0"

    run(tmp_path, work)


def test_a_view_that_is_shown(tmp_path: Path) -> None:
    async def work(scene: Scene) -> None:
        scene.kit.begin(None)
        await scene.ask("view.shown", view="notes", shown=True)
        await scene.ask("view.shown", view="notes", shown=False)
        shown = [argument for call, argument in scene.supervisor.calls if call == "set_shown"]
        assert shown == [("notes", True), ("notes", False)]

    run(tmp_path, work)
