"""A client of the Symphony protocol, written from docs/protocol.md alone: standard library only, documents as JSON.

    python3 protocol_client.py DIRECTORY TARGET METHOD [PARAMETERS]

connects to the instance whose runtime directory is DIRECTORY, sends one request, prints the result, and exits 0; a
refusal is printed to standard error as the error document and exits 1.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote_to_bytes

from protocol_memory import (
    ENDED,
    MESSAGE_OVERHEAD,
    PAGE,
    READER_SLEEPS,
    UNTIL_BELL,
    WORD,
    WRITER_SLEEPS,
    Arena,
    Ring,
    map_memory,
    receive_memory,
)

HEADER = struct.Struct("<4sBBBBQIHHHHI")
MAGIC = b"SYM1"
HELLO, WELCOME, REQUEST, ANSWER, ERROR, NOTIFICATION, CANCEL, PING, PONG = range(1, 10)
RELEASE, STREAM, CREDIT, BELL, END, PROGRESS = range(10, 16)
NO_BODY, JSON_BODY, BYTES_BODY = 0, 2, 3
FLAG_TRACE, FLAG_SHARED, FLAG_PROGRESS = 1, 8, 16
DESCRIPTORS_WITH_WELCOME = 3
LARGE = 64 * 1024
LONGEST_SOCKET_PATH = 107
NOT_AUTHENTICATED = -32010


class ProtocolError(Exception):
    """The error document a host answered with."""

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(document.get("message", "no message"))
        self.code: int = document.get("code", 0)
        self.document = document


@dataclass
class Frame:
    kind: int
    id: int = 0
    target: str = ""
    method: str = ""
    source: str = ""
    deadline: int = 0
    body: bytes = b""
    trace: bytes = b""
    format: int = JSON_BODY
    flags: int = 0

    def encode(self) -> bytes:
        target, method, source = (part.encode() for part in (self.target, self.method, self.source))
        header = HEADER.pack(
            MAGIC,
            1,
            self.kind,
            self.format if self.body else NO_BODY,
            self.flags | (FLAG_TRACE if self.trace else 0),
            self.id,
            self.deadline,
            len(target),
            len(method),
            len(source),
            0,
            len(self.body),
        )
        return header + self.trace + target + method + source + self.body

    def document(self) -> Any:
        return json.loads(self.body) if self.body else None


class Client:
    def __init__(
        self,
        connection: socket.socket,
        token: str | None = None,
        hello: dict[str, Any] | None = None,
        features: Sequence[str] = (),
    ) -> None:
        self.connection = connection
        self.connection.settimeout(30)
        self.last_id = 0
        self.answers: dict[int, Frame] = {}
        self.notifications: list[Frame] = []
        self.progress: dict[int, list[dict[str, Any]]] = {}
        self.streams: dict[int, Stream] = {}
        self.arena: Arena | None = None
        self.channel: socket.socket | None = None
        self.descriptors: list[int] = []
        self.buffer = b""
        greeting = hello or {
            "protocol": {"min": 1, "max": 1},
            "contract": {"min": 1, "max": 1},
            "name": "protocol-client",
            "version": "1.0",
            "formats": ["json"],
        }
        if features:
            greeting["features"] = list(features)
        if token is not None:
            greeting["token"] = token
        self.send(Frame(HELLO, body=json.dumps(greeting).encode()))
        self.receive_descriptors()
        welcome = self.receive()
        if welcome.kind != WELCOME:
            raise ProtocolError(welcome.document())
        self.welcome: dict[str, Any] = welcome.document()
        self.features: list[str] = self.welcome.get("features", [])
        if "arena" in self.features:
            length = self.welcome["arena"]["bytes"]
            hosts = map_memory(self.descriptors.pop(0), length, writable=False)
            self.arena = Arena(hosts, map_memory(self.descriptors.pop(0), length, writable=True))
        if "rings" in self.features:
            self.channel = socket.socket(fileno=self.descriptors.pop(0))

    @classmethod
    def connect(cls, directory: Path, attempts: int = 10, features: Sequence[str] = ()) -> Client:
        for attempt in range(attempts):
            record = json.loads((directory / "instance.json").read_text(encoding="utf-8"))
            connection = connect_socket(unquote_to_bytes(record["socket"]))
            try:
                return cls(connection, record["token"], None, features)
            except ProtocolError as error:
                connection.close()
                if error.code != NOT_AUTHENTICATED or attempt == attempts - 1:
                    raise
        raise AssertionError("unreachable")

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.connection.close()
        if self.channel:
            self.channel.close()

    def receive_descriptors(self) -> None:
        """Reads what comes first with room for descriptors beside it."""
        self.buffer, self.descriptors, _, _ = socket.recv_fds(self.connection, 65536, DESCRIPTORS_WITH_WELCOME)

    def send(self, frame: Frame) -> None:
        self.connection.sendall(frame.encode())

    def receive(self) -> Frame:
        header = HEADER.unpack(self.read(HEADER.size))
        (
            magic,
            version,
            kind,
            format_,
            flags,
            identifier,
            deadline,
            target,
            method,
            source,
            _reserved,
            body,
        ) = header
        if magic != MAGIC or version != 1:
            raise ConnectionError("the host sent something that is not a frame")
        trace = self.read(26) if flags & FLAG_TRACE else b""
        target_text, method_text, source_text = (self.read(length).decode() for length in (target, method, source))
        content = self.read(body)
        if flags & FLAG_SHARED:
            assert self.arena is not None
            # Read in place once, so a copy is only made because documents are decoded from one.
            view, owed = self.arena.look_up(content)
            content = bytes(view)
            self.send(Frame(RELEASE, owed))
        return Frame(
            kind,
            identifier,
            target_text,
            method_text,
            source_text,
            deadline,
            content,
            trace,
            format_,
            flags,
        )

    def read(self, length: int) -> bytes:
        parts = bytearray(self.buffer[:length])
        self.buffer = self.buffer[length:]
        while len(parts) < length:
            part = self.connection.recv(length - len(parts))
            if not part:
                raise ConnectionError("the host closed the connection")
            parts += part
        return bytes(parts)

    def start_request(
        self,
        target: str,
        method: str,
        parameters: Any = None,
        deadline: int = 0,
        wants_progress: bool = False,
    ) -> int:
        """`parameters` may be bytes, which are sent as they are."""
        self.last_id += 1
        if wants_progress:
            self.progress[self.last_id] = []
        frame = Frame(REQUEST, self.last_id, target, method, deadline=deadline)
        frame.flags = FLAG_PROGRESS if wants_progress else 0
        self.send(self.with_body(frame, parameters))
        return self.last_id

    def with_body(self, frame: Frame, parameters: Any) -> Frame:
        if isinstance(parameters, bytes):
            frame.body, frame.format = parameters, BYTES_BODY
        elif parameters is not None:
            frame.body = json.dumps(parameters).encode()
        if self.arena and len(frame.body) > LARGE and (reference := self.arena.put(frame.body)):
            frame.body = reference
            frame.flags |= FLAG_SHARED
        return frame

    def handle_next(self) -> None:
        """Receives one frame, and does or keeps what it says."""
        frame = self.receive()
        if frame.kind in (ANSWER, ERROR) and frame.id != 0:
            self.answers[frame.id] = frame
        elif frame.kind == ERROR:
            raise ProtocolError(frame.document())
        elif frame.kind == NOTIFICATION:
            self.notifications.append(frame)
        elif frame.kind == PROGRESS:
            self.progress[frame.id].append(frame.document())
        elif frame.kind == RELEASE:
            assert self.arena is not None
            self.arena.released(frame.id)
        elif frame.kind == PING:
            self.send(Frame(PONG, frame.id))
        elif frame.kind in (STREAM, CREDIT, BELL, END) and frame.id in self.streams:
            self.streams[frame.id].handle(frame)

    def finish_request(self, identifier: int) -> Any:
        while identifier not in self.answers:
            self.handle_next()
        frame = self.answers.pop(identifier)
        if frame.kind == ERROR:
            raise ProtocolError(frame.document())
        return frame.body if frame.format == BYTES_BODY else frame.document()

    def next_notification(self) -> Frame:
        while not self.notifications:
            self.handle_next()
        return self.notifications.pop(0)

    def open_stream(self, target: str, method: str, **options: Any) -> Stream:
        opened = self.ask("bus", "bus.open_stream", {"target": target, "method": method, **options})
        identifier: int = opened["stream"]
        length = options.get("bytes", 262144)
        ring = None
        if opened["carrier"] == "ring":
            assert self.channel is not None
            ring = Ring(
                map_memory(
                    receive_memory(self.channel, identifier),
                    PAGE + length,
                    writable=True,
                )
            )
        self.streams[identifier] = Stream(self, identifier, length, ring)
        return self.streams[identifier]

    def ask(self, target: str, method: str, parameters: Any = None, deadline: int = 0) -> Any:
        return self.finish_request(self.start_request(target, method, parameters, deadline))

    def notify(self, target: str, method: str, parameters: Any = None) -> None:
        self.send(self.with_body(Frame(NOTIFICATION, 0, target, method), parameters))


class Stream:
    """One end of a stream, whichever way it is carried."""

    def __init__(self, client: Client, identifier: int, length: int, ring: Ring | None) -> None:
        self.client = client
        self.identifier = identifier
        self.length = length
        self.ring = ring
        self.credit = length
        self.owed = 0
        self.waiting: deque[bytes] = deque()
        self.ended: Frame | None = None
        self.bells = 0

    def handle(self, frame: Frame) -> None:
        if frame.kind == STREAM:
            self.waiting.append(frame.body)
        elif frame.kind == CREDIT:
            self.credit += WORD.unpack(frame.body)[0]
        elif frame.kind == BELL:
            self.bells += 1
        else:
            self.ended = frame

    def signal(self, kind: int, body: bytes = b"") -> None:
        self.client.send(Frame(kind, self.identifier, body=body, format=BYTES_BODY))

    def send(self, message: bytes) -> None:
        if self.ring is None:
            while self.credit <= 0 and not self.ended:
                self.client.handle_next()
            self.credit -= len(message) + MESSAGE_OVERHEAD
            self.signal(STREAM, message)
            return
        while not self.ring.write(message):
            if self.ended:
                raise ConnectionError("the stream has ended")
            self.ring.store(WORD, WRITER_SLEEPS, UNTIL_BELL)
            if not self.ring.write(message):
                self.client.handle_next()
                continue
            break
        if self.ring.other_sleeps(READER_SLEEPS):
            self.signal(BELL)

    def receive(self) -> bytes | None:
        """The next message; nothing at the end, and `ended` says what was said then."""
        while True:
            message = self.take()
            if message is not None or self.is_over():
                return message
            self.client.handle_next()

    def take(self) -> bytes | None:
        if self.ring is None:
            if not self.waiting:
                return None
            message = self.waiting.popleft()
            self.owed += len(message) + MESSAGE_OVERHEAD
            if self.owed >= self.length // 4 and not self.ended:
                self.signal(CREDIT, WORD.pack(self.owed))
                self.owed = 0
            return message
        found = self.ring.read()
        if found is None:
            self.ring.store(WORD, READER_SLEEPS, UNTIL_BELL)
            found = self.ring.read()
        if found is not None and self.ring.other_sleeps(WRITER_SLEEPS):
            self.signal(BELL)
        return found

    def is_over(self) -> bool:
        return self.ended is not None and (self.ring is None or self.ring.read_all())

    def end(self) -> None:
        if self.ring:
            self.ring.store(WORD, ENDED, 1)
        self.signal(END)


def connect_socket(path: bytes) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    if len(path) <= LONGEST_SOCKET_PATH:
        connection.connect(path)
        return connection
    directory = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
    try:
        connection.connect(f"/proc/self/fd/{directory}/".encode() + os.path.basename(path))
    finally:
        os.close(directory)
    return connection


def main(arguments: list[str]) -> int:
    if len(arguments) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    directory, target, method = arguments[:3]
    parameters = json.loads(arguments[3]) if len(arguments) == 4 else {}
    with Client.connect(Path(directory)) as client:
        try:
            print(json.dumps(client.ask(target, method, parameters)))
        except ProtocolError as error:
            print(json.dumps(error.document), file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
