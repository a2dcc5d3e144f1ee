"""The endpoint `conductor`: which method is answered by whom.

The bus has held the parameters to ipc/interfaces/conductor.json before they come here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from symphony_ipc import BusError, MessageContext

# Parameters and result are TypedDicts of conductor.interfaces.conductor, each method its own.
Method = Callable[[Any, MessageContext], Awaitable[Mapping[str, Any]]]


class Router:
    """Registered on the bus before the rest of the Conductor exists, so that an early message gets a typed answer."""

    def __init__(self) -> None:
        self._methods: dict[str, Method] = {}
        self._open = False
        self._waiting: set[str] = set()  # methods that are answered when it is open
        self._settled = asyncio.Event()  # opened, or closed without ever having been

    def add(self, name: str, method: Method, *, when_open: bool = False) -> None:
        """`when_open`: who asks before open() waits for it, as what they need may not be there yet."""
        if name in self._methods:
            raise ValueError(f"{name} is answered already")
        self._methods[name] = method
        if when_open:
            self._waiting.add(name)

    def remove(self, names: Iterable[str]) -> None:
        """Those that were added."""
        for name in names:
            self._methods.pop(name, None)
            self._waiting.discard(name)

    def open(self) -> None:
        self._open = True
        self._settled.set()

    def close(self) -> None:
        self._open = False
        self._settled.set()

    @property
    def methods(self) -> list[str]:
        return sorted(self._methods)

    async def handle(self, message: dict[str, Any], context: MessageContext) -> Mapping[str, Any]:
        name = message["method"]
        if name in self._waiting:
            await self._settled.wait()
        method = self._methods.get(name)
        if not self._open and (method is None or name in self._waiting):
            raise BusError("endpoint_unavailable", "The Conductor is not running yet; try again in a moment.")
        if method is None:
            raise BusError("method_not_found", f"The Conductor has no method {message['method']}.")
        return await method(message["params"], context)
