"""The pictures of one camera as a stream of JPEG files, for ``<img>``, VLC and OpenCV."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, StreamingResponse

from llpyspin.web.rationing import NoPlace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.responses import Response

    from llpyspin.web.newestpictures import Pictures
    from llpyspin.web.rationing import Places

__all__ = ["stream_of"]

BOUNDARY = "llpyspin-frame"


def stream_of(name: str, pictures: Pictures, places: Places, period_s: float) -> Response:
    """The answer to a request for the stream of camera ``name``."""
    if name not in pictures.names:
        return PlainTextResponse(f"There is no camera {name!r}.\n", 404)
    if places.taken >= places.most:
        return PlainTextResponse(f"{places.most} pages are open already.\n", 503)
    return StreamingResponse(
        _parts(name, pictures, places, period_s), media_type=f"multipart/x-mixed-replace; boundary={BOUNDARY}"
    )


async def _parts(name: str, pictures: Pictures, places: Places, period_s: float) -> AsyncIterator[bytes]:
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
