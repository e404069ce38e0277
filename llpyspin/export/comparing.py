"""Checks an exported video: a picture for each trigger, at its time, and the one that was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.export.reels import small
from llpyspin.extras import library
from llpyspin.recording.checking.pixelnumbers import PixelNumbers
from llpyspin.recording.checking.videos import JOINED
from llpyspin.recording.rows import Row
from llpyspin.recording.session import RECORDING
from llpyspin.recording.sinks import open_video
from llpyspin.recording.sinks.creating import exact_rate
from llpyspin.recording.sinks.grid import Grid
from llpyspin.recording.sinks.pyavread import opened_video, whole_packets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy.typing as npt

    from llpyspin.export.material import Material, View

    Array = npt.NDArray[Any]
    Flags = npt.NDArray[np.bool_]

__all__ = ["check_packets", "compare_pictures", "packets_of"]

ALIKE = 16
"""Gray levels by which a block of a picture may differ after it was encoded."""


def packets_of(path: Path) -> Iterator[Any]:
    """The compressed pictures of a video, in their order."""
    av = library("av", "exporting videos")
    try:
        with opened_video(av, path) as container:
            yield from whole_packets(av, container, container.streams.video[0])
    except (av.FFmpegError, OSError, ValueError) as error:
        raise RecordingError(f"{path} cannot be read as a video: {error}") from error


def check_packets(path: Path, count: int, rate: float) -> list[Any]:
    """Count the compressed pictures of a new video, and compare their timestamps; gives the CRC-32 of each.

    Raises
    ------
    RecordingError
        There are more or fewer, or picture n does not have the time n / rate.
    """
    from zlib import crc32

    found, stamps, base = [], [], None
    for packet in packets_of(path):
        base = base or packet.time_base
        found.append(crc32(bytes(packet)))
        stamps.append(packet.pts)
    if len(found) != count:
        raise RecordingError(
            f"{path.name} has {len(found)} pictures, and {count} were written. This is a fault"
        )
    if base is not None:
        grid = Grid(exact_rate(rate), base)
        wrong = next((n for n, pts in enumerate(stamps) if pts != grid.stamp(n)), None)
        if wrong is not None:
            raise RecordingError(
                f"{path.name}: picture {wrong} has the timestamp {stamps[wrong]}, which is wrong"
            )
    return found


def compare_pictures(
    path: Path,
    view: View,
    material: Material,
    blanks: Flags,
    images: Array | None,
    progress: Callable[[int], None],
) -> int:
    """Decode a new video, and compare each picture with its trigger.

    Parameters
    ----------
    blanks : ndarray of bool
        (triggers,): which pictures must be blank.
    images : ndarray or None
        (triggers, rows, columns): small images of what was encoded. None: the compressed
        pictures were compared already.
    progress : callable
        Called with the number of pictures that were read.

    Returns
    -------
    int
        Pictures whose numbers in the pixels were compared.

    Raises
    ------
    RecordingError
        A picture is not that of its trigger.
    """
    numbers = _numbers(view, material)
    if images is None and not _stamped(view):
        return 0
    with open_video(path) as video:
        if len(video.numbers) != len(blanks):
            raise RecordingError(
                f"{path.name} has {len(video.numbers)} pictures, and {len(blanks)} are needed"
            )
        part = None
        for place, image in enumerate(video):
            if images is not None:
                _compare_one(path, place, image, images[place])
            row = view.columns[place]
            if not blanks[place]:
                if part != row["part"]:
                    part = row["part"]
                    numbers.begin(path.name, {})
                numbers.compare(_row(row), image)
            progress(place + 1)
    if wrong := numbers.offences.sentences():
        raise RecordingError(f"{path.name} is not what was recorded: {wrong[0]}. See llpyspin check")
    return numbers.compared


def _stamped(view: View) -> bool:
    return view.record.virtual and not (view.record.callback or view.record.replay_of)


def _compare_one(path: Path, place: int, image: Array, source: Array) -> None:
    apart = int(np.abs(small(image).astype(int) - source).max())
    if apart > ALIKE:
        raise RecordingError(
            f"{path.name}: picture {place} differs from the recorded one by {apart} gray levels. "
            f"{ALIKE} are allowed. Use a better quality"
        )


def _numbers(view: View, material: Material) -> PixelNumbers:
    session, record = material.session, view.record
    joined = session.state == RECORDING or any(event.kind in JOINED for event in session.events)
    late = record.tally is not None and record.tally.late > 0
    numbers = PixelNumbers(
        record.serial,
        _stamped(view),
        session.first_trigger,
        joined=joined,
        returned=not _stamped(view),
        late=late,
    )
    numbers.expect([_row(row) for row in view.columns[view.columns["where"] == "sensor"]])
    return numbers


def _row(row: np.void) -> Row:
    """The row as the sidecar has it, as far as numbers are compared."""
    frame_id = int(row["frame_id"])
    return Row(
        int(row["frame"]),
        int(row["trigger"]),
        str(row["state"]),
        str(row["where"]),
        None if frame_id < 0 else frame_id,
    )
