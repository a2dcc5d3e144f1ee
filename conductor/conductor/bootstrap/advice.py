"""What a user can do about the usual reasons a phase fails."""

from __future__ import annotations

import os

SAFE_MODE = (
    "If an extension is the reason, start with --safe-mode: "
    "those that do not come with Symphony are then not even read."
)


def advice_for(error: Exception, timeout_s: float) -> tuple[str, str]:
    """A sentence that says what happened and one that says what to do."""
    if isinstance(error, TimeoutError) and error.errno is None:
        return (
            f"It did not finish within {timeout_s:g} s.",
            "Check that the disk of your home directory answers, then start again.",
        )
    if isinstance(error, ImportError):
        return (
            f"A part of the installation cannot be loaded: {error}.",
            "Install Symphony again.",
        )
    if isinstance(error, OSError):
        where = f" ({os.fsdecode(error.filename)})" if isinstance(error.filename, (str, bytes)) else ""
        return (
            f"The operating system refused: {os.strerror(error.errno or 0)}{where}.",
            "Check that the place exists, is writable, and that the disk is not full.",
        )
    # symphony_ipc may be what is missing: its errors are told by their shape.
    message = getattr(error, "message", None)
    if isinstance(message, str) and hasattr(error, "code"):
        return (_sentence(message), "Details are in the log.")
    return (f"{type(error).__name__}: {error}.", "Details are in the log; please report this.")


def _sentence(text: str) -> str:
    return text if text.endswith(".") else text + "."
