"""The proof that docs/protocol.md is enough: its client against a real bus in a real process."""

from __future__ import annotations

import json
import os
import socket
import stat
import struct
import subprocess
import sys
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

from protocol_client import (
    BELL,
    CANCEL,
    ERROR,
    HELLO,
    PING,
    PONG,
    REQUEST,
    Client,
    Frame,
    ProtocolError,
    connect_socket,
    main,
)
from protocol_memory import POSITION, WORD, WRITTEN

EVERYTHING = ("arena", "bytes", "progress", "streams", "rings")

HOST = os.environ.get("PROTOCOL_HOST", "")


class ProtocolTest(unittest.TestCase):
    def setUp(self) -> None:
        self.temporary = TemporaryDirectory()
        self.directory = Path(self.temporary.name) / "symphony"
        self.host = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        host = subprocess.Popen([HOST, str(self.directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert host.stdout is not None
        self.assertEqual(host.stdout.readline(), b"listening\n")
        return host

    def tearDown(self) -> None:
        self.host.communicate(timeout=20)
        self.assertEqual(self.host.returncode, 0)
        self.assertFalse((self.directory / "instance.json").exists())
        self.temporary.cleanup()

    def record(self) -> dict[str, str]:
        document: dict[str, str] = json.loads((self.directory / "instance.json").read_text())
        return document

    def refused(self, client: Client, target: str, method: str, deadline: int = 0) -> dict[str, object]:
        with self.assertRaises(ProtocolError) as caught:
            client.ask(target, method, None, deadline)
        return caught.exception.document

    def test_files_are_private(self) -> None:
        self.assertEqual(stat.S_IMODE(self.directory.stat().st_mode), 0o700)
        self.assertEqual(stat.S_IMODE((self.directory / "instance.json").stat().st_mode), 0o600)
        self.assertEqual(self.record()["pid"], self.host.pid)

    def test_welcome(self) -> None:
        with Client.connect(self.directory) as client:
            self.assertEqual(client.welcome["protocol"], 1)
            self.assertEqual(client.welcome["format"], "json")
            self.assertEqual(
                client.welcome["limits"],
                {"body_bytes": 16777216, "pending_requests": 1024},
            )
            self.assertEqual(
                client.ask("echo", "echo.source"),
                {"source": client.welcome["endpoint"]},
            )

    def test_request_and_answer(self) -> None:
        documents = [
            {"text": 'ä\n"', "list": [1, -2, 2.5, None, True]},
            [],
            "x" * 1_000_000,
            18446744073709551615,
        ]
        with Client.connect(self.directory) as client:
            for document in documents:
                self.assertEqual(client.ask("echo", "echo.say", document), document)

    def test_answers_may_be_collected_in_any_order(self) -> None:
        with Client.connect(self.directory) as client:
            requests = [client.start_request("echo", "echo.say", number) for number in range(50)]
            for number in reversed(range(50)):
                self.assertEqual(client.finish_request(requests[number]), number)

    def test_errors(self) -> None:
        with Client.connect(self.directory) as client:
            self.assertEqual(self.refused(client, "echo", "echo.nothing")["code"], -32601)
            self.assertEqual(self.refused(client, "nobody", "m")["code"], -32001)
            denied = self.refused(client, "supervisor", "process.restart")
            self.assertEqual(denied["code"], -32005)
            self.assertEqual(denied["data"], {"capability": "supervisor:process.restart"})
            self.assertEqual(self.refused(client, "echo", "echo.hold", 5)["code"], -32003)

    def test_cancel(self) -> None:
        with Client.connect(self.directory) as client:
            request = client.start_request("echo", "echo.hold")
            client.send(Frame(CANCEL, request))
            with self.assertRaises(ProtocolError) as caught:
                client.finish_request(request)
            self.assertEqual(caught.exception.code, -32004)
            self.assertEqual(client.ask("echo", "echo.cancelled"), {"count": 1})

    def test_notifications_and_ping(self) -> None:
        with Client.connect(self.directory) as client:
            client.ask("echo", "echo.call_back")
            self.assertEqual([frame.method for frame in client.notifications], ["echo.called"])
            client.send(Frame(PING, 77))
            pong = client.receive()
            self.assertEqual((pong.kind, pong.id), (PONG, 77))

    def test_token_works_once(self) -> None:
        first = self.record()
        Client.connect(self.directory).connection.close()
        self.assertNotEqual(self.record()["token"], first["token"])
        for token in (first["token"], "guess", None):
            with connect_socket(first["socket"].encode()) as connection, self.assertRaises(ProtocolError) as caught:
                Client(connection, token)
            self.assertEqual(caught.exception.code, -32010)

    def test_version_mismatch_names_both_ranges(self) -> None:
        record = self.record()
        hello = {
            "protocol": {"min": 7, "max": 9},
            "contract": {"min": 1, "max": 1},
            "name": "n",
            "version": "1",
            "formats": ["json"],
        }
        with connect_socket(record["socket"].encode()) as connection, self.assertRaises(ProtocolError) as caught:
            Client(connection, record["token"], hello)
        self.assertEqual(caught.exception.code, -32009)
        self.assertIn("7 to 9", str(caught.exception))
        self.assertIn("1 to 1", str(caught.exception))

    def test_malformed_frames_end_the_connection_with_an_error(self) -> None:
        good = Frame(REQUEST, 1, "echo", "echo.say", body=b"{}").encode()

        def damaged(offset: int, value: bytes) -> bytes:
            return good[:offset] + value + good[offset + len(value) :]

        cases = {
            "magic": damaged(0, b"XXXX"),
            "version": damaged(4, b"\x02"),
            "kind": damaged(5, b"\x0a"),
            "kind of a stream": damaged(5, b"\x0b"),
            "bytes": damaged(6, b"\x03"),
            "format": damaged(6, b"\x09"),
            "flags": damaged(7, b"\x80"),
            "reserved": damaged(26, b"\x01"),
            "body too large": damaged(28, struct.pack("<I", 16777217)),
            "target too long": damaged(20, struct.pack("<H", 129)),
            "forged source": Frame(REQUEST, 1, "echo", "echo.say", source="conductor", body=b"{}").encode(),
            "second hello": Frame(HELLO, body=b"{}").encode(),
            "id in use": Frame(REQUEST, 9, "echo", "echo.hold").encode() * 2,
        }
        for name, data in cases.items():
            with self.subTest(name), Client.connect(self.directory) as client:
                client.connection.sendall(data)
                error = client.receive()
                self.assertEqual((error.kind, error.id), (ERROR, 0))
                with self.assertRaises(ConnectionError):
                    client.receive()

    def test_a_truncated_frame_harms_nobody_else(self) -> None:
        with Client.connect(self.directory) as other:
            with Client.connect(self.directory) as client:
                client.connection.sendall(Frame(REQUEST, 1, "echo", "echo.say", body=b"{}").encode()[:40])
                client.connection.shutdown(socket.SHUT_WR)
                with self.assertRaises(ConnectionError):
                    client.receive()
            self.assertEqual(other.ask("echo", "echo.say", 1), 1)

    def test_a_killed_instance_is_replaced(self) -> None:
        self.host.kill()
        self.host.communicate(timeout=20)
        self.assertTrue((self.directory / "instance.json").exists())
        self.host = self.start()
        with Client.connect(self.directory) as client:
            self.assertEqual(client.ask("echo", "echo.say", 1), 1)

    def test_two_instances_cannot_share_a_directory(self) -> None:
        second = subprocess.run(
            [HOST, str(self.directory)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
        )
        self.assertEqual(second.returncode, 1)
        self.assertIn(b"Another instance is running", second.stderr)

    def test_features(self) -> None:
        with Client.connect(self.directory, features=("bytes", "time_travel", "rings")) as client:
            self.assertEqual(client.features, ["bytes"], "rings mean nothing without streams")
            self.assertIsNone(client.channel)
        with Client.connect(self.directory, features=EVERYTHING) as client:
            self.assertEqual(sorted(client.features), sorted(EVERYTHING))

    def test_large_bodies_lie_in_the_arena(self) -> None:
        with Client.connect(self.directory, features=EVERYTHING) as client:
            assert client.arena is not None
            for number in range(3 * client.arena.BLOCKS):
                text = chr(97 + number) * 3_000_000
                self.assertEqual(client.ask("echo", "echo.say", text), text)
            # The releases come in their own time; a ping is answered after them.
            client.ask("echo", "echo.say")
            self.assertEqual(len(client.arena.free), client.arena.BLOCKS)

    def test_bodies_may_be_bytes(self) -> None:
        for features in (EVERYTHING, ("bytes",)):
            with Client.connect(self.directory, features=features) as client:
                for body in (b"\xff\x00\xc1", bytes(range(256)) * 4096):
                    self.assertEqual(client.ask("echo", "echo.say", body), body)

    def test_progress(self) -> None:
        with Client.connect(self.directory, features=("progress",)) as client:
            request = client.start_request("echo", "echo.steps", {}, wants_progress=True)
            self.assertEqual(client.finish_request(request), {"wanted": True})
            self.assertEqual(
                client.progress[request],
                [{"fraction": step / 4, "text": f"step {step}"} for step in (1, 2, 3)],
            )
            self.assertEqual(client.ask("echo", "echo.steps", {}), {"wanted": False})

    def test_topics(self) -> None:
        with Client.connect(self.directory) as client, Client.connect(self.directory) as other:
            client.ask(
                "bus",
                "bus.subscribe",
                {"topic": "news.*", "when_full": "latest_wins", "queue_bytes": 65536},
            )
            client.ask("bus", "bus.subscribe", {"topic": "weather"})
            other.notify("bus", "news.today", {"n": 1})
            other.ask("echo", "echo.publish", {"topic": "weather", "body": "rain"})
            seen = [client.next_notification() for _ in range(2)]
            self.assertEqual(
                sorted((frame.target, frame.method, frame.source) for frame in seen),
                [
                    ("topic", "news.today", other.welcome["endpoint"]),
                    ("topic", "weather", "echo"),
                ],
            )
            client.ask("bus", "bus.unsubscribe", {"topic": "weather"})
            self.assertEqual(self.refused(client, "bus", "bus.unsubscribe")["code"], -32602)
            with self.assertRaises(ProtocolError) as caught:
                client.ask("bus", "bus.unsubscribe", {"topic": "weather"})
            self.assertEqual(caught.exception.code, -32012)
            with self.assertRaises(ProtocolError) as caught:
                client.ask("bus", "bus.subscribe", {"topic": "news.*", "queue_bytes": 1})
            self.assertEqual(caught.exception.code, -32602)

    def test_streams_to_the_client(self) -> None:
        for features in (EVERYTHING, ("streams",)):
            with self.subTest(features), Client.connect(self.directory, features=features) as client:
                # Many times what may be on its way.
                stream = client.open_stream(
                    "echo",
                    "echo.count",
                    direction="receive",
                    bytes=4096,
                    params={"last": 3000},
                )
                self.assertEqual(stream.ring is not None, "rings" in features)
                for number in range(1, 3001):
                    self.assertEqual(stream.receive(), str(number).encode())
                self.assertIsNone(stream.receive())
                assert stream.ended is not None
                self.assertEqual(stream.ended.body, b"", "it ended as it meant to")

    def test_streams_from_the_client(self) -> None:
        for features in (EVERYTHING, ("streams",)):
            with self.subTest(features), Client.connect(self.directory, features=features) as client:
                stream = client.open_stream("echo", "echo.collect", bytes=4096)
                total = 0
                for number in range(2000):
                    message = b"m" * (number % 500)
                    total += len(message)
                    stream.send(message)
                stream.end()
                collected = client.next_notification()
                self.assertEqual(collected.method, "echo.collected")
                self.assertEqual(
                    collected.document(),
                    {"messages": 2000, "bytes": total, "error": None},
                )

    def test_streams_are_refused_with_the_reason(self) -> None:
        with Client.connect(self.directory, features=EVERYTHING) as client:
            for options, code in (
                ({"target": "echo", "method": "echo.nothing"}, -32601),
                ({"target": "echo", "method": "echo.count"}, -32601),
                ({"target": "nobody", "method": "any"}, -32001),
                ({"target": "supervisor", "method": "any"}, -32005),
                ({"target": "echo", "method": "echo.collect", "bytes": 5000}, -32602),
                (
                    {
                        "target": "echo",
                        "method": "echo.collect",
                        "when_full": "explode",
                    },
                    -32602,
                ),
            ):
                with self.subTest(options), self.assertRaises(ProtocolError) as caught:
                    client.ask("bus", "bus.open_stream", options)
                self.assertEqual(caught.exception.code, code)

    def test_a_lie_in_shared_memory_ends_its_stream_and_nothing_else(self) -> None:
        with Client.connect(self.directory, features=EVERYTHING) as client:
            # Where the writer says it is, after these bytes.
            lies = ((b"", 2**64 - 1), (b"", 3), (b"", 4097), (WORD.pack(2**32 - 1), 100))
            for data, position in lies:
                stream = client.open_stream("echo", "echo.collect", bytes=4096)
                assert stream.ring is not None
                stream.ring.copy_in(0, data)
                stream.ring.store(POSITION, WRITTEN, position)
                stream.signal(BELL)
                self.assertIn("broken", client.next_notification().document()["error"])
            self.assertEqual(client.ask("echo", "echo.say", 1), 1)

    def test_a_stream_of_a_client_that_dies_ends_with_an_error(self) -> None:
        with Client.connect(self.directory, features=EVERYTHING) as client:
            client.open_stream("echo", "echo.collect").send(b"last words")
        with Client.connect(self.directory) as client:
            self.assertEqual(client.ask("echo", "echo.say", 1), 1)

    def test_command_line(self) -> None:
        self.assertEqual(main([str(self.directory), "echo", "echo.say", '{"a": 1}']), 0)
        self.assertEqual(main([str(self.directory), "echo", "echo.nothing"]), 1)


if __name__ == "__main__":
    if not HOST:
        sys.exit("PROTOCOL_HOST names the host program")
    unittest.main()
