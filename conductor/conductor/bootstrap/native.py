"""Phase 2: the bus, then the Pit, then the Orchestra Kit. What is imported here may be missing: it is imported here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .. import log
from ..blocking import in_thread
from ..settings import PLUGINS_VARIABLE, PROCESSES_VARIABLE, Settings
from .advice import SAFE_MODE
from .phase import Retry, StartReport

if TYPE_CHECKING:
    from orchestra_kit import Kit, ProcessSupervisor
    from symphony_ipc import Bus, BusError, MessageContext, Pit

    from ..router import Router


class Foundation:
    """What the phases build, in order; each part exists once its phase is done."""

    bus: Bus
    router: Router
    pit: Pit
    supervisor: ProcessSupervisor
    kit: Kit


def log_directory(settings: Settings) -> str:
    """Beside the Conductor's own log, a file for each component."""
    if settings.log_file:
        return os.path.dirname(os.path.abspath(settings.log_file))
    return os.path.join(settings.data_directory, "log")


async def _set_log_level(params: dict[str, Any], context: MessageContext) -> dict[str, Any]:
    del context
    level = params.get("level")
    if not isinstance(level, str) or not log.set_level(level):
        log.warning("a log level that does not exist was asked for")
    return {}


class BusPhase:
    name = "bus"
    timeout_s = 5.0
    retry = Retry.never("the application joins the first bus there is, and leaves with it")
    way_around = ""

    def __init__(self, settings: Settings, foundation: Foundation, report: StartReport) -> None:
        self._settings = settings
        self._foundation = foundation
        self._report = report
        self._bus: Bus | None = None

    async def start(self) -> None:
        from symphony_ipc import Bus, BusError

        from ..router import Router

        # Quick and on this thread: the application's own endpoints join it before anything else is on the bus.
        self._bus = self._open_bus(Bus, BusError)
        self._foundation.bus = self._bus
        self._foundation.router = Router()
        self._foundation.router.add("contract.log_level", _set_log_level)
        self._bus.register_endpoint("conductor", self._foundation.router.handle, interface="conductor")
        self._report.on_change(self._show)

    async def health_check(self) -> None:
        assert self._bus is not None
        if not any(endpoint["id"] == "conductor" for endpoint in self._bus.statistics()["endpoints"]):
            raise RuntimeError("the Conductor is not on the bus")

    async def rollback(self) -> None:
        self._report.forget(self._show)
        if self._bus is not None:
            self._bus.close()
            self._bus = None
            del self._foundation.bus

    def _open_bus(self, bus: type[Bus], bus_error: type[BusError]) -> Bus:
        version, name = self._settings.host_version, "symphony"
        directory = log_directory(self._settings)
        try:
            return bus(host_version=version, process_name=name, log_directory=directory)
        except bus_error as error:
            # Whoever asked for a log has been told already that its place cannot be written (phase minimal).
            log.warning("what extensions log is not kept", error=error.message)
            return bus(host_version=version, process_name=name)

    def _show(self, report: StartReport) -> None:
        if self._bus is not None and not self._bus.closed:
            self._bus.notify("ui", {"method": "ui.conductor", "params": report.to_document()})


class FoundationPhase:
    """A phase that adds the part `part` to the foundation, and closes it when it is undone."""

    name: str
    part: str
    way_around = ""

    def __init__(self, settings: Settings, foundation: Foundation, report: StartReport) -> None:
        self._settings = settings
        self._foundation = foundation
        self._report = report

    async def rollback(self) -> None:
        # A phase that failed on its way may not have made it.
        made: Any = self._foundation.__dict__.pop(self.part, None)
        if made is not None and made.close() is False:
            log.warning(f"the {self.name} was left: a file operation did not return, the disk does not answer")


class PitPhase(FoundationPhase):
    name = "pit"
    timeout_s = 15.0
    # The instance before may be about to end and still hold the database.
    retry = Retry(2, first_pause_s=0.1)
    part = "pit"

    async def start(self) -> None:
        from symphony_ipc import Pit

        bus, settings = self._foundation.bus, self._settings
        # Opening a database waits for the disk.
        self._foundation.pit = await in_thread(
            lambda: Pit(bus, settings.data_directory, plugins=settings.pit_plugins, processes=settings.pit_processes),
            "open Pit",
        )

    async def health_check(self) -> None:
        status = self._foundation.pit.status()
        for module, origin in status["elsewhere"].items():
            log.warning("a module of the Pit is not the built-in one", module=module, origin=origin)
        for refused in status["refused"]:
            error = refused["error"]
            log.warning(
                "a module of the Pit was refused", origin=refused["from"], code=error["code"], error=error["message"]
            )
            self._report.problem(
                f"{error['message']} Correct or remove {PLUGINS_VARIABLE} or {PROCESSES_VARIABLE}, and start again."
            )
        for module in status["modules"]:
            if module["health"] not in ("healthy", "ready", "ok"):
                self._report.problem(f"{module['id']} is {module['health']}.")


class KitPhase(FoundationPhase):
    name = "kit"
    timeout_s = 5.0
    retry = Retry(1, first_pause_s=0.05)
    part = "supervisor"
    _methods: tuple[str, ...] = ()

    def __init__(self, settings: Settings, foundation: Foundation, report: StartReport) -> None:
        super().__init__(settings, foundation, report)
        if settings.extensions_directory is not None and not settings.safe_mode:
            self.way_around = SAFE_MODE

    async def start(self) -> None:
        from orchestra_kit import AbsentSupervisor, Kit
        from symphony_ipc import BusError, Supervisor

        from ..extensions import ExtensionService

        settings, foundation = self._settings, self._foundation
        try:
            foundation.supervisor = Supervisor(foundation.bus, settings.launcher)
        except BusError as error:
            # Without it no extension can run, but the folder can still be searched.
            self._report.problem(f"Extensions cannot be started. {error.message}")
            foundation.supervisor = AbsentSupervisor(error.message)
        logs = log_directory(settings)
        # Manifests may be on a disk that does not answer: this thread must be free to say so.
        foundation.kit = await in_thread(
            lambda: Kit(
                foundation.supervisor,
                settings.extensions_directory,
                logs,
                settings.data_directory,
                outer_sandbox=settings.outer_sandbox,
                safe_mode=settings.safe_mode,
            ),
            "read manifests",
        )
        if settings.safe_mode:
            log.warning(
                "safe mode: no extension is started that does not come with Symphony",
                held_back=list(foundation.kit.held_back),
            )
        methods = ExtensionService(foundation.bus, foundation.kit).methods()
        self._methods = tuple(methods)
        for name, method in methods.items():
            # Here and not with the rest of the Conductor: the page shows a view as soon as it knows of it.
            foundation.router.add(name, method)
        if settings.start_extensions:
            # As early as possible: a process needs longer to its first picture than everything that is left to do here.
            foundation.kit.begin(settings.workspace)
            contributions = foundation.kit.contributions()
            foundation.bus.notify("ui", {"method": "ui.contributions", "params": contributions})

    async def health_check(self) -> None:
        for problem in self._foundation.kit.problems:
            self._report.problem(str(problem))

    async def rollback(self) -> None:
        self._foundation.router.remove(self._methods)
        self._foundation.__dict__.pop("kit", None)
        await super().rollback()
