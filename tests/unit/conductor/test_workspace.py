"""workspace.open: what is refused and why, and who is told."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from extension_scene import VALID, RecordingSupervisor, install
from conductor.workspace import Workspace, canonical_folder
from orchestra_kit import Kit
from symphony_ipc import Bus, BusError, MessageContext, escape_path


def test_a_folder_is_made_canonical(tmp_path: Path) -> None:
    folder = tmp_path / "real %"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    assert canonical_folder(f"{tmp_path}/./link/../link") == escape_path(os.fsencode(folder))


@pytest.mark.parametrize("name", [b"new\nline", b"\xff\xfe", "‮rtl".encode(), b"q\"'`$(x)", b"n" * 255])
def test_any_folder_name_goes(tmp_path: Path, name: bytes) -> None:
    folder = os.path.join(os.fsencode(tmp_path), name)
    os.mkdir(folder)
    assert canonical_folder(escape_path(folder)) == escape_path(folder)


@pytest.mark.parametrize(
    ("path", "name", "text"),
    [
        ("relative/folder", "invalid_params", "not an absolute path"),
        ("/%zz", "invalid_params", "not escaped"),
        ("/%00", "invalid_params", "not escaped"),
        ("{tmp}/none", "not_found", "does not exist"),
        ("{tmp}/file", "invalid_params", "is a file"),
        ("{tmp}/file/below", "io_error", "cannot be read"),
        ("{tmp}/loop", "io_error", "cannot be read"),
        ("{tmp}/" + "n" * 256, "io_error", "cannot be read"),
        ("{tmp}/dangling", "not_found", "does not exist"),
    ],
)
def test_what_cannot_be_opened_says_why(tmp_path: Path, path: str, name: str, text: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(BusError) as caught:
        canonical_folder(path.format(tmp=tmp_path))
    assert caught.value.name == name and text in caught.value.message
    assert caught.value.data["path"] == path.format(tmp=tmp_path)


def test_an_unreadable_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refuse)  # root may read everything: the refusal is injected
    with pytest.raises(BusError) as caught:
        canonical_folder(str(tmp_path))
    assert caught.value.name == "io_error" and caught.value.data["errno"] == errno.EACCES
    assert "Permission denied" in caught.value.message


class Scene:
    """A bus with a store, an extension and an interface that note what they are told."""

    def __init__(self, bus: Bus, extensions: Path, manifest: dict[str, Any]) -> None:
        install(extensions, "notes", manifest)
        self.supervisor = RecordingSupervisor()
        self.kit = Kit(self.supervisor, str(extensions), "/logs", str(extensions.parent / "data"))
        self.kit.begin(None)
        self.workspace = Workspace(bus, self.kit)
        self.told: list[tuple[str, str, Any]] = []
        self.refusing: BusError | None = None
        self.shown: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        for id in ("artifact_store", "notes", "ui"):
            bus.register_endpoint(id, self._listener(id))

    def _listener(self, id: str) -> Callable[[dict[str, Any], MessageContext], Any]:
        async def listen(message: dict[str, Any], _: MessageContext) -> dict[str, Any]:
            if id == "ui":
                await self.shown.put(message["params"])
            else:
                self.told.append((id, message["method"], message["params"]))
            if id == "artifact_store" and self.refusing is not None:
                raise self.refusing
            return {}

        return listen


def run(tmp_path: Path, work: Callable[[Scene], Awaitable[None]], manifest: dict[str, Any] = VALID) -> None:
    async def main() -> None:
        bus = Bus()
        extensions = tmp_path / "extensions"
        extensions.mkdir()
        try:
            async with asyncio.timeout(20):
                await work(Scene(bus, extensions, manifest))
        finally:
            bus.close()

    asyncio.run(main())


def test_everybody_is_told(tmp_path: Path) -> None:
    async def work(scene: Scene) -> None:
        folder = str(tmp_path / "extensions")
        assert await scene.workspace.open(folder) == folder
        assert scene.told == [
            ("artifact_store", "index.open", {"folder": folder}),
            ("notes", "workspace.changed", {"workspace": folder}),
        ]
        name, (id, init) = scene.supervisor.calls[-1]
        assert (name, id, init["workspace"]) == ("set_init", "notes", folder)
        assert await scene.shown.get() == {"path": folder, "name": "extensions", "error": None}

    run(tmp_path, work)


def test_who_may_read_the_folder_is_started_anew_instead(tmp_path: Path) -> None:
    async def work(scene: Scene) -> None:
        folder = str(tmp_path)
        await scene.workspace.open(folder)
        assert [id for id, _, _ in scene.told] == ["artifact_store"]
        (set_sandbox, (_, profile)), (renew, id) = scene.supervisor.calls[-2:]
        assert (set_sandbox, profile["read"]) == ("set_sandbox", [folder])
        assert (renew, id) == ("renew", "notes")
        await scene.workspace.open(folder, known_to=folder)
        assert scene.supervisor.calls[-1][0] == "set_sandbox"

    reading = {**VALID, "permissions": [{"capability": "workspace.read", "reason": "Lists notes."}]}
    run(tmp_path, work, reading)


def test_who_was_started_with_it_is_not_told_again(tmp_path: Path) -> None:
    async def work(scene: Scene) -> None:
        folder = str(tmp_path)
        await scene.workspace.open(folder, known_to=folder)
        assert [id for id, _, _ in scene.told] == ["artifact_store"]

    run(tmp_path, work)


def test_a_refused_folder_leaves_the_open_one_open(tmp_path: Path) -> None:
    async def work(scene: Scene) -> None:
        folder = str(tmp_path)
        await scene.workspace.open(folder)
        assert (await scene.shown.get())["error"] is None
        with pytest.raises(BusError):
            await scene.workspace.open(folder + "/none")
        shown = await scene.shown.get()
        assert shown["path"] == folder and "does not exist" in shown["error"]
        scene.refusing = BusError("resource_exhausted", "The disk is full.")
        with pytest.raises(BusError) as caught:
            await scene.workspace.open(folder + "/extensions")
        assert caught.value.name == "resource_exhausted"
        assert scene.workspace.path == folder
        assert (await scene.shown.get())["error"] == "The disk is full."

    run(tmp_path, work)


def test_a_folder_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(scene: Scene) -> None:
        async def dead_mount(*_: object) -> str:
            await asyncio.Event().wait()
            return ""

        monkeypatch.setattr("conductor.workspace.in_thread", dead_mount)
        monkeypatch.setattr("conductor.workspace.INSPECTION_TIMEOUT_S", 0.02)
        with pytest.raises(BusError) as caught:
            await scene.workspace.open(str(tmp_path))
        assert caught.value.name == "io_error" and "does not answer" in caught.value.message

    run(tmp_path, work)
