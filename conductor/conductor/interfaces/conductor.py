"""Decisions: what runs, and where.

Generated from ipc/interfaces/conductor.json by tools/interfaces/generate.py; do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

ENDPOINT: Final = "conductor"

SEARCH_QUERY: Final = "search.query"
WORKSPACE_OPEN: Final = "workspace.open"
STATUS_GET: Final = "status.get"
LEARNING_GET: Final = "learning.get"
LEARNING_SET: Final = "learning.set"
LEARNING_FORGET: Final = "learning.forget"
EXPLAIN_DECISION: Final = "explain.decision"
EXTENSION_RESTART: Final = "extension.restart"
EXTENSION_LIST: Final = "extension.list"
EXTENSION_START: Final = "extension.start"
EXTENSION_STOP: Final = "extension.stop"
EXTENSION_SWAP: Final = "extension.swap"
EXTENSION_SPLIT: Final = "extension.split"
EXTENSION_CHOOSE: Final = "extension.choose"
VIEW_SHOWN: Final = "view.shown"
SEARCH_QUERY_LIMIT_DEFAULT: Final = 500
EXTENSION_SWAP_ACCEPT_PERMISSIONS_DEFAULT: Final = False
EXTENSION_SPLIT_BY_DEFAULT: Final = "message"
EXTENSION_SPLIT_ACCEPT_PERMISSIONS_DEFAULT: Final = False

if TYPE_CHECKING:
    from typing import Any, Literal, NotRequired, TypedDict

    class Candidate(TypedDict):
        """One way a request could have been served."""

        name: str
        # The highest of the available ones is chosen.
        score: float
        expected_us: float
        fresh: bool
        available: bool

    class Decision(TypedDict):
        """How a search was served, and why."""

        # At least 1.
        id: int
        chosen: str
        reason: str
        candidates: list[Candidate]

    class Extension(TypedDict):
        """An extension; `process` is as in `process.list` of the supervisor, null before it was first started."""

        id: str
        name: str
        version: str
        kind: str
        folder: str
        state: str
        activation: list[str]
        process: dict[str, Any] | None

    class FeatureWeight(TypedDict):
        """What one feature was worth to a decision: the decision is made again with a value in its place that says
        nothing.
        """

        # Of `features`; or index.freshness, all that makes the index stale together.
        feature: str
        # As it was.
        value: Any
        # What was put in its place.
        neutral: Any
        # The part of the lead of the chosen candidate's score over the next that goes with it; below 0 it spoke against
        # what was chosen.
        weight: int
        # Another candidate would have been chosen without it.
        decisive: bool

    class Guard(TypedDict):
        """Who made a decision, and why."""

        tier: Literal["learned", "rule"]
        # The rule decides when learning is off, and now and then by chance (held out), to be compared with.
        reason: Literal["learned_from_use", "held_out", "learning_off"]

    class WhatIf(TypedDict):
        """A decision made again with some features changed; nothing is done."""

        changes: dict[str, Any]
        # Null: nothing would be available.
        chosen: str | None
        # Something else would be chosen than was.
        differs: bool
        reason: str
        candidates: list[Candidate]

    class Health(TypedDict):
        """Whether anything works less well than it should."""

        state: str
        problems: list[str]

    class Hit(TypedDict):
        """A place in a file's text; line and column count from 1, column and length in UTF-8 bytes."""

        path: str
        # At least 1.
        line: int
        # At least 1.
        column: int
        # At least 1.
        length: int
        text: str

    class LearnedMethod(TypedDict):
        """What is believed of one method of one version, from what was seen of it."""

        # An extension, or a module of the Pit.
        subject: str
        version: str
        # `start` and `calls` are an extension's starts and all that is asked of it.
        method: str
        # Its evidence; old calls count less.
        calls: float
        # Calls that failed, ever.
        failed: int
        # Expected share of calls that fail. 0 to 1.
        failure: float
        failure_deviation: float
        # Expected duration against the stated one.
        slowdown: float
        # Of the logarithm.
        slowdown_deviation: float

    class Benefit(TypedDict):
        """Learned decisions against those that were left to the rule."""

        # How many there were.
        learned: int
        rule: int
        # The share left to the rule. 0 to 1.
        held_out: float
        # How long learned decisions take against the rule's; null while there are too few.
        ratio: float | None
        interval95: list[float] | None

    class Phase(TypedDict):
        """One phase of the start."""

        name: str
        state: Literal["pending", "running", "done", "failed", "undone"]
        # Of all attempts.
        ms: float
        # Not there: it was begun once. At least 2.
        attempts: NotRequired[int]

    class SearchQueryParams(TypedDict):
        """The parameters of search.query."""

        # 1 to 1024 characters.
        query: str
        # 1 to 5000.
        limit: NotRequired[int]

    class SearchQueryResult(TypedDict):
        """The result of search.query."""

        query: str
        hits: list[Hit]
        # Paths whose name matches.
        files: list[str]
        truncated: bool
        elapsed_us: int
        # How a search was served, and why.
        decision: Decision

    class WorkspaceOpenParams(TypedDict):
        """The parameters of workspace.open."""

        # An absolute path. 1 to 12288 characters.
        path: str

    class WorkspaceOpenResult(TypedDict):
        """The result of workspace.open."""

        # The canonical path.
        workspace: str

    StatusGetParams = dict[str, Any]

    class StatusGetResult(TypedDict):
        """The result of status.get."""

        state: Literal["starting", "ready", "degraded", "failed", "stopping"]
        phases: list[Phase]
        # Whether anything works less well than it should.
        health: Health
        endpoints: list[dict[str, Any]]
        processes: list[dict[str, Any]]
        # Only extensions that come with Symphony are started.
        safe_mode: bool
        # The folders of the others.
        held_back: list[str]
        pit: dict[str, Any]
        workspace: str | None
        decisions: int
        uptime_ms: int

    LearningGetParams = dict[str, Any]

    class LearningGetResult(TypedDict):
        """The result of learning.get."""

        on: bool
        # Whether it now and then tries what may be quicker.
        exploring: bool
        methods: list[LearnedMethod]
        # Learned decisions against those that were left to the rule.
        benefit: Benefit

    class LearningSetParams(TypedDict):
        """The parameters of learning.set."""

        on: NotRequired[bool]
        exploring: NotRequired[bool]

    class LearningSetResult(TypedDict):
        """The result of learning.set."""

        on: bool
        exploring: bool

    LearningForgetParams = dict[str, Any]

    LearningForgetResult = dict[str, Any]

    class ExplainDecisionParams(TypedDict):
        """The parameters of explain.decision."""

        # Not there: the newest. 1 to 9007199254740992.
        id: NotRequired[int]
        # Features of `features` and other values for them: what would be chosen then is answered too.
        what_if: NotRequired[dict[str, Any]]

    class ExplainDecisionResult(TypedDict):
        """The result of explain.decision."""

        # At least 1.
        id: int
        kind: str
        # Learned from use, or the rule: it is always asked now and then, so that both can be compared.
        decided_by: Literal["learned", "rule"]
        # Who made a decision, and why.
        guard: Guard
        # Of the trained policy that took part; null: none did, as in every search.
        policy_hash: str | None
        # What the rule would have chosen, which has learned nothing.
        heuristic: str
        chosen: str
        # Differs from `chosen` when that one failed.
        executed: str
        reason: str
        # What weighed most, the weightiest first. At most 5 items.
        reasons: list[FeatureWeight]
        # All it was made from, by name.
        features: dict[str, Any]
        candidates: list[dict[str, Any]]
        outcome: Literal["running", "done", "cancelled", "failed"]
        actual_us: int | None
        error: str | None
        made_at_ms: int
        # Not there: it was not asked for.
        what_if: NotRequired[WhatIf]

    class ExtensionRestartParams(TypedDict):
        """The parameters of extension.restart."""

        # 1 to 128 characters.
        id: str

    ExtensionRestartResult = dict[str, Any]

    ExtensionListParams = dict[str, Any]

    class ExtensionListResult(TypedDict):
        """The result of extension.list."""

        extensions: list[Extension]
        # What could not be used, and why.
        problems: list[str]

    class ExtensionStartParams(TypedDict):
        """The parameters of extension.start."""

        # 1 to 128 characters.
        id: str

    ExtensionStartResult = dict[str, Any]

    class ExtensionStopParams(TypedDict):
        """The parameters of extension.stop."""

        # 1 to 128 characters.
        id: str

    ExtensionStopResult = dict[str, Any]

    class ExtensionSwapParams(TypedDict):
        """The parameters of extension.swap."""

        # 1 to 128 characters.
        id: str
        # An absolute path; without it the extension's own folder is read anew. At most 12288 characters.
        from_folder: NotRequired[str | None]
        # Agrees to what it may do beyond the running version.
        accept_permissions: NotRequired[bool]

    class ExtensionSwapResult(TypedDict):
        """The result of extension.swap."""

        version: str
        generation: int
        # How long messages waited.
        pause_us: int

    class ExtensionSplitParams(TypedDict):
        """The parameters of extension.split."""

        # 1 to 128 characters.
        id: str
        # 1 to 99.
        share: int
        by: NotRequired[Literal["message", "sender"]]
        # An absolute path; without it the extension's own folder is read anew. At most 12288 characters.
        from_folder: NotRequired[str | None]
        # Agrees to what it may do beyond the running version.
        accept_permissions: NotRequired[bool]

    class ExtensionSplitResult(TypedDict):
        """The result of extension.split."""

        version: str
        # 1 to 99.
        share: int

    class ExtensionChooseParams(TypedDict):
        """The parameters of extension.choose."""

        # 1 to 128 characters.
        id: str
        # 1 to 64 characters.
        version: str

    class ExtensionChooseResult(TypedDict):
        """The result of extension.choose."""

        version: str
        generation: int

    class ViewShownParams(TypedDict):
        """The parameters of view.shown."""

        # 1 to 128 characters.
        view: str
        shown: bool

    ViewShownResult = dict[str, Any]
