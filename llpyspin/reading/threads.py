"""Between threads and event loops: a task awaits what a thread does."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["call_soon", "in_thread", "until_done"]

_T = TypeVar("_T")


def call_soon(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *arguments: Any) -> bool:
    """Have a loop call a function, from any thread; False where the loop is closed."""
    try:
        loop.call_soon_threadsafe(function, *arguments)
    except RuntimeError:
        return False
    return True


async def until_done(future: concurrent.futures.Future[_T]) -> _T:
    """Await what a thread does.

    Unlike with :func:`asyncio.wrap_future`, the future does not mind if the task that waits is cancelled, and
    nothing is said if the loop is closed meanwhile.
    """
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    future.add_done_callback(lambda _: call_soon(loop, _set, done))
    await done
    return future.result()


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def in_thread(work: Callable[[], _T], *, name: str) -> concurrent.futures.Future[_T]:
    """Do some work in a thread of its own; the end of the program does not wait for it."""
    future: concurrent.futures.Future[_T] = concurrent.futures.Future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it, whatever it is
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future
