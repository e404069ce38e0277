"""What the videos of a recording are made of, and whether a target can have them as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.extras import library
from llpyspin.recording.sinks import open_video
from llpyspin.recording.sinks.pyavread import opened_video
from llpyspin.recording.sinks.reading import kind_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from llpyspin.export.material import View

__all__ = ["BROWSERS", "READERS", "Codec", "Part", "Wants", "joinable", "probe"]


@dataclass(frozen=True)
class Codec:
    """A kind of video: container (by the suffix of the file), encoding, and format of the pixels."""

    suffix: str
    name: str
    pixels: str


@dataclass(frozen=True)
class Wants:
    """What a target reads.

    Attributes
    ----------
    links : collection of Codec
        Files that it reads as they are.
    copies : collection of Codec
        Files whose compressed pictures it reads in an MP4 file.
    """

    links: Collection[Codec]
    copies: Collection[Codec]


_CONTAINERS = (".mp4", ".mov", ".mkv")
_420 = ("yuv420p", "yuvj420p")


def _h264(suffixes: Sequence[str], pixels: Sequence[str]) -> list[Codec]:
    return [Codec(suffix, "h264", each) for suffix in suffixes for each in pixels]


BROWSERS = Wants(_h264((".mp4",), _420), _h264(_CONTAINERS, _420))
"""Of programs that are strict: browsers, archives."""
READERS = Wants(
    [
        *_h264((".mp4",), ("gray", *_420)),
        *_h264((".mkv",), ("gray", *_420)),
        Codec(".avi", "mjpeg", "yuvj420p"),
    ],
    _h264(_CONTAINERS, ("gray", *_420)),
)
"""Of programs that read by FFmpeg, as OpenCV does."""
MP4_READERS = Wants([each for each in READERS.links if each.suffix == ".mp4"], READERS.copies)
"""The same, where the name of the file has to end in .mp4."""


_SPS = 8
"""Where the sequence parameters begin in the header of H.264."""
_WITH_CHROMA = (100, 110, 122, 244)
"""Profiles of H.264 that say which colour planes there are."""


@dataclass(frozen=True)
class Part:
    """One video of a camera.

    Attributes
    ----------
    path : Path
    codec : Codec or None
        None: it is no video, or cannot be read.
    header : bytes
        What a decoder has to know before the first picture.
    size : tuple of int
    count : int
        Pictures that have a row.
    whole : bool
        Whether the video has these pictures and no others.
    """

    path: Path
    codec: Codec | None
    header: bytes = b""
    size: tuple[int, int] = (0, 0)
    count: int = 0
    whole: bool = False


def probe(view: View) -> list[Part]:
    """Look at the videos of a camera."""
    return [_probe(path, view, number) for number, path in enumerate(view.files)]


def _probe(path: Path, view: View, number: int) -> Part:
    frames = view.columns["frame"][(view.columns["part"] == number) & view.pictures]
    try:
        if kind_of(path) != "video":
            return Part(path, None)
        with open_video(path) as video:
            there = len(video.numbers)
            gaps = len(video) != there or bool(video.unproven)
    except RecordingError:
        return Part(path, None)
    if gaps or not np.array_equal(frames, np.arange(len(frames))) or there < len(frames):
        return Part(path, None)
    return _described(path, len(frames), there == len(frames))


def _described(path: Path, count: int, whole: bool) -> Part:
    av = library("av", "exporting videos")
    with opened_video(av, path) as container:
        stream: Any = container.streams.video[0]
        context = stream.codec_context
        if context.has_b_frames:
            return Part(path, None)
        header = bytes(context.extradata or b"")
        pixels = "gray" if context.name == "h264" and _is_gray(header) else str(context.pix_fmt)
        codec = Codec(path.suffix.lower(), context.name, pixels)
        return Part(path, codec, header, (context.width, context.height), count, whole)


def _is_gray(header: bytes) -> bool:
    """Whether the header of an H.264 video in MP4 or Matroska says that it has no colour planes (4:0:0).

    FFmpeg's decoder adds empty ones, so its format of the pixels does not say so.
    """
    sps = header[_SPS:]
    if len(sps) < _SPS or sps[1] not in _WITH_CHROMA:
        return False
    bits = int.from_bytes(sps[4:16], "big")
    left = 8 * len(sps[4:16])
    value = -1
    for _ in ("its number", "its colour planes"):  # a run of zeros says how long each value is
        left -= 2 * (left - bits.bit_length()) + 1
        value = (bits >> left) - 1
        bits &= (1 << left) - 1
    return value == 0


def joinable(parts: Sequence[Part], view: View, codecs: Collection[Codec]) -> list[Part] | None:
    """The parts, where their pictures can follow each other as they are, one for each trigger; else None."""
    if not view.pictures.all() or not all(part.codec in codecs for part in parts):
        return None
    kinds = {(part.codec, part.header, part.size) for part in parts}
    return list(parts) if len(kinds) == 1 else None
