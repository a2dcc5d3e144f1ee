"""The window.

Generated from ipc/interfaces/workbench.json by tools/interfaces/generate.py; do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

ENDPOINT: Final = "workbench"

WORKBENCH_OPEN: Final = "workbench.open"
WORKBENCH_OPEN_LINE_DEFAULT: Final = 1
WORKBENCH_OPEN_COLUMN_DEFAULT: Final = 1
WORKBENCH_OPEN_LENGTH_DEFAULT: Final = 0

if TYPE_CHECKING:
    from typing import NotRequired, TypedDict

    class WorkbenchOpenParams(TypedDict):
        """The parameters of workbench.open."""

        # Not empty.
        path: str
        # 1 to 9007199254740991.
        line: NotRequired[int]
        # 1 to 9007199254740991.
        column: NotRequired[int]
        # What is selected from there on. 0 to 9007199254740991.
        length: NotRequired[int]

    class WorkbenchOpenResult(TypedDict):
        """The result of workbench.open."""

        opened: bool
