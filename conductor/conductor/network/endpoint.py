"""The endpoint `net`, which waits for its first request before it loads what serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestra_kit import Kit
from symphony_ipc import MessageContext

if TYPE_CHECKING:
    from ..interfaces.net import NetFetchResult
    from .service import NetworkService


class NetworkEndpoint:
    endpoint = "net"
    interface = "net"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._service: NetworkService | None = None

    async def handle(self, message: dict[str, Any], context: MessageContext) -> NetFetchResult:
        if self._service is None:
            # HTTP and what it needs is the dearest import of all, and most who use Symphony never fetch.
            from .service import NetworkService

            self._service = NetworkService(self._kit)
        return await self._service.handle(message, context)
