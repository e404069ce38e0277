"""Frames that wait on disk because the encoder is behind, raw, and in an order that survives a kill.

A spill file is a page that says what is in it, and slots of the same size that are used again and again::

    mark, trigger, bytes of the pixels, bytes of the rows | pixels | rows as lines of CSV

The part before the pixels is written last.  Two threads use a :class:`Spill`: one puts, one gets and frees.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from llpyspin.errors import RecordingError
from llpyspin.frames import Layout
from llpyspin.recording.foreign import check_regular, is_plain_name
from llpyspin.recording.rows import Row, completed, line_of, row_of
from llpyspin.system.openfiles import opened, read_at, read_into_at, room_of, write_at, write_parts_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Spill", "SpillContents", "SpillFull", "about_of", "read_spill"]

MAGIC = b"llpyspin spill 1\n"
PAGE = 4096
_HEAD = struct.Struct("<8sQQQ")
_MARK = b"spilled\n"
_ROWS_ROOM = PAGE - _HEAD.size  # some 35 rows; more go into slots of their own

LEAST_FREE = 32 << 20
OUTPUT_SHARE = 0.2
"""A spill leaves free this much of the disk, and this share of its own size, for encoding its frames."""


class SpillFull(Exception):
    """There is no room for another frame; the text says why."""


class Spill:
    """Slots on disk for raw frames.

    Parameters
    ----------
    path : Path
        The file; it comes into being with the first frame, and goes when no frame is in it any more.
    layout : Layout
        Of the frames.
    about : mapping
        What is to be known about the recording by whoever finds the file, as JSON takes it.
    overwrite : bool
        Whether the file may exist already.
    """

    def __init__(self, path: Path, layout: Layout, about: Mapping[str, Any], *, overwrite: bool) -> None:
        self.path = path
        self.layout = layout
        self._about = dict(about)
        self._overwrite = overwrite
        self.slot_bytes = -(-(_HEAD.size + layout.payload + _ROWS_ROOM) // PAGE) * PAGE
        self._fd = -1
        self._slots = 0
        self._free: deque[int] = deque()
        self._lock = threading.Lock()
        self._buffer = bytearray(self.slot_bytes)
        self.put_count = 0
        """Frames that were put; only the thread that puts changes it."""
        self.got_count = 0
        """Frames that were got; only the thread that gets changes it."""
        self.most_waiting = 0

    @property
    def waiting(self) -> int:
        """Frames that were put and not got."""
        return self.put_count - self.got_count

    # -- the thread that puts

    def put(self, rows: Sequence[Row], pixels: memoryview) -> list[int]:
        """Write a frame with its rows, the last of which is its own; return their slots in order.

        Raises
        ------
        SpillFull
            Nothing was written.
        """
        texts, text = _in_pieces(rows, self.layout.payload)
        slots: list[int] = []
        try:
            for trigger, piece in texts:
                slots.append(self._put(trigger, b"", piece))
            slots.append(self._put(rows[-1].trigger, pixels, text))
        except SpillFull:
            self._free.extend(slots)
            raise
        self.put_count += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        return slots

    def _put(self, trigger: int, pixels: memoryview | bytes, text: bytes) -> int:
        with self._lock:  # the other thread might just be removing the file; it does not once a slot is taken
            if self._fd < 0:
                self._create()
            slot = self._free.popleft() if self._free else self._grow()
        offset = PAGE + slot * self.slot_bytes
        try:
            if write_parts_at(self._fd, [pixels, text], offset + _HEAD.size) != len(pixels) + len(text):
                raise SpillFull(f"{self.path}: the disk is full")
            write_at(self._fd, _HEAD.pack(_MARK, trigger, len(pixels), len(text)), offset)
        except OSError as error:
            self._free.append(slot)
            raise SpillFull(f"{self.path}: {error.strerror}") from error
        except SpillFull:
            self._free.append(slot)
            raise
        return slot

    def _create(self) -> None:
        mode = os.O_TRUNC if self._overwrite else os.O_EXCL
        about = json.dumps({"layout": asdict(self.layout), "about": self._about}).encode()
        header = (MAGIC + about + b"\n").ljust(PAGE)
        if len(header) > PAGE:
            raise SpillFull(f"{self.path}: {len(about)} bytes about the recording do not fit into its header")
        try:
            self._fd = opened(self.path, os.O_RDWR | os.O_CREAT | mode)
            self._overwrite = True  # it is ours from now on
            if write_at(self._fd, header, 0) != PAGE:
                raise SpillFull(f"{self.path}: the disk is full")
        except OSError as error:
            raise SpillFull(f"{self.path}: {error.strerror}") from error
        self._slots = 0
        self._free.clear()

    def _grow(self) -> int:
        """A new slot at the end of the file, if the disk has room to spare."""
        free = room_of(self._fd).free
        if free < LEAST_FREE + self.slot_bytes + OUTPUT_SHARE * self._slots * self.slot_bytes:
            raise SpillFull(f"{self.path}: {free / 2**20:.0f} MiB are left on the disk")
        self._slots += 1
        return self._slots - 1

    # -- the thread that gets

    def get(self, slots: Sequence[int]) -> tuple[list[Row], memoryview]:
        """The rows and the pixels of a frame; the memory is used again by the next call.

        Raises
        ------
        RecordingError
            The file does not have it (any more): somebody else has changed the file.
        """
        rows: list[Row] = []
        pixels = memoryview(b"")
        self.got_count += 1
        for slot in slots:
            _, pixels, more = _read(self._fd, slot, self.slot_bytes, self._buffer, str(self.path))
            rows += more
        return rows, pixels

    def skip(self, slots: Sequence[int]) -> list[Row]:
        """The rows of a frame that stays in the file."""
        rows, _ = self.get(slots)
        return rows

    def free(self, slots: Sequence[int]) -> None:
        """Let slots be used again, once their frame is safe elsewhere; the last one removes the file."""
        self._free.extend(slots)
        if len(self._free) == self._slots:
            self._remove()

    def _remove(self) -> bool:
        with self._lock:
            if self._fd < 0 or len(self._free) < self._slots:
                return False
            fd, self._fd = self._fd, -1
            with contextlib.suppress(FileNotFoundError):  # somebody else has tidied up
                os.unlink(self.path)
        os.close(fd)  # takes a while where much is freed
        return True

    def close(self) -> bool:
        """Let go of the file; whether it stays, because frames in it were never freed.

        Raises
        ------
        RecordingError
            Somebody has deleted it, and those frames with it.
        """
        if self._fd < 0 or self._remove():
            return False
        deleted = not os.fstat(self._fd).st_nlink
        os.close(self._fd)
        self._fd = -1
        if deleted:
            raise RecordingError(f"{self.path} was deleted, with frames in it that were not encoded yet")
        return True


@dataclass(frozen=True)
class SpillContents:
    """What a spill file that was left behind has.

    Attributes
    ----------
    about : dict
        What the recording said of itself.
    layout : Layout
        Of the frames.
    frames : iterator of (list of Row, bytes)
        In the order of their triggers; the last row is that of the frame, the others are of
        triggers that were lost before it.  Among them are frames that were encoded already.
    """

    about: dict[str, Any]
    layout: Layout
    frames: Iterator[tuple[list[Row], memoryview]]


def read_spill(path: str | os.PathLike[str]) -> SpillContents:
    """Open a spill file that a killed or hurried writer left behind.

    Raises
    ------
    RecordingError
        It is no spill file.
    """
    name = str(path)
    size = check_regular(path)
    try:
        with open(path, "rb") as file:
            beginning = file.read(PAGE)
    except OSError as error:
        raise RecordingError(f"{name} cannot be read: {error.strerror}") from error
    if not beginning.startswith(MAGIC):
        raise RecordingError(f"{name} is not a spill file of this package")
    try:
        header = json.loads(beginning[len(MAGIC) :])
        layout = Layout(**header["layout"])
        about = dict(header["about"])
        if layout.payload > max(size, 0):
            raise ValueError(f"a frame of {layout.payload} bytes is not in a file of {size}")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordingError(f"{name} is a spill file with a damaged beginning: {error}") from error
    return SpillContents(about, layout, _frames(name, layout))


def about_of(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What the recording says of itself in a spill file, if it has all that encoding the frames needs.

    Raises
    ------
    RecordingError
        It has not, or is no spill file.
    """
    about = read_spill(path).about
    try:
        return _checked(about)
    except (KeyError, TypeError, ValueError) as error:
        raise RecordingError(f"{path} is a spill file with a damaged beginning: {error}") from error


def _checked(about: dict[str, Any]) -> dict[str, Any]:
    for key in ("video", "serial", "nickname"):
        if not isinstance(about[key], str):
            raise TypeError(f"{key} is not a text")
    if not is_plain_name(about["video"]):
        raise ValueError(f"{about['video']!r} is not a file in the same folder")
    if not isinstance(about["part"], int) or not isinstance(about["picture"], dict):
        raise TypeError("its part or its kind of pictures is damaged")
    about["color"], about["virtual"] = bool(about["color"]), bool(about["virtual"])
    return about


def _frames(name: str, layout: Layout) -> Iterator[tuple[list[Row], memoryview]]:
    slot_bytes = -(-(_HEAD.size + layout.payload + _ROWS_ROOM) // PAGE) * PAGE
    fd = opened(name, os.O_RDONLY)
    try:
        count = -(-(os.fstat(fd).st_size - PAGE) // slot_bytes)
        order = []
        for slot in range(count):
            head = read_at(fd, _HEAD.size, PAGE + slot * slot_bytes)
            if len(head) == _HEAD.size and head.startswith(_MARK):
                order.append((_HEAD.unpack(head)[1], slot))
        rows: list[Row] = []
        for _, slot in sorted(order):
            size, pixels, more = _read(fd, slot, slot_bytes, bytearray(slot_bytes), name)
            rows += more
            if size:
                yield rows, pixels
                rows = []
    finally:
        os.close(fd)


def _read(
    fd: int, slot: int, slot_bytes: int, buffer: bytearray, name: str
) -> tuple[int, memoryview, list[Row]]:
    """Bytes of pixels, the pixels, and the rows in a slot."""
    view = memoryview(buffer)
    try:
        have = read_into_at(fd, [view], PAGE + slot * slot_bytes)
    except OSError as error:
        raise RecordingError(f"{name} cannot be read: {error.strerror}") from error
    mark, _, size, length = _HEAD.unpack_from(view)
    if mark != _MARK or _HEAD.size + size + length > have:
        raise RecordingError(f"{name} lacks a frame that was put there")
    end = _HEAD.size + size
    try:
        lines = bytes(view[end : end + length]).decode("ascii").splitlines()
        rows = [row_of(completed(line)) for line in lines]
    except ValueError as error:
        raise RecordingError(f"{name} has a damaged row: {error}") from error
    if size and not rows:
        raise RecordingError(f"{name} has a frame without a row")
    return size, view[_HEAD.size : end], rows


def _in_pieces(rows: Sequence[Row], payload: int) -> tuple[list[tuple[int, bytes]], bytes]:
    """Rows as text: what needs slots of its own, with its last trigger; what fits beside pixels."""
    lines = [line_of(row).encode("ascii") for row in rows]
    first = len(lines) - 1
    size = len(lines[first])
    while first and size + len(lines[first - 1]) <= _ROWS_ROOM:
        first -= 1
        size += len(lines[first])
    pieces: list[tuple[int, bytes]] = []
    start = size = 0
    for end in range(first + 1):
        if end == first or size + len(lines[end]) > payload + _ROWS_ROOM:
            if end > start:
                pieces.append((rows[end - 1].trigger, b"".join(lines[start:end])))
            start, size = end, 0
        size += len(lines[end])
    return pieces, b"".join(lines[first:])
