"""The endpoint `conductor`: which method is answered by whom, and what its parameters must be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from symphony_ipc import BusError, MessageContext

Method = Callable[[dict[str, Any], MessageContext], Awaitable[dict[str, Any]]]


class Router:
    """Registered on the bus before the rest of the Conductor exists, so that an early message gets a typed answer."""

    def __init__(self) -> None:
        self._methods: dict[str, Method] = {}
        self._open = False

    def add(self, name: str, method: Method) -> None:
        if name in self._methods:
            raise ValueError(f"{name} is answered already")
        self._methods[name] = method

    def open(self) -> None:
        self._open = True

    def close(self) -> None:
        self._open = False
        self._methods.clear()

    @property
    def methods(self) -> list[str]:
        return sorted(self._methods)

    async def handle(self, message: dict[str, Any], context: MessageContext) -> dict[str, Any]:
        method = self._methods.get(message["method"])
        if method is None:
            if not self._open:
                raise BusError("endpoint_unavailable", "The Conductor is not running yet; try again in a moment.")
            raise BusError("method_not_found", f"The Conductor has no method {message['method']}.")
        params = message["params"]
        if not isinstance(params, dict):
            raise BusError("invalid_params", "Parameters are an object.", {"path": "/"})
        return await method(params, context)


def text_parameter(params: dict[str, Any], name: str, *, longest: int) -> str:
    value = params.get(name)
    if not isinstance(value, str) or not value:
        raise BusError("invalid_params", f"{name} must be text that is not empty.", {"path": f"/{name}"})
    if len(value) > longest:
        raise BusError("invalid_params", f"{name} is longer than {longest} characters.", {"path": f"/{name}"})
    return value


def integer_parameter(
    params: dict[str, Any], name: str, *, lowest: int, highest: int, default: int | None = None
) -> int:
    value = params.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        raise BusError("invalid_params", f"{name} must be an integer from {lowest} to {highest}.", {"path": f"/{name}"})
    return value
