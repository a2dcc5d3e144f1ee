"""search.query over the real bus, with an Artifact Store that answers what a test wants it to."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from conductor.learning.learner import Learner
from conductor.learning.memory import MethodKey
from conductor.router import Router
from conductor.search.decision_log import KEPT_DECISIONS, DecisionLog
from conductor.search.service import SearchService
from conductor.settings import settings_from
from symphony_ipc import Bus, BusError, MessageContext

READY: dict[str, Any] = {
    "state": "ready",
    "files": 100,
    "indexed": 100,
    "pending": 0,
    "bytes": 100_000,
    "watching": True,
    "generation": 1,
}
FOUND: dict[str, Any] = {
    "hits": [{"path": "a", "line": 1, "column": 1, "length": 1, "text": "x"}],
    "files": ["a"],
    "truncated": False,
    "elapsed_us": 3,
    "fresh": True,
}


class ScriptedStore:
    def __init__(self, status: dict[str, Any]) -> None:
        self.status = status
        self.asked: list[tuple[str, Any]] = []
        self.failing: dict[str, str] = {}
        self.hanging = False
        self.begun = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.deadlines: list[float | None] = []

    async def handle(self, message: dict[str, Any], context: MessageContext) -> dict[str, Any]:
        method = message["method"]
        if method == "index.status":
            return self.status
        self.asked.append((method, message["params"]))
        self.deadlines.append(context.remaining_s)
        self.begun.set()
        if method in self.failing:
            raise BusError(self.failing[method], "scripted")
        if self.hanging:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        return FOUND


class Setup:
    def __init__(self, bus: Bus, status: dict[str, Any]) -> None:
        self.bus = bus
        self.store = ScriptedStore(status)
        self.decisions = DecisionLog()
        self.learner = Learner(settings_from({"data_directory": "/nonexistent"}), random.Random(1))
        service, router = SearchService(bus, self.decisions, self.learner), Router()
        router.add("search.query", service.query)
        router.add("explain.decision", service.explain)
        router.open()
        bus.register_endpoint("artifact_store", self.store.handle)
        bus.register_endpoint("conductor", router.handle, interface="conductor")

    def ask(self, method: str, params: Any, **options: Any) -> Awaitable[Any]:
        return self.bus.send_message("conductor", {"method": method, "params": params}, **options)


def run(work: Callable[[Setup], Awaitable[None]], **changes: Any) -> None:
    async def main() -> None:
        bus = Bus(endpoint="tester")
        try:
            async with asyncio.timeout(20):
                await work(Setup(bus, {**READY, **changes}))
        finally:
            bus.close()

    asyncio.run(main())


def test_a_fresh_index_answers_and_the_decision_can_be_explained() -> None:
    async def work(setup: Setup) -> None:
        answer = await setup.ask("search.query", {"query": "x", "limit": 7})
        assert setup.store.asked == [("index.search", {"query": "x", "limit": 7})]
        assert answer["query"] == "x" and answer["hits"] == FOUND["hits"] and answer["files"] == ["a"]
        assert answer["truncated"] is False and answer["elapsed_us"] >= 0
        decision = answer["decision"]
        assert decision["chosen"] == "index"
        assert {candidate["name"] for candidate in decision["candidates"]} == {"index", "scan"}
        explained = await setup.ask("explain.decision", {"id": decision["id"]})
        assert explained["outcome"] == "done" and explained["actual_us"] == answer["elapsed_us"]

    run(work)


def test_a_stale_index_is_not_asked() -> None:
    async def work(setup: Setup) -> None:
        answer = await setup.ask("search.query", {"query": "x"})
        assert setup.store.asked == [("index.scan", {"query": "x", "limit": 500})]
        assert answer["decision"]["chosen"] == "scan"

    run(work, state="degraded", pending=5)


def test_cancelling_reaches_the_store() -> None:
    async def work(setup: Setup) -> None:
        setup.store.hanging = True
        request = asyncio.ensure_future(setup.ask("search.query", {"query": "x"}))
        await setup.store.begun.wait()
        request.cancel()
        await setup.store.cancelled.wait()
        with pytest.raises(asyncio.CancelledError):
            await request
        record = setup.decisions.find(1)
        assert record is not None and record.outcome == "cancelled"

    run(work)


def test_the_deadline_travels_on() -> None:
    async def work(setup: Setup) -> None:
        await setup.ask("search.query", {"query": "x"}, deadline=3)
        (deadline,) = setup.store.deadlines
        assert deadline is not None and 0 < deadline <= 3

    run(work)


def test_a_failing_index_falls_back_to_the_scan_and_says_so() -> None:
    async def work(setup: Setup) -> None:
        setup.store.failing["index.search"] = "data_corrupted"
        answer = await setup.ask("search.query", {"query": "x"})
        assert [method for method, _ in setup.store.asked] == ["index.search", "index.scan"]
        assert answer["decision"]["chosen"] == "scan"
        record = setup.decisions.find(answer["decision"]["id"])
        assert record is not None and record.chosen == "index" and record.executed == "scan"
        assert record.error is not None and "data_corrupted" in record.error

    run(work)


def test_both_failing_is_the_error_of_the_last() -> None:
    async def work(setup: Setup) -> None:
        setup.store.failing = {"index.search": "data_corrupted", "index.scan": "io_error"}
        with pytest.raises(BusError) as caught:
            await setup.ask("search.query", {"query": "x"})
        assert caught.value.name == "io_error"
        record = setup.decisions.find(1)
        assert record is not None and record.outcome == "failed"

    run(work)


def test_no_folder_is_a_typed_error() -> None:
    async def work(setup: Setup) -> None:
        with pytest.raises(BusError) as caught:
            await setup.ask("search.query", {"query": "x"})
        assert caught.value.name == "not_found" and "open one" in caught.value.message

    run(work, state="closed")


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({}, "/query"),
        ({"query": ""}, "/query"),
        ({"query": 3}, "/query"),
        ({"query": "x" * 1025}, "/query"),
        ({"query": "x", "limit": 0}, "/limit"),
        ({"query": "x", "limit": 5001}, "/limit"),
        ({"query": "x", "limit": True}, "/limit"),
        ({"query": "x", "limit": "9"}, "/limit"),
        ([], ""),
    ],
)
def test_wrong_parameters_name_their_place(params: Any, path: str) -> None:
    async def work(setup: Setup) -> None:
        with pytest.raises(BusError) as caught:
            await setup.ask("search.query", params)
        assert caught.value.name == "invalid_params" and caught.value.data == {"path": path}
        assert setup.store.asked == []

    run(work)


@pytest.mark.parametrize(
    ("params", "name", "path"),
    [
        ({"id": 0}, "invalid_params", "/id"),
        ({"id": -1}, "invalid_params", "/id"),
        ({"id": "1"}, "invalid_params", "/id"),
        ({"id": 1.5}, "invalid_params", "/id"),
        ({"id": 2**53 + 1}, "invalid_params", "/id"),
        ({"id": 2**53}, "not_found", "/id"),
        ({"id": 99}, "not_found", "/id"),
        ({"what_if": []}, "invalid_params", "/what_if"),
        ({"what_if": {}}, "invalid_params", "/what_if"),
        ({"what_if": {"colour": 1}}, "invalid_params", "/what_if/colour"),
        ({"what_if": {"a/b~c": 1}}, "invalid_params", "/what_if/a~1b~0c"),
        ({"what_if": {"pending": "many"}}, "invalid_params", "/what_if/pending"),
        ({"what_if": {"pending": 5, "watching": 1}}, "invalid_params", "/what_if/watching"),
    ],
)
def test_explaining_what_is_not_there(params: Any, name: str, path: str) -> None:
    async def work(setup: Setup) -> None:
        await setup.ask("search.query", {"query": "x"})
        with pytest.raises(BusError) as caught:
            await setup.ask("explain.decision", params)
        assert caught.value.name == name and caught.value.data == {"path": path}

    run(work)


def test_before_the_first_decision_there_is_none_to_explain() -> None:
    async def work(setup: Setup) -> None:
        for params in ({}, {"id": 1}):
            with pytest.raises(BusError) as caught:
                await setup.ask("explain.decision", params)
            assert caught.value.name == "not_found" and "search for something first" in caught.value.message

    run(work)


def test_what_is_no_longer_kept_is_said_to_be_so() -> None:
    async def work(setup: Setup) -> None:
        for _ in range(KEPT_DECISIONS + 1):
            await setup.ask("search.query", {"query": "x"})
        with pytest.raises(BusError) as caught:
            await setup.ask("explain.decision", {"id": 1})
        assert caught.value.name == "not_found" and "no longer kept" in caught.value.message
        assert (await setup.ask("explain.decision", {"id": 2}))["id"] == 2
        assert (await setup.ask("explain.decision", {}))["id"] == KEPT_DECISIONS + 1

    run(work)


def test_an_explanation_says_who_decided_what_weighed_and_what_else_could_have_been() -> None:
    async def work(setup: Setup) -> None:
        setup.learner.on = False
        await setup.ask("search.query", {"query": "x"})
        explained = await setup.ask("explain.decision", {"what_if": {"pending": 1, "index.slowdown": 2}})
        assert (explained["chosen"], explained["heuristic"], explained["decided_by"]) == ("index", "index", "rule")
        assert explained["guard"] == {"tier": "rule", "reason": "learning_off"} and explained["policy_hash"] is None
        assert explained["features"]["files"] == READY["files"] and explained["features"]["scan.slowdown"] == 1.0
        what_if = explained["what_if"]
        assert what_if["chosen"] == "scan" and what_if["differs"] and what_if["changes"]["index.slowdown"] == 2
        assert "what_if" not in await setup.ask("explain.decision", {"id": explained["id"]})
        assert len(setup.store.asked) == 1, "explaining searches nothing"

    run(work)


def test_who_decided_and_why_is_recorded() -> None:
    async def work(setup: Setup) -> None:
        for _ in range(200):
            await setup.ask("search.query", {"query": "x"})
        guards = [(await setup.ask("explain.decision", {"id": id}))["guard"] for id in range(1, 201)]
        assert {(guard["tier"], guard["reason"]) for guard in guards} == {
            ("learned", "learned_from_use"),
            ("rule", "held_out"),
        }

    run(work)


def test_an_unknown_method_and_one_that_comes_too_early() -> None:
    async def work(setup: Setup) -> None:
        with pytest.raises(BusError) as unknown:
            await setup.ask("no.such", {})
        assert unknown.value.name == "method_not_found"
        setup.bus.register_endpoint("early", Router().handle)
        with pytest.raises(BusError) as early:
            await setup.bus.send_message("early", {"method": "search.query"})
        assert early.value.name == "endpoint_unavailable"

    run(work)


def test_who_asks_while_it_starts_waits_and_is_told_when_it_does_not_start() -> None:
    async def work(setup: Setup) -> None:
        async def answer(params: Any, context: MessageContext) -> dict[str, Any]:
            return {"done": True}

        for end in ("open", "close"):
            router = Router()
            router.add("late", answer, when_open=True)
            router.add("soon", answer)
            setup.bus.register_endpoint(end, router.handle)
            waiting = asyncio.ensure_future(setup.bus.send_message(end, {"method": "late"}))
            # Behind it on the same connection: when this is answered, that one is being waited with.
            assert await setup.bus.send_message(end, {"method": "soon"}) == {"done": True}
            assert not waiting.done()
            if end == "open":
                router.open()
                assert await waiting == {"done": True}
            else:
                router.close()
                with pytest.raises(BusError) as refused:
                    await waiting
                assert refused.value.name == "endpoint_unavailable"

    run(work)


def test_what_a_search_took_is_learned_and_who_decided_is_recorded() -> None:
    async def work(setup: Setup) -> None:
        for _ in range(200):
            await setup.ask("search.query", {"query": "x"})
        records = [await setup.ask("explain.decision", {"id": id}) for id in range(1, 201)]
        decided_by = [record["decided_by"] for record in records]
        assert 1 <= decided_by.count("rule") <= 30 and set(decided_by) == {"learned", "rule"}
        measured = setup.learner.benefit.measured()
        assert measured["rule"] == decided_by.count("rule") and measured["learned"] == decided_by.count("learned")
        assert setup.learner.memory.of(MethodKey("artifact_store", "0.1.0", "index.search")).calls > 50

    run(work)


def test_a_strategy_that_keeps_failing_is_no_longer_asked_first() -> None:
    async def work(setup: Setup) -> None:
        setup.store.failing["index.search"] = "internal_error"
        for _ in range(60):
            await setup.ask("search.query", {"query": "x"})
        setup.store.asked.clear()
        record = None
        while record is None or record.guard.tier == "rule":
            setup.store.asked.clear()
            await setup.ask("search.query", {"query": "x"})
            record = setup.decisions.find(setup.decisions.made)
        assert [method for method, _ in setup.store.asked] == ["index.scan"]

    run(work, bytes=1_000)
