"""The file that keeps what was learned."""

from __future__ import annotations

import json
import os
from typing import Any

from .. import log

VERSION = 1
NAME = "learning.json"
# What a full memory takes is a third of this.
_LARGEST = 2 * 1024 * 1024


class LearningFile:
    """Calls block on the disk. What cannot be read is set aside, what is newer is left alone."""

    def __init__(self, directory: str) -> None:
        self.path = os.path.join(directory, NAME)
        self._writable = True

    def load(self) -> dict[str, Any] | None:
        """None when there is nothing to be had."""
        try:
            with open(self.path, "rb") as file:
                text = file.read(_LARGEST + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("what was learned cannot be read", error=str(error))
            return None
        try:
            document = json.loads(text) if len(text) <= _LARGEST else None
        except ValueError:
            document = None
        version = document.get("version") if isinstance(document, dict) else None
        if not isinstance(version, int) or version < 1:
            self.set_aside("no document of ours")
            return None
        if version > VERSION:
            log.warning("what was learned is a newer version's and is left alone", version=version)
            self._writable = False
            return None
        assert isinstance(document, dict)
        return document

    def set_aside(self, reason: str) -> None:
        aside = self.path + ".damaged"
        try:
            os.replace(self.path, aside)
        except OSError as error:
            log.warning("what was learned is damaged and cannot be set aside", reason=reason, error=str(error))
            self._writable = False
            return
        log.warning("what was learned is damaged and was set aside", reason=reason, file=aside)

    def save(self, document: dict[str, Any]) -> None:
        """Whole or not at all."""
        if not self._writable:
            return
        new = self.path + ".new"
        try:
            with open(new, "w", encoding="ascii", opener=_private) as file:
                json.dump({"version": VERSION, **document}, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, self.path)
        except OSError as error:
            log.warning("what was learned is not saved", error=str(error))

    def remove(self) -> None:
        """With what was set aside and half written: whoever says forget means all of it. Raises OSError."""
        for path in (self.path, self.path + ".damaged", self.path + ".new"):
            try:
                os.unlink(path)
            except FileNotFoundError:
                pass


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
