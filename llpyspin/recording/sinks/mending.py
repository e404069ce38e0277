"""Making whole the files of writers that were killed: pictures are copied, never encoded again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin.errors import RecordingError
from llpyspin.extras import library
from llpyspin.recording.names import for_library
from llpyspin.recording.sinks.hdf5 import create, data_set, opened, whole_chunks
from llpyspin.recording.sinks.hybrid import boxes
from llpyspin.recording.sinks.picture import Mended, NoPictures
from llpyspin.recording.sinks.pyav import FORMATS
from llpyspin.recording.sinks.pyavread import opened_video, whole_packets
from llpyspin.recording.sinks.raw import OFFSET, RawReader
from llpyspin.recording.sinks.reading import kind_of, open_video
from llpyspin.recording.sinks.tiff import cut_after, whole_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["mend"]


def mend(path: str | Path, *, dry_run: bool = False) -> Mended:
    """Give a file that was cut off its index, length and end, so that every program can play and seek it.

    Videos and HDF5 are copied into a new file, which takes the name of the old one once it is complete and
    counted; that needs as much space again.  Raw and TIFF files only lose the torn picture at their end.
    A file that is whole stays as it is, to the byte.  With ``dry_run`` no file is changed: the result says
    what would be done.

    Raises
    ------
    RecordingError
        It cannot be read, or the new file cannot be written; the old one is as it was.
    """
    path = Path(path)
    try:
        return _MENDERS[kind_of(path)](path, dry_run)
    except OSError as error:
        if isinstance(error, RecordingError):
            raise
        raise RecordingError(
            f"{path} cannot be mended: {error.strerror or error}; it is as it was"
        ) from error


def _raw(path: Path, dry_run: bool) -> Mended:
    with RawReader(path) as video:
        frames, length = len(video), OFFSET + video.array.nbytes
    torn = path.stat().st_size - length
    if not torn:
        return _whole(range(frames))
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
        return _whole(range(len(pages)))
    return Mended(range(len(pages)), True, f"a torn page was cut off after {len(pages)} whole ones")


def _hdf5(path: Path, dry_run: bool) -> Mended:
    file, finished = opened(path)
    try:
        frames = data_set(file)
        count = whole_chunks(frames, path.stat().st_size)
        if finished:
            return _whole(range(count))
        if not dry_run:
            _replaced(path, lambda new: _copy_chunks(frames, count, new), range(count))
    except (KeyError, ValueError, TypeError, RuntimeError, AttributeError) as error:
        raise RecordingError(f"{path} is not a recording of this package: {error}") from error
    finally:
        file.close()
    return Mended(range(count), True, f"its {count} pictures were copied into a file that is closed in order")


def _copy_chunks(frames: Any, count: int, new: Path) -> None:
    h5py = library("h5py", "HDF5")
    filters = {"compression": frames.compression, "compression_opts": frames.compression_opts}
    with h5py.File(for_library(new), "w", libver="latest") as file:
        copy = create(
            file, frames.shape[1:], frames.dtype, {**filters, "shuffle": frames.shuffle}, dict(frames.attrs)
        )
        copy.resize(count, axis=0)
        zeros = (0,) * (frames.ndim - 1)
        for number in range(count):
            mask, chunk = frames.id.read_direct_chunk((number, *zeros))
            copy.id.write_direct_chunk((number, *zeros), chunk, mask)


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
            f"{unproven} of its pictures; it is as it was"
        )
    if not numbers:
        raise NoPictures(f"{path} has no whole picture")
    if _ended(av, path, len(numbers)):
        return _whole(numbers)
    if not dry_run:
        _replaced(path, lambda new: _copy_packets(av, path, new, FORMATS[suffix]), numbers)
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
        raise RecordingError(f"{path} cannot be mended: {error}; it is as it was") from error


def _replaced(path: Path, copy: Callable[[Path], None], numbers: Sequence[int]) -> None:
    """Let ``copy`` write a new file, and put it in the place of the old one if it has the same pictures."""
    new = path.with_name(f".{path.stem}.mended-{os.getpid()}{path.suffix}")
    try:
        copy(new)
        with open_video(new) as video:
            if list(video.numbers) != list(numbers):
                copied = f"{len(video.numbers)} of {len(numbers)} pictures were copied"
                raise RecordingError(f"{path} cannot be mended: {copied}")
        with new.open("rb") as file:
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _whole(numbers: Sequence[int]) -> Mended:
    return Mended(numbers, False, f"it was whole, with {len(numbers)} pictures")


_MENDERS: dict[str, Callable[[Path, bool], Mended]] = {
    "raw": _raw,
    "tiff": _tiff,
    "hdf5": _hdf5,
    "video": _video,
}
