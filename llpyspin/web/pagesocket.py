"""The one WebSocket of a page: its pictures and its status, always the newest, never a queue.

The server sends the pictures that are new as one message, and the next ones only after the page has
acknowledged them.  The same holds for the status.  A slow page gets fewer of them; nothing waits for it.

Pictures are one binary message: for each of them version, number of the camera, two bytes for flags, length
of the JPEG (4 bytes), number of the frame (8 bytes), all little endian, and the JPEG.  A status is a text
message, JSON.  The page answers each with one text message: "p" for pictures, "s" for a status.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from typing import TYPE_CHECKING

from starlette.websockets import WebSocketDisconnect

from llpyspin.web.rationing import NoPlace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.websockets import WebSocket

    from llpyspin.web.board import Board
    from llpyspin.web.newestpictures import Picture, Pictures
    from llpyspin.web.rationing import Places

__all__ = ["PageSocket", "message_of", "serve_page"]

VERSION = 1
HEADER = struct.Struct("<BBHIQ")
PICTURES = "p"
STATUS = "s"
LONGEST = 8  # characters of an acknowledgement
CROWDED = 1013
BROKEN = 1008


def message_of(pictures: Iterable[tuple[int, Picture]]) -> bytes:
    """Pictures, each with the number of its camera, as a message."""
    pieces: list[bytes] = []
    for camera, picture in pictures:
        frame = picture.frame & (1 << 64) - 1
        pieces += [HEADER.pack(VERSION, camera, 0, len(picture.jpeg), frame), picture.jpeg]
    return b"".join(pieces)


class PageSocket:
    """What one page was sent, and what it has acknowledged.

    Parameters
    ----------
    board : Board
    pictures : Pictures
    """

    def __init__(self, board: Board, pictures: Pictures) -> None:
        self._board = board
        self._pictures = pictures
        self._shown: dict[str, int] = {}
        self._waiting: set[str] = set()  # what was sent and not yet acknowledged
        self._notice = -1

    def due(self) -> list[str | bytes]:
        """What is to be sent now."""
        messages: list[str | bytes] = []
        notice = self._board.notice
        if STATUS not in self._waiting and notice.number != self._notice:
            self._notice = notice.number
            self._waiting.add(STATUS)
            messages.append(notice.text)
        if PICTURES not in self._waiting and (fresh := self._fresh()):
            self._waiting.add(PICTURES)
            messages.append(message_of(fresh))
        return messages

    def _fresh(self) -> list[tuple[int, Picture]]:
        """New pictures, by the numbers of the cameras."""
        names = self._pictures.names
        fresh = self._pictures.fresh(self._shown, names)
        self._shown.update({name: picture.number for name, picture in fresh})
        return [(names.index(name), picture) for name, picture in fresh]

    def acknowledge(self, text: str) -> bool:
        """Take note of what the page has shown; False where nothing of that kind was sent to it."""
        if text not in self._waiting:
            return False
        self._waiting.remove(text)
        return True


async def serve_page(
    websocket: WebSocket, board: Board, pictures: Pictures, places: Places, period_s: float
) -> None:
    """Serve one page until it goes."""
    await websocket.accept()
    try:
        with places.one():
            well_behaved = await _serve(websocket, PageSocket(board, pictures), period_s)
        if not well_behaved:
            await websocket.close(BROKEN, "that was no acknowledgement")
    except NoPlace as crowd:
        await websocket.close(CROWDED, str(crowd))


async def _serve(websocket: WebSocket, page: PageSocket, period_s: float) -> bool:
    sending = asyncio.create_task(_send(websocket, page, period_s))
    try:
        return await _receive(websocket, page)
    finally:
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect):
            await sending


async def _send(websocket: WebSocket, page: PageSocket, period_s: float) -> None:
    while True:
        for message in page.due():
            if isinstance(message, bytes):
                await websocket.send_bytes(message)
            else:
                await websocket.send_text(message)
        await asyncio.sleep(period_s)


async def _receive(websocket: WebSocket, page: PageSocket) -> bool:
    """Take acknowledgements until the page goes; False once it has sent anything else."""
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return True
        text = message.get("text")
        if text is None or len(text) > LONGEST or not page.acknowledge(text):
            return False
