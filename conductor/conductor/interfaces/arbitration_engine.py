"""Who gets which resource now, who waits, who does not get it, and why.

Generated from ipc/interfaces/arbitration_engine.json by tools/interfaces/generate.py; do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

ENDPOINT: Final = "arbitration_engine"

ARBITRATION_DEFINE: Final = "arbitration.define"
ARBITRATION_REMOVE: Final = "arbitration.remove"
ARBITRATION_REQUEST: Final = "arbitration.request"
ARBITRATION_LOOK: Final = "arbitration.look"
ARBITRATION_RELEASE: Final = "arbitration.release"
ARBITRATION_LIMIT: Final = "arbitration.limit"
ARBITRATION_POLICY: Final = "arbitration.policy"
ARBITRATION_EXPLAIN: Final = "arbitration.explain"
ARBITRATION_AUDIT: Final = "arbitration.audit"
ARBITRATION_HOLDER_GONE: Final = "arbitration.holder_gone"
ARBITRATION_STATUS: Final = "arbitration.status"
ARBITRATION_DEFINE_CAPACITY_DEFAULT: Final = 1
ARBITRATION_DEFINE_REFILL_PER_S_DEFAULT: Final = 0
ARBITRATION_DEFINE_PERIOD_MS_DEFAULT: Final = 0
ARBITRATION_REQUEST_PRIORITY_DEFAULT: Final = "normal"
ARBITRATION_REQUEST_EXPECTED_MS_DEFAULT: Final = 1000
ARBITRATION_REQUEST_WAIT_MS_DEFAULT: Final = 60000
ARBITRATION_LIMIT_PERIOD_MS_DEFAULT: Final = 0
ARBITRATION_AUDIT_AFTER_DEFAULT: Final = 0
ARBITRATION_AUDIT_LIMIT_DEFAULT: Final = 100

if TYPE_CHECKING:
    from typing import Any, Literal, NotRequired, TypedDict

    class Claim(TypedDict):
        """So much of a resource."""

        # A name. Not empty. At most 128 bytes.
        resource: str
        # 1 to 9007199254740991.
        amount: NotRequired[int]

    class Wait(TypedDict):
        """One step of a circle."""

        holder: str
        # A name. Not empty. At most 128 bytes.
        waits_for: str
        held_by: str

    class Outcome(TypedDict):
        """A decision, and why."""

        # What became of a request.
        decision: Literal["granted", "deferred", "denied", "released", "cancelled", "reclaimed"]
        # Names a request; never used twice. 1 to 9007199254740991.
        request: int
        reason: str
        # Of one that is deferred.
        estimated_wait_ms: int | None
        # Of one that is denied because it would wait for ever.
        cycle: list[Wait]
        # Others that were deferred and are granted now, as time made it possible. At most 131072 items.
        granted: list[int]

    class Record(TypedDict):
        """One entry of the audit log."""

        # At least 1.
        number: int
        at_ms: int
        # Names a request; never used twice. 1 to 9007199254740991.
        request: int
        # What became of a request.
        event: Literal["granted", "deferred", "denied", "released", "cancelled", "reclaimed"]
        # From the highest to the lowest.
        priority: Literal["critical", "high", "normal", "low", "background"]
        holder: str
        share: str
        user: str
        melody: str
        extension: str
        # As "cores 4, gpu 1".
        claims: str
        reason: str

    class ShareStatus(TypedDict):
        """What a share has used of a resource."""

        share: str
        weight: float
        # Milliseconds of the whole resource, divided by the weight.
        used_ms: float
        waiting: int

    class ResourceStatus(TypedDict):
        """A resource now."""

        # A name. Not empty. At most 128 bytes.
        resource: str
        # Capacity and locks are given back; what is taken of a rate or a budget is not.
        kind: Literal["capacity", "lock", "rate", "budget"]
        # At least 1.
        capacity: int
        # Below 0 where the capacity became smaller than what is held.
        available: int
        waiting: int
        mean_hold_ms: float
        shares: list[ShareStatus]

    class SpendingStatus(TypedDict):
        """A limit, and what is spent of it."""

        # A name. Not empty. At most 128 bytes.
        resource: str
        # Whose spending is limited.
        scope: Literal["user", "melody", "extension"]
        # A name. Not empty. At most 128 bytes.
        name: str
        limit: int
        spent: int
        # Null: never.
        renewed_in_ms: int | None

    class Spent(TypedDict):
        """What was really taken of a budget."""

        # A name. Not empty. At most 128 bytes.
        resource: str
        # 0 to 9007199254740991.
        amount: int

    class Weight(TypedDict):
        """How much of a resource a share gets beside others."""

        # A name. Not empty. At most 128 bytes.
        share: str
        # 0 to 1000.
        weight: float

    class ArbitrationDefineParams(TypedDict):
        """The parameters of arbitration.define."""

        # A name. Not empty. At most 128 bytes.
        resource: str
        # Capacity and locks are given back; what is taken of a rate or a budget is not.
        kind: Literal["capacity", "lock", "rate", "budget"]
        # Of a lock 1, of a rate at most 1000000000. 1 to 9007199254740991.
        capacity: NotRequired[int]
        # Of a rate. 0 to 1000000000.
        refill_per_s: NotRequired[int]
        # Of a budget; 0: it is never renewed. 0 to 31622400000.
        period_ms: NotRequired[int]

    class ArbitrationDefineResult(TypedDict):
        """The result of arbitration.define."""

        # Requests. At most 131072 items.
        granted: list[int]

    class ArbitrationRemoveParams(TypedDict):
        """The parameters of arbitration.remove."""

        # A name. Not empty. At most 128 bytes.
        resource: str

    ArbitrationRemoveResult = dict[str, Any]

    class ArbitrationRequestParams(TypedDict):
        """The parameters of arbitration.request."""

        # At most 16 items.
        claims: list[Claim]
        # From the highest to the lowest.
        priority: NotRequired[Literal["critical", "high", "normal", "low", "background"]]
        # The endpoint it is for, where that is not the sender. Not empty. At most 128 bytes.
        holder: NotRequired[str]
        # Which of its processes. At most 128 bytes.
        instance: NotRequired[str]
        # Who shares with whom; else the user, else the holder. At most 128 bytes.
        share: NotRequired[str]
        # At most 128 bytes.
        user: NotRequired[str]
        # At most 128 bytes.
        melody: NotRequired[str]
        # At most 128 bytes.
        extension: NotRequired[str]
        # How long it will hold them, as far as is known. 1 to 31622400000.
        expected_ms: NotRequired[int]
        # How long it would wait; 0: not at all. 0 to 31622400000.
        wait_ms: NotRequired[int]

    ArbitrationRequestResult = Outcome

    class ArbitrationLookParams(TypedDict):
        """The parameters of arbitration.look."""

        # Names a request; never used twice. 1 to 9007199254740991.
        request: int

    ArbitrationLookResult = Outcome

    class ArbitrationReleaseParams(TypedDict):
        """The parameters of arbitration.release."""

        # Names a request; never used twice. 1 to 9007199254740991.
        request: int
        # Not empty. At most 128 bytes.
        holder: NotRequired[str]
        # At most 128 bytes.
        instance: NotRequired[str]
        # What was really taken of budgets, where it was not what was asked for. At most 16 items.
        spent: NotRequired[list[Spent]]

    class ArbitrationReleaseResult(TypedDict):
        """The result of arbitration.release."""

        # What became of a request.
        event: Literal["granted", "deferred", "denied", "released", "cancelled", "reclaimed"]
        # Requests. At most 131072 items.
        granted: list[int]

    class ArbitrationLimitParams(TypedDict):
        """The parameters of arbitration.limit."""

        # A name. Not empty. At most 128 bytes.
        resource: str
        # Whose spending is limited.
        scope: Literal["user", "melody", "extension"]
        # A name. Not empty. At most 128 bytes.
        name: str
        # 0 to 9007199254740991.
        limit: int | None
        # After which it begins anew; 0: never. 0 to 31622400000.
        period_ms: NotRequired[int]

    ArbitrationLimitResult = dict[str, Any]

    class ArbitrationPolicyParams(TypedDict):
        """The parameters of arbitration.policy."""

        # 1 to 31622400000.
        ageing_ms: NotRequired[int]
        # At most 4096 items.
        weights: NotRequired[list[Weight]]

    class ArbitrationPolicyResult(TypedDict):
        """The result of arbitration.policy."""

        # At least 1.
        ageing_ms: int
        weights: list[Weight]

    class ArbitrationExplainParams(TypedDict):
        """The parameters of arbitration.explain."""

        # Names a request; never used twice. 1 to 9007199254740991.
        request: int

    class ArbitrationExplainResult(TypedDict):
        """The result of arbitration.explain."""

        records: list[Record]

    class ArbitrationAuditParams(TypedDict):
        """The parameters of arbitration.audit."""

        # The number of the last one known. 0 to 9007199254740991.
        after: NotRequired[int]
        # What became of a request.
        event: NotRequired[Literal["granted", "deferred", "denied", "released", "cancelled", "reclaimed"]]
        # At most 257 bytes.
        holder: NotRequired[str]
        # At most 128 bytes.
        user: NotRequired[str]
        # At most 128 bytes.
        melody: NotRequired[str]
        # At most 128 bytes.
        extension: NotRequired[str]
        # 1 to 1000.
        limit: NotRequired[int]

    class ArbitrationAuditResult(TypedDict):
        """The result of arbitration.audit."""

        # At most 1000 items.
        records: list[Record]

    class ArbitrationHolderGoneParams(TypedDict):
        """The parameters of arbitration.holder_gone."""

        # Not empty. At most 128 bytes.
        holder: NotRequired[str]
        # At most 128 bytes.
        instance: NotRequired[str]

    class ArbitrationHolderGoneResult(TypedDict):
        """The result of arbitration.holder_gone."""

        reclaimed: int
        # Requests. At most 131072 items.
        granted: list[int]

    ArbitrationStatusParams = dict[str, Any]

    class ArbitrationStatusResult(TypedDict):
        """The result of arbitration.status."""

        # At most 1024 items.
        resources: list[ResourceStatus]
        # At most 4096 items.
        limits: list[SpendingStatus]
        granted: int
        waiting: int
        decisions: int
        deadlocks: int
