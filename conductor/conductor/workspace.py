"""The open folder: checked, made canonical, and told to everybody who works on it."""

from __future__ import annotations

import asyncio
import os
import stat
from typing import TYPE_CHECKING

from orchestra_kit import Kit
from symphony_ipc import Bus, BusError, MessageContext, escape_path, unescape_path

from . import log
from .blocking import in_thread

if TYPE_CHECKING:
    from .interfaces.conductor import WorkspaceOpenParams, WorkspaceOpenResult
    from .router import Method

INSPECTION_TIMEOUT_S = 5.0
CHANGED_DEADLINE_S = 5.0


def canonical_folder(path: str) -> str:
    """The escaped canonical path of a folder that can be listed. Blocks. Raises BusError that names the folder."""
    where = {"path": path}
    try:
        raw = unescape_path(path)
    except ValueError:
        raise BusError(
            "invalid_params", "The path is not escaped as docs/protocol.md section 10 says.", where
        ) from None
    if not raw.startswith(b"/"):
        raise BusError("invalid_params", f"{path} is not an absolute path.", where)
    try:
        real = os.path.realpath(raw, strict=True)
        if not stat.S_ISDIR(os.stat(real).st_mode):
            raise BusError("invalid_params", f"{path} is a file, not a folder. Open the folder it is in.", where)
        with os.scandir(real) as entries:
            next(entries, None)
    except FileNotFoundError:
        raise BusError("not_found", f"{path} does not exist. It may have been moved or unmounted.", where) from None
    except OSError as error:
        number = error.errno or 0
        raise BusError(
            "io_error", f"{path} cannot be read: {os.strerror(number)}.", {"path": path, "errno": number}
        ) from None
    return escape_path(real)


class Workspace:
    def __init__(self, bus: Bus, kit: Kit) -> None:
        self._bus = bus
        self._kit = kit
        self._changing = asyncio.Lock()
        self.path: str | None = None

    def methods(self) -> dict[str, Method]:
        return {"workspace.open": self.answer_open}

    async def open(self, path: str, *, known_to: str | None = None) -> str:
        """Returns the canonical path. On an error the folder that was open stays open. Raises BusError.

        `known_to`: the path extensions were started with; they are told only when it is another one.
        """
        async with self._changing:
            try:
                folder = await self._inspect(path)
                await self._bus.send_message("artifact_store", {"method": "index.open", "params": {"folder": folder}})
            except BusError as error:
                log.warning("workspace refused", error=error.name)
                self._show(error.message)
                raise
            self.path = folder
            unaware = self._kit.set_workspace(folder, changed=folder != known_to)
            self._show(None)
            if folder != known_to:
                await asyncio.gather(*(self._tell(id, folder) for id in unaware))
            log.info("workspace open")
            return folder

    async def answer_open(self, params: WorkspaceOpenParams, context: MessageContext) -> WorkspaceOpenResult:
        """The method workspace.open."""
        del context
        return {"workspace": await self.open(params["path"])}

    async def _inspect(self, path: str) -> str:
        try:
            async with asyncio.timeout(INSPECTION_TIMEOUT_S):
                return await in_thread(lambda: canonical_folder(path), "inspect workspace")
        except TimeoutError:
            message = f"{path} does not answer. Check that its disk or network mount is there."
            raise BusError("io_error", message, {"path": path}) from None

    def _show(self, error: str | None) -> None:
        name = os.path.basename(self.path) if self.path is not None else ""
        self._bus.notify(
            "ui",
            {"method": "ui.workspace", "params": {"path": self.path, "name": name or self.path or "", "error": error}},
        )

    async def _tell(self, id: str, folder: str) -> None:
        message = {"method": "workspace.changed", "params": {"workspace": folder}}
        try:
            await self._bus.send_message(id, message, deadline=CHANGED_DEADLINE_S)
        except BusError as error:
            # One that is starting or restarting is told by contract.init instead.
            log.warning("extension not told of the workspace", extension=id, error=error.name)
