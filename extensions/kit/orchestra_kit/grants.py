"""Capabilities (what a manifest asks for, what a person reads) to grants (what the bus checks, "target:method")."""

from __future__ import annotations

from .manifest import Manifest

# Those without a message are kept by the process' sandbox (sandbox.py), not by the bus.
CAPABILITY_GRANTS: dict[str, tuple[str, ...]] = {
    "workspace.read": (),
    "workspace.write": (),
    "programs.start": (),
    "network.fetch": ("net:net.fetch",),
    "network.raw": (),
    "search.query": ("conductor:search.query",),
    "workbench.open": ("workbench:workbench.open",),
    "index.read": ("artifact_store:index.status", "artifact_store:index.search"),
    "artifact.read": (
        "artifact_store:artifact.get",
        "artifact_store:artifact.read",
        "artifact_store:artifact.versions",
        "artifact_store:artifact.list",
        "artifact_store:artifact.describe",
        "artifact_store:artifact.lineage",
    ),
    "artifact.write": (
        "artifact_store:artifact.put",
        "artifact_store:artifact.put_begin",
        "artifact_store:artifact.put_piece",
        "artifact_store:artifact.put_commit",
        "artifact_store:artifact.put_abort",
        "artifact_store:artifact.annotate",
        "artifact_store:artifact.pin",
        "artifact_store:artifact.unpin",
    ),
    "status.read": ("conductor:status.get",),
}

# What supervision itself needs; it concerns nobody but the sender.
_EVERY_EXTENSION = ("host:log.write", "supervisor:contract.save", "supervisor:telemetry.spans")
_WITH_VIEWS = ("ui:ui.render", "ui:ui.patch")


def grants_of(manifest: Manifest) -> list[str]:
    """The exact list given to the bus, sorted and without repetition: default is deny."""
    grants = set(_EVERY_EXTENSION)
    if manifest.views:
        grants.update(_WITH_VIEWS)
    for capability in manifest.capabilities:
        grants.update(CAPABILITY_GRANTS[capability])
    return sorted(grants)
