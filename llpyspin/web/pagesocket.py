"""The one WebSocket of a page: its pictures and its status, always the newest, never a queue.

The server sends a picture of a camera only after the page has acknowledged the last one of that camera, and a
status only after the last status.  A slow page gets fewer of them; nothing waits for it.

A picture is a binary message: version, number of the camera, two bytes for flags, the frame's number (little
endian, 8 bytes), JPEG.  A status is a text message, JSON.  The page answers each with one text message: the
number of the camera, or "s".
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from typing import TYPE_CHECKING

from starlette.websockets import WebSocketDisconnect

from llpyspin.web.rationing import NoPlace

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from llpyspin.web.board import Board
    from llpyspin.web.newestpictures import Picture, Pictures
    from llpyspin.web.rationing import Places

__all__ = ["PageSocket", "message_of", "serve_page"]

VERSION = 1
HEADER = struct.Struct("<BBHQ")
STATUS = "s"
LONGEST = 8  # characters of an acknowledgement
CROWDED = 1013
BROKEN = 1008


def message_of(camera: int, picture: Picture) -> bytes:
    """A picture as a message."""
    return HEADER.pack(VERSION, camera, 0, picture.frame & (1 << 64) - 1) + picture.jpeg


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
        numbers = {name: str(number) for number, name in enumerate(self._pictures.names)}
        ready = [name for name, number in numbers.items() if number not in self._waiting]
        for name, picture in self._pictures.fresh(self._shown, ready):
            self._shown[name] = picture.number
            self._waiting.add(numbers[name])
            messages.append(message_of(int(numbers[name]), picture))
        return messages

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
