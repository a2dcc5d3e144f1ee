"""The methods search.query and explain.decision."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from symphony_ipc import Bus, BusError, MessageContext, monotonic_us

from .. import log
from ..interfaces import artifact_store as store
from ..interfaces.conductor import SEARCH_QUERY_LIMIT_DEFAULT
from ..learning.benefit import Arm
from ..learning.learner import Learner
from ..learning.memory import MethodKey
from .decision import Choice, Expectations, choose, stated
from .decision_log import DecisionLog, DecisionRecord, Guard
from .estimate import Expectation
from .explanation import FeatureError, features_of, heuristic_of, reasons, what_if

if TYPE_CHECKING:
    from ..interfaces.conductor import ExplainDecisionParams, SearchQueryParams, SearchQueryResult
    from ..router import Method

# What the other strategy would meet as well: asking it would only cost time.
_NOT_THE_STRATEGY = frozenset({"cancelled", "deadline_exceeded", "invalid_params", "endpoint_unavailable"})

_METHODS = {"index": store.INDEX_SEARCH, "scan": store.INDEX_SCAN}


class SearchService:
    def __init__(self, bus: Bus, decisions: DecisionLog, learner: Learner) -> None:
        self._bus = bus
        self._decisions = decisions
        self._learner = learner

    def methods(self) -> dict[str, Method]:
        return {"search.query": self.query, "explain.decision": self.explain}

    async def query(self, params: SearchQueryParams, context: MessageContext) -> SearchQueryResult:
        begin = monotonic_us()
        text = params["query"]
        limit = params.get("limit", SEARCH_QUERY_LIMIT_DEFAULT)
        status = await self._bus.send_message(store.ENDPOINT, {"method": store.INDEX_STATUS}, trace=context.trace)
        arm = self._learner.draw()
        choice = choose(status, self._expected(status, arm))
        if not choice.chosen.available:
            raise BusError("not_found", "No folder is open: open one, then search.", {"state": status["state"]})
        record = self._decisions.record("search", choice, self._guard(arm))
        try:
            found = await self._execute(record, choice, {"query": text, "limit": limit}, context)
        except asyncio.CancelledError:
            record.finish("cancelled", monotonic_us() - begin)
            raise
        except BusError as error:
            cancelled = error.name == "cancelled"
            record.finish("cancelled" if cancelled else "failed", monotonic_us() - begin, str(error))
            raise
        elapsed_us = monotonic_us() - begin
        record.finish("done", elapsed_us, record.error)
        self._learner.decided(arm, elapsed_us)
        self._learner.save_when_due()
        log.debug("searched", chosen=record.executed, hits=len(found["hits"]), elapsed_us=elapsed_us)
        return {
            "query": text,
            "hits": found["hits"],
            "files": found["files"],
            "truncated": found["truncated"],
            "elapsed_us": elapsed_us,
            "decision": {
                "id": record.id,
                "chosen": record.executed,
                "reason": choice.reason,
                "candidates": [candidate.to_document() for candidate in choice.candidates],
            },
        }

    async def explain(self, params: ExplainDecisionParams, context: MessageContext) -> dict[str, Any]:
        del context
        record = self._recorded(params.get("id"))
        explained = {
            **record.to_document(),
            "heuristic": heuristic_of(record.choice),
            "features": features_of(record.choice),
            "reasons": reasons(record.choice),
        }
        if "what_if" in params:
            try:
                explained["what_if"] = what_if(record.choice, params["what_if"])
            except FeatureError as error:
                raise BusError("invalid_params", str(error), {"path": error.path}) from error
        return explained

    def _recorded(self, id: int | None) -> DecisionRecord:
        """Without an id the newest. Raises BusError."""
        decisions = self._decisions
        record = decisions.newest if id is None else decisions.find(id)
        if record is not None:
            return record
        if id is None or decisions.made == 0:
            message = "Nothing has been decided yet: search for something first."
        elif id > decisions.made:
            message = f"There is no decision {id} yet; the newest is {decisions.made}."
        else:
            message = f"Decision {id} is no longer kept: only the {len(decisions)} newest are."
        raise BusError("not_found", message, {"path": "/id"})

    def _guard(self, arm: Arm) -> Guard:
        if arm == "learned":
            return Guard(arm, "learned_from_use")
        return Guard(arm, "held_out" if self._learner.on else "learning_off")

    def _expected(self, status: store.IndexStatusResult, arm: Arm) -> Expectations:
        learner = self._learner

        def of(strategy: str, stated_us: float) -> Expectation:
            key = self._key(strategy)
            calls = learner.memory.of(key).calls if arm == "learned" else 0.0
            return Expectation(learner.expected_us(key, stated_us, arm), learner.failure(key, arm), calls)

        index_us, scan_us = stated(status)
        return Expectations(of("index", index_us), of("scan", scan_us))

    async def _execute(
        self, record: DecisionRecord, choice: Choice, params: store.IndexSearchParams, context: MessageContext
    ) -> store.SearchResult:
        try:
            return await self._run(choice.candidates[0].name, choice, params, context)
        except BusError as error:
            other = choice.candidates[1]
            if error.name in _NOT_THE_STRATEGY or not other.available:
                raise
            record.executed = other.name
            record.error = f"{choice.chosen.name} failed, {other.name} was used: {error}"
            return await self._run(other.name, choice, params, context)

    async def _run(
        self, strategy: str, choice: Choice, params: store.IndexSearchParams, context: MessageContext
    ) -> store.SearchResult:
        begin = monotonic_us()
        try:
            found: store.SearchResult = await self._bus.send_message(
                store.ENDPOINT,
                {"method": _METHODS[strategy], "params": params},
                deadline=_positive(context.remaining_s),
                trace=context.trace,
            )
        except BusError as error:
            if error.name not in _NOT_THE_STRATEGY:
                self._learner.failed(self._key(strategy))
            raise
        if not found["truncated"]:  # a search that stopped at its limit says nothing about the whole folder
            index_us, scan_us = stated(choice.chosen.features)
            stated_us = index_us if strategy == "index" else scan_us
            self._learner.succeeded(self._key(strategy), stated_us, monotonic_us() - begin)
        return found

    def _key(self, strategy: str) -> MethodKey:
        return MethodKey(store.ENDPOINT, self._learner.version, _METHODS[strategy])


def _positive(seconds: float | None) -> float | None:
    # A deadline that is just over is still a deadline: the bus answers deadline_exceeded at once.
    return None if seconds is None else max(seconds, 0.001)
