"""What decisions get from learning, and its file: whole, private, and left alone when it is newer."""

from __future__ import annotations

import asyncio
import json
import os
import random
import stat
from pathlib import Path

import pytest
from conductor.learning.file import NAME, VERSION
from conductor.learning.learner import MOST_EXPLORED, SAVED_EVERY, Learner
from conductor.learning.memory import MethodKey
from conductor.settings import settings_from

KEY = MethodKey("artifact_store", "0.1.0", "index.search")


def learner(folder: Path, seed: int = 1) -> Learner:
    made = Learner(settings_from({"data_directory": str(folder)}), random.Random(seed))
    made.load()
    return made


def experienced(folder: Path) -> Learner:
    made = learner(folder)
    for _ in range(30):
        made.succeeded(KEY, 100.0, 250.0)
        made.decided("learned", 250.0)
    made.failed(KEY)
    return made


def test_a_learned_decision_expects_what_was_seen_and_the_rule_what_is_stated(tmp_path: Path) -> None:
    made = experienced(tmp_path)
    assert made.expected_us(KEY, 100.0, "learned") == pytest.approx(250.0, rel=0.1)
    assert made.expected_us(KEY, 100.0, "rule") == 100.0
    assert made.failure(KEY, "learned") > 0.0 == made.failure(KEY, "rule")
    stranger = MethodKey("new", "1", "m")
    assert made.failure(stranger, "learned") == 0.0


def test_exploring_is_bounded_and_only_where_it_was_asked_for(tmp_path: Path) -> None:
    made = experienced(tmp_path)
    believed = made.expected_us(KEY, 100.0, "learned")
    assert {made.expected_us(KEY, 100.0, "learned") for _ in range(10)} == {believed}
    made.exploring = True
    stranger = MethodKey("new", "1", "m")
    tried = [made.expected_us(stranger, 100.0, "learned") for _ in range(500)]
    plain = 100.0 * made.memory.of(stranger).slowdown
    assert min(tried) >= plain / MOST_EXPLORED - 1e-6 and max(tried) <= plain * MOST_EXPLORED + 1e-6
    assert len(set(tried)) > 300
    assert made.expected_us(KEY, 100.0, "rule") == 100.0


def test_off_it_observes_nothing_and_the_rule_decides(tmp_path: Path) -> None:
    made = learner(tmp_path)
    made.on = False
    made.succeeded(KEY, 100.0, 900.0)
    made.failed(KEY)
    made.decided("rule", 5.0)
    assert len(made.memory) == 0 and made.benefit.measured()["rule"] == 0
    assert {made.draw() for _ in range(200)} == {"rule"}


def test_what_was_learned_outlives_the_program(tmp_path: Path) -> None:
    made = experienced(tmp_path)
    made.exploring = True
    asyncio.run(made.save())
    again = learner(tmp_path)
    assert again.memory.to_document() == made.memory.to_document()
    assert again.benefit.measured() == made.benefit.measured() and again.exploring and again.on
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == [NAME]


def test_it_saves_by_itself_after_some_observations(tmp_path: Path) -> None:
    async def work() -> None:
        made = learner(tmp_path)
        for _ in range(SAVED_EVERY - 1):
            made.succeeded(KEY, 100.0, 250.0)
        made.save_when_due()
        assert not (tmp_path / NAME).exists()
        made.succeeded(KEY, 100.0, 250.0)
        made.save_when_due()
        await made.save()  # behind the one that was begun
        assert len(learner(tmp_path).memory) == 1

    asyncio.run(work())


def test_forgetting_leaves_the_switches_and_nothing_else(tmp_path: Path) -> None:
    made = experienced(tmp_path)
    made.on = False
    (tmp_path / (NAME + ".damaged")).write_text("older")
    asyncio.run(made.save())
    asyncio.run(made.forget())
    again = learner(tmp_path)
    assert len(again.memory) == 0 and again.benefit.measured()["learned"] == 0 and not again.on
    assert os.listdir(tmp_path) == [NAME]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"version": "1"}',
        b'{"version": 0}',
        b'{"version": 1}',
        b'{"version": 1, "on": 1, "exploring": false, "beliefs": [], "arms": {}}',
        b'{"version": 1, "on": true, "exploring": false, "beliefs": [{}], "arms": {}}',
        b'{"version": 1, "on": true, "exploring": false, "beliefs": [], "arms": {}}',
        b" " * (2 * 1024 * 1024 + 1),
    ],
)
def test_a_damaged_file_is_set_aside_and_learning_begins_anew(tmp_path: Path, text: bytes) -> None:
    (tmp_path / NAME).write_bytes(text)
    made = learner(tmp_path)
    assert made.on and len(made.memory) == 0
    assert (tmp_path / (NAME + ".damaged")).read_bytes() == text and not (tmp_path / NAME).exists()


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    newer = json.dumps({"version": VERSION + 1, "something": "else"})
    (tmp_path / NAME).write_text(newer)
    made = experienced(tmp_path)
    asyncio.run(made.save())
    assert (tmp_path / NAME).read_text() == newer


def test_without_a_place_to_write_it_learns_all_the_same(tmp_path: Path) -> None:
    made = experienced(tmp_path / "missing")
    asyncio.run(made.save())
    assert len(made.memory) == 1
