"""The built-in explorer as users have it: in its sandbox, with the open folder to read and nothing else."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from orchestra_kit import Kit
from symphony_ipc import Bus, MessageContext, Supervisor

LIBRARY = Path(os.environ["SYMPHONY_LIBRARY"])
PATIENCE_S = 20.0


def folder(parent: Path, name: str, file: str) -> str:
    made = parent / name
    made.mkdir()
    (made / file).write_text("text")
    return str(made.resolve())


class Screen:
    """The endpoint `ui`: acknowledges what is drawn, and finds text in it."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._drawn: asyncio.Queue[str] = asyncio.Queue()
        bus.register_endpoint("ui", self._receive)

    async def _receive(self, message: dict[str, Any], context: MessageContext) -> dict[str, Any]:
        params = message["params"]
        if message["method"] in ("ui.render", "ui.patch"):
            self._bus.notify(
                context.source,
                {"method": "ui.ack", "params": {"view": params["view"], "revision": params["revision"]}},
            )
            await self._drawn.put(json.dumps(params))
        return {}

    async def shows(self, text: str) -> None:
        while text not in await self._drawn.get():
            pass


def status_of(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def explorer_of(kit: Kit) -> dict[str, Any]:
    return next(process for process in kit.processes() if process["id"] == "file_explorer")


def test_it_reads_the_open_folder_and_follows_to_another(tmp_path: Path) -> None:
    first = folder(tmp_path, "first", "hello.txt")
    second = folder(tmp_path, "second", "other.txt")

    async def main() -> None:
        bus = Bus()
        screen = Screen(bus)
        supervisor = Supervisor(bus, str(LIBRARY / "symphony-launcher"))
        kit = Kit(supervisor, str(LIBRARY / "extensions"), str(tmp_path), str(tmp_path / "data"))
        try:
            async with asyncio.timeout(PATIENCE_S):
                assert "file_explorer" in kit.begin(first), kit.problems
                await screen.shows("hello.txt")
                before = explorer_of(kit)
                status = status_of(before["pid"])
                assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
                assert int(status["CapEff"], 16) == 0 and int(status["CapPrm"], 16) == 0
                assert "file_explorer" not in kit.set_workspace(second)
                await screen.shows("other.txt")
                after = explorer_of(kit)
                assert after["pid"] != before["pid"] and after["restarts"] == 0
        finally:
            supervisor.close()
            bus.close()

    asyncio.run(main())
