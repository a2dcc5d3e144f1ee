"""The Orchestra Kit: everything about extensions (manifest, discovery, permissions, starting their processes)."""

from .discovery import Discovery, discover
from .grants import CAPABILITY_GRANTS, grants_of
from .kit import AbsentSupervisor, Kit, PermissionsGrew, ProcessSupervisor, UnknownExtension
from .manifest import Limits, Manifest, ManifestError, View, manifest_from, read_manifest
from .sandbox import profile_of, sees_workspace

__all__ = [
    "AbsentSupervisor",
    "CAPABILITY_GRANTS",
    "Discovery",
    "Kit",
    "Limits",
    "Manifest",
    "ManifestError",
    "PermissionsGrew",
    "ProcessSupervisor",
    "UnknownExtension",
    "View",
    "discover",
    "grants_of",
    "manifest_from",
    "profile_of",
    "read_manifest",
    "sees_workspace",
]
