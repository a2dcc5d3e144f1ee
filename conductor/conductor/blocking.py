"""Calls that may block on a disk or a mount, kept off the event loop's thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_thread(function: Callable[[], T], name: str = "blocking") -> T:
    """Runs `function` on a thread of its own.

    Not asyncio.to_thread: its executor is joined at exit, so that one dead network mount would keep the whole program
    from ending. A daemon thread that never returns is left behind instead.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(value)  # type: ignore[arg-type]  # None only when T is

    def work() -> None:
        value: T | None = None
        error: BaseException | None = None
        try:
            value = function()
        except BaseException as raised:
            error = raised
        try:
            loop.call_soon_threadsafe(settle, value, error)
        except RuntimeError:
            pass  # the loop ended while we were blocked: nobody waits any more

    threading.Thread(target=work, name=name, daemon=True).start()
    return await future
