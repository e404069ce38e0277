"""Videos, read by PyAV: counted packet by packet, so that a file without index or length reads as well."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.extras import library
from llpyspin.recording.names import for_library
from llpyspin.recording.sinks.feeding import FULL_RANGE, plane, to_bgr
from llpyspin.recording.sinks.files import unpacked_tags
from llpyspin.recording.sinks.hybrid import fragments
from llpyspin.recording.sinks.picture import NoPictures

if TYPE_CHECKING:
    from collections.abc import Iterator
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


class PyavReader:
    """See :class:`VideoReader`.

    Parameters
    ----------
    path : Path
        A video file.
    color : bool or None
        Whether to give (h, w, 3) or (h, w); None: as it was recorded, and for the files of other programs
        as the first picture looks.
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
        self._color: bool | None = kind.get("color") if color is None else color
        self._count: int | None = None
        self._keys: list[int] = []
        self._times: list[int] = []
        self._places: dict[int, int] = {}
        self._run: Iterator[tuple[int, Any]] | None = None
        self._next = 0

    def __len__(self) -> int:
        if self._count is None:
            self._count = self._survey()
        return self._count

    def __getitem__(self, index: int) -> Array:
        count = len(self)
        if not -count <= index < count:
            raise IndexError(f"picture {index} of {count}")
        index %= count
        try:
            for number, frame in self._from(index):
                self._next = number + 1
                if number == index:
                    return self._array(frame)
        except (self._av.FFmpegError, OSError, ValueError, TypeError, MemoryError) as error:
            self._run = None
            raise RecordingError(f"{self._path}: picture {index} cannot be decoded: {error}") from error
        raise RecordingError(f"{self._path}: picture {index} cannot be decoded")

    def __iter__(self) -> Iterator[Array]:
        for index in range(len(self)):
            yield self[index]

    def close(self) -> None:
        self._run = None
        self._container.close()

    def __enter__(self) -> PyavReader:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _survey(self) -> int:
        """Count the packets, and note those that need no other: number, time, and place in the file."""
        count = 0
        for packet in whole_packets(self._av, self._container, self._stream):
            if packet.is_keyframe or not count:
                self._keys.append(count)
                self._times.append(packet.pts)
                self._places[packet.pos] = count
            count += 1
        return count

    def _from(self, index: int) -> Iterator[tuple[int, Any]]:
        """Decoded frames with their numbers: the run that goes on already, or one from the key before."""
        entry = bisect.bisect_right(self._keys, index) - 1
        key = self._keys[entry]
        if self._run is None or not key <= self._next <= index:
            self._run = self._decode(key, self._times[entry])
            self._next = key
        return self._run

    def _decode(self, key: int, time: int) -> Iterator[tuple[int, Any]]:
        self._container.seek(time, stream=self._stream, backward=True)
        number: int | None = None
        for packet in whole_packets(self._av, self._container, self._stream):
            if number is None:
                number = self._places.get(packet.pos, -1)
                if not 0 <= number <= key:  # sought to the wrong place: go through from the beginning
                    yield from self._decode_all()
                    return
            for frame in packet.decode():
                yield number, frame
                number += 1
        for frame in self._stream.decode(None):
            yield number or 0, frame
            number = (number or 0) + 1

    def _decode_all(self) -> Iterator[tuple[int, Any]]:
        self._container.close()
        self._container = opened_video(self._av, self._path)
        self._stream = self._container.streams.video[0]
        yield from enumerate(self._container.decode(self._stream))

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
        return av.open(for_library(path), container_options=only, metadata_errors="replace")
    except av.FFmpegError:
        inner = fragments(path) if path.suffix.lower() in (".mp4", ".mov") else None
        if inner is None:
            raise
        return av.open(inner, container_options=only, metadata_errors="replace")


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
        frame = frame.reformat(format="gray", dst_color_range=FULL_RANGE)
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
