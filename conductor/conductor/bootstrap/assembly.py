"""Phase 3: the container assembles the Conductor from its parts; then it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import log
from ..settings import Settings
from .native import Foundation
from .phase import Retry, StartReport

if TYPE_CHECKING:
    from ..components import Runs
    from ..container import Container

# What an outside program of the same user may ask (docs/protocol.md section 8).
OUTSIDE_GRANTS = [
    "conductor:search.query",
    "conductor:workspace.open",
    "conductor:status.get",
    "conductor:explain.decision",
    "conductor:learning.get",
    "conductor:learning.set",
    "conductor:learning.forget",
    "conductor:extension.restart",
    "conductor:extension.list",
    "conductor:extension.start",
    "conductor:extension.stop",
    "conductor:extension.swap",
    "conductor:extension.split",
    "conductor:extension.choose",
    "host:metrics.get",
    "host:trace.get",
    "host:log.level",
    "host:log.levels",
    "workbench:workbench.open",
    "artifact_store:artifact.*",
    "artifact_store:index.status",
    "artifact_store:index.search",
    "artifact_store:index.scan",
    "pool_manager:pool.status",
    "pool_manager:pool.describe",
    "pool_manager:pool.history",
    "arbitration_engine:arbitration.status",
    "arbitration_engine:arbitration.audit",
    "arbitration_engine:arbitration.explain",
]


class AssemblyPhase:
    name = "conductor"
    timeout_s = 5.0
    retry = Retry(1, first_pause_s=0.05)
    way_around = ""

    def __init__(self, settings: Settings, foundation: Foundation, report: StartReport) -> None:
        self._settings = settings
        self._foundation = foundation
        self._report = report
        self._methods: list[str] = []
        self._endpoints: list[str] = []
        self._running: list[Runs] = []
        self.container: Container | None = None

    async def start(self) -> None:
        from orchestra_kit import Kit
        from symphony_ipc import Bus, Pit

        from ..components import register_components
        from ..container import Container

        container = Container()
        container.register_instance(Settings, self._settings)
        container.register_instance(StartReport, self._report)
        container.register_instance(Bus, self._foundation.bus)
        container.register_instance(Pit, self._foundation.pit)
        container.register_instance(Kit, self._foundation.kit)
        components = register_components(container)
        container.verify()
        for component in components:
            await self._connect(container.resolve(component))
        self.container = container

    async def _connect(self, component: object) -> None:
        from ..components import AnswersMethods, Runs, ServesEndpoint

        if isinstance(component, Runs):
            await component.start()
            self._running.append(component)
        if isinstance(component, AnswersMethods):
            for name, method in component.methods().items():
                self._foundation.router.add(name, method, when_open=True)
                self._methods.append(name)
        if isinstance(component, ServesEndpoint):
            id = component.endpoint
            self._foundation.bus.register_endpoint(id, component.handle, interface=component.interface)
            self._endpoints.append(id)

    async def health_check(self) -> None:
        status = await self._foundation.bus.send_message("artifact_store", {"method": "index.status"})
        if status["state"] == "failed":
            self._report.problem("The index does not work; searches read the folder itself.")

    async def rollback(self) -> None:
        self._foundation.router.remove(self._methods)
        for id in self._endpoints:
            self._foundation.bus.unregister_endpoint(id)
        for component in reversed(self._running):
            await component.stop()
        self._methods, self._endpoints, self._running = [], [], []
        self.container = None


class RunPhase:
    name = "run"
    timeout_s = 20.0
    retry = Retry.never("the bus listens for as long as it lives")
    way_around = ""

    def __init__(
        self, settings: Settings, foundation: Foundation, assembly: AssemblyPhase, report: StartReport
    ) -> None:
        self._settings = settings
        self._foundation = foundation
        self._assembly = assembly
        self._report = report

    async def start(self) -> None:
        from symphony_ipc import BusError

        from ..workspace import Workspace

        assert self._assembly.container is not None
        settings, bus = self._settings, self._foundation.bus
        if settings.workspace is not None:
            workspace = self._assembly.container.resolve(Workspace)
            try:
                await workspace.open(settings.workspace, known_to=settings.workspace)
            except BusError as error:
                self._report.problem(error.message)
        if settings.listen:
            try:
                bus.listen(settings.runtime_directory, OUTSIDE_GRANTS)
            except BusError as error:
                log.warning("not listening", error=error.name)
                self._report.problem(f"Other programs cannot connect: {error.message}")
        self._foundation.router.open()

    async def health_check(self) -> None:
        await self._foundation.bus.send_message("conductor", {"method": "status.get"}, deadline=5.0)

    async def rollback(self) -> None:
        """What it opened ends with the bus and the Pit."""
        self._foundation.router.close()
