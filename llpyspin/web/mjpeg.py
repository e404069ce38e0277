"""The pictures of one camera as a stream of JPEG files, for ``<img>``, VLC and OpenCV."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, cast

from starlette.responses import PlainTextResponse, StreamingResponse

from llpyspin.web.rationing import NoPlace

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.responses import Response
    from starlette.types import Message, Send

    from llpyspin.web.newestpictures import Pictures
    from llpyspin.web.rationing import Places

__all__ = ["stream_of"]

BOUNDARY = "llpyspin-frame"
STALLED_S = 20.0


def stream_of(name: str, pictures: Pictures, places: Places, period_s: float) -> Response:
    """The answer to a request for the stream of camera ``name``."""
    if name not in pictures.names:
        return PlainTextResponse(f"There is no camera {name!r}.\n", 404)
    if places.taken >= places.most:
        return PlainTextResponse(f"{places.most} pages are open already.\n", 503)
    return _Stream(
        _parts(name, pictures, places, period_s), media_type=f"multipart/x-mixed-replace; boundary={BOUNDARY}"
    )


class _Stream(StreamingResponse):
    """Ends when a part cannot be sent in time: a computer that sleeps must not keep its place."""

    async def stream_response(self, send: Send) -> None:
        async def in_time(message: Message) -> None:
            await asyncio.wait_for(send(message), STALLED_S)

        async with contextlib.aclosing(cast("AsyncGenerator[bytes, None]", self.body_iterator)):
            with contextlib.suppress(asyncio.TimeoutError):
                await super().stream_response(in_time)


async def _parts(
    name: str, pictures: Pictures, places: Places, period_s: float
) -> AsyncGenerator[bytes, None]:
    """One part for each new picture.  The next one is looked for once the last one was sent."""
    shown = 0
    try:
        with places.one():
            while True:
                picture = pictures.newest(name)
                if picture is not None and picture.number != shown:
                    shown = picture.number
                    yield part_of(picture.jpeg)
                await asyncio.sleep(period_s)
    except NoPlace:
        return  # others came between the request and its answer


def part_of(jpeg: bytes) -> bytes:
    """One picture in the stream."""
    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode("ascii") + jpeg + b"\r\n"
