"""Graphs of steps that wait for each other: what may begin now, how far each is, and what decides when all are done.

Generated from ipc/interfaces/dag_tracker.json by tools/interfaces/generate.py; do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

ENDPOINT: Final = "dag_tracker"

DAG_VALIDATE: Final = "dag.validate"
DAG_CREATE: Final = "dag.create"
DAG_START: Final = "dag.start"
DAG_REPORT: Final = "dag.report"
DAG_EXTEND: Final = "dag.extend"
DAG_CANCEL: Final = "dag.cancel"
DAG_READY: Final = "dag.ready"
DAG_STATUS: Final = "dag.status"
DAG_ORDER: Final = "dag.order"
DAG_CRITICAL_PATH: Final = "dag.critical_path"
DAG_FEATURES: Final = "dag.features"
DAG_LIST: Final = "dag.list"
DAG_FORGET: Final = "dag.forget"
DAG_CHECKPOINT: Final = "dag.checkpoint"
DAG_RECOVER: Final = "dag.recover"
DAG_READY_LIMIT_DEFAULT: Final = 1000
DAG_FEATURES_LIMIT_DEFAULT: Final = 512

if TYPE_CHECKING:
    from typing import Any, Literal, NotRequired, TypedDict

    class Node(TypedDict):
        """A step, and what it waits for."""

        # Not empty. At most 256 bytes.
        id: str
        # How long it is expected to take; 1 where it is not said. 0 to 31536000.
        seconds: NotRequired[float]
        # How often it may be tried. 1 to 100.
        attempts: NotRequired[int]
        # Nodes that must complete before it; when one does not, it is skipped. At most 100000 items.
        hard: NotRequired[list[str]]
        # Nodes that must have ended before it, whichever way. At most 100000 items.
        soft: NotRequired[list[str]]
        # Nodes whose result it uses when it is there; it does not wait for them. At most 100000 items.
        optional: NotRequired[list[str]]
        # Nodes that are pending and must wait for it to complete: how a fan-out is joined again. At most 100000 items.
        before: NotRequired[list[str]]
        # Inputs; each is given to the graph or by a node, which then must complete before it. At most 100000 items.
        needs: NotRequired[list[str]]
        # Outputs; each is given by one node of the graph. At most 100000 items.
        gives: NotRequired[list[str]]

    class Change(TypedDict):
        """A node and the state it has come to."""

        # Not empty. At most 256 bytes.
        node: str
        # How far a node is.
        state: Literal[
            "pending",
            "ready",
            "allocated",
            "executing",
            "storing",
            "completed",
            "failed",
            "retrying",
            "skipped",
            "cancelled",
        ]
        # What it took, of a node that completed; measured since it was executing where it is not said. 0 to 31536000.
        seconds: NotRequired[float]

    class Problem(TypedDict):
        """What is wrong with a graph, and where."""

        kind: Literal[
            "limit",
            "value",
            "duplicate_node",
            "unknown_node",
            "self_dependency",
            "cycle",
            "duplicate_output",
            "unmet_input",
            "already_begun",
            "orphan",
        ]
        message: str
        # The place in the request, a JSON Pointer.
        path: str
        # Those concerned; of a cycle in the order they wait for each other. At most 100 items.
        nodes: list[str]

    class Counts(TypedDict):
        """How many nodes are in each state."""

        pending: int
        ready: int
        allocated: int
        executing: int
        storing: int
        completed: int
        failed: int
        retrying: int
        skipped: int
        cancelled: int

    class NodeStatus(TypedDict):
        """How far one node is and how much room it has."""

        node: str
        # How far a node is.
        state: Literal[
            "pending",
            "ready",
            "allocated",
            "executing",
            "storing",
            "completed",
            "failed",
            "retrying",
            "skipped",
            "cancelled",
        ]
        failures: int
        # Dependencies, hard and soft, that have not ended.
        waits_for: int
        # Expected; what it took once it has completed.
        seconds: float
        # Seconds from the beginning of the graph to its earliest start.
        start: float
        # Seconds from its start to the end of the graph.
        rank: float
        # Seconds it may be late without delaying the whole; 0 on the critical path.
        slack: float
        # The longest chain of dependencies before it.
        level: int

    class Effect(TypedDict):
        """What a change brought about."""

        graph: str
        # How far a graph is; finished when every node has ended.
        state: Literal["created", "running", "finished", "cancelled"]
        # Grows with every change.
        revision: int
        # Nodes that have become ready by it.
        ready: list[str]
        # Nodes that never will, since one they need has not completed.
        skipped: list[str]

    class FeatureRow(TypedDict):
        """Which node a row of the matrix is about."""

        graph: str
        node: str

    class GraphSummary(TypedDict):
        """A graph that is kept."""

        graph: str
        # How far a graph is; finished when every node has ended.
        state: Literal["created", "running", "finished", "cancelled"]
        # At least 1.
        nodes: int
        revision: int

    class DagValidateParams(TypedDict):
        """The parameters of dag.validate."""

        # At most 100000 items.
        nodes: list[Node]
        # Inputs that are there from the beginning. At most 100000 items.
        given: NotRequired[list[str]]

    class DagValidateResult(TypedDict):
        """The result of dag.validate."""

        # Orphans are mentioned and are no fault.
        valid: bool
        # At most 100 items.
        problems: list[Problem]

    class DagCreateParams(TypedDict):
        """The parameters of dag.create."""

        # Not empty. At most 256 bytes.
        graph: str
        # At most 100000 items.
        nodes: list[Node]
        # Inputs that are there from the beginning. At most 100000 items.
        given: NotRequired[list[str]]

    class DagCreateResult(TypedDict):
        """The result of dag.create."""

        graph: str
        # At least 1.
        nodes: int
        dependencies: int
        # At least 1.
        levels: int
        critical_path_seconds: float
        # Nodes without any dependency, in a graph of several. At most 100 items.
        orphans: list[str]

    class DagStartParams(TypedDict):
        """The parameters of dag.start."""

        # Not empty. At most 256 bytes.
        graph: str

    DagStartResult = Effect

    class DagReportParams(TypedDict):
        """The parameters of dag.report."""

        # Not empty. At most 256 bytes.
        graph: str
        # At most 10000 items.
        changes: list[Change]

    DagReportResult = Effect

    class DagExtendParams(TypedDict):
        """The parameters of dag.extend."""

        # Not empty. At most 256 bytes.
        graph: str
        # At most 100000 items.
        nodes: list[Node]

    DagExtendResult = Effect

    class DagCancelParams(TypedDict):
        """The parameters of dag.cancel."""

        # Not empty. At most 256 bytes.
        graph: str
        # All of them where it is not said. At most 10000 items.
        nodes: NotRequired[list[str]]

    class DagCancelResult(TypedDict):
        """The result of dag.cancel."""

        # What a change brought about.
        effect: Effect
        # Nodes that were allocated, executing or storing.
        stop: list[str]

    class DagReadyParams(TypedDict):
        """The parameters of dag.ready."""

        # Not empty. At most 256 bytes.
        graph: str
        # 1 to 100000.
        limit: NotRequired[int]

    class DagReadyResult(TypedDict):
        """The result of dag.ready."""

        graph: str
        revision: int
        # At most 100000 items.
        ready: list[str]
        # Also of those beyond the limit.
        total: int

    class DagStatusParams(TypedDict):
        """The parameters of dag.status."""

        # Not empty. At most 256 bytes.
        graph: str
        # At most 10000 items.
        nodes: NotRequired[list[str]]

    class DagStatusResult(TypedDict):
        """The result of dag.status."""

        graph: str
        # How far a graph is; finished when every node has ended.
        state: Literal["created", "running", "finished", "cancelled"]
        revision: int
        # At least 1.
        nodes: int
        dependencies: int
        # How many nodes are in each state.
        counts: Counts
        # Of the whole, by what nodes took or are expected to take.
        critical_path_seconds: float
        # Of all nodes that have not ended.
        remaining_seconds: float
        # Of the longest way through them.
        remaining_path_seconds: float
        # At most 10000 items.
        asked: list[NodeStatus]

    class DagOrderParams(TypedDict):
        """The parameters of dag.order."""

        # Not empty. At most 256 bytes.
        graph: str

    class DagOrderResult(TypedDict):
        """The result of dag.order."""

        graph: str
        # At most 100000 items.
        order: list[str]

    class DagCriticalPathParams(TypedDict):
        """The parameters of dag.critical_path."""

        # Not empty. At most 256 bytes.
        graph: str

    class DagCriticalPathResult(TypedDict):
        """The result of dag.critical_path."""

        graph: str
        seconds: float
        # At most 100000 items.
        nodes: list[str]

    class DagFeaturesParams(TypedDict):
        """The parameters of dag.features."""

        # All that run where it is not said. At most 256 items.
        graphs: NotRequired[list[str]]
        # Of rows; those with most work behind them stay. 1 to 4096.
        limit: NotRequired[int]
        # What times are divided by; else the longest critical path of the graphs that run, as they were created. 0 to
        # 31536000.
        unit_seconds: NotRequired[float]

    class DagFeaturesResult(TypedDict):
        """The result of dag.features."""

        # At most 64 items.
        columns: list[str]
        # At most 4096 items.
        rows: list[FeatureRow]
        # Row after row, little-endian, in base64.
        matrix: str
        # What times are divided by.
        unit_seconds: float

    DagListParams = dict[str, Any]

    class DagListResult(TypedDict):
        """The result of dag.list."""

        # At most 256 items.
        graphs: list[GraphSummary]

    class DagForgetParams(TypedDict):
        """The parameters of dag.forget."""

        # Not empty. At most 256 bytes.
        graph: str

    DagForgetResult = dict[str, Any]

    class DagCheckpointParams(TypedDict):
        """The parameters of dag.checkpoint."""

        # Not empty. At most 256 bytes.
        graph: str

    class DagCheckpointResult(TypedDict):
        """The result of dag.checkpoint."""

        graph: str
        revision: int
        bytes: int

    class DagRecoverParams(TypedDict):
        """The parameters of dag.recover."""

        # Not empty. At most 256 bytes.
        graph: str

    class DagRecoverResult(TypedDict):
        """The result of dag.recover."""

        graph: str
        # How far a graph is; finished when every node has ended.
        state: Literal["created", "running", "finished", "cancelled"]
        revision: int
        source: Literal["memory", "checkpoint"]
        # Every node that may begin now.
        ready: list[str]
        # Those of them that were under way.
        again: list[str]
