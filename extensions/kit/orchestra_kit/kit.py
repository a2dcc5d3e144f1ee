"""Starting extensions: from manifests to supervised processes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Protocol

from symphony_ipc import escape_path

from .discovery import Discovery, discover
from .grants import grants_of
from .manifest import FILE_NAME, Manifest, ManifestError
from .sandbox import profile_of, sees_workspace
from .shipped import is_shipped


class ProcessSupervisor(Protocol):
    """The part of symphony_ipc.Supervisor the kit uses."""

    def start(self, spec: dict[str, Any]) -> None:
        ...

    def stop(self, id: str) -> None:
        ...

    def restart(self, id: str) -> None:
        ...

    def renew(self, id: str) -> None:
        ...

    def activate(self, id: str) -> None:
        ...

    def set_shown(self, id: str, shown: bool) -> None:
        ...

    def offer(self, spec: dict[str, Any]) -> None:
        ...

    def set_init(self, id: str, init: dict[str, Any]) -> None:
        ...

    def set_sandbox(self, id: str, sandbox: dict[str, Any], version: str = "") -> None:
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

    def renew(self, id: str) -> None:
        raise RuntimeError(self._reason)

    def activate(self, id: str) -> None:
        raise RuntimeError(self._reason)

    def set_shown(self, id: str, shown: bool) -> None:
        raise RuntimeError(self._reason)

    def offer(self, spec: dict[str, Any]) -> None:
        raise RuntimeError(self._reason)

    def set_init(self, id: str, init: dict[str, Any]) -> None:
        raise RuntimeError(self._reason)

    def set_sandbox(self, id: str, sandbox: dict[str, Any], version: str = "") -> None:
        raise RuntimeError(self._reason)

    def processes(self) -> list[dict[str, Any]]:
        return []

    def close(self) -> None:
        """Nothing was started."""


class UnknownExtension(LookupError):
    """No extension of this name was found; `str()` is for a person."""


class HeldBack(UnknownExtension):
    """It does not come with Symphony, which runs in safe mode; `str()` is for a person."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"Symphony runs in safe mode, and {what} does not come with it. Start Symphony without --safe-mode first."
        )


class PermissionsGrew(Exception):
    """The offered version may do more than the running one, and nobody has agreed to that."""

    def __init__(self, added: Sequence[str]) -> None:
        super().__init__("The new version asks for more than the running one may: " + ", ".join(added) + ".")
        self.added = tuple(added)


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
        safe_mode: bool = False,
    ) -> None:
        """Reads the manifests, which waits for a disk. `data_directory`: below it each extension gets a folder of its
        own. `outer_sandbox`: bubblewrap as well. `safe_mode`: what does not come with Symphony is not even read."""
        self._supervisor = supervisor
        self._log_directory = log_directory
        self._data_directory = data_directory
        self._outer_sandbox = outer_sandbox
        self._safe_mode = safe_mode
        found = Discovery((), ())
        if extensions_directory is not None:
            found = discover(extensions_directory, safe_mode=safe_mode)
        self._held_back = found.held_back
        self._manifests = {manifest.id: manifest for manifest in found.manifests}
        self._problems: list[ManifestError] = list(found.problems)
        self._started: list[str] = []
        self._workspace: str | None = None
        # Versions beside the running ones, until a swap or a choice decides.
        self._offered: dict[str, Manifest] = {}
        self._shown: dict[str, set[str]] = {}

    @property
    def manifests(self) -> Sequence[Manifest]:
        return tuple(self._manifests.values())

    @property
    def problems(self) -> Sequence[ManifestError]:
        """Manifests that were refused and processes that did not start, with the reason."""
        return tuple(self._problems)

    @property
    def safe_mode(self) -> bool:
        return self._safe_mode

    @property
    def held_back(self) -> Sequence[str]:
        """The folders of extensions that are not started, as they do not come with Symphony: empty but in safe mode."""
        return self._held_back

    @property
    def started(self) -> Sequence[str]:
        return tuple(self._started)

    def begin(self, workspace: str | None) -> list[str]:
        """Starts every extension activated by `startup`; those of other events wait for theirs.

        A failure becomes a problem.
        """
        self._workspace = workspace
        begun = []
        for manifest in self._manifests.values():
            if not manifest.activation or manifest.id in self._started:
                continue
            try:
                self._start(manifest, lazy="startup" not in manifest.activation)
            except Exception as error:  # a broken extension must not keep the others from starting
                self._problems.append(ManifestError(manifest.executable, f"did not start: {error}"))
                continue
            begun.append(manifest.id)
        return begun

    def start(self, id: str) -> bool:
        """By hand. False: it is supervised already. Raises UnknownExtension, and what the supervisor says."""
        manifest = self.manifest(id)
        if id in self._started:
            return False
        self._start(manifest, lazy=False)
        return True

    def manifest(self, id: str) -> Manifest:
        """Raises UnknownExtension."""
        manifest = self._manifests.get(id)
        if id in self._held_back:
            raise HeldBack(id)
        if manifest is None:
            known = ", ".join(self._manifests) or "none"
            raise UnknownExtension(f"There is no extension {id!r}. Those there are: {known}.")
        return manifest

    def restart(self, id: str) -> None:
        self._supervisor.restart(id)

    def show_view(self, view: str, shown: bool) -> None:
        """The page shows a view, or no longer: that may start its extension, and keeps it from being idle."""
        for manifest in self._manifests.values():
            if manifest.id not in self._started or all(each.id != view for each in manifest.views):
                continue
            views = self._shown.setdefault(manifest.id, set())
            (views.add if shown else views.discard)(view)
            self._supervisor.set_shown(manifest.id, bool(views))
            if shown and not {f"on_view:{view}", "startup"}.isdisjoint(manifest.activation):
                self._supervisor.activate(manifest.id)

    def offer(self, id: str, offered: Manifest, accept_permissions: bool) -> None:
        """Another version of a running extension, for the supervisor to swap to or to compare with. Raises
        UnknownExtension, HeldBack, ManifestError, PermissionsGrew."""
        running = self.manifest(id)
        if self._safe_mode and not is_shipped(offered.directory):
            raise HeldBack(f"the version in {offered.directory}")
        if offered.id != id:
            raise ManifestError(os.path.join(offered.directory, FILE_NAME), f"must be {id!r}", "/id")
        added = sorted(_permissions(offered) - _permissions(running))
        if added and not accept_permissions:
            raise PermissionsGrew(added)
        self._supervisor.offer(self._specification(offered, self._workspace))
        self._offered[id] = offered

    def has_second_version(self, id: str) -> bool:
        return id in self._offered

    def settle(self, id: str, version: str) -> bool:
        """After a swap or a choice: `version` is what runs from now on. Whether that is another one."""
        offered = self._offered.pop(id, None)
        if offered is None or offered.version != version:
            return False
        self._manifests[id] = offered
        return True

    def withdraw(self, id: str) -> None:
        """The offered version did not come to run."""
        self._offered.pop(id, None)

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
        self._workspace = workspace
        unaware = []
        for id in self._started:
            manifest = self._manifests[id]
            self._supervisor.set_init(id, self._init(manifest, workspace))
            offered = self._offered.get(id)
            if offered is not None:
                self._supervisor.set_sandbox(id, self._sandbox(offered, workspace), offered.version)
            if not sees_workspace(manifest):
                unaware.append(id)
                continue
            self._supervisor.set_sandbox(id, self._sandbox(manifest, workspace))
            if changed:
                self._supervisor.renew(id)
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

    def _start(self, manifest: Manifest, lazy: bool) -> None:
        os.makedirs(self._own_data(manifest), mode=0o700, exist_ok=True)
        self._supervisor.start({**self._specification(manifest, self._workspace), "lazy": lazy})
        self._started.append(manifest.id)

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
            "version": manifest.version,
            "instances": manifest.process.instances,
            "spare": manifest.process.spare,
            "idle_stop_s": manifest.process.idle_seconds,
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


def _permissions(manifest: Manifest) -> set[str]:
    """What a person agrees to."""
    return {*manifest.capabilities, *(f"network.fetch from {host}" for host in manifest.network_hosts)}
