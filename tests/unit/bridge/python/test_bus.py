"""symphony_ipc.Bus: answers, errors, cancellation, deadlines, endpoints in Python."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from symphony_ipc import (
    ERROR_CODES,
    Bus,
    BusError,
    MessageContext,
    Pit,
    child_trace,
    escape_path,
    new_trace,
    unescape_path,
)


@pytest.fixture
def bus() -> Iterator[Bus]:
    made = Bus(process_name="test", endpoint="tester")
    yield made
    made.close()


def finished_in_place(awaitable: Awaitable[Any]) -> Any:
    """Awaits without an event loop: fails when the awaitable suspends."""

    async def main() -> Any:
        return await awaitable

    coroutine = main()
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    raise AssertionError("the await went to the event loop")


def run(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    async def bounded() -> Any:
        async with asyncio.timeout(20):
            return await work()

    return asyncio.run(bounded())


def test_a_pit_answer_does_not_touch_the_event_loop(bus: Bus, tmp_path: Path) -> None:
    Pit(bus, tmp_path)
    status = finished_in_place(bus.send_message("artifact_store", {"method": "index.status"}))
    assert status["state"] == "closed"


def test_a_pit_answer_that_blocks_is_awaited(bus: Bus, tmp_path: Path) -> None:
    pit = Pit(bus, tmp_path / "data")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text("one needle\n")

    async def main() -> Any:
        await bus.send_message("artifact_store", {"method": "index.open", "params": {"folder": str(folder)}})
        return await bus.send_message("artifact_store", {"method": "index.scan", "params": {"query": "needle"}})

    found = run(main)
    assert [(hit["path"], hit["line"], hit["column"]) for hit in found["hits"]] == [("a.txt", 1, 5)]
    assert pit.status()["modules"][0]["id"] == "artifact_store"


def test_an_error_is_a_typed_exception(bus: Bus) -> None:
    with pytest.raises(BusError) as caught:
        finished_in_place(bus.send_message("nobody", {"method": "x"}))
    assert caught.value.name == "endpoint_not_found"
    assert caught.value.code == ERROR_CODES["endpoint_not_found"] == -32001
    assert "nobody" in caught.value.message
    assert str(caught.value) == f"endpoint_not_found: {caught.value.message}"


def test_every_documented_code_has_its_name() -> None:
    document = Path(__file__).parents[4] / "docs" / "protocol.md"
    rows = [line.split("|") for line in document.read_text().splitlines() if line.startswith("| -32")]
    assert {row[2].strip(): int(row[1]) for row in rows} == ERROR_CODES


def test_a_bus_error_needs_a_known_name() -> None:
    with pytest.raises(ValueError, match="teapot"):
        BusError("teapot", "short and stout")


@pytest.mark.parametrize(
    ("raised", "name", "message", "data"),
    [
        (BusError("invalid_params", "no", {"path": "/x"}), "invalid_params", "no", {"path": "/x"}),
        (KeyError("k"), "internal_error", "KeyError: 'k'", None),
        (BusError("not_found", "lone \udc80", None), "not_found", None, None),
    ],
)
def test_what_a_handler_raises_reaches_the_sender(
    bus: Bus, raised: Exception, name: str, message: str | None, data: object
) -> None:
    async def handler(_: dict[str, Any], __: MessageContext) -> dict[str, Any]:
        raise raised

    async def main() -> BusError:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        bus.register_endpoint("failing", handler)
        with pytest.raises(BusError) as caught:
            await bus.send_message("failing", {"method": "x"})
        return caught.value

    error = run(main)
    assert error.name == name
    assert message is None or error.message == message
    assert error.data == data


def test_a_handler_whose_result_is_no_document_fails_typed(bus: Bus) -> None:
    async def handler(_: dict[str, Any], __: MessageContext) -> Any:
        return {"value": object()}

    async def main() -> None:
        bus.register_endpoint("odd", handler)
        with pytest.raises(BusError, match="/value"):
            await bus.send_message("odd", {"method": "x"})

    run(main)


def test_a_handler_that_is_not_async_fails_typed(bus: Bus) -> None:
    def handler(_: dict[str, Any], __: MessageContext) -> Any:
        return {}

    async def main() -> None:
        bus.register_endpoint("sync", handler)
        with pytest.raises(BusError) as caught:
            await bus.send_message("sync", {"method": "x"})
        assert caught.value.name == "internal_error"

    run(main)


def test_a_handler_sees_who_sent_and_on_whose_behalf(bus: Bus) -> None:
    trace = new_trace()
    seen: list[MessageContext] = []

    async def handler(message: dict[str, Any], context: MessageContext) -> dict[str, Any]:
        assert message == {"method": "some.method", "params": {}}
        seen.append(context)
        return {}

    async def main() -> None:
        bus.register_endpoint("seer", handler)
        await bus.send_message("seer", {"method": "some.method"}, deadline=10, trace=trace)

    run(main)
    (context,) = seen
    assert context.source == "tester"
    assert context.is_request
    assert context.remaining_s is not None and 0 < context.remaining_s <= 10
    assert context.trace is not None and context.trace.split("-")[1] == trace.split("-")[1]
    assert context.trace != trace
    names = {event["name"] for event in bus.chrome_trace(trace)["traceEvents"]}
    assert "seer some.method" in names and "seer (waiting)" in names


def test_cancelling_the_await_cancels_the_handler(bus: Bus) -> None:
    async def main() -> None:
        begun, ended = asyncio.Event(), asyncio.Event()
        contexts = []

        async def handler(_: dict[str, Any], context: MessageContext) -> dict[str, Any]:
            contexts.append(context)
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            return {}

        bus.register_endpoint("slow", handler)
        request = asyncio.ensure_future(bus.send_message("slow", {"method": "x"}))
        await begun.wait()
        assert not contexts[0].cancelled
        request.cancel()
        await ended.wait()
        assert contexts[0].cancelled

    run(main)


def test_a_deadline_is_an_error_and_ends_the_handler(bus: Bus) -> None:
    async def main() -> None:
        ended = asyncio.Event()

        async def handler(_: dict[str, Any], __: MessageContext) -> dict[str, Any]:
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            return {}

        bus.register_endpoint("slow", handler)
        with pytest.raises(BusError) as caught:
            await bus.send_message("slow", {"method": "x"}, deadline=0.02)
        assert caught.value.name == "deadline_exceeded"
        await ended.wait()

    run(main)


@pytest.mark.parametrize("deadline", [0, -1, float("nan")])
def test_a_deadline_is_above_zero(bus: Bus, deadline: float) -> None:
    with pytest.raises(ValueError, match="deadline"):
        bus.send_message("nobody", {"method": "x"}, deadline=deadline)


def test_a_trace_is_a_traceparent(bus: Bus) -> None:
    with pytest.raises(ValueError, match="traceparent"):
        bus.send_message("nobody", {"method": "x"}, trace="what")


def test_requests_overlap_and_each_gets_its_own_answer(bus: Bus) -> None:
    async def handler(message: dict[str, Any], _: MessageContext) -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"n": message["params"]["n"]}

    async def main() -> list[int]:
        bus.register_endpoint("counter", handler)
        requests = [bus.send_message("counter", {"method": "x", "params": {"n": n}}) for n in range(500)]
        return [(await request)["n"] for request in requests]

    assert run(main) == list(range(500))


def test_a_notification_arrives_and_has_no_answer(bus: Bus) -> None:
    async def main() -> None:
        got: asyncio.Future[tuple[Any, bool]] = asyncio.get_running_loop().create_future()

        async def handler(message: dict[str, Any], context: MessageContext) -> None:
            got.set_result((message, context.is_request))

        bus.register_endpoint("listener", handler)
        bus.notify("listener", {"method": "note", "params": {"a": 1}})
        assert await got == ({"method": "note", "params": {"a": 1}}, False)

    run(main)


def test_a_handler_sees_only_what_its_interface_allows(bus: Bus) -> None:
    seen: list[Any] = []

    async def handler(message: dict[str, Any], _: MessageContext) -> dict[str, Any]:
        seen.append(message["params"])
        return {}

    async def main() -> None:
        with pytest.raises(ValueError, match="no interface"):
            bus.register_endpoint("one", handler, interface="nobody")
        bus.register_endpoint("one", handler, interface="workbench")
        with pytest.raises(BusError) as caught:
            await bus.send_message("one", {"method": "workbench.open", "params": {"path": "a", "line": 0}})
        assert caught.value.name == "invalid_params" and caught.value.data == {"path": "/line"}
        await bus.send_message("one", {"method": "workbench.open", "params": {"path": "a", "line": 1}})
        await bus.send_message("one", {"method": "not.defined", "params": {"line": 0}})
        assert seen == [{"path": "a", "line": 1}, {"line": 0}]

    run(main)


def test_an_id_is_registered_once_and_free_again_after(bus: Bus) -> None:
    async def handler(_: dict[str, Any], __: MessageContext) -> dict[str, Any]:
        return {}

    async def main() -> None:
        bus.register_endpoint("one", handler)
        with pytest.raises(BusError) as caught:
            bus.register_endpoint("one", handler)
        assert caught.value.name == "invalid_request"
        with pytest.raises(BusError):
            bus.register_endpoint("No Such Characters", handler)
        bus.unregister_endpoint("one")
        with pytest.raises(BusError) as gone:
            await bus.send_message("one", {"method": "x"})
        assert gone.value.name == "endpoint_not_found"
        bus.register_endpoint("one", handler)
        assert await bus.send_message("one", {"method": "x"}) == {}

    run(main)


def test_an_endpoint_needs_a_running_loop(bus: Bus) -> None:
    async def handler(_: dict[str, Any], __: MessageContext) -> dict[str, Any]:
        return {}

    with pytest.raises(RuntimeError, match="no running event loop"):
        bus.register_endpoint("one", handler)


def test_a_second_loop_may_follow_the_first(bus: Bus) -> None:
    async def handler(_: dict[str, Any], __: MessageContext) -> dict[str, Any]:
        return {"ok": True}

    async def first() -> None:
        bus.register_endpoint("one", handler)
        assert await bus.send_message("one", {"method": "x"}) == {"ok": True}

    async def second() -> None:
        bus.unregister_endpoint("one")
        await first()

    run(first)
    run(second)


def test_close_fails_what_waits_and_what_comes_later(bus: Bus) -> None:
    async def main() -> None:
        begun = asyncio.Event()

        async def handler(_: dict[str, Any], __: MessageContext) -> dict[str, Any]:
            begun.set()
            await asyncio.Event().wait()
            return {}

        bus.register_endpoint("slow", handler)
        request = asyncio.ensure_future(bus.send_message("slow", {"method": "x"}))
        await begun.wait()
        bus.close()
        bus.close()
        assert bus.closed
        with pytest.raises(BusError) as waiting:
            await request
        assert waiting.value.name == "endpoint_unavailable"
        with pytest.raises(BusError) as later:
            await bus.send_message("slow", {"method": "x"})
        assert later.value.name == "endpoint_unavailable"

    run(main)


def test_statistics_count_what_was_answered(bus: Bus) -> None:
    async def handler(_: dict[str, Any], __: MessageContext) -> dict[str, Any]:
        return {}

    async def main() -> None:
        bus.register_endpoint("counted", handler)
        for _ in range(3):
            await bus.send_message("counted", {"method": "x"})

    run(main)
    (endpoint,) = [entry for entry in bus.statistics()["endpoints"] if entry["id"] == "counted"]
    assert endpoint["requests"] == 3 and endpoint["answers"] == 3 and endpoint["errors"] == 0


def test_nothing_leaks_with_each_message(bus: Bus, tmp_path: Path) -> None:
    Pit(bus, tmp_path)
    params: dict[str, Any] = {"a": ["unlikely to be interned", 12345678]}

    def ask() -> None:
        with pytest.raises(BusError):
            finished_in_place(bus.send_message("nobody", {"method": "x", "params": params}))
        finished_in_place(bus.send_message("artifact_store", {"method": "index.status"}))

    ask()
    gc.collect()
    before = [sys.getrefcount(params), sys.getrefcount(params["a"][0]), sys.getrefcount(None)]
    for _ in range(200):
        ask()
    gc.collect()
    after = [sys.getrefcount(params), sys.getrefcount(params["a"][0]), sys.getrefcount(None)]
    assert after[:2] == before[:2]
    assert abs(after[2] - before[2]) < 100


def test_paths_are_escaped_and_back() -> None:
    raw = b"/a%b/\xff\n\xc3\xa4"
    assert escape_path(raw) == "/a%25b/%FF\nä"
    assert unescape_path(escape_path(raw)) == raw
    with pytest.raises(ValueError):
        unescape_path("%zz")


def test_a_child_trace_stays_in_its_trace() -> None:
    trace = new_trace()
    child = child_trace(trace)
    assert child.split("-")[1] == trace.split("-")[1] and child.split("-")[2] != trace.split("-")[2]
