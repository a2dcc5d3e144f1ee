"""What a manifest's permissions and limits mean for the process: the profile its launcher applies (docs/sandbox.md)."""

from __future__ import annotations

import os
from typing import Any

from symphony_ipc import escape_path

from .manifest import Manifest

_MIB = 1024 * 1024


def sees_workspace(manifest: Manifest) -> bool:
    """Whether another open folder needs another profile, which only a new process can have."""
    return "workspace.read" in manifest.capabilities or "workspace.write" in manifest.capabilities


def profile_of(manifest: Manifest, workspace: str | None, data_directory: str, outer: bool) -> dict[str, Any]:
    """`workspace` is escaped, `data_directory` is the extension's own. Default is deny."""
    may = set(manifest.capabilities)
    write = [escape_path(os.fsencode(data_directory))]
    read = []
    if workspace is not None and "workspace.write" in may:
        write.append(workspace)
    elif workspace is not None and "workspace.read" in may:
        read.append(workspace)
    return {
        "read": read,
        "execute": [escape_path(os.fsencode(os.path.realpath(manifest.directory)))],
        "write": write,
        "start_programs": "programs.start" in may,
        # git, package managers and compilers set modes and times of what they write.
        "change_metadata": "workspace.write" in may,
        "raw_network": "network.raw" in may,
        "outer": outer,
        "memory_bytes": manifest.limits.memory_mib * _MIB,
        "cpu_percent": manifest.limits.cpu_percent,
        "processes": manifest.limits.processes,
        "files": manifest.limits.files,
    }
