"""Every decision with what it was made from and what came of it: the newest ones, by id."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any, Literal, NamedTuple

from ..learning.benefit import Arm
from .decision import Choice

KEPT_DECISIONS = 512


class Guard(NamedTuple):
    """Who decided, and why not somebody else. Of searches no trained policy decides."""

    tier: Arm
    reason: Literal["learned_from_use", "held_out", "learning_off"]

    def to_document(self) -> dict[str, Any]:
        return self._asdict()


RULE_ALONE = Guard("rule", "learning_off")


class DecisionRecord:
    """`outcome` is running, done, cancelled or failed; `executed` differs from `chosen` after a fall-back."""

    def __init__(self, id: int, kind: str, choice: Choice, guard: Guard) -> None:
        self.id = id
        self.kind = kind
        self.guard = guard
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
            "decided_by": self.guard.tier,
            "guard": self.guard.to_document(),
            "policy_hash": None,
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

    def record(self, kind: str, choice: Choice, guard: Guard = RULE_ALONE) -> DecisionRecord:
        self.made += 1
        record = DecisionRecord(self.made, kind, choice, guard)
        self._records[record.id] = record
        if len(self._records) > self._capacity:
            self._records.popitem(last=False)
        return record

    def find(self, id: int) -> DecisionRecord | None:
        return self._records.get(id)

    @property
    def newest(self) -> DecisionRecord | None:
        return next(reversed(self._records.values()), None)

    def __len__(self) -> int:
        return len(self._records)
