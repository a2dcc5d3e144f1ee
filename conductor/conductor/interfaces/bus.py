"""The bus itself: the documents of a connection, topics, and streams.

Generated from ipc/interfaces/bus.json by tools/interfaces/generate.py; do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

ENDPOINT: Final = "bus"

BUS_OPEN_STREAM: Final = "bus.open_stream"
BUS_SUBSCRIBE: Final = "bus.subscribe"
BUS_UNSUBSCRIBE: Final = "bus.unsubscribe"
BUS_OPEN_STREAM_DIRECTION_DEFAULT: Final = "send"
BUS_OPEN_STREAM_WHEN_FULL_DEFAULT: Final = "wait"
BUS_OPEN_STREAM_BYTES_DEFAULT: Final = 262144
BUS_SUBSCRIBE_WHEN_FULL_DEFAULT: Final = "drop_oldest"
BUS_SUBSCRIBE_QUEUE_BYTES_DEFAULT: Final = 1048576

if TYPE_CHECKING:
    from typing import Any, Literal, NotRequired, TypedDict

    class Arena(TypedDict):
        """Memory for large bodies, one piece for each direction."""

        # At least 1.
        bytes: int

    class Error(TypedDict):
        """The body of an error frame."""

        # -32768 to -1.
        code: int
        # A sentence for a person.
        message: str
        # `path` names the field at fault as a JSON Pointer.
        data: NotRequired[dict[str, Any] | None]

    class Range(TypedDict):
        """Versions from `min` to `max`."""

        # At least 1.
        min: int
        # At least 1.
        max: int

    class Hello(TypedDict):
        """The first frame of a client."""

        # Versions from `min` to `max`.
        protocol: Range
        # Versions from `min` to `max`.
        contract: Range
        name: str
        version: str
        formats: list[str]
        # What the client does, as `arena`.
        features: NotRequired[list[str]]
        # Only on the listening socket.
        token: NotRequired[str]

    class Host(TypedDict):
        """Who answers."""

        name: str
        version: str

    class Limits(TypedDict):
        """What the host accepts on this connection."""

        body_bytes: int
        pending_requests: int
        shared_body_bytes: NotRequired[int]
        stream_message_bytes: NotRequired[int]
        # That may be open at a time.
        streams: NotRequired[int]

    class OpenedStream(TypedDict):
        """A stream that is open."""

        # The id of its frames. At least 1.
        stream: int
        carrier: Literal["ring", "socket"]

    class Welcome(TypedDict):
        """The host's answer to a hello."""

        # At least 1.
        protocol: int
        # At least 1.
        contract: int
        # The client's own address.
        endpoint: str
        format: Literal["msgpack", "json"]
        # Who answers.
        host: Host
        # What the host accepts on this connection.
        limits: Limits
        # Memory for large bodies, one piece for each direction.
        arena: NotRequired[Arena]
        # What both do, of what the client named.
        features: NotRequired[list[str]]

    class BusOpenStreamParams(TypedDict):
        """The parameters of bus.open_stream."""

        # 1 to 128 characters.
        target: str
        # What the stream is about. 1 to 128 characters.
        method: str
        # As who opens it sees it.
        direction: NotRequired[Literal["send", "receive"]]
        when_full: NotRequired[Literal["wait", "drop_oldest"]]
        # What may be on its way; a power of two. 4096 to 16777216.
        bytes: NotRequired[int]
        # For the other side.
        params: NotRequired[dict[str, Any] | None]

    BusOpenStreamResult = OpenedStream

    class BusSubscribeParams(TypedDict):
        """The parameters of bus.subscribe."""

        # A topic, `prefix.*`, or `*`. 1 to 128 characters.
        topic: str
        when_full: NotRequired[Literal["drop_oldest", "latest_wins", "disconnect"]]
        # 1024 to 8388608.
        queue_bytes: NotRequired[int]

    BusSubscribeResult = dict[str, Any]

    class BusUnsubscribeParams(TypedDict):
        """The parameters of bus.unsubscribe."""

        # 1 to 128 characters.
        topic: str

    BusUnsubscribeResult = dict[str, Any]
