"""Repairs the video files of killed writers; pictures are copied, never encoded again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin.errors import RecordingError
from llpyspin.extras import library
from llpyspin.recording.names import for_library
from llpyspin.recording.sinks.hybrid import boxes
from llpyspin.recording.sinks.picture import Mended, NoPictures
from llpyspin.recording.sinks.pyav import FORMATS
from llpyspin.recording.sinks.pyavread import opened_video, whole_packets
from llpyspin.recording.sinks.raw import OFFSET, RawReader
from llpyspin.recording.sinks.reading import kind_of, open_video
from llpyspin.recording.sinks.replacing import replaced, whole_file
from llpyspin.recording.sinks.tiff import cut_after, whole_pages

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["mend"]


def mend(path: str | Path, *, dry_run: bool = False) -> Mended:
    """Give a file that was cut off its index, length and end, so that every program can play and seek it.

    Videos and HDF5 are copied into a new file, which needs as much space again. It takes the name of the old
    one once it is complete and its pictures are counted.  Raw and TIFF files only lose the torn picture at
    their end. A file that is whole stays as it is, to the byte.  With ``dry_run`` no file is changed: the
    result says what would be done.

    Raises
    ------
    RecordingError
        It cannot be read, or the new file cannot be written; the old one is as it was.
    """
    path = Path(path)
    try:
        return MENDERS[kind_of(path)](path, dry_run)
    except OSError as error:
        if isinstance(error, RecordingError):
            raise
        raise RecordingError(
            f"{path} cannot be mended: {error.strerror or error}. It is unchanged"
        ) from error


def _raw(path: Path, dry_run: bool) -> Mended:
    with RawReader(path) as video:
        frames, length = len(video), OFFSET + video.array.nbytes
    torn = path.stat().st_size - length
    if not torn:
        return whole_file(range(frames))
    if not dry_run:
        os.truncate(path, length)
    return Mended(
        range(frames), True, f"{torn} bytes of a torn picture were cut off after {frames} whole ones"
    )


def _tiff(path: Path, dry_run: bool) -> Mended:
    with path.open("rb" if dry_run else "r+b") as file:
        pages = whole_pages(file)
        if not pages:
            raise NoPictures(f"{path} has no whole picture")
        changed = cut_after(file, pages[-1], dry_run=dry_run)
    if not changed:
        return whole_file(range(len(pages)))
    return Mended(range(len(pages)), True, f"a torn page was cut off after {len(pages)} whole ones")


def _hdf5(path: Path, dry_run: bool) -> Mended:
    from llpyspin.recording.sinks.hdf5apart import mend_apart

    return mend_apart(path, dry_run=dry_run)


def _video(path: Path, dry_run: bool) -> Mended:
    av = library("av", "mending videos")
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise RecordingError(f"{path}: only {', '.join(FORMATS)} files can be mended")
    with open_video(path) as video:
        numbers, unproven = video.numbers, video.unproven
    if unproven:  # in a copy they would lie behind the others as if nothing had been there
        raise RecordingError(
            f"it is damaged after picture {numbers[-1] if numbers else 0}: nothing proves the numbers of "
            f"{unproven} of its pictures. It is unchanged"
        )
    if not numbers:
        raise NoPictures(f"{path} has no whole picture")
    if _ended(av, path, len(numbers)):
        return whole_file(numbers)
    if not dry_run:
        replaced(open_video, path, lambda new: _copy_packets(av, path, new, FORMATS[suffix]), numbers)
    return Mended(numbers, True, f"its {len(numbers)} pictures were copied into a file with an index")


def _ended(av: Any, path: Path, count: int) -> bool:
    """Whether the writer came to write the end."""
    if path.suffix.lower() in (".mp4", ".mov"):
        found = boxes(path)
        kinds = [kind for kind, _ in found]
        whole = b"moov" in kinds and found[-1][1] == path.stat().st_size
        return whole and (b"moof" not in kinds or kinds[-1] == b"mfra")
    with opened_video(av, path) as container:
        if path.suffix.lower() == ".avi":
            return bool(container.streams.video[0].frames == count)
        return container.duration is not None


def _copy_packets(av: Any, path: Path, new: Path, form: str) -> None:
    options = {"movflags": "use_metadata_tags"} if form in ("mp4", "mov") else {}
    try:
        with (
            opened_video(av, path) as source,
            av.open(for_library(new), "w", format=form, container_options=options) as target,
        ):
            stream = source.streams.video[0]
            copy = target.add_stream_from_template(stream, opaque=True)
            target.metadata.update(source.metadata)
            copy.metadata.update(stream.metadata)
            for packet in whole_packets(av, source, stream):
                packet.stream = copy
                target.mux_one(packet)
    except av.FFmpegError as error:
        raise RecordingError(f"{path} cannot be mended: {error}. It is unchanged") from error


MENDERS: dict[str, Callable[[Path, bool], Mended]] = {
    "raw": _raw,
    "tiff": _tiff,
    "hdf5": _hdf5,
    "video": _video,
}
"""Of each kind of file; "video" is whatever PyAV reads."""
