"""The endpoint `conductor`: which method is answered by whom.

The bus has held the parameters to ipc/interfaces/conductor.json before they come here.
"""

from __future__ import annotations

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

    def add(self, name: str, method: Method) -> None:
        if name in self._methods:
            raise ValueError(f"{name} is answered already")
        self._methods[name] = method

    def remove(self, names: Iterable[str]) -> None:
        """Those that were added."""
        for name in names:
            self._methods.pop(name, None)

    def open(self) -> None:
        self._open = True

    def close(self) -> None:
        self._open = False

    @property
    def methods(self) -> list[str]:
        return sorted(self._methods)

    async def handle(self, message: dict[str, Any], context: MessageContext) -> Mapping[str, Any]:
        method = self._methods.get(message["method"])
        if method is None:
            if not self._open:
                raise BusError("endpoint_unavailable", "The Conductor is not running yet; try again in a moment.")
            raise BusError("method_not_found", f"The Conductor has no method {message['method']}.")
        return await method(message["params"], context)
