"""Copies the compressed pictures of videos into one MP4 file; none is decoded."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any
from zlib import crc32

from llpyspin.errors import RecordingError
from llpyspin.extras import library
from llpyspin.recording.names import for_library
from llpyspin.recording.sinks.creating import exact_rate, packed_tags
from llpyspin.recording.sinks.pyavread import opened_video, whole_packets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from llpyspin.recording.sinks import Picture

__all__ = ["copy_packets"]

_INDEX_FIRST = "faststart+use_metadata_tags"


def copy_packets(
    parts: Sequence[tuple[Path, int]], path: Path, picture: Picture, tags: Mapping[str, str]
) -> list[int]:
    """Copy the first pictures of each part, in order, with the time n / rate for picture n.

    Parameters
    ----------
    parts : sequence of (Path, int)
        Videos that were encoded alike, and how many pictures of each.

    Returns
    -------
    list of int
        CRC-32 of each compressed picture.

    Raises
    ------
    RecordingError
        It cannot be written.
    """
    av = library("av", "exporting videos")
    try:
        with (
            opened_video(av, parts[0][0]) as first,
            av.open(
                for_library(path), "w", format="mp4", container_options={"movflags": _INDEX_FIRST}
            ) as target,
        ):
            copy = target.add_stream_from_template(first.streams.video[0], opaque=True)
            copy.time_base = 1 / exact_rate(picture.rate)
            target.metadata.update({**tags, "comment": packed_tags(tags, picture)})
            return _copy(av, parts, target, copy, 1 / exact_rate(picture.rate))
    except (av.FFmpegError, OSError, ValueError) as error:
        raise RecordingError(f"{path} cannot be written: {error}") from error


def _copy(av: Any, parts: Sequence[tuple[Path, int]], target: Any, copy: Any, step: Any) -> list[int]:
    sums: list[int] = []
    for path, count in parts:
        with opened_video(av, path) as source:
            packets = whole_packets(av, source, source.streams.video[0])
            for packet in itertools.islice(packets, count):
                sums.append(crc32(bytes(packet)))
                packet.stream, packet.time_base = copy, step
                packet.pts = packet.dts = len(sums) - 1
                packet.duration = 1
                target.mux_one(packet)
    return sums
