"""Reads HDF5 files in a process of its own, because damaged files may crash or hang the library."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import CameraHungError, CameraProcessError, LlpyspinError, RecordingError
from llpyspin.processes.child import OPEN_S, ChildProcess
from llpyspin.processes.closing import Closing
from llpyspin.recording.sinks.picture import Mended
from llpyspin.recording.sinks.replacing import copy_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llpyspin.recording.sinks.picture import Array

__all__ = ["Hdf5ApartReader", "mend_apart"]

PICTURE_S = 30.0  # for one picture
SLOWEST = 5e6  # bytes a second with which a file is copied
PIECE = 16 << 20
CLOSE_S = 2.0


class _Process(ChildProcess):
    """The child that reads one file."""

    _module = "llpyspin.recording.sinks.hdf5child"
    _what = "process that reads an HDF5 file"
    _again = "The file is damaged"
    _stuck = "the HDF5 library hangs over the file, so its process was ended"


def _ask(process: _Process, path: Path, operation: str, *arguments: Any, timeout_s: float) -> Any:
    try:
        return process.request(operation, *arguments, timeout_s=timeout_s)
    except CameraHungError:
        raise RecordingError(
            f"{path} cannot be read: the HDF5 library did not come back within {timeout_s:.0f} s, so its "
            "process was ended. The file is damaged"
        ) from None
    except CameraProcessError as error:
        raise RecordingError(
            f"{path} cannot be read: the HDF5 library crashed over it (exit code {error.exitcode}); the file "
            "is damaged"
        ) from None


class Hdf5ApartReader(Closing):
    """See :class:`VideoReader`."""

    unproven = 0

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process = _Process(str(path))
        try:
            opened = _ask(self._process, path, "open", os.fsencode(path), timeout_s=OPEN_S)
        except BaseException:
            self.close()
            raise
        self._count, self.tags, self.rate, self.bits = opened

    @property
    def numbers(self) -> range:
        return range(self._count)

    def __len__(self) -> int:
        return int(self._count)

    def __getitem__(self, index: int) -> Array:
        if not -self._count <= index < self._count:
            raise IndexError(f"picture {index} of {self._count}")
        shape, dtype = self._ask("look", index % self._count)
        image = np.empty(shape, np.dtype(dtype))
        pixels = image.reshape(-1).view(np.uint8)
        for begin in range(0, image.nbytes, PIECE):
            piece = self._ask("bytes", begin, begin + PIECE)
            pixels[begin : begin + len(piece)] = np.frombuffer(piece, np.uint8)
        return image

    def _ask(self, operation: str, *arguments: Any) -> Any:
        return _ask(self._process, self._path, operation, *arguments, timeout_s=PICTURE_S)

    def __iter__(self) -> Iterator[Array]:
        return (self[index] for index in range(self._count))

    def close(self) -> None:
        self._process.close(timeout_s=CLOSE_S)


def mend_apart(path: Path, *, dry_run: bool) -> Mended:
    """See :func:`llpyspin.recording.sinks.mend`."""
    process = _Process(str(path))
    timeout_s = OPEN_S + path.stat().st_size / SLOWEST
    try:
        count, changed, what = _ask(process, path, "mend", os.fsencode(path), dry_run, timeout_s=timeout_s)
    except LlpyspinError:
        with contextlib.suppress(OSError):  # of a process that was ended while it copied
            copy_of(path, process.pid).unlink()
        raise
    finally:
        process.close(timeout_s=CLOSE_S)
    return Mended(range(count), changed, what)
