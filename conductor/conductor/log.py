"""Structured logging: one JSON object a line, {"time", "level", "component", "message", …}, in a file of bounded
size.

What a user typed, file contents and tokens are never logged: a field that sounds like a secret is blanked. The format
is the one of every component (ipc/include/symphony/ipc/log.h).
"""

from __future__ import annotations

import io
import json
import logging
import os
import re
import time
from typing import Any

LOG_BYTES = 1024 * 1024
MESSAGE_BYTES = 4096
COMPONENT = "conductor"
BLANKED = "…"
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_SECRET = re.compile("token|password|passphrase|secret|authorization|cookie|credential", re.IGNORECASE)
_LOGGER = logging.getLogger("conductor")


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "component": COMPONENT,
            "message": _cut(record.getMessage(), MESSAGE_BYTES),
        }
        if record.name != _LOGGER.name:
            line["logger"] = record.name
        for key, value in getattr(record, "fields", {}).items():
            line.setdefault(key, BLANKED if _SECRET.search(key) else value)
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class Sentences(logging.Formatter):
    """For a person at a terminal: what happened, without the traceback (which is in the file)."""

    def formatException(self, ei: object) -> str:
        return ""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).rstrip("\n")


class BoundedFileHandler(logging.FileHandler):
    """Keeps the current file and one older one, each about LOG_BYTES; logging.handlers' own costs 8 ms to import."""

    def __init__(self, path: str, limit: int = LOG_BYTES) -> None:
        super().__init__(path, encoding="utf-8", errors="backslashreplace")
        self._limit = limit

    def _open(self) -> io.TextIOWrapper:
        # What is logged names folders and failures of one user: nobody else's business.
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return io.TextIOWrapper(io.FileIO(descriptor, "ab"), encoding=self.encoding, errors=self.errors)

    def emit(self, record: logging.LogRecord) -> None:
        super().emit(record)
        if self.stream is not None and self.stream.tell() > self._limit:
            self.close()
            try:
                os.replace(self.baseFilename, self.baseFilename + ".1")
            except OSError:
                self.handleError(record)
            self.stream = self._open()


def start_logging(log_file: str | None, to_stderr: bool) -> str | None:
    """Returns what is wrong when the file cannot be written: no reason not to start."""
    stop_logging()
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = False
    problem = None
    if log_file is not None:
        try:
            os.makedirs(os.path.dirname(os.path.abspath(log_file)), mode=0o700, exist_ok=True)
            _add(BoundedFileHandler(log_file), logging.DEBUG, JsonLines())
        except OSError as error:
            problem = f"The log file {log_file} cannot be written: {os.strerror(error.errno or 0)}"
    if to_stderr:
        _add(logging.StreamHandler(), logging.ERROR, Sentences("conductor: %(message)s"))
    if not _LOGGER.handlers:
        _LOGGER.addHandler(logging.NullHandler())
    # What asyncio has to say (a handler that failed, a task nobody awaited) belongs into the same file.
    asyncio_logger = logging.getLogger("asyncio")
    asyncio_logger.handlers = list(_LOGGER.handlers)
    asyncio_logger.propagate = False
    asyncio_logger.setLevel(logging.WARNING)
    return problem


def set_level(name: str) -> bool:
    """`name` is debug, info, warning or error. False: it is none of these, and nothing changed."""
    level = LEVELS.get(name)
    if level is None:
        return False
    _LOGGER.setLevel(level)
    return True


def stop_logging() -> None:
    logging.getLogger("asyncio").handlers = []
    for handler in list(_LOGGER.handlers):
        _LOGGER.removeHandler(handler)
        handler.close()


def debug(message: str, **fields: Any) -> None:
    _LOGGER.debug(message, extra={"fields": fields})


def info(message: str, **fields: Any) -> None:
    _LOGGER.info(message, extra={"fields": fields})


def warning(message: str, *, exception: BaseException | None = None, **fields: Any) -> None:
    _LOGGER.warning(message, exc_info=exception, extra={"fields": fields})


def error(message: str, *, exception: BaseException | None = None, **fields: Any) -> None:
    _LOGGER.error(message, exc_info=exception, extra={"fields": fields})


def _cut(text: str, limit: int) -> str:
    data = text.encode("utf-8", "backslashreplace")
    return text if len(data) <= limit else data[:limit].decode("utf-8", "ignore") + BLANKED


def _add(handler: logging.Handler, level: int, formatter: logging.Formatter) -> None:
    handler.setLevel(level)
    handler.setFormatter(formatter)
    _LOGGER.addHandler(handler)
