"""What the host asks of an extension and tells it, each at its own endpoint.

Generated from ipc/interfaces/contract.json by tools/interfaces/generate.py; do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

CONTRACT_INIT: Final = "contract.init"
CONTRACT_RESTORE: Final = "contract.restore"
CONTRACT_LOG_LEVEL: Final = "contract.log_level"
CONTRACT_SNAPSHOT: Final = "contract.snapshot"
CONTRACT_SHUTDOWN: Final = "contract.shutdown"
WORKSPACE_CHANGED: Final = "workspace.changed"
CONTRACT_MEMORY_PRESSURE: Final = "contract.memory_pressure"
STREAM_OFFER: Final = "stream.offer"
STREAM_OPENED: Final = "stream.opened"
UI_ACK: Final = "ui.ack"
UI_EVENT: Final = "ui.event"

if TYPE_CHECKING:
    from typing import Any, Literal, NotRequired, TypedDict

    class Failure(TypedDict):
        """An error, as in section 5 of the protocol."""

        code: int
        message: str
        data: NotRequired[dict[str, Any] | None]

    class ContractInitParams(TypedDict):
        """The parameters of contract.init."""

        # The folder it may write.
        data: NotRequired[str]
        # The open folder.
        workspace: str | None
        # From the manifest.
        config: dict[str, Any]
        # Counts the extension's processes. At least 1.
        generation: int

    ContractInitResult = dict[str, Any]

    class ContractRestoreParams(TypedDict):
        """The parameters of contract.restore."""

        state: dict[str, Any]

    ContractRestoreResult = dict[str, Any]

    class ContractLogLevelParams(TypedDict):
        """The parameters of contract.log_level."""

        level: Literal["debug", "info", "warning", "error"]

    ContractSnapshotParams = dict[str, Any]

    class ContractSnapshotResult(TypedDict):
        """The result of contract.snapshot."""

        state: dict[str, Any]

    ContractShutdownParams = dict[str, Any]

    ContractShutdownResult = dict[str, Any]

    class WorkspaceChangedParams(TypedDict):
        """The parameters of workspace.changed."""

        workspace: str | None

    WorkspaceChangedResult = dict[str, Any]

    class ContractMemoryPressureParams(TypedDict):
        """The parameters of contract.memory_pressure."""

        # Bytes.
        used: int
        # Bytes.
        limit: int

    class StreamOfferParams(TypedDict):
        """The parameters of stream.offer."""

        # At least 1.
        stream: int
        source: str
        # What the stream is about.
        method: str
        # As the extension sees it.
        direction: Literal["send", "receive"]
        when_full: Literal["wait", "drop_oldest"]
        # 4096 to 16777216.
        bytes: int
        # What who opens it says.
        params: NotRequired[dict[str, Any] | None]

    StreamOfferResult = dict[str, Any]

    class StreamOpenedParams(TypedDict):
        """The parameters of stream.opened."""

        # At least 1.
        stream: int
        carrier: Literal["ring", "socket"]

    class UiAckParams(TypedDict):
        """The parameters of ui.ack."""

        view: str
        revision: int
        # An error, as in section 5 of the protocol.
        error: NotRequired[Failure]

    class UiEventParams(TypedDict):
        """The parameters of ui.event."""

        view: str
        node: str
        event: str
        data: dict[str, Any]
        # The event's own `traceparent`.
        trace: NotRequired[str]
