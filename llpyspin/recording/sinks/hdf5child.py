"""The entry of the process that reads one HDF5 file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.processes.serving import Requests, serve
from llpyspin.recording.sinks.hdf5 import Hdf5Reader, mend_hdf5

if TYPE_CHECKING:
    from llpyspin.recording.sinks.picture import Array

__all__ = ["Hdf5Service", "main"]

CLOSE_S = 5.0


class Hdf5Service(Requests):
    """One file; paths are bytes, for not every name is text."""

    def __init__(self) -> None:
        self._reader: Hdf5Reader | None = None
        self._image: Array = np.empty(0, np.uint8)

    @property
    def serial(self) -> str:
        return "" if self._reader is None else str(self._reader.path)

    def do_open(self, path: bytes) -> tuple[int, dict[str, str], float, int | None]:
        """How many pictures there are, the tags, the rate and the bits."""
        reader = self._reader = Hdf5Reader(Path(os.fsdecode(path)))
        return len(reader), reader.tags, reader.rate, reader.bits

    def do_look(self, index: int) -> tuple[tuple[int, ...], str]:
        """Read a picture; return shape and type."""
        assert self._reader is not None
        self._image = np.ascontiguousarray(self._reader[index])
        return self._image.shape, self._image.dtype.str

    def do_bytes(self, begin: int, end: int) -> bytes:
        """A part of the picture that was read last: messages are small."""
        return self._image.reshape(-1).view(np.uint8)[begin:end].tobytes()

    def do_mend(self, path: bytes, dry_run: bool) -> tuple[int, bool, str]:
        """Number of pictures, whether the file was changed, and a sentence about that."""
        mended = mend_hdf5(Path(os.fsdecode(path)), dry_run=dry_run)
        return mended.frames, mended.changed, mended.what

    def do_close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()


def main(descriptor: int, parent: int, *_: Any) -> None:
    """Serve the parent process until it closes the channel, or dies."""
    serve(Hdf5Service(), descriptor, parent, leave_s=CLOSE_S, check=lambda: None)
