"""MP4 and MOV files that were closed in order and cut off later: their fragments are still in them.

Such a file is written as fragments, each with its own index.  When it is closed, one index of all pictures
is written behind them.  Only then are the fragments declared to be mere pixels, by a few bytes at the
beginning.  Where the index behind them is missing (a copy that was interrupted, a loss of power), those bytes
are read as what they were before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["boxes", "fragments"]

_SMALL, _LARGE = 8, 16
"""Bytes before the content of a box, by how its length is written."""


def boxes(path: Path) -> list[tuple[bytes, int]]:
    """Kind and end of each box at the top of an MP4 file; the last may end beyond it."""
    found: list[tuple[bytes, int]] = []
    at = 0
    with path.open("rb") as file:
        while (box := _box(file, at)) is not None:
            kind, _, at = box
            found.append((kind, at))
    return found


def fragments(path: Path) -> _Replaced | None:
    """The file as it was before it was closed, to be read by libav; None where it is not such a file."""
    file = path.open("rb")
    at = 0
    while (box := _box(file, at)) is not None and box[0] in (b"ftyp", b"free", b"wide"):
        at = box[2]
    if box is not None and box[0] == b"mdat":
        _, content, _ = box
        inner = _box(file, content)
        index = None if inner is None or inner[0] != b"ftyp" else _box(file, inner[2])
        if inner is not None and index is not None and index[0] == b"moov":
            return _Replaced(file, at, (inner[2] - at).to_bytes(4, "big") + b"free")
    file.close()
    return None


def _box(file: BinaryIO, at: int) -> tuple[bytes, int, int] | None:
    """Kind, beginning of the content, and end of the box there."""
    file.seek(at)
    head = file.read(_LARGE)
    if len(head) < _SMALL:
        return None
    length, before = int.from_bytes(head[:4], "big"), _SMALL
    if length == 1:
        length, before = int.from_bytes(head[8:], "big"), _LARGE
    return None if length < before else (head[4:8], at + before, at + length)


class _Replaced:
    """A file in which some bytes are read as others."""

    def __init__(self, file: BinaryIO, at: int, content: bytes) -> None:
        self._file, self._at, self._content = file, at, content
        self.seek, self.tell = file.seek, file.tell
        file.seek(0)

    def read(self, size: int = -1) -> bytes:
        begin = self._file.tell()
        data = bytearray(self._file.read(size))
        for offset, byte in enumerate(self._content, start=self._at - begin):
            if 0 <= offset < len(data):
                data[offset] = byte
        return bytes(data)

    def __del__(self) -> None:
        self._file.close()
