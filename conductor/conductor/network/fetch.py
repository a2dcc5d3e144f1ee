"""One exchange over HTTP: blocking, bounded in size and time, every redirect checked as the first address was."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import urljoin

from .allowed import Place, Refused, check_address, place_of

RESPONSE_BYTES = 8 * 1024 * 1024
REDIRECTS = 5
_CHUNK = 64 * 1024
_REDIRECTING = (301, 302, 303, 307, 308)
_ONLY_FOR_THE_FIRST_ORIGIN = ("authorization", "cookie", "proxy-authorization")

Resolve = Callable[[str, int], list[str]]


class Request(NamedTuple):
    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None


class Response(NamedTuple):
    status: int
    url: str
    headers: dict[str, str]
    body: bytes


class TooLarge(Exception):
    """The answer is larger than RESPONSE_BYTES."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, in the order to be tried."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Exchange:
    """Run on a thread of its own; `abort` from any other ends it."""

    def __init__(
        self,
        request: Request,
        hosts: Sequence[str],
        timeout_s: float,
        *,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._request = request
        self._hosts = hosts
        self._until = time.monotonic() + timeout_s
        self._resolve = resolve
        self._tls = tls
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._aborted = False

    def abort(self) -> None:
        with self._lock:
            self._aborted = True
            if self._socket is not None:
                try:
                    self._socket.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # it ended just now

    def run(self) -> Response:
        """Raises Refused, TooLarge, OSError (also TimeoutError and ssl.SSLError) or http.client.HTTPException."""
        request = self._request
        place = place_of(request.url, self._hosts)
        for _ in range(REDIRECTS + 1):
            response = self._once(place, request)
            location = response.headers.get("location")
            if response.status not in _REDIRECTING or location is None:
                return response
            target = place_of(urljoin(place.url, location), self._hosts)
            request = _redirected(request, response.status, same_origin=target[:3] == place[:3])
            place = target
        raise Refused(f"There were more than {REDIRECTS} redirects.")

    def _remaining(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0 or self._aborted:
            raise TimeoutError("there was no answer in time")
        return left

    def _connect(self, place: Place) -> socket.socket:
        addresses = self._resolve(place.host, place.port)
        if not addresses:
            raise OSError(f"{place.host} has no address")
        # All of them: a name that leads to both sides of the fence is not to be trusted with either.
        for address in addresses:
            check_address(place, address)
        problem: OSError | None = None
        for address in addresses:
            try:
                # To the address that was checked: resolving again might give another one.
                return socket.create_connection((address, place.port), timeout=self._remaining())
            except OSError as error:
                problem = error
        assert problem is not None
        raise problem

    def _open(self, place: Place) -> http.client.HTTPConnection:
        plain = self._connect(place)
        with self._lock:
            self._socket = plain
        self._remaining()
        connection = http.client.HTTPConnection(place.host, place.port)
        if place.scheme == "https":
            tls = self._tls or ssl.create_default_context()
            connection.default_port = 443  # the Host header names another one only
            connection.sock = tls.wrap_socket(plain, server_hostname=place.host)
            with self._lock:
                self._socket = connection.sock
        else:
            connection.sock = plain
        return connection

    def _once(self, place: Place, request: Request) -> Response:
        connection = self._open(place)
        try:
            headers = {
                "Accept-Encoding": "identity",
                "User-Agent": "Symphony",
                **request.headers,
                "Connection": "close",
            }
            connection.request(request.method, place.target, body=request.body, headers=headers)
            answer = connection.getresponse()
            body = self._read(connection, answer)
            found: dict[str, str] = {}
            for name, value in answer.getheaders():
                key = name.lower()
                found[key] = f"{found[key]}, {value}" if key in found else value
            return Response(answer.status, place.url, found, body)
        finally:
            with self._lock:
                self._socket = None
            connection.close()

    def _read(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> bytes:
        if answer.length is not None and answer.length > RESPONSE_BYTES:
            raise TooLarge
        body = bytearray()
        while True:
            left = self._remaining()
            if connection.sock is not None:
                connection.sock.settimeout(left)
            chunk = answer.read1(_CHUNK)
            if not chunk:
                break
            body += chunk
            if len(body) > RESPONSE_BYTES:
                raise TooLarge
        if answer.length:
            raise http.client.IncompleteRead(bytes(body), answer.length)
        return bytes(body)


def _redirected(request: Request, status: int, *, same_origin: bool) -> Request:
    headers = request.headers
    if not same_origin:
        headers = {name: value for name, value in headers.items() if name.lower() not in _ONLY_FOR_THE_FIRST_ORIGIN}
    if status == 303 or (status in (301, 302) and request.method == "POST"):
        headers = {name: value for name, value in headers.items() if not name.lower().startswith("content-")}
        method = "HEAD" if request.method == "HEAD" else "GET"
        return Request(method, request.url, headers, None)
    return request._replace(headers=headers)
