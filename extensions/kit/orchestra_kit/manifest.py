"""Reading an extension's manifest.json: either a Manifest that can be trusted, or a ManifestError that says why not."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from . import json_schema

FILE_NAME = "manifest.json"
MANIFEST_BYTES = 64 * 1024
DEFAULT_MEMORY_MIB = 256
DEFAULT_CPU_PERCENT = 100
DEFAULT_PROCESSES = 16  # where it may start programs at all
DEFAULT_FILES = 256
_SCHEMA_PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "manifest.schema.json")


class ManifestError(Exception):
    """`file` cannot be used; `pointer` names the field (JSON Pointer) where one is at fault."""

    def __init__(self, file: str, message: str, pointer: str = "") -> None:
        super().__init__(f"{file}: {pointer} {message}" if pointer else f"{file}: {message}")
        self.file = file
        self.message = message
        self.pointer = pointer


class View(NamedTuple):
    id: str
    title: str
    icon: str
    place: str


class Restart(NamedTuple):
    policy: str
    limit: int
    window_seconds: int


class Process(NamedTuple):
    instances: int
    spare: bool
    idle_seconds: int  # 0: never stopped


class Limits(NamedTuple):
    memory_mib: int
    cpu_percent: int
    processes: int
    files: int


class Manifest(NamedTuple):
    id: str
    name: str
    version: str
    kind: str
    directory: str
    executable: str
    arguments: tuple[str, ...]
    activation: tuple[str, ...]
    capabilities: tuple[str, ...]
    views: tuple[View, ...]
    config: dict[str, Any]
    contract: tuple[int, int]
    restart: Restart
    process: Process
    limits: Limits
    network_hosts: tuple[str, ...]


def read_manifest(directory: str) -> Manifest:
    """The manifest of the extension in `directory`. Raises ManifestError."""
    file = os.path.join(directory, FILE_NAME)
    try:
        with open(file, "rb") as stream:
            content = stream.read(MANIFEST_BYTES + 1)
    except OSError as error:
        raise ManifestError(file, f"cannot be read ({os.strerror(error.errno or 0)})") from error
    if len(content) > MANIFEST_BYTES:
        raise ManifestError(file, f"is larger than {MANIFEST_BYTES} bytes")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ManifestError(file, f"is not a JSON document ({error})") from error
    return manifest_from(document, directory)


def manifest_from(document: object, directory: str) -> Manifest:
    """Validates a parsed manifest. Raises ManifestError."""
    file = os.path.join(directory, FILE_NAME)
    violation = next(json_schema.violations(document, _schema()), None)
    if violation is not None:
        raise ManifestError(file, violation.message, violation.path or "/")
    assert isinstance(document, dict)

    contract = document.get("contract", {"min": 1, "max": 1})
    if contract["min"] > contract["max"]:
        raise ManifestError(file, "is greater than /contract/max", "/contract/min")
    executable = os.path.join(directory, document["entry"]["executable"])
    if os.path.commonpath([os.path.realpath(executable), os.path.realpath(directory)]) != os.path.realpath(directory):
        raise ManifestError(file, "leaves the extension's folder", "/entry/executable")

    views = tuple(
        View(view["id"], view["title"], view.get("icon", "file"), view["place"])
        for view in document.get("contributes", {}).get("views", [])
    )
    names = [view.id for view in views]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise ManifestError(file, "is declared twice", f"/contributes/views/{index}/id")

    activation = tuple(document.get("activation", ["startup"]))
    for index, event in enumerate(activation):
        kind, _, view_id = event.partition(":")
        if kind == "on_view" and view_id not in names:
            raise ManifestError(file, "names a view that is not contributed", f"/activation/{index}")

    restart = document.get("restart", {})
    process = document.get("process", {})
    capabilities = tuple(permission["capability"] for permission in document.get("permissions", []))
    network_hosts: list[str] = []
    for index, permission in enumerate(document.get("permissions", [])):
        if (permission["capability"] == "network.fetch") != bool(permission.get("hosts")):
            raise ManifestError(file, "belongs to network.fetch, and to it alone", f"/permissions/{index}/hosts")
        network_hosts += permission.get("hosts", [])
    limits = document.get("limits", {})
    if limits.get("processes", 0) > 0 and "programs.start" not in capabilities:
        raise ManifestError(file, "needs the permission programs.start", "/limits/processes")
    return Manifest(
        id=document["id"],
        name=document["name"],
        version=document["version"],
        kind=document["kind"],
        directory=directory,
        executable=executable,
        arguments=tuple(document["entry"].get("arguments", [])),
        activation=activation,
        capabilities=capabilities,
        views=views,
        config=document.get("config", {}),
        contract=(contract["min"], contract["max"]),
        restart=Restart(
            restart.get("policy", "immediate"), restart.get("limit", 3), restart.get("window_seconds", 300)
        ),
        process=Process(
            instances=process.get("instances", 1),
            spare=process.get("spare", False),
            idle_seconds=process.get("idle_seconds", 0),
        ),
        limits=Limits(
            memory_mib=limits.get("memory", DEFAULT_MEMORY_MIB),
            cpu_percent=limits.get("cpu", DEFAULT_CPU_PERCENT),
            processes=limits.get("processes", DEFAULT_PROCESSES if "programs.start" in capabilities else 0),
            files=limits.get("files", DEFAULT_FILES),
        ),
        network_hosts=tuple(network_hosts),
    )


_loaded_schema: dict[str, Any] | None = None


def _schema() -> dict[str, Any]:
    global _loaded_schema
    if _loaded_schema is None:
        with open(_SCHEMA_PATH, encoding="utf-8") as stream:
            _loaded_schema = json.load(stream)
    assert _loaded_schema is not None
    return _loaded_schema
