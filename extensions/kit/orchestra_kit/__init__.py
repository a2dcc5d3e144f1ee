"""The Orchestra Kit: everything about extensions (manifest, discovery, permissions, starting their processes)."""

from .discovery import Discovery, discover
from .grants import CAPABILITY_GRANTS, grants_of
from .kit import AbsentSupervisor, HeldBack, Kit, PermissionsGrew, ProcessSupervisor, UnknownExtension
from .manifest import Limits, Manifest, ManifestError, View, manifest_from, read_manifest
from .sandbox import profile_of, sees_workspace
from .shipped import SHIPPED, is_shipped

__all__ = [
    "AbsentSupervisor",
    "CAPABILITY_GRANTS",
    "Discovery",
    "HeldBack",
    "Kit",
    "Limits",
    "Manifest",
    "ManifestError",
    "PermissionsGrew",
    "ProcessSupervisor",
    "SHIPPED",
    "UnknownExtension",
    "View",
    "discover",
    "grants_of",
    "is_shipped",
    "manifest_from",
    "profile_of",
    "read_manifest",
    "sees_workspace",
]
