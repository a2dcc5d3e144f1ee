"""What was seen of each method of each version, as beliefs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, NamedTuple

from function_quest.beliefs import Belief

# Of a method that nobody has called for longest nothing is known any more.
KEPT_METHODS = 1000
_LONGEST_NAME = 256


class MethodKey(NamedTuple):
    """A new version is a stranger: what its predecessor did says little."""

    subject: str  # an extension, or a module of the Pit
    version: str
    method: str


class Memory:
    """Used on one thread. A belief's duration is the ratio of what a call took to what was stated for it."""

    def __init__(self, capacity: int = KEPT_METHODS) -> None:
        self._capacity = capacity
        self._beliefs: OrderedDict[MethodKey, Belief] = OrderedDict()

    def of(self, key: MethodKey) -> Belief:
        """What is believed; of a stranger, the prior."""
        return self._beliefs.get(key) or Belief()

    def succeeded(self, key: MethodKey, ratio: float) -> None:
        self._observed(key).succeeded(ratio)

    def failed(self, key: MethodKey) -> None:
        self._observed(key).has_failed()

    def forget(self) -> None:
        self._beliefs.clear()

    def __iter__(self) -> Iterator[tuple[MethodKey, Belief]]:
        """The one observed longest ago first."""
        return iter(self._beliefs.items())

    def __len__(self) -> int:
        return len(self._beliefs)

    def _observed(self, key: MethodKey) -> Belief:
        belief = self._beliefs.setdefault(key, Belief())
        self._beliefs.move_to_end(key)
        if len(self._beliefs) > self._capacity:
            self._beliefs.popitem(last=False)
        return belief

    def to_document(self) -> list[dict[str, Any]]:
        """The one observed longest ago first."""
        return [
            {
                "subject": key.subject,
                "version": key.version,
                "method": key.method,
                "belief": {name: getattr(belief, name) for name in Belief.__slots__},
            }
            for key, belief in self._beliefs.items()
        ]

    def restore(self, document: object) -> None:
        """Raises ValueError, and then keeps what it had."""
        if not isinstance(document, list) or len(document) > self._capacity:
            raise ValueError(f"beliefs must be a list of at most {self._capacity}")
        restored = OrderedDict(_entry(entry) for entry in document)
        self._beliefs = restored


def _entry(entry: object) -> tuple[MethodKey, Belief]:
    if not isinstance(entry, dict) or not isinstance(entry.get("belief"), dict):
        raise ValueError("a belief must be an object with the key belief")
    names = [name for name in map(entry.get, MethodKey._fields) if isinstance(name, str)]
    if len(names) != len(MethodKey._fields) or not all(0 < len(name) <= _LONGEST_NAME for name in names):
        raise ValueError("a belief must name its subject, version and method")
    return MethodKey(*names), Belief.from_document(entry["belief"])
