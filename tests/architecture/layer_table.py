"""The "may use" table of docs/architecture.md: the document is the rule, the tests here hold the sources to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "architecture.md"


@dataclass(frozen=True)
class Layer:
    folder: str
    """Relative to the repository, without a trailing slash."""
    layers: frozenset[str]
    """Folders of the other layers it may use; "*" for all."""
    libraries: frozenset[str]
    """Names, as the document writes them, of what others wrote."""

    def may_use(self, other: Layer) -> bool:
        return other.folder == self.folder or other.folder in self.layers or "*" in self.layers


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def folders_in(cell: str) -> frozenset[str]:
    if cell == "everything":
        return frozenset({"*"})
    return frozenset(name.rstrip("/") for name in re.findall(r"`([^`]+)`", cell))


def read_layers(document: Path = DOCUMENT) -> dict[str, Layer]:
    """Every row whose first cell is a folder in a table headed `folder | … | may use | libraries`."""
    layers: dict[str, Layer] = {}
    in_table = False
    for line in document.read_text().splitlines():
        if not line.startswith("|"):
            in_table = False
        elif cells_of(line)[0] == "folder":
            in_table = cells_of(line)[2:] == ["may use", "libraries"]
        elif in_table and (match := re.match(r"`([^`]+)`", cells_of(line)[0])):
            _, _, may_use, libraries = cells_of(line)
            names = frozenset(name.strip() for name in libraries.split(",") if name.strip() not in ("", "–"))
            folder = match.group(1).rstrip("/")
            layers[folder] = Layer(folder, folders_in(may_use), names)
    return layers


def layer_of(path: PurePosixPath, layers: dict[str, Layer]) -> Layer | None:
    """The innermost layer a file, relative to the repository, belongs to."""
    for parent in path.parents:
        if str(parent) in layers:
            return layers[str(parent)]
    return None
