"""The file of a policy: an `.npz` of float32 arrays with a header in JSON. Nothing in it is ever executed: no pickle.

A zip archive, stored or deflated: `header.json` and NAME.npy for each array of `network.SHAPES`. The header's `hash` is
over the rest of the header and all arrays, so that a file is what it was when it was written, or it is refused. The
same arrays and header always give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..features import SCHEMA_HASH
from .network import SHAPES, Array

FORMAT = "symphony.function_quest.policy"
VERSION = 1
FILE_BYTES = 4 * 1024 * 1024
HEADER_BYTES = 256 * 1024
MEMBERS = 64
# The first moment a zip archive can name.
_EPOCH = (1980, 1, 1, 0, 0, 0)
# Float32 beyond this overflows in a product of two layers.
LARGEST = 1e6
# Of the guard: by which a score must exceed that of the heuristic's choice.
MOST_MARGIN = 100.0
ADVICE = "train one with ./dev train, or use the shipped one (learned) or a rule (wsrt)"


class Fault(StrEnum):
    MISSING = "missing"  # there is no such file, or it may not be read
    TOO_LARGE = "too_large"
    DAMAGED = "damaged"  # no archive, or not whole, or not what its hash says
    FOREIGN = "foreign"  # something else than a policy
    VERSION = "version"  # of the file format
    SCHEMA = "schema"  # learned from other features than these
    PICKLED = "pickled"  # holds objects, which would be code
    SHAPE = "shape"  # arrays missing, too many, or of other shapes or types
    NOT_FINITE = "not_finite"


class CheckpointError(ValueError):
    """A policy that cannot be used. The text says what is wrong and what to do."""

    def __init__(self, fault: Fault, path: Path | str, message: str) -> None:
        super().__init__(f"{path}: {message}; {ADVICE} ({fault})")
        self.fault = fault


class Checkpoint(NamedTuple):
    header: dict[str, Any]  # without `hash`
    weights: dict[str, Array]

    @property
    def sha256(self) -> str:
        """Names the policy: of the header and the arrays."""
        digest = hashlib.sha256(_canonical(self.header))
        for name, array in sorted(self.weights.items()):
            digest.update(f"{name}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array, "<f4").tobytes())
        return digest.hexdigest()


def _canonical(header: dict[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def new(weights: dict[str, Array], about: dict[str, Any]) -> Checkpoint:
    """`about` is what else the header shall say."""
    header = {**about, "format": FORMAT, "version": VERSION, "schema": SCHEMA_HASH}
    return Checkpoint(header, {name: np.ascontiguousarray(weights[name], "<f4") for name in SHAPES})


def to_bytes(checkpoint: Checkpoint) -> bytes:
    header = {**checkpoint.header, "hash": checkpoint.sha256}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        text = json.dumps(header, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
        archive.writestr(zipfile.ZipInfo("header.json", _EPOCH), text.encode())
        for name, array in checkpoint.weights.items():
            member = io.BytesIO()
            np.save(member, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _EPOCH), member.getvalue())
    return target.getvalue()


def write(path: Path, checkpoint: Checkpoint) -> str:
    """All of it or nothing; returns the SHA-256 of the file. Raises OSError."""
    data = to_bytes(checkpoint)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return hashlib.sha256(data).hexdigest()


def read(path: Path) -> Checkpoint:
    """Raises CheckpointError for everything that is not a whole policy for these features."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES + 1)
    except OSError as error:
        raise CheckpointError(Fault.MISSING, path, f"cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the name
        raise CheckpointError(Fault.MISSING, path, f"cannot be read: {error}") from error
    if len(data) > FILE_BYTES:
        raise CheckpointError(Fault.TOO_LARGE, path, f"is larger than {FILE_BYTES} bytes, which no policy is")
    return from_bytes(data, path)


def from_bytes(data: bytes, path: Path | str = "policy") -> Checkpoint:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        return _from_archive(archive, path)
    except CheckpointError:
        raise
    # What zipfile raises for a damaged or encrypted member, or for a method it does not know.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        raise CheckpointError(Fault.DAMAGED, path, f"is no whole file of a policy ({error})") from error


def _from_archive(archive: zipfile.ZipFile, path: Path | str) -> Checkpoint:
    members = {info.filename: info for info in archive.infolist()}
    if len(archive.infolist()) > MEMBERS or len(members) < len(archive.infolist()):
        raise CheckpointError(Fault.FOREIGN, path, "has other members than a policy has")
    if sum(info.file_size for info in members.values()) > FILE_BYTES:
        raise CheckpointError(Fault.TOO_LARGE, path, f"unpacks to more than {FILE_BYTES} bytes, which no policy does")
    if any(name.endswith((".pkl", ".pickle")) for name in members):
        raise CheckpointError(Fault.PICKLED, path, "holds pickled objects, which could run anything")
    if "header.json" not in members:
        raise CheckpointError(Fault.FOREIGN, path, "has no header.json, so it is no policy of Symphony")
    header = _header(_bytes_of(archive, members["header.json"], HEADER_BYTES, path), path)
    names = {name.removesuffix(".npy") for name in members} - {"header.json"}
    if names != set(SHAPES):
        wrong = ", ".join(sorted(names ^ set(SHAPES))[:4])
        raise CheckpointError(Fault.SHAPE, path, f"does not hold the arrays of a policy ({wrong})")
    weights = {}
    for name, shape in SHAPES.items():
        weights[name] = _array(_bytes_of(archive, members[f"{name}.npy"], FILE_BYTES, path), name, shape, path)
    expected = header.pop("hash")
    checkpoint = Checkpoint(header, weights)
    if checkpoint.sha256 != expected:
        raise CheckpointError(Fault.DAMAGED, path, "was changed after it was written: its hash does not belong to it")
    return checkpoint


def _bytes_of(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int, path: Path | str) -> bytes:
    with archive.open(info) as member:
        data = member.read(most + 1)
    if len(data) > most:
        raise CheckpointError(Fault.TOO_LARGE, path, f"{info.filename} is larger than {most} bytes")
    return data


def _header(data: bytes, path: Path | str) -> dict[str, Any]:
    try:
        header = json.loads(data.decode())
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise CheckpointError(Fault.DAMAGED, path, f"its header is no JSON ({error})") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise CheckpointError(Fault.FOREIGN, path, "its header is not that of a policy")
    if header.get("version") != VERSION:
        raise CheckpointError(Fault.VERSION, path, f"is of version {header.get('version')!r}; known is {VERSION}")
    if header.get("schema") != SCHEMA_HASH:
        message = "learned from other features than those there are now; it would see noise"
        raise CheckpointError(Fault.SCHEMA, path, message)
    if not isinstance(header.get("hash"), str):
        raise CheckpointError(Fault.DAMAGED, path, "its header has no hash")
    margin = header.get("margin")
    if not isinstance(margin, (int, float)) or not 0.0 <= margin <= MOST_MARGIN:
        raise CheckpointError(Fault.DAMAGED, path, f"its margin is {margin!r}, must be from 0 to {MOST_MARGIN:g}")
    return header


def _array(data: bytes, name: str, shape: tuple[int, ...], path: Path | str) -> Array:
    """Looks at what the array says it is before anything is made of it."""
    file = io.BytesIO(data)
    # NumPy's own readers of the parts of its format have no types.
    magic: tuple[int, int] = np.lib.format.read_magic(file)  # type: ignore[no-untyped-call]
    if magic != (1, 0):
        raise CheckpointError(Fault.SHAPE, path, f"{name} is written in another version of NumPy's format")
    found, by_columns, kind = np.lib.format.read_array_header_1_0(file)  # type: ignore[no-untyped-call]
    if kind.hasobject:
        raise CheckpointError(Fault.PICKLED, path, f"{name} holds pickled objects, which could run anything")
    if found != shape or kind != np.dtype("<f4") or by_columns:
        raise CheckpointError(Fault.SHAPE, path, f"{name} is {kind} {found}, must be float32 {shape}")
    rest = data[file.tell() :]
    if len(rest) != 4 * int(np.prod(shape)):
        raise CheckpointError(Fault.DAMAGED, path, f"{name} is cut short or too long")
    array: Array = np.frombuffer(rest, "<f4").reshape(shape).astype(np.float32)
    if not np.isfinite(array).all():
        raise CheckpointError(Fault.NOT_FINITE, path, f"{name} holds NaN or infinity")
    if np.abs(array).max(initial=0.0) > LARGEST:
        raise CheckpointError(Fault.NOT_FINITE, path, f"{name} holds numbers beyond {LARGEST:g}, which would overflow")
    return array
