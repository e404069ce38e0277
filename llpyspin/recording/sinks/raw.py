"""Raw pictures one after another, behind a header of 4096 bytes.

``numpy.memmap(path, dtype, mode="r", offset=4096)`` reads such a file without this package; the header is a
line that names the format and then JSON, filled up with spaces.  A picture is in the file as soon as it is
written, and how many there are follows from the size alone.
"""

from __future__ import annotations

import json
import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.processes.closing import Closing
from llpyspin.recording.sinks.creating import FileSink, claimed
from llpyspin.recording.sinks.kinds import FORMATS
from llpyspin.recording.sinks.picture import checked_kind
from llpyspin.system.openfiles import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from llpyspin.recording.sinks.picture import Array, Picture

__all__ = ["MAGIC", "OFFSET", "RawReader", "RawSink"]

MAGIC = FORMATS["raw"].beginning
OFFSET = 4096
"""Bytes before the first picture: a page, so that pictures can be mapped."""


def header(picture: Picture, tags: Mapping[str, str]) -> bytes:
    """The first 4096 bytes of a file."""
    content = {
        "dtype": picture.dtype.str,
        "shape": list(picture.shape),
        "order": "BGR" if picture.color else "gray",
        "bits": picture.bits,
        "rate": picture.rate,
        "offset": OFFSET,
        "tags": dict(tags),
    }
    text = MAGIC + json.dumps(content, indent=1).encode() + b"\n"
    if len(text) > OFFSET:
        raise RecordingError(f"tags of {len(text)} bytes do not fit into the {OFFSET} of a raw file's header")
    return text.ljust(OFFSET - 1) + b"\n"


class RawSink(FileSink):
    """Writes raw pictures; nothing is buffered here."""

    def __init__(self, path: Path, picture: Picture, tags: Mapping[str, str], *, overwrite: bool) -> None:
        super().__init__(path, picture, "raw")
        beginning = header(picture, tags)
        with claimed(path, overwrite=overwrite):
            self._file = opened(path, os.O_WRONLY)
            try:
                self._write_all(memoryview(beginning))
            except OSError as error:
                os.close(self._file)
                raise RecordingError(f"{path} cannot be written: {error.strerror}") from error

    @property
    def bytes(self) -> int:
        return OFFSET + self.frames * self.picture.nbytes

    def _put(self, image: Array) -> None:
        if not image.flags.c_contiguous:
            image = np.ascontiguousarray(image)
        try:
            self._write_all(image.data.cast("B"))
        except OSError:
            os.ftruncate(self._file, self.bytes)  # half a picture would be taken for one when it is mended
            raise

    def _write_all(self, data: memoryview) -> None:
        while data:
            data = data[os.write(self._file, data) :]

    def _safe(self) -> int:
        return self.frames

    def _finish(self) -> None:
        os.close(self._file)


class RawReader(Closing):
    """See :class:`VideoReader`.  Pictures are copies; :attr:`array` maps them all without reading any.

    Attributes
    ----------
    array : numpy.memmap
        (frames, height, width[, 3]), read-only.
    """

    unproven = 0

    def __init__(self, path: Path) -> None:
        content = read_header(path)
        self.tags: dict[str, str] = content["tags"]
        self.rate = float(content["rate"])
        self.bits = int(content["bits"])
        dtype = np.dtype(content["dtype"])
        shape = checked_kind(tuple(content["shape"]), dtype)
        count = max(0, path.stat().st_size - OFFSET) // (dtype.itemsize * math.prod(shape))
        self.array: Array = (
            np.memmap(path, dtype, mode="r", offset=OFFSET, shape=(count, *shape))
            if count
            else np.empty((0, *shape), dtype)
        )

    @property
    def numbers(self) -> range:
        return range(len(self))

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, index: int) -> Array:
        return np.array(self.array[index])

    def __iter__(self) -> Iterator[Array]:
        return (np.array(image) for image in self.array)

    def close(self) -> None:
        self.array = self.array[:0].copy()


def read_header(path: Path) -> dict[str, Any]:
    """What the header of a raw file says; :class:`RecordingError` for any other file."""
    with path.open("rb") as file:
        beginning = file.read(OFFSET)
    try:
        if not beginning.startswith(MAGIC) or len(beginning) < OFFSET:
            raise ValueError("its header is not one")
        content: dict[str, Any] = json.loads(beginning[len(MAGIC) :])
        if not isinstance(content["dtype"], str) or not content["dtype"].startswith(("|u", "<u")):
            raise ValueError(f"its pictures are {content['dtype']!r}")
        checked_kind(tuple(content["shape"]), np.dtype(content["dtype"]))
        int(content["bits"]), float(content["rate"])
        content["tags"] = {str(name): str(value) for name, value in dict(content["tags"]).items()}
        return content
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise RecordingError(f"{path} is not a raw recording of this package: {error}") from error
