"""Live pages without a browser: WebSockets in a process of their own, which answer as the page does."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import psutil
import websockets.asyncio.client
import websockets.exceptions

from llpyspin.extras import library
from llpyspin.web.pagesocket import HEADER, PICTURES, STATUS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

__all__ = ["Pages", "Seen", "open_pages"]

PATIENCE_S = 60.0
NICENESS = 10
"""Browsers are on other machines. What stands in for them here takes what the recording leaves."""
_SPAWN = multiprocessing.get_context("spawn")


@dataclass
class Seen:
    """What one page has shown since it was last asked."""

    seconds: float = 0.0
    pictures: dict[int, int] = field(default_factory=dict)
    """By the number of the camera."""
    statuses: int = 0
    size: int = 0
    """Bytes of all pictures."""
    shape: tuple[int, int] = (0, 0)
    """Height and width of the newest picture."""
    ended: str = ""
    """Why its connection was lost."""

    def rate(self, cameras: int) -> float:
        """Pictures per second of the camera that it saw least of."""
        least = min((self.pictures.get(number, 0) for number in range(cameras)), default=0)
        return least / self.seconds if self.seconds else 0.0


class Pages:
    """The pages, seen from here."""

    def __init__(self, pipe: Connection, pid: int) -> None:
        self._pipe = pipe
        self.process = psutil.Process(pid)

    def wait(self) -> None:
        """Wait until each page has shown a picture."""
        self._answer()

    def seen(self) -> list[Seen]:
        """What each page has shown since the last call."""
        self._pipe.send(None)
        return self._answer()

    def _answer(self) -> list[Seen]:
        if not self._pipe.poll(PATIENCE_S):
            raise TimeoutError("the pages do not answer")
        answer: list[Seen] = self._pipe.recv()
        return answer


@contextlib.contextmanager
def open_pages(url: str, count: int) -> Iterator[Pages]:
    """Open ``count`` pages."""
    ours, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=_run, args=(theirs, url, count), daemon=True)
    process.start()
    theirs.close()
    try:
        assert process.pid is not None
        pages = Pages(ours, process.pid)
        pages.wait()
        yield pages
    finally:
        ours.close()
        process.join(5)
        process.kill()
        process.join(5)


def _run(pipe: Connection, url: str, count: int) -> None:
    os.nice(NICENESS)
    with contextlib.suppress(EOFError):
        asyncio.run(_watch(pipe, url, count))


async def _watch(pipe: Connection, url: str, count: int) -> None:
    seen, begun = [Seen() for _ in range(count)], [asyncio.Event() for _ in range(count)]
    # Tasks are kept here: the loop itself does not.
    tasks = [asyncio.create_task(_page(url, *each)) for each in zip(seen, begun, strict=True)]
    await asyncio.wait_for(asyncio.gather(*(each.wait() for each in begun)), PATIENCE_S)
    pipe.send(None)
    since = time.monotonic()
    try:
        while True:
            await asyncio.to_thread(pipe.recv)
            now = time.monotonic()
            for each in seen:
                each.seconds = now - since
            pipe.send(seen)
            since = now
            for each in seen:
                each.pictures, each.statuses, each.size = {}, 0, 0
    finally:
        for task in tasks:
            task.cancel()


async def _page(url: str, seen: Seen, begun: asyncio.Event) -> None:
    """Enter as a browser does, and show what comes until the server goes."""
    place = urlsplit(url)
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(url, timeout=PATIENCE_S)
        answer.raise_for_status()
        cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
    try:
        async with websockets.asyncio.client.connect(
            f"ws://{place.netloc}/live",
            origin=websockets.Origin(f"http://{place.netloc}"),
            additional_headers={"Cookie": cookie},
        ) as page:
            async for message in page:
                _show(message, seen)
                await page.send(STATUS if isinstance(message, str) else PICTURES)
                if seen.pictures:
                    begun.set()
    except websockets.exceptions.ConnectionClosed as error:
        seen.ended = str(error)
    else:
        seen.ended = "the server closed the connection"


def _show(message: str | bytes, seen: Seen) -> None:
    if isinstance(message, str):
        seen.statuses += 1
        return
    simplejpeg = library("simplejpeg", "a live page", extra="serve")
    seen.size += len(message)
    while message:
        _, camera, _, length, _ = HEADER.unpack_from(message)
        seen.pictures[camera] = seen.pictures.get(camera, 0) + 1
        height, width, _, _ = simplejpeg.decode_jpeg_header(message[HEADER.size : HEADER.size + length])
        seen.shape = height, width
        message = message[HEADER.size + length :]
