"""A valid manifest, an extensions directory, and a supervisor that notes what it is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

VALID: dict[str, Any] = {
    "manifest": 1,
    "id": "notes",
    "name": "Notes",
    "version": "1.2.3",
    "kind": "motif",
    "entry": {"executable": "notes", "arguments": ["--quiet"]},
    "activation": ["startup"],
    "permissions": [{"capability": "search.query", "reason": "Finds notes."}],
    "contributes": {"views": [{"id": "notes", "title": "Notes", "icon": "file-text", "place": "side_bar"}]},
    "restart": {"policy": "backoff", "limit": 5},
}


def install(extensions: Path, id: str, document: Any) -> None:
    folder = extensions / id
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps(document))


class RecordingSupervisor:
    def __init__(self, refusing: bool = False) -> None:
        self.calls: list[tuple[str, Any]] = []
        self._refusing = refusing

    def start(self, spec: dict[str, Any]) -> None:
        if self._refusing:
            raise OSError("no such program")
        self.calls.append(("start", spec))

    def stop(self, id: str) -> None:
        self.calls.append(("stop", id))

    def restart(self, id: str) -> None:
        self.calls.append(("restart", id))

    def renew(self, id: str) -> None:
        self.calls.append(("renew", id))

    def activate(self, id: str) -> None:
        self.calls.append(("activate", id))

    def set_shown(self, id: str, shown: bool) -> None:
        self.calls.append(("set_shown", (id, shown)))

    def offer(self, spec: dict[str, Any]) -> None:
        self.calls.append(("offer", spec))

    def set_init(self, id: str, init: dict[str, Any]) -> None:
        self.calls.append(("set_init", (id, init)))

    def set_sandbox(self, id: str, sandbox: dict[str, Any], version: str = "") -> None:
        self.calls.append(("set_sandbox", (id, sandbox) if not version else (id, sandbox, version)))

    def processes(self) -> list[dict[str, Any]]:
        return []

    def close(self) -> None:
        self.calls.append(("close", None))
