from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from conductor import log
from conductor.log import BoundedFileHandler, JsonLines


def test_a_line_is_a_document(tmp_path: Path) -> None:
    file = tmp_path / "below" / "conductor.log"
    assert log.start_logging(str(file), to_stderr=False) is None
    try:
        log.info("phase done", phase="bus", ms=1.5)
        try:
            raise RuntimeError("broken\nin two lines")
        except RuntimeError as error:
            log.error("it failed", exception=error)
        logging.getLogger("asyncio").error("from the loop")
    finally:
        log.stop_logging()
    first, second, third = [json.loads(line) for line in file.read_text().splitlines()]
    assert first["level"] == "info" and first["phase"] == "bus" and first["ms"] == 1.5
    assert "broken\nin two lines" in second["traceback"]
    assert all(line["component"] == "conductor" for line in (first, second, third))
    assert third["logger"] == "asyncio" and "logger" not in first
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_level_changes_while_it_runs(tmp_path: Path) -> None:
    file = tmp_path / "conductor.log"
    assert log.start_logging(str(file), to_stderr=False) is None
    try:
        log.debug("not yet")
        assert log.set_level("debug")
        log.debug("now")
        assert log.set_level("error")
        log.warning("no more")
        assert not log.set_level("loud")
        log.error("still an error")
    finally:
        log.stop_logging()
    assert [json.loads(line)["message"] for line in file.read_text().splitlines()] == ["now", "still an error"]


def test_secrets_are_blanked_and_long_messages_cut(tmp_path: Path) -> None:
    file = tmp_path / "conductor.log"
    assert log.start_logging(str(file), to_stderr=False) is None
    try:
        log.info("ä" * 5000, access_token="abc", count=1)
    finally:
        log.stop_logging()
    line = json.loads(file.read_text())
    assert line["message"] == "ä" * 2048 + "…" and line["access_token"] == "…" and line["count"] == 1
    assert "abc" not in file.read_text()


def test_the_file_is_bounded(tmp_path: Path) -> None:
    file = tmp_path / "conductor.log"
    handler = BoundedFileHandler(str(file), limit=2_000)
    handler.setFormatter(JsonLines())
    logger = logging.Logger("bounded")
    logger.addHandler(handler)
    for number in range(200):
        logger.info("line %d", number)
    handler.close()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["conductor.log", "conductor.log.1"]
    assert all(entry.stat().st_size < 2_500 for entry in tmp_path.iterdir())
    kept = (tmp_path / "conductor.log.1").read_text() + file.read_text()
    assert "line 199" in kept


@pytest.mark.parametrize("place", ["", "conductor.log/below"])
def test_a_file_that_cannot_be_written_is_a_problem_and_no_failure(tmp_path: Path, place: str) -> None:
    (tmp_path / "conductor.log").write_text("")
    file = tmp_path / place / "x.log" if place else tmp_path
    try:
        problem = log.start_logging(str(file), to_stderr=False)
        log.info("goes nowhere")
    finally:
        log.stop_logging()
    assert problem is not None and str(file) in problem
