"""Extension processes: states, restarts, saved state.

Generated from ipc/interfaces/supervisor.json by tools/interfaces/generate.py; do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

ENDPOINT: Final = "supervisor"

PROCESS_LIST: Final = "process.list"
PROCESS_RESTART: Final = "process.restart"
PROCESS_START: Final = "process.start"
PROCESS_STOP: Final = "process.stop"
PROCESS_SWAP: Final = "process.swap"
PROCESS_SPLIT: Final = "process.split"
PROCESS_CHOOSE: Final = "process.choose"
CONTRACT_SAVE: Final = "contract.save"
TELEMETRY_SPANS: Final = "telemetry.spans"
PROCESS_SPLIT_BY_DEFAULT: Final = "message"

if TYPE_CHECKING:
    from typing import Any, Literal, NotRequired, TypedDict

    class Instance(TypedDict):
        """One process of an extension."""

        instance: str
        version: str
        role: Literal["serving", "spare", "incoming", "leaving"]
        state: str
        pid: int
        generation: int
        # Its share of what is sent to the extension.
        weight: int
        quarantined: bool

    class Step(TypedDict):
        """A step of a process' lifecycle; when, of CLOCK_MONOTONIC."""

        instance: str
        before: str
        state: str
        at_us: int
        reason: str

    class Process(TypedDict):
        """One extension, through all its processes."""

        id: str
        version: NotRequired[str]
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
        instances: NotRequired[list[Instance]]
        # The experiment that runs: `version`, `share`, `by`.
        split: NotRequired[dict[str, Any] | None]
        # The newest steps. At most 16 items.
        history: NotRequired[list[Step]]

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

    class ProcessStartParams(TypedDict):
        """The parameters of process.start."""

        # 1 to 128 characters.
        id: str

    ProcessStartResult = dict[str, Any]

    class ProcessStopParams(TypedDict):
        """The parameters of process.stop."""

        # 1 to 128 characters.
        id: str

    ProcessStopResult = dict[str, Any]

    class ProcessSwapParams(TypedDict):
        """The parameters of process.swap."""

        # 1 to 128 characters.
        id: str

    class ProcessSwapResult(TypedDict):
        """The result of process.swap."""

        version: str
        generation: int
        # How long messages waited.
        pause_us: int

    class ProcessSplitParams(TypedDict):
        """The parameters of process.split."""

        # 1 to 128 characters.
        id: str
        # 1 to 99.
        share: int
        by: NotRequired[Literal["message", "sender"]]

    class ProcessSplitResult(TypedDict):
        """The result of process.split."""

        version: str
        # 1 to 99.
        share: int

    class ProcessChooseParams(TypedDict):
        """The parameters of process.choose."""

        # 1 to 128 characters.
        id: str
        # 1 to 64 characters.
        version: str

    class ProcessChooseResult(TypedDict):
        """The result of process.choose."""

        version: str
        generation: int

    class ContractSaveParams(TypedDict):
        """The parameters of contract.save."""

        state: dict[str, Any]

    class TelemetrySpansParams(TypedDict):
        """The parameters of telemetry.spans."""

        # At most 256 items.
        spans: list[Span]
