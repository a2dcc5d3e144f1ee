"""The methods extension.*: what a person does with extensions, by name."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from orchestra_kit import HeldBack, Kit, ManifestError, PermissionsGrew, UnknownExtension, read_manifest
from symphony_ipc import Bus, BusError, MessageContext, escape_path, unescape_path

from . import log
from .blocking import in_thread
from .router import Method

if TYPE_CHECKING:
    from .interfaces import conductor as interface

# A new process may take its time to start, and an old one to give its state.
CHANGE_DEADLINE_S = 60.0


class ExtensionService:
    """On the Conductor's thread. What concerns processes is asked of the endpoint `supervisor`."""

    def __init__(self, bus: Bus, kit: Kit) -> None:
        self._bus = bus
        self._kit = kit

    def methods(self) -> dict[str, Method]:
        """By their names on the bus."""
        return {
            "extension.list": self.list,
            "extension.start": self.start,
            "extension.stop": self.stop,
            "extension.restart": self.restart,
            "extension.swap": self.swap,
            "extension.split": self.split,
            "extension.choose": self.choose,
            "view.shown": self.view_shown,
        }

    async def list(
        self, params: interface.ExtensionListParams, context: MessageContext
    ) -> interface.ExtensionListResult:
        del params, context
        processes = {process["id"]: process for process in self._kit.processes()}
        return {
            "extensions": [
                {
                    "id": manifest.id,
                    "name": manifest.name,
                    "version": manifest.version,
                    "kind": manifest.kind,
                    "folder": escape_path(os.fsencode(manifest.directory)),
                    "state": _state(processes.get(manifest.id)),
                    "activation": list(manifest.activation),
                    "process": processes.get(manifest.id),
                }
                for manifest in self._kit.manifests
            ],
            "problems": [str(problem) for problem in self._kit.problems],
        }

    async def start(self, params: interface.ExtensionStartParams, context: MessageContext) -> dict[str, Any]:
        del context
        if not self._known(lambda: self._kit.start(params["id"])):
            await self._supervise("process.start", id=params["id"])
        return {}

    async def stop(self, params: interface.ExtensionStopParams, context: MessageContext) -> dict[str, Any]:
        del context
        await self._supervise("process.stop", id=self._started(params["id"]))
        return {}

    async def restart(self, params: interface.ExtensionRestartParams, context: MessageContext) -> dict[str, Any]:
        del context
        if not self._known(lambda: self._kit.start(params["id"])):
            await self._supervise("process.restart", id=params["id"])
        return {}

    async def swap(
        self, params: interface.ExtensionSwapParams, context: MessageContext
    ) -> interface.ExtensionSwapResult:
        del context
        id = self._started(params["id"])
        await self._offer(id, params.get("from_folder"), params.get("accept_permissions", False))
        result = await self._second_version(id, self._supervise("process.swap", id=id))
        self._settled(id, result["version"])
        return {"version": result["version"], "generation": result["generation"], "pause_us": result["pause_us"]}

    async def split(
        self, params: interface.ExtensionSplitParams, context: MessageContext
    ) -> interface.ExtensionSplitResult:
        del context
        id = self._started(params["id"])
        await self._offer(id, params.get("from_folder"), params.get("accept_permissions", False))
        by = params.get("by", "message")
        asked = self._supervise("process.split", id=id, share=params["share"], by=by)
        result = await self._second_version(id, asked)
        return {"version": result["version"], "share": result["share"]}

    async def choose(
        self, params: interface.ExtensionChooseParams, context: MessageContext
    ) -> interface.ExtensionChooseResult:
        del context
        id = self._started(params["id"])
        result = await self._supervise("process.choose", id=id, version=params["version"])
        self._settled(id, result["version"])
        return {"version": result["version"], "generation": result["generation"]}

    async def view_shown(self, params: interface.ViewShownParams, context: MessageContext) -> dict[str, Any]:
        del context
        self._kit.show_view(params["view"], params["shown"])
        return {}

    async def _offer(self, id: str, folder: str | None, accept_permissions: bool) -> None:
        if self._kit.has_second_version(id):
            # The manifest of the version that runs beside it must stay known.
            raise BusError("invalid_request", f"{id} already has another version beside the running one.", None)
        directory = self._kit.manifest(id).directory
        if folder is not None:
            try:
                directory = os.fsdecode(unescape_path(folder))
            except ValueError:
                directory = ""
            if not directory.startswith("/"):
                raise BusError("invalid_params", f"{folder} is not an absolute path.", {"path": "/from_folder"})
        try:
            # Reading it waits for a disk.
            offered = await in_thread(lambda: read_manifest(directory), "read manifest")
            self._kit.offer(id, offered, accept_permissions)
        except HeldBack as error:
            raise BusError("permission_denied", str(error), {"path": "/from_folder"}) from None
        except PermissionsGrew as error:
            raise BusError(
                "permission_denied",
                f"{error} Look whether you want that, then accept it (--accept-permissions).",
                {"added": list(error.added)},
            ) from None
        except ManifestError as error:
            raise BusError("invalid_params", str(error), {"path": error.pointer or "/from_folder"}) from None

    async def _second_version(self, id: str, asked: Awaitable[dict[str, Any]]) -> dict[str, Any]:
        try:
            return await asked
        except BaseException:
            self._kit.withdraw(id)
            raise

    def _settled(self, id: str, version: str) -> None:
        if self._kit.settle(id, version):
            self._bus.notify("ui", {"method": "ui.contributions", "params": self._kit.contributions()})
        log.info("extension version", extension=id, version=version)

    def _started(self, id: str) -> str:
        self._known(lambda: self._kit.manifest(id))
        if id not in self._kit.started:
            raise BusError("invalid_request", f"{id} was not started; start it first.", {"path": "/id"})
        return id

    @staticmethod
    def _known(action: Callable[[], Any]) -> Any:
        try:
            return action()
        except UnknownExtension as error:
            raise BusError("not_found", str(error), {"path": "/id"}) from None
        except OSError as error:
            raise BusError("io_error", f"It cannot be started: {os.strerror(error.errno or 0)}.", None) from None

    async def _supervise(self, method: str, **params: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await self._bus.send_message(
            "supervisor", {"method": method, "params": params}, deadline=CHANGE_DEADLINE_S
        )
        return answer


def _state(process: dict[str, Any] | None) -> str:
    """In one word, for a list: what `process` says at length."""
    if process is None:
        return "not started"
    if process["quarantined"]:
        return "quarantined"
    return "waiting" if process["state"] == "created" else str(process["state"])
