"""What the bus and the supervisor know of extensions, as observations: how starts go, how calls are answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .memory import Memory, MethodKey

# Nobody states how long an extension takes: these are what its belief is the ratio to.
STATED_START_US = 20_000.0
STATED_CALL_US = 1_000.0
START = "start"
CALLS = "calls"
# More calls than this between two looks say no more than this many.
_MOST_AT_ONCE = 200


class ExtensionEvidence:
    """Sees everything once, however often it looks."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._seen_us: dict[str, int] = {}  # by extension: the newest step of its lifecycle that counted
        self._counted: dict[tuple[str, str], tuple[int, int, int]] = {}  # answers, errors, their microseconds

    def look(
        self, processes: Sequence[Mapping[str, Any]], endpoints: Iterable[Mapping[str, Any]], count: bool = True
    ) -> None:
        """`process.list` and the endpoints of the bus' statistics. Without `count` what is new is passed over."""
        extensions = {process["id"] for process in processes}
        for endpoint in endpoints:
            if endpoint["kind"] == "process" and endpoint["id"] in extensions:
                self._calls(endpoint, count)
        for process in processes:
            self._starts(process, count)

    def _starts(self, process: Mapping[str, Any], count: bool) -> None:
        id, history = process["id"], process.get("history", [])
        seen = self._seen_us.get(id, 0)
        began: dict[str, int] = {}
        versions = {each["instance"]: each["version"] for each in process.get("instances", [])}
        for step in history:
            key = MethodKey(id, versions.get(step["instance"], process.get("version", "")), START)
            if step["state"] == "starting":
                began[step["instance"]] = step["at_us"]
            if step["at_us"] <= seen or not count:
                continue
            if step["state"] == "running" and step["before"] == "starting" and step["instance"] in began:
                self._memory.succeeded(key, (step["at_us"] - began[step["instance"]]) / STATED_START_US)
            elif step["state"] == "crashed" and step["before"] == "starting":
                self._memory.failed(key)
        if history:
            self._seen_us[id] = max(seen, history[-1]["at_us"])

    def _calls(self, endpoint: Mapping[str, Any], count: bool) -> None:
        for version in endpoint.get("versions", []):
            place = endpoint["id"], version["version"]
            now = version["answers"], version["errors"], version["latency"]["sum_us"]
            before = self._counted.get(place, (0, 0, 0))
            self._counted[place] = now
            answers, errors, sum_us = (new - old for new, old in zip(now, before, strict=True))
            if answers < 0 or errors < 0 or not count:
                continue  # below 0: the counters began anew
            key = MethodKey(*place, CALLS)
            # `answers` are all that came back, `errors` those of them that were errors.
            for _ in range(min(answers - errors, _MOST_AT_ONCE)):
                self._memory.succeeded(key, max(sum_us / max(answers, 1), 1.0) / STATED_CALL_US)
            for _ in range(min(errors, _MOST_AT_ONCE)):
                self._memory.failed(key)
