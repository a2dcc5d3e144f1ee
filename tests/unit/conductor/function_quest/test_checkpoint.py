"""A policy's file is read as what it was written, or refused with the reason. Nothing in it is ever run."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from function_quest.learned import checkpoint
from function_quest.learned.checkpoint import FILE_BYTES, CheckpointError, Fault
from function_quest.learned.network import HIDDEN, SHAPES

from policies import random_checkpoint, random_weights

Members = dict[str, bytes]


def members_of(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: Members, method: int = zipfile.ZIP_STORED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


def array_bytes(array: np.ndarray[Any, Any], pickled: bool = False) -> bytes:
    target = io.BytesIO()
    np.save(target, array, allow_pickle=pickled)
    return target.getvalue()


def fault_of(data: bytes) -> Fault:
    with pytest.raises(CheckpointError) as caught:
        checkpoint.from_bytes(data, "some.npz")
    text = str(caught.value)
    assert text.startswith("some.npz: ") and "./dev train" in text, "says which file and what to do"
    return caught.value.fault


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written = random_checkpoint(3, note="für später")
    path = tmp_path / "policy.npz"
    digest = checkpoint.write(path, written)
    read = checkpoint.read(path)
    assert read.header == written.header and read.header["note"] == "für später" and read.sha256 == written.sha256
    assert all((read.weights[name] == written.weights[name]).all() for name in SHAPES)
    assert checkpoint.write(tmp_path / "again.npz", read) == digest, "the same policy is the same bytes"
    assert [entry.name for entry in sorted(tmp_path.iterdir())] == ["again.npz", "policy.npz"]


def test_numpy_reads_it_without_pickle(tmp_path: Path) -> None:
    path = tmp_path / "policy.npz"
    checkpoint.write(path, random_checkpoint(1))
    with np.load(path, allow_pickle=False) as file:
        assert file["encoder_1"].shape == SHAPES["encoder_1"]


def test_a_deflated_archive_is_read_too() -> None:
    data = packed(members_of(checkpoint.to_bytes(random_checkpoint(1))), zipfile.ZIP_DEFLATED)
    assert checkpoint.from_bytes(data).sha256 == random_checkpoint(1).sha256


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.npz", tmp_path, Path("a\0b")):
        with pytest.raises(CheckpointError) as caught:
            checkpoint.read(path)
        assert caught.value.fault == Fault.MISSING


def test_every_truncation_is_refused() -> None:
    data = checkpoint.to_bytes(random_checkpoint(1))
    for length in (*range(0, 64), *range(64, len(data), 997), len(data) - 1):
        assert fault_of(data[:length]) == Fault.DAMAGED


def test_a_changed_byte_is_noticed() -> None:
    """Where nothing of the policy stands (names twice, times) a change may go unnoticed, but then changes nothing."""
    original = random_checkpoint(1)
    data = checkpoint.to_bytes(original)
    source = np.random.Generator(np.random.PCG64(1))
    for place in source.integers(0, len(data), 300):
        changed = bytearray(data)
        changed[place] ^= 0x41
        try:
            assert checkpoint.from_bytes(bytes(changed)).sha256 == original.sha256
        except CheckpointError:
            pass


def edited(change: Callable[[Members], object]) -> bytes:
    members = members_of(checkpoint.to_bytes(random_checkpoint(1)))
    change(members)
    return packed(members)


def with_header(**changes: object) -> bytes:
    def change(members: Members) -> None:
        header = json.loads(members["header.json"])
        header.update(changes)
        members["header.json"] = json.dumps({key: value for key, value in header.items() if value is not ...}).encode()

    return edited(change)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (with_header(schema="0" * 64), Fault.SCHEMA),
        (with_header(schema=...), Fault.SCHEMA),
        (with_header(version=2), Fault.VERSION),
        (with_header(format="somebody's"), Fault.FOREIGN),
        (with_header(hash="0" * 64), Fault.DAMAGED),
        (with_header(hash=...), Fault.DAMAGED),
        (with_header(name="another"), Fault.DAMAGED),
        (with_header(margin="much"), Fault.DAMAGED),
        (with_header(margin=-1), Fault.DAMAGED),
        (edited(lambda members: members.update({"header.json": b"{"})), Fault.DAMAGED),
        (edited(lambda members: members.update({"header.json": b"[" * 100_000})), Fault.DAMAGED),
        (edited(lambda members: members.update({"header.json": b" " * 300_000})), Fault.TOO_LARGE),
        (edited(lambda members: members.update({"header.json": b"\xff"})), Fault.DAMAGED),
        (edited(lambda members: members.update({"header.json": b"[]"})), Fault.FOREIGN),
        (edited(lambda members: members.pop("header.json")), Fault.FOREIGN),
        (edited(lambda members: members.pop("beta.npy")), Fault.SHAPE),
        (edited(lambda members: members.update({"more.npy": members["beta.npy"]})), Fault.SHAPE),
        (edited(lambda members: members.update({"data.pkl": b""})), Fault.PICKLED),
        (edited(lambda members: members.update({f"{n}.npy": b"" for n in range(60)})), Fault.FOREIGN),
        (packed({}), Fault.FOREIGN),
        (packed({"header.json": b"\0" * (FILE_BYTES + 1)}, zipfile.ZIP_DEFLATED), Fault.TOO_LARGE),
        (b"", Fault.DAMAGED),
        (b"PK\x05\x06" + b"\0" * 18, Fault.FOREIGN),
        (pickle.dumps({"weights": [1.0]}), Fault.DAMAGED),
    ],
    ids=lambda value: str(value) if isinstance(value, Fault) else "bytes",
)
def test_what_is_no_policy_for_these_features(data: bytes, fault: Fault) -> None:
    assert fault_of(data) == fault


def with_array(array: np.ndarray[Any, Any], name: str = "scorer_2", pickled: bool = False) -> bytes:
    return edited(lambda members: members.update({f"{name}.npy": array_bytes(array, pickled)}))


@pytest.mark.parametrize(
    ("array", "fault"),
    [
        (np.full(HIDDEN, np.nan, np.float32), Fault.NOT_FINITE),
        (np.full(HIDDEN, np.inf, np.float32), Fault.NOT_FINITE),
        (np.full(HIDDEN, 1e30, np.float32), Fault.NOT_FINITE),
        (np.zeros(HIDDEN + 1, np.float32), Fault.SHAPE),
        (np.zeros((0,), np.float32), Fault.SHAPE),
        (np.zeros((HIDDEN, 1), np.float32), Fault.SHAPE),
        (np.zeros(HIDDEN, np.float64), Fault.SHAPE),
        (np.zeros(HIDDEN, ">f4"), Fault.SHAPE),
        (np.zeros(HIDDEN, "S4"), Fault.SHAPE),
    ],
)
def test_arrays_that_are_none_of_a_policy(array: np.ndarray[Any, Any], fault: Fault) -> None:
    assert fault_of(with_array(array)) == fault


def test_an_absurd_shape_is_refused_before_memory_is_taken() -> None:
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000000000), }"
    text = header + b" " * (128 - 10 - len(header) - 1) + b"\n"
    data = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text
    assert fault_of(edited(lambda members: members.update({"scorer_2.npy": data}))) == Fault.SHAPE


class Explosive:
    ran = False

    def __reduce__(self) -> tuple[Any, ...]:
        return (setattr, (Explosive, "ran", True))


def test_pickled_objects_are_refused_and_not_run() -> None:
    array = np.empty(HIDDEN, object)
    array[:] = [Explosive()] * HIDDEN
    assert fault_of(with_array(array, pickled=True)) == Fault.PICKLED
    assert not Explosive.ran


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "policy.npz"
    checkpoint.write(path, random_checkpoint(1))
    before = path.read_bytes()

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(OSError):
        checkpoint.write(path, random_checkpoint(2))
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_the_hash_names_the_policy() -> None:
    changed = random_weights(1)
    changed["beta"] = changed["beta"] + np.float32(1e-6)
    names = {random_checkpoint(1).sha256, random_checkpoint(2).sha256, random_checkpoint(1, margin=0.5).sha256}
    names.add(checkpoint.new(changed, {"name": "random", "margin": 0.0}).sha256)
    assert len(names) == 4 and random_checkpoint(1).sha256 in names
