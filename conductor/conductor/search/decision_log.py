"""Every decision with what it was made from and what came of it: the newest ones, by id."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any

from .decision import Choice

KEPT_DECISIONS = 512


class DecisionRecord:
    """`outcome` is running, done, cancelled or failed; `executed` differs from `chosen` after a fall-back."""

    def __init__(self, id: int, kind: str, choice: Choice, decided_by: str) -> None:
        self.id = id
        self.kind = kind
        self.decided_by = decided_by
        self.choice = choice
        self.chosen = choice.chosen.name
        self.executed = self.chosen
        self.outcome = "running"
        self.actual_us: int | None = None
        self.error: str | None = None
        self.made_at = time.time()

    def finish(self, outcome: str, actual_us: int, error: str | None = None) -> None:
        self.outcome = outcome
        self.actual_us = actual_us
        self.error = error

    def to_document(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "decided_by": self.decided_by,
            "chosen": self.chosen,
            "executed": self.executed,
            "reason": self.choice.reason,
            "candidates": [
                {**candidate.to_document(), "freshness": candidate.freshness, "features": candidate.features}
                for candidate in self.choice.candidates
            ],
            "outcome": self.outcome,
            "actual_us": self.actual_us,
            "error": self.error,
            "made_at_ms": round(self.made_at * 1000),
        }


class DecisionLog:
    def __init__(self, capacity: int = KEPT_DECISIONS) -> None:
        self._capacity = capacity
        self._records: OrderedDict[int, DecisionRecord] = OrderedDict()
        self.made = 0

    def record(self, kind: str, choice: Choice, decided_by: str = "rule") -> DecisionRecord:
        self.made += 1
        record = DecisionRecord(self.made, kind, choice, decided_by)
        self._records[record.id] = record
        if len(self._records) > self._capacity:
            self._records.popitem(last=False)
        return record

    def find(self, id: int) -> DecisionRecord | None:
        return self._records.get(id)

    def __len__(self) -> int:
        return len(self._records)
