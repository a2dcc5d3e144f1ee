"""What extensions draw, and what the page is told of the application.

Generated from ipc/interfaces/ui.json by tools/interfaces/generate.py; do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

ENDPOINT: Final = "ui"

UI_RENDER: Final = "ui.render"
UI_PATCH: Final = "ui.patch"
UI_CONTRIBUTIONS: Final = "ui.contributions"
UI_EXTENSION: Final = "ui.extension"
UI_WORKSPACE: Final = "ui.workspace"
UI_CONDUCTOR: Final = "ui.conductor"

if TYPE_CHECKING:
    from typing import Any, Literal, NotRequired, TypedDict

    class Phase(TypedDict):
        """One phase of the start."""

        name: str
        state: str
        # Of all attempts.
        ms: float
        # Not there: it was begun once. At least 2.
        attempts: NotRequired[int]

    class View(TypedDict):
        """A view an extension contributes."""

        # 1 to 128 characters.
        id: str
        title: str
        icon: str
        place: str
        # 1 to 128 characters.
        extension: str

    class UiRenderParams(TypedDict):
        """The parameters of ui.render."""

        # 1 to 128 characters.
        view: str
        # At least 1.
        revision: int
        tree: dict[str, Any]

    class UiPatchParams(TypedDict):
        """The parameters of ui.patch."""

        # 1 to 128 characters.
        view: str
        base: int
        # At least 1.
        revision: int
        # At most 10000 items.
        ops: list[dict[str, Any]]

    class UiContributionsParams(TypedDict):
        """The parameters of ui.contributions."""

        views: list[View]

    class UiExtensionParams(TypedDict):
        """The parameters of ui.extension."""

        id: str
        state: str
        # Another number: another process draws from now on.
        generation: int
        # The process whose pictures count. At most 128 characters.
        instance: NotRequired[str]
        restarts: int
        quarantined: bool
        message: str

    class UiWorkspaceParams(TypedDict):
        """The parameters of ui.workspace."""

        path: str | None
        name: str
        error: str | None

    class UiConductorParams(TypedDict):
        """The parameters of ui.conductor."""

        state: Literal["starting", "ready", "degraded", "failed", "stopping"]
        phases: list[Phase]
        message: str
