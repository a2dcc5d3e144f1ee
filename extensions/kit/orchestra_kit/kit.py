"""Starting extensions: from manifests to supervised processes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Protocol

from symphony_ipc import escape_path

from .discovery import Discovery, discover
from .grants import grants_of
from .manifest import Manifest, ManifestError
from .sandbox import profile_of, sees_workspace


class ProcessSupervisor(Protocol):
    """The part of symphony_ipc.Supervisor the kit uses."""

    def start(self, spec: dict[str, Any]) -> None:
        ...

    def stop(self, id: str) -> None:
        ...

    def restart(self, id: str) -> None:
        ...

    def set_init(self, id: str, init: dict[str, Any]) -> None:
        ...

    def set_sandbox(self, id: str, sandbox: dict[str, Any]) -> None:
        ...

    def processes(self) -> list[dict[str, Any]]:
        ...

    def close(self) -> None:
        ...


class AbsentSupervisor:
    """Stands where processes cannot be started at all; says so to whoever tries."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def start(self, spec: dict[str, Any]) -> None:
        raise RuntimeError(self._reason)

    def stop(self, id: str) -> None:
        raise RuntimeError(self._reason)

    def restart(self, id: str) -> None:
        raise RuntimeError(self._reason)

    def set_init(self, id: str, init: dict[str, Any]) -> None:
        raise RuntimeError(self._reason)

    def set_sandbox(self, id: str, sandbox: dict[str, Any]) -> None:
        raise RuntimeError(self._reason)

    def processes(self) -> list[dict[str, Any]]:
        return []

    def close(self) -> None:
        """Nothing was started."""


class Kit:
    """The extensions of one running Symphony. Used on the Conductor's thread only."""

    def __init__(
        self,
        supervisor: ProcessSupervisor,
        extensions_directory: str | None,
        log_directory: str,
        data_directory: str,
        *,
        outer_sandbox: bool = False,
    ) -> None:
        """`data_directory`: below it each extension gets a folder of its own. `outer_sandbox`: bubblewrap as well."""
        self._supervisor = supervisor
        self._log_directory = log_directory
        self._data_directory = data_directory
        self._outer_sandbox = outer_sandbox
        found = discover(extensions_directory) if extensions_directory is not None else Discovery((), ())
        self._manifests = {manifest.id: manifest for manifest in found.manifests}
        self._problems: list[ManifestError] = list(found.problems)
        self._started: list[str] = []

    @property
    def manifests(self) -> Sequence[Manifest]:
        return tuple(self._manifests.values())

    @property
    def problems(self) -> Sequence[ManifestError]:
        """Manifests that were refused and processes that did not start, with the reason."""
        return tuple(self._problems)

    @property
    def started(self) -> Sequence[str]:
        return tuple(self._started)

    def start_for(self, event: str, workspace: str | None) -> list[str]:
        """Starts every extension activated by `event` that does not run yet; a failure becomes a problem."""
        begun = []
        for manifest in self._manifests.values():
            if event not in manifest.activation or manifest.id in self._started:
                continue
            try:
                os.makedirs(self._own_data(manifest), mode=0o700, exist_ok=True)
                self._supervisor.start(self._specification(manifest, workspace))
            except Exception as error:  # a broken extension must not keep the others from starting
                self._problems.append(ManifestError(manifest.executable, f"did not start: {error}"))
                continue
            self._started.append(manifest.id)
            begun.append(manifest.id)
        return begun

    def restart(self, id: str) -> None:
        self._supervisor.restart(id)

    def processes(self) -> list[dict[str, Any]]:
        return self._supervisor.processes()

    def network_hosts(self, id: str) -> tuple[str, ...]:
        """The hosts the extension may fetch from through this host; none for whom it does not know."""
        manifest = self._manifests.get(id)
        return manifest.network_hosts if manifest is not None else ()

    def stop_all(self) -> None:
        """Asks every started process to end, the newest first."""
        while self._started:
            self._supervisor.stop(self._started.pop())

    def set_workspace(self, workspace: str | None, *, changed: bool = True) -> list[str]:
        """What a process started from now on (also after a crash) is told in contract.init, and may read.

        A sandbox cannot be widened: where the folder `changed`, those that may see it are started anew, with the state
        they saved. Returns the others, which are to be told.
        """
        unaware = []
        for id in self._started:
            manifest = self._manifests[id]
            self._supervisor.set_init(id, self._init(manifest, workspace))
            if not sees_workspace(manifest):
                unaware.append(id)
                continue
            self._supervisor.set_sandbox(id, self._sandbox(manifest, workspace))
            if changed:
                self._supervisor.restart(id)
        return unaware

    def contributions(self) -> dict[str, Any]:
        """The parameters of ui.contributions."""
        return {
            "views": [
                {"id": view.id, "title": view.title, "icon": view.icon, "place": view.place, "extension": manifest.id}
                for manifest in self._manifests.values()
                for view in manifest.views
            ]
        }

    def _specification(self, manifest: Manifest, workspace: str | None) -> dict[str, Any]:
        return {
            "id": manifest.id,
            "executable": manifest.executable,
            "arguments": list(manifest.arguments),
            "working_directory": manifest.directory,
            "grants": grants_of(manifest),
            "restart": manifest.restart.policy,
            "restart_limit": manifest.restart.limit,
            "restart_window_s": manifest.restart.window_seconds,
            "init": self._init(manifest, workspace),
            "sandbox": self._sandbox(manifest, workspace),
            # What it prints; what it logs goes through the bus into <id>.log.
            "log": os.path.join(self._log_directory, f"{manifest.id}.output"),
        }

    def _sandbox(self, manifest: Manifest, workspace: str | None) -> dict[str, Any]:
        return profile_of(manifest, workspace, self._own_data(manifest), self._outer_sandbox)

    def _own_data(self, manifest: Manifest) -> str:
        return os.path.join(self._data_directory, "extensions", manifest.id)

    def _init(self, manifest: Manifest, workspace: str | None) -> dict[str, Any]:
        data = escape_path(os.fsencode(self._own_data(manifest)))
        return {"workspace": workspace, "config": manifest.config, "data": data}
