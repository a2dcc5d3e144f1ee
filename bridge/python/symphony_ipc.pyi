"""The native module: bus, Pit and process supervision. The same source is embedded in the desktop application."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from os import PathLike
from typing import Any, TypedDict, final

# A document: None, bool, int of 64 bits, finite float, str without lone surrogates, list or tuple, dict with str keys;
# nested at most 64 deep. Anything else raises TypeError or ValueError that names the place (JSON Pointer).
Document = Any

ERROR_CODES: dict[str, int]

class _MessageRequired(TypedDict):
    method: str

class Message(_MessageRequired, total=False):
    params: Mapping[str, Document]

class BusError(Exception):
    name: str
    code: int
    message: str
    data: Document
    def __init__(self, name: str, message: str, data: Document = None) -> None: ...

@final
class MessageContext:
    @property
    def source(self) -> str: ...
    @property
    def is_request(self) -> bool: ...
    @property
    def cancelled(self) -> bool: ...
    @property
    def trace(self) -> str | None:
        """The handler's own span; pass it on with what is sent on behalf of the message."""
    @property
    def remaining_s(self) -> float | None:
        """Seconds until the sender stops waiting."""

Handler = Callable[[dict[str, Document], MessageContext], Coroutine[Any, Any, Mapping[str, Document] | None]]

@final
class Bus:
    """One per process. Used on the thread of the event loop it was first used with; close() at the latest at exit."""

    def __init__(
        self,
        *,
        host_version: str = "",
        process_name: str = "symphony",
        endpoint: str = "conductor",
        log_directory: str | bytes | PathLike[str] | None = None,
    ) -> None:
        """`endpoint` is the source its messages carry. The endpoint `host` keeps what extensions log in
        `log_directory`, a file each; without one it only counts."""
    def send_message(
        self,
        target: str,
        message: Message | Mapping[str, Document],
        *,
        deadline: float | None = None,
        trace: str | None = None,
    ) -> Awaitable[Any]:
        """Awaiting it gives the result or raises BusError. `deadline` in seconds. Cancelling it cancels the request."""
    def notify(self, target: str, message: Message | Mapping[str, Document], *, trace: str | None = None) -> None: ...
    def register_endpoint(self, id: str, handler: Handler, *, interface: str | None = None) -> None:
        """Messages to `id` run as tasks of the running loop; a cancelled request cancels its task. With the name of an
        interface (docs/interfaces.md) the handler sees only parameters its definition allows."""
    def unregister_endpoint(self, id: str) -> None: ...
    def listen(self, directory: str, grants: list[str]) -> None: ...
    def statistics(self) -> dict[str, Document]: ...
    def chrome_trace(self, trace: str | None = None) -> dict[str, Document]: ...
    def record_span(self, name: str, trace: str, *, parent: str | None = None, start_us: int, end_us: int) -> None: ...
    @property
    def closed(self) -> bool: ...
    def close(self) -> None:
        """Ends processes, endpoints, the Pit and the bus; whatever still waits fails. Again: nothing happens."""

@final
class Pit:
    def __init__(
        self,
        bus: Bus,
        data_directory: str | bytes | PathLike[str],
        pool_threads: int = 2,
        plugins: Sequence[str | bytes | PathLike[str]] = [],
        processes: Mapping[str, Sequence[str]] = {},
    ) -> None:
        """Plug-ins and processes (a command by a module's id) take the place of built-in modules; what is refused is in
        status()."""

    def status(self) -> dict[str, Document]: ...
    def close(self) -> bool:
        """False when an operation on the disk did not return in time: it is left to the end of the process."""

@final
class Supervisor:
    def __init__(self, bus: Bus, launcher: str | bytes | PathLike[str]) -> None: ...
    def start(self, spec: dict[str, Any]) -> None:
        """Keys: id, executable; arguments, working_directory, grants, restart (immediate, backoff, manual),
        restart_limit, restart_window_s, start_timeout_ms, init, log, sandbox (as for set_sandbox; None: no sandbox),
        version, instances, spare, lazy (the first message starts it), idle_stop_s (0: never)."""
    def stop(self, id: str) -> None: ...
    def restart(self, id: str) -> None: ...
    def renew(self, id: str) -> None:
        """As restart, but only what was started and not stopped since."""
    def activate(self, id: str) -> None:
        """Starts what waits for an event."""
    def set_shown(self, id: str, shown: bool) -> None:
        """While a view of it is shown it is not idle."""
    def offer(self, spec: dict[str, Any]) -> None:
        """Another version of a running extension, for process.swap and process.split of the endpoint supervisor."""
    def set_init(self, id: str, init: dict[str, Any]) -> None: ...
    def set_sandbox(self, id: str, sandbox: dict[str, Any], version: str = "") -> None:
        """From its next start on; without a version that of the current one. Keys: read, execute, write (lists of
        escaped absolute paths); start_programs, change_metadata, raw_network, outer; memory_bytes, cpu_percent,
        processes, files, file_bytes."""
    def processes(self) -> list[dict[str, Any]]: ...
    def close(self) -> None: ...

def monotonic_us() -> int: ...
def escape_path(path: bytes) -> str: ...
def unescape_path(text: str) -> bytes: ...
def new_trace() -> str: ...
def child_trace(trace: str) -> str: ...
