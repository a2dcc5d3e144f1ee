"""What crosses between Python and the bus, and what is refused with the name of the place."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest
from symphony_ipc import Bus, MessageContext


def echoed(value: Any) -> Any:
    """`value` as it comes back after Python → document → Python → document → Python."""

    async def echo(message: dict[str, Any], context: MessageContext) -> dict[str, Any]:
        return {"value": message["params"]["value"]}

    async def main() -> Any:
        bus = Bus()
        try:
            bus.register_endpoint("echo", echo)
            answer = await bus.send_message("echo", {"method": "echo", "params": {"value": value}})
            return answer["value"]
        finally:
            bus.close()

    return asyncio.run(main())


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        0,
        -1,
        2**63 - 1,
        -(2**63),
        2**64 - 1,
        0.5,
        -1e300,
        "",
        "naïve 🎻 \0 \n",
        [],
        {},
        [[{"a": [None]}]],
    ],
)
def test_documents_come_back_unchanged(value: Any) -> None:
    back = echoed(value)
    assert back == value
    assert type(back) is type(value)


def test_a_tuple_is_an_array() -> None:
    assert echoed((1, "b")) == [1, "b"]


def nested(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


class Unsendable:
    pass


@pytest.mark.parametrize(
    ("value", "kind", "place"),
    [
        (Unsendable(), TypeError, "/a/0/b~1c"),
        (b"bytes", TypeError, "/a/0/b~1c"),
        ({1, 2}, TypeError, "/a/0/b~1c"),
        ({1: "key is no text"}, TypeError, "/a/0/b~1c"),
        (2**64, ValueError, "/a/0/b~1c"),
        (-(2**63) - 1, ValueError, "/a/0/b~1c"),
        (10**400, ValueError, "/a/0/b~1c"),
        (math.nan, ValueError, "/a/0/b~1c"),
        (math.inf, ValueError, "/a/0/b~1c"),
        ("lone \udc80 surrogate", ValueError, "/a/0/b~1c"),
        ({"\ud800": 1}, ValueError, "/a/0/b~1c/?"),
    ],
)
def test_what_no_document_can_hold_is_refused_by_place(value: Any, kind: type[Exception], place: str) -> None:
    bus = Bus()
    try:
        with pytest.raises(kind) as caught:
            bus.notify("nobody", {"method": "x", "params": {"a": [{"b/c": value}]}})
        assert str(caught.value).startswith(place + ": ")
    finally:
        bus.close()


def test_depth_is_limited_and_a_cycle_is_only_deep() -> None:
    bus = Bus()
    cycle: list[Any] = []
    cycle.append(cycle)
    try:
        bus.notify("nobody", {"method": "x", "params": nested(64)})
        for value in (nested(65), cycle):
            with pytest.raises(ValueError, match="nested deeper than 64"):
                bus.notify("nobody", {"method": "x", "params": value})
    finally:
        bus.close()


@pytest.mark.parametrize(
    "message",
    [{}, {"method": 1}, {"params": {}}, {"method": "x", "parameters": {}}, {"method": "x", "a": 1, "b": 2}, "x", None],
)
def test_a_message_that_is_none_is_refused(message: Any) -> None:
    bus = Bus()
    try:
        with pytest.raises(TypeError):
            bus.notify("nobody", message)
    finally:
        bus.close()
