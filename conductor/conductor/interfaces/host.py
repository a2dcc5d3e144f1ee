"""What the host says about itself, also while the Conductor hangs.

Generated from ipc/interfaces/host.json by tools/interfaces/generate.py; do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

ENDPOINT: Final = "host"

METRICS_GET: Final = "metrics.get"
TRACE_GET: Final = "trace.get"
LOG_LEVELS: Final = "log.levels"
LOG_LEVEL: Final = "log.level"
LOG_WRITE: Final = "log.write"
TRACE_GET_SECONDS_DEFAULT: Final = 60
TRACE_GET_AFTER_DEFAULT: Final = 0

if TYPE_CHECKING:
    from typing import Any, Literal, NotRequired, TypedDict

    MetricsGetParams = dict[str, Any]

    class MetricsGetResult(TypedDict):
        """The result of metrics.get."""

        content_type: str
        text: str

    class TraceGetParams(TypedDict):
        """The parameters of trace.get."""

        # 1 to 3600.
        seconds: NotRequired[int]
        # `next` of the answer before.
        after: NotRequired[int]

    class TraceGetResult(TypedDict):
        """The result of trace.get."""

        # At most 1024 items.
        spans: list[dict[str, Any]]
        next: int
        more: bool

    LogLevelsParams = dict[str, Any]

    class LogLevelsResult(TypedDict):
        """The result of log.levels."""

        directory: str | None
        # A level by name.
        components: dict[str, Any]

    class LogLevelParams(TypedDict):
        """The parameters of log.level."""

        # 1 to 128 characters.
        component: str
        level: Literal["debug", "info", "warning", "error"]

    class LogLevelResult(TypedDict):
        """The result of log.level."""

        component: str
        level: Literal["debug", "info", "warning", "error"]

    class LogWriteParams(TypedDict):
        """The parameters of log.write."""

        level: Literal["debug", "info", "warning", "error"]
        message: str
