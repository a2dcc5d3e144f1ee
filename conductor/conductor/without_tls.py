"""Imported before asyncio, keeps it from loading TLS: 3 ms and 1.2 MB of every start, which nothing here uses.

asyncio is made to do without it (`asyncio.base_events.ssl` is None then). network/fetch.py, which speaks TLS on
threads of its own, imports it with the first request.
"""

from __future__ import annotations

import sys

if "asyncio" not in sys.modules and "ssl" not in sys.modules:
    sys.modules["ssl"] = None  # type: ignore[assignment]  # how an import is made to fail
    try:
        import asyncio  # noqa: F401
    finally:
        del sys.modules["ssl"]
