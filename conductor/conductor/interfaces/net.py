"""The network, for extensions that have none of their own.

Generated from ipc/interfaces/net.json by tools/interfaces/generate.py; do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

ENDPOINT: Final = "net"

NET_FETCH: Final = "net.fetch"
NET_FETCH_METHOD_DEFAULT: Final = "GET"

if TYPE_CHECKING:
    from typing import Any, Literal, NotRequired, TypedDict

    class NetFetchParams(TypedDict):
        """The parameters of net.fetch."""

        # 1 to 8192 characters.
        url: str
        method: NotRequired[Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]]
        # At most 64 texts of at most 8,192 characters.
        headers: NotRequired[dict[str, Any]]
        # At most 8388608 bytes.
        body: NotRequired[str]
        # In place of `body`; at most 8388608 bytes when decoded.
        body_base64: NotRequired[str]

    class NetFetchResult(TypedDict):
        """The result of net.fetch."""

        # 100 to 999.
        status: int
        # After redirects.
        url: str
        headers: dict[str, Any]
        body: NotRequired[str]
        # In place of `body` for what is no text.
        body_base64: NotRequired[str]
