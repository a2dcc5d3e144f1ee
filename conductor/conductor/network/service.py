"""The method `net.fetch`, for each extension with the hosts its manifest was granted."""

from __future__ import annotations

import asyncio
import base64
import binascii
import http.client
import re
import ssl
from collections import Counter
from typing import TYPE_CHECKING, Any

from orchestra_kit import Kit
from symphony_ipc import BusError, MessageContext

from ..blocking import in_thread
from ..interfaces.net import NET_FETCH, NET_FETCH_METHOD_DEFAULT
from .allowed import Refused
from .fetch import RESPONSE_BYTES, Exchange, Request, Resolve, Response, TooLarge, resolve

if TYPE_CHECKING:
    from ..interfaces.net import NetFetchParams, NetFetchResult

REQUEST_BYTES = 8 * 1024 * 1024
HEADERS = 64
HEADER_CHARACTERS = 8192
AT_ONCE = 8  # for each extension
LONGEST_S = 60.0
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}\Z")
_VALUE = re.compile(r"[\t\x20-\x7e]*\Z")
# What frames a message is the host's business.
_OWN_HEADERS = frozenset(
    "accept-encoding connection content-length expect host keep-alive te trailer transfer-encoding upgrade".split()
)


class NetworkService:
    def __init__(self, kit: Kit, *, resolve: Resolve = resolve, tls: ssl.SSLContext | None = None) -> None:
        self._kit = kit
        self._resolve = resolve
        self._tls = tls
        self._running: Counter[str] = Counter()

    async def handle(self, message: dict[str, Any], context: MessageContext) -> NetFetchResult:
        if message["method"] != NET_FETCH:
            raise BusError("method_not_found", f"The network has no method {message['method']}.")
        request = request_from(message["params"])
        hosts = self._kit.network_hosts(context.source)
        if self._running[context.source] >= AT_ONCE:
            raise BusError("overloaded", f"{AT_ONCE} requests are under way already.")
        return document_of(await self._exchange(request, hosts, context))

    async def _exchange(self, request: Request, hosts: tuple[str, ...], context: MessageContext) -> Response:
        remaining_s = context.remaining_s
        timeout_s = min(LONGEST_S, remaining_s if remaining_s is not None else LONGEST_S)
        exchange = Exchange(request, hosts, timeout_s, resolve=self._resolve, tls=self._tls)
        source, loop = context.source, asyncio.get_running_loop()

        def work() -> Response:
            try:
                return exchange.run()
            finally:
                # Only now: a thread that hangs in the resolver is one of those under way, though nobody waits for it.
                try:
                    loop.call_soon_threadsafe(self._running.subtract, (source,))
                except RuntimeError:
                    pass  # the loop has ended

        self._running[source] += 1
        try:
            async with asyncio.timeout(timeout_s):
                return await in_thread(work, NET_FETCH)
        except Refused as refused:
            raise BusError("permission_denied", str(refused), {"path": "/url"}) from None
        except TooLarge:
            message = f"The answer is larger than {RESPONSE_BYTES // 1024 // 1024} MiB."
            raise BusError("payload_too_large", message, {"limit": RESPONSE_BYTES}) from None
        except TimeoutError:
            raise BusError("deadline_exceeded", f"{request.url} did not answer in time.") from None
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", None) or error.reason or "no secure connection"
            raise BusError("io_error", f"{request.url} cannot be trusted: {reason}.") from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise BusError("io_error", f"{request.url} cannot be fetched: {reason}.") from None
        finally:
            exchange.abort()


def request_from(params: NetFetchParams) -> Request:
    """What a schema cannot say is checked here. Raises BusError invalid_params that names the field."""
    method = params.get("method", NET_FETCH_METHOD_DEFAULT)
    return Request(method, params["url"], _headers(params.get("headers", {})), _body(params))


def _headers(given: dict[str, Any]) -> dict[str, str]:
    if len(given) > HEADERS:
        raise _wrong("headers", f"must be an object of at most {HEADERS} texts")
    for name, value in given.items():
        if not _NAME.match(name) or name.lower() in _OWN_HEADERS or name.lower().startswith("proxy-"):
            raise _wrong("headers", f"may not have {name!r}")
        if not isinstance(value, str) or len(value) > HEADER_CHARACTERS or not _VALUE.match(value):
            raise _wrong("headers", f"has a value of {name!r} that cannot be sent")
    return given


def _body(params: NetFetchParams) -> bytes | None:
    text, encoded = params.get("body"), params.get("body_base64")
    if text is not None and encoded is not None:
        raise _wrong("body_base64", "is given beside body")
    body: bytes | None = None
    if text is not None:
        body = text.encode()
    elif encoded is not None:
        try:
            body = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            body = None
        if body is None:
            raise _wrong("body_base64", "is no base64")
    if body is not None and len(body) > REQUEST_BYTES:
        raise BusError("payload_too_large", "The body is too large.", {"path": "/body", "limit": REQUEST_BYTES})
    return body


def document_of(response: Response) -> NetFetchResult:
    # What came is not always what the standard allows; a document holds text.
    headers = {name: value.encode("latin-1").decode("utf-8", "replace") for name, value in response.headers.items()}
    document: NetFetchResult = {"status": response.status, "url": response.url, "headers": headers}
    try:
        document["body"] = response.body.decode()
    except UnicodeDecodeError:
        document["body_base64"] = base64.b64encode(response.body).decode()
    return document


def _wrong(field: str, message: str) -> BusError:
    return BusError("invalid_params", f"{field} {message}.", {"path": f"/{field}"})
