"""Which extensions are there: one folder each below the extensions directory."""

from __future__ import annotations

import os
from typing import NamedTuple

from .manifest import FILE_NAME, Manifest, ManifestError, read_manifest


class Discovery(NamedTuple):
    manifests: tuple[Manifest, ...]  # ordered by id
    problems: tuple[ManifestError, ...]


def discover(directory: str) -> Discovery:
    """Reads every manifest; one bad extension is a problem to report and never hides the others."""
    manifests: list[Manifest] = []
    problems: list[ManifestError] = []
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
        try:
            manifest = read_manifest(folder)
            if manifest.id != name:
                raise ManifestError(os.path.join(folder, FILE_NAME), f"must be the folder's name, {name!r}", "/id")
            manifests.append(manifest)
        except ManifestError as problem:
            problems.append(problem)
    return Discovery(tuple(manifests), tuple(problems))
