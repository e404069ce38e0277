"""Reads videos with PyAV, packet by packet, also files without index or length."""

from __future__ import annotations

import bisect
import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.extras import library
from llpyspin.processes.closing import Closing
from llpyspin.recording.names import for_library
from llpyspin.recording.sinks.creating import unpacked_tags
from llpyspin.recording.sinks.feeding import FULL_RANGE, plane, to_bgr
from llpyspin.recording.sinks.grid import Grid, Packet, unbroken
from llpyspin.recording.sinks.hybrid import fragments
from llpyspin.recording.sinks.picture import NoPictures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from fractions import Fraction
    from pathlib import Path

    from llpyspin.recording.sinks.picture import Array

__all__ = ["PyavReader", "opened_video", "whole_packets"]

_DEMUXERS: tuple[str, ...] = (
    "avi",
    "matroska",
    "webm",
    "mov",
    "mp4",
    "m4a",
    "3gp",
    "3g2",
    "mj2",
    "mpeg",
    "mpegts",
    "mpegvideo",
)
_DEMUXERS += ("asf", "flv", "gif", "h264", "hevc", "ivf", "m4v", "mjpeg", "mxf", "nut", "ogg", "yuv4mpegpipe")
"""Names of FFmpeg's readers that read one file."""


class _Key(NamedTuple):
    """A picture that needs no other: its number, its timestamp, its place in the file, and its packet's."""

    number: int
    time: Any
    pos: int
    packet: int


class PyavReader(Closing):
    """See :class:`VideoReader`.

    Parameters
    ----------
    path : Path
        A video file.
    color : bool or None
        Whether to give (h, w, 3) or (h, w). None: as recorded, or like the first picture in files of other
        programs.
    """

    def __init__(self, path: Path, color: bool | None = None) -> None:
        self._av = av = library("av", "reading videos")
        self._path = path
        try:
            self._container = opened_video(av, path)
        except (av.error.InvalidDataError, av.error.EOFError) as error:
            raise NoPictures(f"{path} cannot be read as a video: {error}") from error
        except (av.FFmpegError, OSError, ValueError) as error:
            raise RecordingError(f"{path} cannot be read as a video: {error}") from error
        if not self._container.streams.video:
            self._container.close()
            raise NoPictures(f"{path} has no pictures")
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        metadata = {name.lower(): value for name, value in self._container.metadata.items()}
        self.tags, kind = unpacked_tags(metadata.get("comment", ""))
        rate = self._stream.average_rate or self._stream.guessed_rate
        self.rate = float(rate) if rate else float("nan")
        self.bits: int | None = kind.get("bits")
        self._ours = "color" in kind
        self._exact: Fraction | None = kind.get("rate") or (rate if self._ours else None)
        self._by_stamps = False
        self._color: bool | None = kind.get("color") if color is None else color
        self._numbers: Sequence[int] | None = None
        self._keys: list[_Key] = []
        self._places: dict[int, _Key] = {}
        self._of: Sequence[int] = ()  # the picture of each packet, -1 where that is not proven
        self._reordered = False
        self._run: Iterator[tuple[int, Any]] | None = None
        self._next = 0

    @property
    def numbers(self) -> Sequence[int]:
        """Numbers of the pictures that are in the file, in order; damage in its middle leaves some out."""
        if self._numbers is None:
            self._numbers = self._survey()
        return self._numbers

    @property
    def unproven(self) -> int:
        """Pictures in the file whose numbers nothing proves: they cannot be read."""
        numbers = self.numbers
        return len(self._of) - len(numbers)

    def first(self) -> Array | None:
        """The first picture that can be decoded, without going through the file; None: there is none."""
        try:
            with opened_video(self._av, self._path) as container:
                frame = next(container.decode(video=0), None)
                return None if frame is None else self._array(frame)
        except (self._av.FFmpegError, OSError, ValueError) as error:
            raise RecordingError(f"{self._path} cannot be decoded: {error}") from error

    def __len__(self) -> int:
        numbers = self.numbers
        return numbers[-1] + 1 if numbers else 0

    def __getitem__(self, index: int) -> Array:
        count = len(self)
        if not -count <= index < count:
            raise IndexError(f"picture {index} of {count}")
        index %= count
        key = self._key_of(index)
        try:
            for number, frame in self._from(key, index):
                self._next = number + 1
                if number == index and frame is not None:
                    return self._array(frame)
                if number >= index:
                    break
        except (self._av.FFmpegError, OSError, ValueError, TypeError, MemoryError) as error:
            self._run = None
            raise RecordingError(f"{self._path}: picture {index} cannot be decoded: {error}") from error
        self._run = None
        raise RecordingError(f"{self._path}: picture {index} cannot be decoded")

    def __iter__(self) -> Iterator[Array]:
        for index in range(len(self)):
            yield self[index]

    def close(self) -> None:
        self._run = None
        self._container.close()

    def _survey(self) -> Sequence[int]:
        """Go through all packets, and note which pictures they have, and those that need no other."""
        packets = [
            Packet(packet.pts, packet.pos, packet.size, packet.is_keyframe)
            for packet in whole_packets(self._av, self._container, self._stream)
        ]
        stamps = [packet.pts for packet in packets if packet.pts is not None]
        rising = all(before < after for before, after in itertools.pairwise(stamps))
        self._of = self._proven(packets)
        in_order = len(stamps) == len(packets) and rising and not self._stream.codec_context.has_b_frames
        self._reordered = not in_order and not self._by_stamps
        self._keys = sorted(
            _Key(number, packet.pts, packet.pos, at)
            for at, (number, packet) in enumerate(zip(self._of, packets, strict=True))
            if number >= 0 and (packet.key or not at)
        )
        self._places = {key.pos: key for key in self._keys}
        found = sorted(number for number in self._of if number >= 0)
        return range(len(found)) if not found or found[-1] + 1 == len(found) else found

    def _proven(self, packets: Sequence[Packet]) -> Sequence[int]:
        """The picture of each packet; -1 where nothing proves it."""
        if self._container.format.name == "avi":
            with self._path.open("rb") as file:
                whole = unbroken(file, packets)
            return [*range(whole), *[-1] * (len(packets) - whole)]
        if self._exact and self._stream.time_base:
            found = Grid(self._exact, self._stream.time_base).numbers(packets)
            if found is not None:
                self._by_stamps = True
                return [-1 if number is None else number for number in found]
        return range(len(packets))

    def _key_of(self, index: int) -> _Key:
        """The picture from which this one can be decoded.

        Raises
        ------
        RecordingError
            It is not in the file any more, or another one that it needs.
        """
        at = bisect.bisect_left(self.numbers, index)
        entry = bisect.bisect_right(self._keys, index, key=lambda key: key.number) - 1
        if self.numbers[at] != index:
            raise RecordingError(f"{self._path}: picture {index} is not there: the file is damaged")
        if entry < 0 or at - bisect.bisect_left(self.numbers, self._keys[entry].number) != (
            index - self._keys[entry].number
        ):
            raise RecordingError(
                f"{self._path}: picture {index} cannot be decoded: the file is damaged before it"
            )
        return self._keys[entry]

    def _from(self, key: _Key, index: int) -> Iterator[tuple[int, Any]]:
        """Decoded frames with their numbers: the run that goes on already, or one from the key before."""
        if self._run is None or not key.number <= self._next <= index:
            self._run = self._decode(key)
            self._next = key.number
        return self._run

    def _decode(self, key: _Key) -> Iterator[tuple[int, Any]]:
        self._container.seek(key.time, stream=self._stream, backward=True)
        packets = whole_packets(self._av, self._container, self._stream)
        first = next(packets, None)
        begun = None if first is None else self._places.get(first.pos)
        if begun is None or begun.number > key.number:  # sought to the wrong place: go through it all
            self._container.close()
            self._container = opened_video(self._av, self._path)
            self._stream = self._container.streams.video[0]
            self._stream.thread_type = "AUTO"
            packets = whole_packets(self._av, self._container, self._stream)
            yield from self._whole(self._numbered(packets, 0))
        else:
            yield from self._whole(self._numbered(itertools.chain([first], packets), begun.packet))

    def _numbered(self, packets: Iterable[Any], at: int) -> Iterator[tuple[int, Any]]:
        """Frames of packets, the first of which is number ``at`` of all; those not proven are left out."""
        count = self._of[at]
        for place, packet in enumerate(itertools.chain(packets, [None]), start=at):
            if packet is not None and not self._reordered:
                # A decoder may give no frame for a packet that is damaged: so each carries its number.
                packet.pts, packet.dts = self._of[place], None
            for frame in self._stream.decode(packet) if packet is None else packet.decode():
                number = count if self._reordered else frame.pts
                count += 1
                if number is not None and number >= 0:
                    yield number, frame

    def _whole(self, frames: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
        """None in the place of frames whose pixels the decoder has made up."""
        damaged = False
        for number, frame in frames:
            damaged = self._ours and (frame.is_corrupt or (damaged and not frame.key_frame))
            yield number, None if damaged else frame

    def _array(self, frame: Any) -> Array:
        if self._color is None:
            self._color = _looks_colored(frame)
        return _color(frame, self.bits) if self._color else _gray(frame, self._ours)


def opened_video(av: Any, path: Path) -> Any:
    """A container to read from: a video in one file, and nothing else that FFmpeg can open.

    A playlist that calls itself a video would have FFmpeg read other files, or from the network.  A container
    that lost its index after it was closed is read by its fragments.
    """
    only = {"protocol_whitelist": "file", "format_whitelist": ",".join(_DEMUXERS)}
    try:
        return av.open(for_library(path), container_options=only, **_lenient(av))
    except av.FFmpegError:
        inner = fragments(path) if path.suffix.lower() in (".mp4", ".mov") else None
        if inner is None:
            raise
        return av.open(inner, container_options=only, **_lenient(av))


def _lenient(av: Any) -> dict[str, str]:
    """Read tags that are not UTF-8, too; PyAV does so by default from version 19 on."""
    return {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}


def whole_packets(av: Any, container: Any, stream: Any) -> Iterator[Any]:
    """The packets from here to the end, or to where the file was cut off."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError):
            return
        if packet.size and not packet.is_corrupt:
            yield packet


def _depth(frame: Any) -> int:
    return max(int(component.bits) for component in frame.format.components)


def _looks_colored(frame: Any) -> bool:
    name = frame.format.name
    if name.startswith("gray"):
        return False
    if not name.startswith(("yuv", "nv12")):
        return True
    dtype = np.dtype(np.uint16 if _depth(frame) > 8 else np.uint8)
    neutral, near = 1 << (_depth(frame) - 1), 2 << (_depth(frame) - 8)  # gray is rarely quite gray
    return any(
        np.abs(plane(frame, number, lines.height, lines.width, dtype).astype(int) - neutral).max() > near
        for number, lines in enumerate(frame.planes)
        if number
    )


def _gray(frame: Any, ours: bool) -> Array:
    """(h, w); what is in the file of ours, and of others' with their range stretched to the full one."""
    name = frame.format.name
    full = ours or name.startswith(("gray", "yuvj")) or frame.color_range == FULL_RANGE
    if not full or name.startswith(("rgb", "bgr", "gbr", "pal")):
        deep = _depth(frame) > 8
        frame = frame.reformat(format="gray16le" if deep else "gray", dst_color_range=FULL_RANGE)
    dtype = np.dtype(np.uint16 if _depth(frame) > 8 else np.uint8)
    return np.array(plane(frame, 0, frame.height, frame.width, dtype))


def _color(frame: Any, bits: int | None) -> Array:
    """(h, w, 3), B, G, R."""
    name, height, width = frame.format.name, frame.height, frame.width
    if name == "bgr0":
        flat = plane(frame, 0, height, 4 * width, np.dtype(np.uint8))
        return np.ascontiguousarray(flat.reshape(height, width, 4)[..., :3])
    if name.startswith("gbrp"):
        dtype = np.dtype(np.uint16 if _depth(frame) > 8 else np.uint8)
        return np.stack([plane(frame, number, height, width, dtype) for number in (1, 0, 2)], axis=-1)
    if _depth(frame) > 8:
        deep = to_bgr(frame, "bgr48le")
        pixels = plane(deep, 0, height, 3 * width, np.dtype(np.uint16)).reshape(height, width, 3)
        return np.right_shift(pixels, 16 - (bits or 16))
    shown = to_bgr(frame, "bgr24")
    return np.array(plane(shown, 0, height, 3 * width, np.dtype(np.uint8)).reshape(height, width, 3))
