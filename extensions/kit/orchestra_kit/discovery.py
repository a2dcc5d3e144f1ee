"""Which extensions are there: one folder each below the extensions directory."""

from __future__ import annotations

import os
from typing import NamedTuple

from .manifest import FILE_NAME, Manifest, ManifestError, read_manifest
from .shipped import is_shipped


class Discovery(NamedTuple):
    manifests: tuple[Manifest, ...]  # ordered by id
    problems: tuple[ManifestError, ...]
    held_back: tuple[str, ...] = ()  # folders nothing was read of, as they do not come with Symphony


def discover(directory: str, *, safe_mode: bool = False) -> Discovery:
    """Reads every manifest; one bad extension is a problem to report and never hides the others. Waits for a disk."""
    manifests: list[Manifest] = []
    problems: list[ManifestError] = []
    held_back: list[str] = []
    try:
        names = sorted(os.listdir(directory))
    except OSError as error:
        problem = ManifestError(
            directory, f"cannot be read ({os.strerror(error.errno or 0)}); no extension is available"
        )
        return Discovery((), (problem,))
    for name in names:
        folder = os.path.join(directory, name)
        if not os.path.exists(os.path.join(folder, FILE_NAME)):
            continue
        if safe_mode and not is_shipped(folder):
            held_back.append(name)
            continue
        try:
            manifest = read_manifest(folder)
            if manifest.id != name:
                raise ManifestError(os.path.join(folder, FILE_NAME), f"must be the folder's name, {name!r}", "/id")
            manifests.append(manifest)
        except ManifestError as problem:
            problems.append(problem)
    return Discovery(tuple(manifests), tuple(problems), tuple(held_back))
