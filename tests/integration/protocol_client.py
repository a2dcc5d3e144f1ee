"""A client of the Symphony protocol, written from docs/protocol.md alone: standard library only, JSON bodies.

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
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote_to_bytes

HEADER = struct.Struct("<4sBBBBQIHHHHI")
MAGIC = b"SYM1"
HELLO, WELCOME, REQUEST, ANSWER, ERROR, NOTIFICATION, CANCEL, PING, PONG = range(1, 10)
NO_BODY, JSON_BODY = 0, 2
FLAG_TRACE = 1
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

    def encode(self) -> bytes:
        target, method, source = (part.encode() for part in (self.target, self.method, self.source))
        header = HEADER.pack(
            MAGIC,
            1,
            self.kind,
            JSON_BODY if self.body else NO_BODY,
            FLAG_TRACE if self.trace else 0,
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
        self, connection: socket.socket, token: str | None = None, hello: dict[str, Any] | None = None
    ) -> None:
        self.connection = connection
        self.connection.settimeout(30)
        self.last_id = 0
        self.answers: dict[int, Frame] = {}
        self.notifications: list[Frame] = []
        greeting = hello or {
            "protocol": {"min": 1, "max": 1},
            "contract": {"min": 1, "max": 1},
            "name": "protocol-client",
            "version": "1.0",
            "formats": ["json"],
        }
        if token is not None:
            greeting["token"] = token
        self.send(Frame(HELLO, body=json.dumps(greeting).encode()))
        welcome = self.receive()
        if welcome.kind != WELCOME:
            raise ProtocolError(welcome.document())
        self.welcome: dict[str, Any] = welcome.document()

    @classmethod
    def connect(cls, directory: Path, attempts: int = 10) -> Client:
        for attempt in range(attempts):
            record = json.loads((directory / "instance.json").read_text(encoding="utf-8"))
            connection = connect_socket(unquote_to_bytes(record["socket"]))
            try:
                return cls(connection, record["token"])
            except ProtocolError as error:
                connection.close()
                if error.code != NOT_AUTHENTICATED or attempt == attempts - 1:
                    raise
        raise AssertionError("unreachable")

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def send(self, frame: Frame) -> None:
        self.connection.sendall(frame.encode())

    def receive(self) -> Frame:
        header = HEADER.unpack(self.read(HEADER.size))
        magic, version, kind, _format, flags, identifier, deadline, target, method, source, _reserved, body = header
        if magic != MAGIC or version != 1:
            raise ConnectionError("the host sent something that is not a frame")
        trace = self.read(26) if flags & FLAG_TRACE else b""
        target_text, method_text, source_text = (self.read(length).decode() for length in (target, method, source))
        return Frame(kind, identifier, target_text, method_text, source_text, deadline, self.read(body), trace)

    def read(self, length: int) -> bytes:
        parts = bytearray()
        while len(parts) < length:
            part = self.connection.recv(length - len(parts))
            if not part:
                raise ConnectionError("the host closed the connection")
            parts += part
        return bytes(parts)

    def start_request(self, target: str, method: str, parameters: Any = None, deadline: int = 0) -> int:
        self.last_id += 1
        body = b"" if parameters is None else json.dumps(parameters).encode()
        self.send(Frame(REQUEST, self.last_id, target, method, deadline=deadline, body=body))
        return self.last_id

    def finish_request(self, identifier: int) -> Any:
        while identifier not in self.answers:
            frame = self.receive()
            if frame.kind in (ANSWER, ERROR) and frame.id != 0:
                self.answers[frame.id] = frame
            elif frame.kind == ERROR:
                raise ProtocolError(frame.document())
            elif frame.kind == NOTIFICATION:
                self.notifications.append(frame)
            elif frame.kind == PING:
                self.send(Frame(PONG, frame.id))
        frame = self.answers.pop(identifier)
        if frame.kind == ERROR:
            raise ProtocolError(frame.document())
        return frame.document()

    def ask(self, target: str, method: str, parameters: Any = None, deadline: int = 0) -> Any:
        return self.finish_request(self.start_request(target, method, parameters, deadline))

    def notify(self, target: str, method: str, parameters: Any = None) -> None:
        body = b"" if parameters is None else json.dumps(parameters).encode()
        self.send(Frame(NOTIFICATION, 0, target, method, body=body))


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
