"""HDF5 with one data set, ``frames``, and a chunk for each picture; others may read while it is written.

The file is in single-writer-multiple-reader mode from its first picture on: what was flushed is consistent,
whatever becomes of the writer.  Programs other than this one open a file whose writer was killed with the
option ``swmr=True``, or after :func:`llpyspin.recording.sinks.mend`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.extras import library
from llpyspin.processes.closing import Closing
from llpyspin.recording.names import for_library
from llpyspin.recording.sinks.creating import FlushedSink, claimed
from llpyspin.recording.sinks.picture import Mended, check_options, checked_kind
from llpyspin.recording.sinks.replacing import replaced, whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from llpyspin.recording.sinks.picture import Array, Picture

__all__ = ["COMPRESSIONS", "DATASET", "Hdf5Reader", "Hdf5Sink", "mend_hdf5"]

COMPRESSIONS = ("none", "lzf", "gzip")
DATASET = "frames"
_OPTIONS = {"compression", "level", "shuffle"}
_HARD = (OSError, RuntimeError, ValueError)
"""What h5py makes of failed calls into the library."""
_DAMAGED = (*_HARD, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
"""What comes of files that were damaged, or that somebody else has written."""


class Hdf5Sink(FlushedSink):
    """Writes chunks.  Options: ``compression`` (see :data:`COMPRESSIONS`), ``level`` (gzip), ``shuffle``."""

    _failures = _HARD

    def __init__(
        self,
        path: Path,
        picture: Picture,
        options: Mapping[str, Any],
        tags: Mapping[str, str],
        *,
        overwrite: bool,
    ) -> None:
        kind, filters = _filters(options)
        super().__init__(path, picture, "hdf5" if kind == "none" else f"hdf5 ({kind})")
        h5py = library("h5py", "HDF5")
        self._plain = not filters
        with claimed(path, overwrite=overwrite):
            try:
                self._file = h5py.File(for_library(path), "w", libver="latest")
                attributes = {
                    "order": "BGR" if picture.color else "gray",
                    "bits": picture.bits,
                    "rate": picture.rate,
                    "tags": json.dumps(dict(tags)),
                }
                self._frames = create(self._file, picture.shape, picture.dtype, filters, attributes)
                self._file.swmr_mode = True
            except _HARD as error:
                raise RecordingError(f"{path} cannot be started: {error}") from error

    def _put(self, image: Array) -> None:
        self._room()  # the library does not survive a disk that is really full
        frames, number = self._frames, self.frames
        frames.resize(number + 1, axis=0)
        if self._plain:  # as it lies in memory, without a copy into the library's cache
            frames.id.write_direct_chunk((number, *(0 for _ in image.shape)), np.ascontiguousarray(image))
        else:
            frames[number] = image


def create(
    file: Any,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    filters: Mapping[str, Any],
    attributes: Mapping[str, Any],
) -> Any:
    """The data set, empty."""
    frames = file.create_dataset(
        DATASET, (0, *shape), dtype, maxshape=(None, *shape), chunks=(1, *shape), fillvalue=0, **filters
    )
    for name, value in attributes.items():
        frames.attrs[name] = value
    return frames


def _filters(options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    check_options("hdf5", options, _OPTIONS)
    kind = str(options.get("compression") or "none").lower()
    if kind not in COMPRESSIONS:
        raise RecordingError(f"the compressions of hdf5 are {', '.join(COMPRESSIONS)}, not {kind}")
    if "level" in options and kind != "gzip":
        raise RecordingError("only gzip has a level")
    filters: dict[str, Any] = {}
    if kind != "none":
        filters["compression"] = kind
        if kind == "gzip":
            filters["compression_opts"] = int(options.get("level", 1))
    if options.get("shuffle"):
        filters["shuffle"] = True
    return kind, filters


class Hdf5Reader(Closing):
    """See :class:`VideoReader`."""

    unproven = 0

    def __init__(self, path: Path) -> None:
        self.path = self._path = path
        self._file, self.finished = opened(path)
        try:
            frames = data_set(self._file)
            tags = dict(json.loads(frames.attrs.get("tags", "{}")))
            self.tags = {str(name): str(value) for name, value in tags.items()}
            self.rate = float(frames.attrs.get("rate", float("nan")))
            self.bits = int(frames.attrs.get("bits", 0)) or None
            self._frames = frames
            self._count = whole_chunks(frames, path.stat().st_size)
        except _DAMAGED as error:
            self._file.close()
            raise RecordingError(f"{path} is not a recording of this package: {error}") from error

    @property
    def numbers(self) -> range:
        return range(len(self))

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Array:
        if not -self._count <= index < self._count:
            raise IndexError(f"picture {index} of {self._count}")
        try:
            image: Array = self._frames[index % self._count]
        except (*_HARD, TypeError) as error:
            raise RecordingError(f"picture {index} of {self._path} cannot be read: {error}") from error
        return image

    def __iter__(self) -> Iterator[Array]:
        return (self[index] for index in range(self._count))

    def close(self) -> None:
        self._file.close()


def opened(path: Path) -> tuple[Any, bool]:
    """(file to read, whether its writer closed it)."""
    h5py = library("h5py", "HDF5")
    try:
        return h5py.File(for_library(path), "r"), True
    except OSError as first:
        try:
            return h5py.File(for_library(path), "r", swmr=True), False
        except OSError:
            raise RecordingError(f"{path} cannot be read: {first}") from first


def data_set(file: Any) -> Any:
    """The data set of pictures, if it is one of this package, in this file.

    Raises
    ------
    ValueError, KeyError, TypeError
        It is not.
    """
    h5py = library("h5py", "HDF5")
    link = file.get(DATASET, getlink=True)
    frames = file[DATASET] if isinstance(link, h5py.HardLink) else None
    if not isinstance(frames, h5py.Dataset) or frames.is_virtual or frames.external or not frames.chunks:
        raise ValueError(f"it has no pictures of its own in {DATASET!r}")
    shape = checked_kind(frames.shape[1:], frames.dtype)
    if frames.chunks != (1, *shape):
        raise ValueError(f"its chunks are of {frames.chunks}")
    return frames


def whole_chunks(frames: Any, size: int) -> int:
    """Pictures whose chunks are wholly in a file of ``size`` bytes, from the first without a gap."""
    zeros = (0,) * (frames.ndim - 1)
    there = min(int(frames.shape[0]), int(frames.id.get_num_chunks()))  # a damaged size has no chunks
    for number in range(there, 0, -1):
        chunk = frames.id.get_chunk_info_by_coord((number - 1, *zeros))
        if chunk.byte_offset is not None and chunk.size and chunk.byte_offset + chunk.size <= size:
            return number
    return 0


def mend_hdf5(path: Path, *, dry_run: bool) -> Mended:
    """Copy a file that was cut off into one that is closed in order."""
    file, finished = opened(path)
    try:
        frames = data_set(file)
        count = whole_chunks(frames, path.stat().st_size)
        if finished:
            return whole_file(range(count))
        if not dry_run:
            replaced(Hdf5Reader, path, lambda new: _copy_chunks(frames, count, new), range(count))
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
