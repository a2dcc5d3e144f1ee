"""What is no longer worth its place: compressed, archived, deleted by policies, in small pieces, and back again.

Generated from ipc/interfaces/stale_manager.json by tools/interfaces/generate.py; do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

ENDPOINT: Final = "stale_manager"

STALE_SET_POLICY: Final = "stale.set_policy"
STALE_REMOVE_POLICY: Final = "stale.remove_policy"
STALE_POLICIES: Final = "stale.policies"
STALE_EVALUATE: Final = "stale.evaluate"
STALE_PLAN: Final = "stale.plan"
STALE_EXECUTE: Final = "stale.execute"
STALE_UNDO: Final = "stale.undo"
STALE_REPORT: Final = "stale.report"
STALE_FORGET: Final = "stale.forget"
STALE_RESTORE: Final = "stale.restore"
STALE_PURGE: Final = "stale.purge"
STALE_EVALUATE_AFTER_DEFAULT: Final = ""
STALE_EVALUATE_LIMIT_DEFAULT: Final = 200
STALE_PLAN_SLICE_MS_DEFAULT: Final = 20
STALE_EXECUTE_SLICE_MS_DEFAULT: Final = 20
STALE_EXECUTE_ITEMS_DEFAULT: Final = 50
STALE_UNDO_SLICE_MS_DEFAULT: Final = 20
STALE_UNDO_ITEMS_DEFAULT: Final = 50
STALE_PURGE_UNDO_MS_DEFAULT: Final = 604800000
STALE_PURGE_LIMIT_DEFAULT: Final = 50

if TYPE_CHECKING:
    from typing import Any, Literal, NotRequired, TypedDict

    class Policy(TypedDict):
        """What goes, and what stays. Every condition that is said must hold; one at least is said."""

        # Not empty. At most 64 bytes.
        id: str
        # How far a content goes.
        goal: Literal["compressed", "archived", "deleted"]
        # Since it was put.
        older_than_ms: NotRequired[int]
        # Since anybody read it or put it again.
        unused_ms: NotRequired[int]
        # Bytes.
        larger_than: NotRequired[int]
        # What has no quality is not below it. 0 to 1.
        quality_below: NotRequired[float]
        # It has one of them. At most 32 items.
        only_tags: NotRequired[list[str]]
        # What has one of them stays. At most 32 items.
        keep_tags: NotRequired[list[str]]
        # So many versions of each name stay; 1 where it is to be deleted, else 0. 0 to 1000000.
        keep_newest: NotRequired[int]

    class Action(TypedDict):
        """What would become of a content, and why."""

        hash: str
        # How far a content goes.
        goal: Literal["compressed", "archived", "deleted"]
        policy: str
        reason: str
        stored_size: int
        # At most 100 items.
        names: list[str]

    class Plan(TypedDict):
        """A plan, what it holds and what it has brought."""

        plan: str
        # How far a plan is.
        state: Literal["planning", "planned", "executing", "done", "undoing", "undone"]
        # Contents looked at.
        examined: int
        items: int
        done: int
        # Used, pinned or needed since the plan was made, or compressed no smaller.
        skipped: int
        # Damaged contents.
        failed: int
        # There was more than a plan holds: plan again afterwards.
        truncated: bool
        # Of contents, as they are kept.
        saved_bytes: int
        # Bytes the store took on the disk, measured before.
        used_before: int | None
        # The same, after the last piece.
        used_after: int | None
        # Why the first ones were skipped or failed. At most 20 items.
        reasons: list[str]

    class StaleSetPolicyParams(TypedDict):
        """The parameters of stale.set_policy."""

        # What goes, and what stays. Every condition that is said must hold; one at least is said.
        policy: Policy

    class StaleSetPolicyResult(TypedDict):
        """The result of stale.set_policy."""

        # At least 1.
        policies: int

    class StaleRemovePolicyParams(TypedDict):
        """The parameters of stale.remove_policy."""

        # Not empty. At most 64 bytes.
        id: str

    class StaleRemovePolicyResult(TypedDict):
        """The result of stale.remove_policy."""

        policies: int

    StalePoliciesParams = dict[str, Any]

    class StalePoliciesResult(TypedDict):
        """The result of stale.policies."""

        # At most 64 items.
        policies: list[Policy]

    class StaleEvaluateParams(TypedDict):
        """The parameters of stale.evaluate."""

        after: NotRequired[str]
        # Of contents to look at. 1 to 1000.
        limit: NotRequired[int]

    class StaleEvaluateResult(TypedDict):
        """The result of stale.evaluate."""

        # At most 1000 items.
        actions: list[Action]
        examined: int
        # To go on with.
        after: str
        last: bool

    class StalePlanParams(TypedDict):
        """The parameters of stale.plan."""

        # Not empty. At most 40 bytes.
        plan: str
        # 1 to 1000.
        slice_ms: NotRequired[int]

    StalePlanResult = Plan

    class StaleExecuteParams(TypedDict):
        """The parameters of stale.execute."""

        # Not empty. At most 40 bytes.
        plan: str
        # 1 to 1000.
        slice_ms: NotRequired[int]
        # 1 to 10000.
        items: NotRequired[int]

    StaleExecuteResult = Plan

    class StaleUndoParams(TypedDict):
        """The parameters of stale.undo."""

        # Not empty. At most 40 bytes.
        plan: str
        # 1 to 1000.
        slice_ms: NotRequired[int]
        # 1 to 10000.
        items: NotRequired[int]

    StaleUndoResult = Plan

    StaleReportParams = dict[str, Any]

    class StaleReportResult(TypedDict):
        """The result of stale.report."""

        # At most 16 items.
        plans: list[Plan]

    class StaleForgetParams(TypedDict):
        """The parameters of stale.forget."""

        # Not empty. At most 40 bytes.
        plan: str

    StaleForgetResult = dict[str, Any]

    class StaleRestoreParams(TypedDict):
        """The parameters of stale.restore."""

        # 64 characters.
        hash: str

    class StaleRestoreResult(TypedDict):
        """The result of stale.restore."""

        changed: bool

    class StalePurgeParams(TypedDict):
        """The parameters of stale.purge."""

        # How long a deletion can be undone.
        undo_ms: NotRequired[int]
        # 1 to 1000.
        limit: NotRequired[int]

    class StalePurgeResult(TypedDict):
        """The result of stale.purge."""

        versions: int
        contents: int
        freed_bytes: int
        last: bool
