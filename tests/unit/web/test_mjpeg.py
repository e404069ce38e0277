from __future__ import annotations

import asyncio
from typing import Any

import pytest

from llpyspin.web import mjpeg
from llpyspin.web.mjpeg import BOUNDARY, part_of, stream_of
from llpyspin.web.newestpictures import Picture
from llpyspin.web.rationing import Places


class Counting:
    """A camera with a new picture at each look."""

    names = ("top",)

    def __init__(self) -> None:
        self.number = 0

    def newest(self, name: str) -> Picture:
        assert name == "top"
        self.number += 1
        return Picture(self.number, self.number, b"jpeg %d" % self.number)


async def _wait(*_: Any) -> Any:
    await asyncio.Event().wait()


def test_part_is_a_jpeg_file_with_its_length() -> None:
    head, _, rest = part_of(b"jpeg").partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"--" + BOUNDARY.encode(),
        b"Content-Type: image/jpeg",
        b"Content-Length: 4",
    ]
    assert rest == b"jpeg\r\n"


def test_stream_has_one_part_for_each_picture() -> None:
    places, sent = Places(1), []

    async def send(message: Any) -> None:
        sent.append(message.get("body", b""))
        if len(sent) == 4:
            raise ConnectionError("the player has gone")

    with pytest.raises(ConnectionError):
        asyncio.run(stream_of("top", Counting(), places, 0.001)({"type": "http"}, _wait, send))  # type: ignore[arg-type]
    assert sent[1:] == [part_of(b"jpeg %d" % number) for number in (1, 2, 3)]
    assert places.taken == 0


def test_player_that_takes_nothing_loses_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mjpeg, "STALLED_S", 0.05)
    places = Places(1)
    asyncio.run(stream_of("top", Counting(), places, 0.001)({"type": "http"}, _wait, _wait))  # type: ignore[arg-type]
    assert places.taken == 0


def test_stream_needs_a_place() -> None:
    places = Places(1)
    with places.one():
        assert stream_of("top", Counting(), places, 1.0).status_code == 503  # type: ignore[arg-type]
