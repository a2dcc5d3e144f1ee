"""The components the Conductor is assembled from, a line each.

A component is a class in a file of its own. Its constructor's annotated parameters are what it needs: other components,
and what the earlier phases made (Settings, Bus, Pit, Kit,
StartReport). docs/conductor.md, "A new component", shows one.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from .container import Container

if TYPE_CHECKING:
    from symphony_ipc import Handler

    from .router import Method

# File and class, below this package. The order means nothing: who needs whom decides.
COMPONENTS = (
    "learning.learner:Learner",
    "learning.service:LearningService",
    "network.endpoint:NetworkEndpoint",
    "search.decision_log:DecisionLog",
    "search.service:SearchService",
    "status:StatusService",
    "workspace:Workspace",
)


@runtime_checkable
class AnswersMethods(Protocol):
    """A component that answers methods of the endpoint `conductor`."""

    def methods(self) -> dict[str, Method]:
        """By their names on the bus."""


@runtime_checkable
class ServesEndpoint(Protocol):
    """A component that is an endpoint of its own."""

    endpoint: str
    interface: str | None  # of ipc/interfaces; None: the parameters come as they were sent

    @property
    def handle(self) -> Handler:
        ...


@runtime_checkable
class Runs(Protocol):
    """A component that has something to do before it is asked anything, and at the end."""

    async def start(self) -> None:
        ...

    async def stop(self) -> None:
        """Also called when a later component could not start."""


def register_components(container: Container, components: Iterable[str] | None = None) -> list[type[Any]]:
    """Returns their classes. Raises DependencyCycle, and ImportError where a file cannot be loaded."""
    classes = [_class_of(component) for component in (COMPONENTS if components is None else components)]
    for each in classes:
        container.register(each, each)
    return classes


def _class_of(component: str) -> type[Any]:
    module, _, name = component.partition(":")
    found: type[Any] = getattr(importlib.import_module(f".{module}", __package__), name)
    return found
