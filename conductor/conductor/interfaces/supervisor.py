"""Extension processes: states, restarts, saved state.

Generated from ipc/interfaces/supervisor.json by tools/interfaces/generate.py; do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

ENDPOINT: Final = "supervisor"

PROCESS_LIST: Final = "process.list"
PROCESS_RESTART: Final = "process.restart"
CONTRACT_SAVE: Final = "contract.save"
TELEMETRY_SPANS: Final = "telemetry.spans"

if TYPE_CHECKING:
    from typing import Any, NotRequired, TypedDict

    class Process(TypedDict):
        """One extension, through all its processes."""

        id: str
        # 0 while there is none.
        pid: int
        state: str
        # Counts its processes.
        generation: int
        restarts: int
        quarantined: bool
        # Each limit with `limit`, `unit`, `enforced` and `by`.
        limits: NotRequired[dict[str, Any]]
        # What its sandbox keeps, and by which means.
        sandbox: NotRequired[Any]

    class Span(TypedDict):
        """A piece of work; times of CLOCK_MONOTONIC, identifiers in lower-case hexadecimal as in `traceparent`."""

        # Not empty. At most 256 bytes.
        name: str
        # 32 characters.
        trace: str
        # 16 characters.
        span: str
        # At most 16 characters.
        parent: NotRequired[str]
        start_us: int
        end_us: int

    ProcessListParams = dict[str, Any]

    class ProcessListResult(TypedDict):
        """The result of process.list."""

        processes: list[Process]

    class ProcessRestartParams(TypedDict):
        """The parameters of process.restart."""

        # 1 to 128 characters.
        id: str

    ProcessRestartResult = dict[str, Any]

    class ContractSaveParams(TypedDict):
        """The parameters of contract.save."""

        state: dict[str, Any]

    class TelemetrySpansParams(TypedDict):
        """The parameters of telemetry.spans."""

        # At most 256 items.
        spans: list[Span]
