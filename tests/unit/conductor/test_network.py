"""net.fetch: what an extension may reach through the host, against a real server on the loopback interface."""

from __future__ import annotations

import asyncio
import http.server
import socket
import ssl
import subprocess
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conductor.network import fetch
from conductor.network.allowed import Place, Refused, check_address, place_of
from conductor.network.endpoint import NetworkEndpoint
from conductor.network.service import AT_ONCE, NetworkService
from extension_scene import VALID, RecordingSupervisor, install
from orchestra_kit import Kit, ManifestError, manifest_from
from symphony_ipc import Bus, BusError


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.release = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.server.asked.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
        path, _, argument = self.path.partition("?")
        if path == "/redirect":
            self.send_response(302)
            self.send_header("Location", argument)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if path == "/silent":
            self.server.release.wait(20)
            return
        self.send_response(404 if path == "/missing" else 200)
        self.send_header("X-Twice", "1")
        self.send_header("X-Twice", "2")
        if path == "/huge":
            self.send_header("Content-Length", str(fetch.RESPONSE_BYTES + 1))
            self.end_headers()
            return
        self.end_headers()
        if path == "/endless":
            try:
                while not self.server.release.is_set():
                    self.wfile.write(b"x" * 65536)
            except OSError:
                pass  # the other side had enough
        elif path == "/bytes":
            self.wfile.write(b"\xff\x00")
        else:
            self.wfile.write("héllo".encode())

    do_GET = do_POST = do_HEAD = do_DELETE = answer

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing on the tests' output."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.release.set()
        running.shutdown()
        thread.join()


Fetch = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


def with_hosts(
    tmp_path: Path, hosts: list[str], work: Callable[[Fetch], Awaitable[None]], deadline: float = 10.0, **options: Any
) -> None:
    """Runs `work` with a function that fetches as the extension "notes", granted `hosts`."""
    extensions = tmp_path / "extensions"
    extensions.mkdir(exist_ok=True)
    permission = {"capability": "network.fetch", "reason": "Needed.", "hosts": hosts}
    install(extensions, "notes", {**VALID, "permissions": [permission]})
    kit = Kit(RecordingSupervisor(), str(extensions), "/logs", str(tmp_path / "data"))
    assert not kit.problems

    async def main() -> None:
        bus = Bus(endpoint="notes")
        # As the Conductor has it, but where a test puts something in its place.
        service: NetworkService | NetworkEndpoint = NetworkEndpoint(kit)
        if options:
            service = NetworkService(kit, **options)
        bus.register_endpoint("net", service.handle, interface="net")

        async def get(params: dict[str, Any]) -> dict[str, Any]:
            message = {"method": "net.fetch", "params": params}
            answer: dict[str, Any] = await bus.send_message("net", message, deadline=deadline)
            return answer

        try:
            async with asyncio.timeout(30):
                await work(get)
        finally:
            bus.close()

    asyncio.run(main())


async def refusal(get: Fetch, url: str, **more: Any) -> BusError:
    with pytest.raises(BusError) as caught:
        await get({"url": url, **more})
    return caught.value


def test_a_granted_host_answers(tmp_path: Path, server: Server) -> None:
    async def work(get: Fetch) -> None:
        url = f"http://127.0.0.1:{server.port}"
        answer = await get({"url": f"{url}/a?b=1", "method": "POST", "headers": {"X-Mine": "1"}, "body": "höi"})
        assert (answer["status"], answer["body"]) == (200, "héllo") and answer["headers"]["x-twice"] == "1, 2"
        method, path, headers, body = server.asked[0]
        assert (method, path, headers["X-Mine"], body.decode()) == ("POST", "/a?b=1", "1", "höi")
        assert headers["Host"] == f"127.0.0.1:{server.port}"
        assert (await get({"url": f"{url}/missing"}))["status"] == 404
        assert (await get({"url": f"{url}/bytes"}))["body_base64"] == "/wA="
        assert (await get({"url": url, "method": "HEAD"}))["body"] == ""

    with_hosts(tmp_path, [f"127.0.0.1:{server.port}"], work)


def test_whom_the_manifest_does_not_name_is_not_asked(tmp_path: Path, server: Server) -> None:
    async def work(get: Fetch) -> None:
        url = f"http://127.0.0.1:{server.port}/"
        assert (await refusal(get, url)).name == "permission_denied"
        assert (await refusal(get, "https://example.org/")).name == "permission_denied"
        assert server.asked == []

    with_hosts(tmp_path, ["api.example.org"], work)


def test_a_redirect_is_checked_as_the_first_address_was(tmp_path: Path, server: Server) -> None:
    async def work(get: Fetch) -> None:
        here = f"http://127.0.0.1:{server.port}"
        answer = await get({"url": f"{here}/redirect?/there", "headers": {"Authorization": "secret"}, "method": "POST"})
        assert answer["url"] == f"{here}/there" and server.asked[-1][0] == "GET"
        assert server.asked[-1][2]["Authorization"] == "secret"
        await get({"url": f"{here}/redirect?http://localhost:{server.port}/", "headers": {"Authorization": "secret"}})
        assert "Authorization" not in server.asked[-1][2]
        asked = len(server.asked)
        for target in ("http://127.0.0.2/", "file:///etc/passwd", f"http://[::1]:{server.port}/", "//169.254.169.254/"):
            assert (await refusal(get, f"{here}/redirect?{target}")).name == "permission_denied"
        assert len(server.asked) == asked + 4
        assert (
            "redirects"
            in (await refusal(get, f"{here}/redirect?/redirect?/redirect?/redirect?/redirect?/redirect?/x")).message
        )

    hosts = [f"127.0.0.1:{server.port}", f"localhost:{server.port}"]
    # Not every machine knows the name localhost: one in a folder has no /etc/hosts.
    with_hosts(tmp_path, hosts, work, resolve=lambda host, port: ["127.0.0.1"])


def test_sizes_and_times_are_bounded(tmp_path: Path, server: Server) -> None:
    async def work(get: Fetch) -> None:
        here = f"http://127.0.0.1:{server.port}"
        assert (await refusal(get, f"{here}/huge")).name == "payload_too_large"
        assert (await refusal(get, f"{here}/endless")).name == "payload_too_large"

    with_hosts(tmp_path, [f"127.0.0.1:{server.port}"], work)


def test_a_silent_server_is_given_up_on(tmp_path: Path, server: Server) -> None:
    async def work(get: Fetch) -> None:
        assert (await refusal(get, f"http://127.0.0.1:{server.port}/silent")).name == "deadline_exceeded"

    with_hosts(tmp_path, [f"127.0.0.1:{server.port}"], work, deadline=0.2)


def test_not_more_at_once_than_allowed(tmp_path: Path, server: Server) -> None:
    async def work(get: Fetch) -> None:
        url = f"http://127.0.0.1:{server.port}/silent"
        waiting = [asyncio.ensure_future(get({"url": url})) for _ in range(AT_ONCE)]
        while len(server.asked) < AT_ONCE:
            await asyncio.sleep(0)
        assert (await refusal(get, url)).name == "overloaded"
        server.release.set()
        assert all(isinstance(error, BusError) for error in await asyncio.gather(*waiting, return_exceptions=True))

    with_hosts(tmp_path, [f"127.0.0.1:{server.port}"], work)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    # Bound, so that nobody else gets the port, and not listening.
    nobody = socket.socket()
    nobody.bind(("127.0.0.1", 0))
    port = nobody.getsockname()[1]

    async def work(get: Fetch) -> None:
        error = await refusal(get, f"http://127.0.0.1:{port}/")
        assert error.name == "io_error" and "refused" in error.message

    with nobody:
        with_hosts(tmp_path, [f"127.0.0.1:{port}"], work)


def test_a_resolver_that_hangs_does_not_pile_up_threads(tmp_path: Path) -> None:
    release = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        release.wait(20)
        return []

    async def work(get: Fetch) -> None:
        for _ in range(AT_ONCE):
            assert (await refusal(get, "https://api.example.org/")).name == "deadline_exceeded"
        assert (await refusal(get, "https://api.example.org/")).name == "overloaded"
        release.set()
        while (await refusal(get, "https://api.example.org/")).name != "io_error":
            pass

    with_hosts(tmp_path, ["api.example.org"], work, deadline=0.05, resolve=hang)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_a_name_that_leads_inside_is_refused(tmp_path: Path, address: str) -> None:
    async def work(get: Fetch) -> None:
        error = await refusal(get, "https://api.example.org/")
        assert error.name == "permission_denied" and "private network" in error.message

    # One good address beside it does not help.
    with_hosts(tmp_path, ["api.example.org"], work, resolve=lambda host, port: ["93.184.216.34", address])


def test_addresses_the_manifest_names_itself() -> None:
    check_address(place_of("https://192.168.1.5/", ["192.168.1.5"]), "192.168.1.5")
    check_address(place_of("http://localhost:1/", ["localhost:1"]), "127.0.0.1")
    with pytest.raises(Refused):
        check_address(place_of("http://localhost:1/", ["localhost:1"]), "10.0.0.1")
    check_address(Place("https", "example.org", 443, "/", "", False), "2606:2800:220:1:248:1893:25c8:1946")


@pytest.mark.parametrize(
    ("url", "hosts", "allowed"),
    [
        ("https://example.org", ["example.org"], True),
        ("https://EXAMPLE.org./x", ["example.org"], True),
        ("https://example.org:8443/", ["example.org"], False),
        ("https://example.org:8443/", ["example.org:8443"], True),
        ("https://a.example.org/", ["*.example.org"], True),
        ("https://example.org/", ["*.example.org"], False),
        ("https://evilexample.org/", ["*.example.org"], False),
        ("https://example.org.evil.net/", ["example.org"], False),
        ("https://example.org@evil.net/", ["example.org"], False),
        ("https://user:secret@example.org/", ["example.org"], False),
        ("http://example.org/", ["example.org", "example.org:80"], False),
        ("ftp://example.org/", ["example.org"], False),
        ("https://example.org/a b", ["example.org"], False),
        ("https://example.org/\r\nX: 1", ["example.org"], False),
        ("https://exämple.org/", ["exämple.org"], False),
        ("https://[::1/", ["[::1]"], False),
        ("https://[::1]/", ["[::1]"], True),
        ("https://example.org:99999/", ["example.org"], False),
        ("https://2130706433/", ["127.0.0.1"], False),
        ("https:///", ["example.org"], False),
        ("", ["example.org"], False),
    ],
)
def test_which_urls_match_a_grant(url: str, hosts: list[str], allowed: bool) -> None:
    if allowed:
        assert place_of(url, hosts).scheme == "https"
    else:
        with pytest.raises(Refused):
            place_of(url, hosts)


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({}, "/url"),
        ({"url": 7}, "/url"),
        ({"url": "x", "method": "CONNECT"}, "/method"),
        ({"url": "x", "method": ["GET"]}, "/method"),
        ({"url": "x", "headers": []}, "/headers"),
        ({"url": "x", "headers": {"Host": "other"}}, "/headers"),
        ({"url": "x", "headers": {"Transfer-Encoding": "chunked"}}, "/headers"),
        ({"url": "x", "headers": {"A": "1\r\nB: 2"}}, "/headers"),
        ({"url": "x", "headers": {"A\n": "1"}}, "/headers"),
        ({"url": "x", "headers": {"A": 1}}, "/headers"),
        ({"url": "x", "body": 1}, "/body"),
        ({"url": "x", "body_base64": "?"}, "/body_base64"),
        ({"url": "x", "body": "a", "body_base64": "YQ=="}, "/body_base64"),
        ({"url": "x", "timeout": 1}, "/timeout"),
    ],
)
def test_parameters_are_checked(tmp_path: Path, params: dict[str, Any], path: str) -> None:
    async def work(get: Fetch) -> None:
        with pytest.raises(BusError) as caught:
            await get(params)
        assert caught.value.name == "invalid_params" and caught.value.data["path"] == path

    with_hosts(tmp_path, ["example.org"], work)


def test_a_certificate_has_to_be_trusted(tmp_path: Path, server: Server) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(certificate, key)
    server.socket = theirs.wrap_socket(server.socket, server_side=True)
    url = f"https://localhost:{server.port}/"

    async def distrust(get: Fetch) -> None:
        error = await refusal(get, url)
        assert error.name == "io_error" and "cannot be trusted" in error.message

    async def trust(get: Fetch) -> None:
        assert (await get({"url": url}))["body"] == "héllo"

    hosts = [f"localhost:{server.port}"]
    for name, work, tls in (("a", distrust, None), ("b", trust, ssl.create_default_context(cafile=str(certificate)))):
        (tmp_path / name).mkdir()
        with_hosts(tmp_path / name, hosts, work, tls=tls, resolve=lambda host, port: ["127.0.0.1"])


@pytest.mark.parametrize(
    ("permission", "fault"),
    [
        ({"capability": "network.fetch"}, "/permissions/0/hosts"),
        ({"capability": "network.fetch", "hosts": []}, "/permissions/0/hosts"),
        ({"capability": "search.query", "hosts": ["example.org"]}, "/permissions/0/hosts"),
        ({"capability": "network.fetch", "hosts": ["*"]}, "/permissions/0/hosts/0"),
        ({"capability": "network.fetch", "hosts": ["*.org"]}, "/permissions/0/hosts/0"),
        ({"capability": "network.fetch", "hosts": ["https://example.org"]}, "/permissions/0/hosts/0"),
        ({"capability": "network.fetch", "hosts": ["example.org/path"]}, "/permissions/0/hosts/0"),
        ({"capability": "network.fetch", "hosts": ["EXAMPLE.org"]}, "/permissions/0/hosts/0"),
    ],
)
def test_hosts_in_a_manifest_are_checked(permission: dict[str, Any], fault: str) -> None:
    with pytest.raises(ManifestError) as caught:
        manifest_from({**VALID, "permissions": [{"reason": "Needed.", **permission}]}, "/extensions/notes")
    assert caught.value.pointer == fault
