"""Leases on models and extension instances: what is in memory, who uses it, what goes when room is short.

Generated from ipc/interfaces/pool_manager.json by tools/interfaces/generate.py; do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

ENDPOINT: Final = "pool_manager"

POOL_ADD: Final = "pool.add"
POOL_REMOVE: Final = "pool.remove"
POOL_ALLOCATE: Final = "pool.allocate"
POOL_RELEASE: Final = "pool.release"
POOL_RENEW: Final = "pool.renew"
POOL_PREWARM: Final = "pool.prewarm"
POOL_PREDICT: Final = "pool.predict"
POOL_RESIZE: Final = "pool.resize"
POOL_EVICT: Final = "pool.evict"
POOL_REPORT: Final = "pool.report"
POOL_FAIL: Final = "pool.fail"
POOL_HOLDER_GONE: Final = "pool.holder_gone"
POOL_STATUS: Final = "pool.status"
POOL_DESCRIBE: Final = "pool.describe"
POOL_HISTORY: Final = "pool.history"
POOL_ADD_KIND_DEFAULT: Final = "instance"
POOL_ADD_MEMORY_BYTES_DEFAULT: Final = 0
POOL_ADD_LOAD_MS_DEFAULT: Final = 0
POOL_ALLOCATE_LEASE_MS_DEFAULT: Final = 300000
POOL_RELEASE_SUCCEEDED_DEFAULT: Final = True
POOL_RENEW_LEASE_MS_DEFAULT: Final = 300000
POOL_PREWARM_COUNT_DEFAULT: Final = 1
POOL_EVICT_COUNT_DEFAULT: Final = 1
POOL_HISTORY_AFTER_DEFAULT: Final = 0
POOL_HISTORY_LIMIT_DEFAULT: Final = 100

if TYPE_CHECKING:
    from typing import Any, Literal, NotRequired, TypedDict

    class Allocation(TypedDict):
        """A lease, and what its resource still needs."""

        # Names a lease; never used twice. 1 to 9007199254740991.
        lease: int
        # A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128
        # bytes.
        resource: str
        # A hit is ready; warm is in memory or on its way; cold is loaded only now.
        grade: Literal["hit", "warm", "cold"]
        # Active: usable now. Loading: its caller loads it and says so with `pool.report`.
        state: Literal["unloaded", "loading", "warming", "ready", "active", "cooling", "failed"]
        expires_in_ms: int
        # Resources that must be unloaded to make room, the least recently used first. At most 131072 items.
        evicted: list[str]

    class Expectation(TypedDict):
        """How likely a key is asked for within a time."""

        # A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128
        # bytes.
        key: str
        # 0 to 1.
        probability: float
        # 1 to 86400000.
        within_ms: int

    class Failure(TypedDict):
        """What became of the lease on a resource that failed."""

        # Names a lease; never used twice. 1 to 9007199254740991.
        lease: int
        holder: str
        # An allocation; null where no other resource could stand in.
        replacement: dict[str, Any] | None

    class Preparation(TypedDict):
        """What is to be done so that a later request is a hit."""

        # To be loaded now. At most 131072 items.
        loading: list[str]
        # To be unloaded before. At most 131072 items.
        evicted: list[str]

    class Room(TypedDict):
        """What may be in memory at once."""

        # 1 to 131072.
        count: int
        # 0 to 9007199254740991.
        memory_bytes: int

    class Statistics(TypedDict):
        """Counted since the module started."""

        hits: int
        warm: int
        cold: int
        refused: int
        released: int
        expired: int
        reclaimed: int
        evicted: int
        failed_over: int

    class Transition(TypedDict):
        """A resource went from one state to another."""

        # At least 1.
        number: int
        at_ms: int
        # A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128
        # bytes.
        resource: str
        # Of a resource.
        from_state: Literal["unloaded", "loading", "warming", "ready", "active", "cooling", "failed"]
        # Of a resource.
        to_state: Literal["unloaded", "loading", "warming", "ready", "active", "cooling", "failed"]
        reason: str
        detail: str

    class PoolAddParams(TypedDict):
        """The parameters of pool.add."""

        # A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128
        # bytes.
        resource: str
        # What is asked for: a model's name, an extension's id. Not empty. At most 128 bytes.
        key: str
        # What a resource is.
        kind: NotRequired[Literal["model", "instance"]]
        # 0 to 9007199254740991.
        memory_bytes: NotRequired[int]
        # What loading takes, as far as is known. 0 to 9007199254740991.
        load_ms: NotRequired[int]

    PoolAddResult = dict[str, Any]

    class PoolRemoveParams(TypedDict):
        """The parameters of pool.remove."""

        # A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128
        # bytes.
        resource: str

    PoolRemoveResult = dict[str, Any]

    class PoolAllocateParams(TypedDict):
        """The parameters of pool.allocate."""

        # A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128
        # bytes.
        key: str
        # The endpoint that will use it, where that is not the sender. Not empty. At most 128 bytes.
        holder: NotRequired[str]
        # Which of its processes. At most 128 bytes.
        instance: NotRequired[str]
        # 1 to 86400000.
        lease_ms: NotRequired[int]

    PoolAllocateResult = Allocation

    class PoolReleaseParams(TypedDict):
        """The parameters of pool.release."""

        # Names a lease; never used twice. 1 to 9007199254740991.
        lease: int
        # Not empty. At most 128 bytes.
        holder: NotRequired[str]
        # At most 128 bytes.
        instance: NotRequired[str]
        # How the work with it went, for its health.
        succeeded: NotRequired[bool]

    class PoolReleaseResult(TypedDict):
        """The result of pool.release."""

        # Cooling: there is no room for it any more, it must be unloaded.
        state: Literal["unloaded", "loading", "warming", "ready", "active", "cooling", "failed"]

    class PoolRenewParams(TypedDict):
        """The parameters of pool.renew."""

        # Names a lease; never used twice. 1 to 9007199254740991.
        lease: int
        # Not empty. At most 128 bytes.
        holder: NotRequired[str]
        # At most 128 bytes.
        instance: NotRequired[str]
        # 1 to 86400000.
        lease_ms: NotRequired[int]

    class PoolRenewResult(TypedDict):
        """The result of pool.renew."""

        expires_in_ms: int

    class PoolPrewarmParams(TypedDict):
        """The parameters of pool.prewarm."""

        # A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128
        # bytes.
        key: str
        # 1 to 131072.
        count: NotRequired[int]

    PoolPrewarmResult = Preparation

    class PoolPredictParams(TypedDict):
        """The parameters of pool.predict."""

        # At most 1024 items.
        expected: list[Expectation]

    PoolPredictResult = Preparation

    PoolResizeParams = Room

    class PoolResizeResult(TypedDict):
        """The result of pool.resize."""

        # Resources. At most 131072 items.
        evicted: list[str]

    class PoolEvictParams(TypedDict):
        """The parameters of pool.evict."""

        # A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128
        # bytes.
        resource: NotRequired[str]
        # 1 to 131072.
        count: NotRequired[int]

    class PoolEvictResult(TypedDict):
        """The result of pool.evict."""

        # Resources. At most 131072 items.
        evicted: list[str]

    class PoolReportParams(TypedDict):
        """The parameters of pool.report."""

        # A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128
        # bytes.
        resource: str
        state: Literal["warming", "ready", "unloaded"]

    class PoolReportResult(TypedDict):
        """The result of pool.report."""

        # Of a resource.
        state: Literal["unloaded", "loading", "warming", "ready", "active", "cooling", "failed"]

    class PoolFailParams(TypedDict):
        """The parameters of pool.fail."""

        # A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128
        # bytes.
        resource: str
        # Not empty. At most 512 bytes.
        reason: str

    class PoolFailResult(TypedDict):
        """The result of pool.fail."""

        # As the type failure; null where nobody had a lease.
        failure: dict[str, Any] | None

    class PoolHolderGoneParams(TypedDict):
        """The parameters of pool.holder_gone."""

        # Not empty. At most 128 bytes.
        holder: NotRequired[str]
        # At most 128 bytes.
        instance: NotRequired[str]

    class PoolHolderGoneResult(TypedDict):
        """The result of pool.holder_gone."""

        reclaimed: int

    PoolStatusParams = dict[str, Any]

    class PoolStatusResult(TypedDict):
        """The result of pool.status."""

        resources: int
        leases: int
        loaded: int
        memory_bytes: int
        # What may be in memory at once.
        room: Room
        # How many resources are in each state.
        by_state: dict[str, Any]
        # Null before the first allocation. 0 to 1.
        hit_rate: float | None
        # Counted since the module started.
        since_start: Statistics

    class PoolDescribeParams(TypedDict):
        """The parameters of pool.describe."""

        # A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128
        # bytes.
        resource: str

    class PoolDescribeResult(TypedDict):
        """The result of pool.describe."""

        # A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128
        # bytes.
        resource: str
        # A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128
        # bytes.
        key: str
        # What a resource is.
        kind: Literal["model", "instance"]
        memory_bytes: int
        load_ms: int
        # Of a resource.
        state: Literal["unloaded", "loading", "warming", "ready", "active", "cooling", "failed"]
        uses: int
        # Of its last eight uses. 0 to 8.
        failures: int
        # Why it failed last.
        problem: str | None
        # A failed one may be loaded again after so long.
        retry_in_ms: int
        # At least 1.
        lease: int | None
        holder: str | None
        instance: str | None
        expires_in_ms: int | None

    class PoolHistoryParams(TypedDict):
        """The parameters of pool.history."""

        # A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128
        # bytes.
        resource: NotRequired[str]
        # The number of the last one known. 0 to 9007199254740991.
        after: NotRequired[int]
        # 1 to 1000.
        limit: NotRequired[int]

    class PoolHistoryResult(TypedDict):
        """The result of pool.history."""

        # At most 1000 items.
        transitions: list[Transition]
