"""Which extensions come with Symphony: safe mode starts these and no others."""

from __future__ import annotations

import os

# Their folders. A test holds this to what is in the repository.
SHIPPED = frozenset({"file_explorer"})


def is_shipped(directory: str) -> bool:
    """Whether the extension in the folder `directory` is one of them: by its name, and by where it is."""
    above, name = os.path.split(os.path.abspath(directory))
    return name in SHIPPED and os.path.realpath(above) == os.path.realpath(_installed())


def _installed() -> str:
    # lib/symphony/python/orchestra_kit/ → lib/symphony/extensions/, in the build tree as in the installed one.
    return os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "extensions"))
