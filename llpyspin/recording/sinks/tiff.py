"""BigTIFF with a page for each picture, by tifffile.

Pages that stand on their own survive their writer; one contiguous series, which is faster to write, would
have its count only at the end.  TIFF knows R, G, B: colours change their order on the way in and out.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from llpyspin.errors import MissingExtraError, RecordingError
from llpyspin.extras import library
from llpyspin.processes.closing import Closing
from llpyspin.recording.sinks.creating import FlushedSink, claimed, packed_tags, unpacked_tags
from llpyspin.recording.sinks.picture import check_options, checked_kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from llpyspin.recording.sinks.picture import Array, Picture

__all__ = ["COMPRESSIONS", "TiffReader", "TiffSink", "cut_after", "whole_pages"]

COMPRESSIONS = {"none": None, "zstd": "zstd", "lzw": "lzw", "deflate": "zlib"}
_LEVELS = {"zstd": 1, "deflate": 1}
_OPTIONS = {"compression", "level", "predictor"}


class TiffSink(FlushedSink):
    """Writes pages.  Options: ``compression`` (see :data:`COMPRESSIONS`), ``level``, ``predictor`` (bool)."""

    def __init__(
        self,
        path: Path,
        picture: Picture,
        options: Mapping[str, Any],
        tags: Mapping[str, str],
        *,
        overwrite: bool,
    ) -> None:
        kind, self._page = page_settings(picture, options)
        super().__init__(path, picture, "tiff" if kind == "none" else f"tiff ({kind})")
        self._tifffile = library("tifffile", "TIFF")
        _try_compression(self._tifffile, kind, self._page, picture)
        self._description: str | None = packed_tags({**tags, "rate": repr(picture.rate)}, picture)
        with claimed(path, overwrite=overwrite):
            self._file: BinaryIO = path.open("r+b")
            try:
                self._writer = self._tifffile.TiffWriter(self._file, bigtiff=True, byteorder="<")
                self._file.flush()
            except OSError as error:
                self._file.close()
                raise RecordingError(f"{path} cannot be written: {error.strerror}") from error

    def _put(self, image: Array) -> None:
        if self.picture.color:
            image = image[..., ::-1]
        self._writer.write(
            np.ascontiguousarray(image),
            contiguous=False,
            metadata=None,
            description=self._description,
            **self._page,
        )
        self._description = None

    def _end(self) -> None:
        self._writer.close()


def page_settings(picture: Picture, options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """(kind of compression, arguments of tifffile for each page)."""
    check_options("tiff", options, _OPTIONS)
    kind = str(options.get("compression") or "none").lower()
    if kind not in COMPRESSIONS:
        raise RecordingError(f"the compressions of tiff are {', '.join(COMPRESSIONS)}, not {kind}")
    page: dict[str, Any] = {"photometric": "rgb" if picture.color else "minisblack"}
    level = options.get("level", _LEVELS.get(kind))
    if COMPRESSIONS[kind]:
        page["compression"] = COMPRESSIONS[kind]
        page["predictor"] = bool(options.get("predictor", False))
        page["rowsperstrip"] = picture.height
        if level is not None:
            page["compressionargs"] = {"level": int(level)}
    elif level is not None or options.get("predictor"):
        raise RecordingError("a tiff without compression has no level and no predictor")
    return kind, page


def _try_compression(tifffile: Any, kind: str, page: Mapping[str, Any], picture: Picture) -> None:
    image = np.zeros((1, 1, 3) if picture.color else (1, 1), picture.dtype)
    page = {**page, "rowsperstrip": 1} if "rowsperstrip" in page else page
    try:
        with tifffile.TiffWriter(io.BytesIO(), bigtiff=True) as writer:
            writer.write(image, metadata=None, **page)
    except (ImportError, KeyError) as error:
        raise MissingExtraError(
            f"tiff with {kind} needs imagecodecs: pip install 'llpyspin[record]'  ({error})"
        ) from error
    except (ValueError, TypeError, RuntimeError) as error:
        raise RecordingError(f"tiff does not take these options: {error}") from error


class TiffReader(Closing):
    """See :class:`VideoReader`.  Pages whose pixels are not all in the file do not count."""

    unproven = 0

    def __init__(self, path: Path) -> None:
        self._path, self._tifffile = path, library("tifffile", "TIFF")
        tifffile = self._tifffile
        self._file = path.open("rb")
        try:
            self._offsets = whole_pages(self._file)
            self._file.seek(0)
            self._tiff = tifffile.TiffFile(self._file) if self._offsets else None
        except _damaged(tifffile) as error:
            self._file.close()
            raise RecordingError(f"{path} is not a recording of this package: {error}") from error
        except BaseException:
            self._file.close()
            raise
        self._page_class = tifffile.TiffPage
        try:
            description = self._page(0).description if self._offsets else ""
            self.tags, kind = unpacked_tags(description)
            self.rate = float(self.tags.pop("rate", "nan"))
        except _damaged(tifffile) as error:
            self.close()
            raise RecordingError(f"{path} is not a recording of this package: {error}") from error
        self.bits = int(kind.get("bits", 0)) or None

    def _page(self, index: int) -> Any:
        self._file.seek(self._offsets[index])
        return self._page_class(self._tiff, index)

    @property
    def numbers(self) -> range:
        return range(len(self))

    def __len__(self) -> int:
        return len(self._offsets)

    def __getitem__(self, index: int) -> Array:
        if not -len(self) <= index < len(self):
            raise IndexError(f"picture {index} of {len(self)}")
        try:
            page = self._page(index % len(self))
            checked_kind(page.shape, page.dtype)
            image: Array = page.asarray()
        except _damaged(self._tifffile) as error:
            raise RecordingError(f"picture {index} of {self._path} cannot be read: {error}") from error
        return np.ascontiguousarray(image[..., ::-1]) if image.ndim == 3 else image

    def __iter__(self) -> Iterator[Array]:
        return (self[index] for index in range(len(self)))

    def close(self) -> None:
        if self._tiff is not None:
            self._tiff.close()
        self._file.close()


def _damaged(tifffile: Any) -> tuple[type[Exception], ...]:
    """What tifffile raises for pages that are damaged."""
    wrong = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RuntimeError)
    return (tifffile.TiffFileError, struct.error, OSError, *wrong)


_STRIP_OFFSETS, _STRIP_COUNTS = 273, 279
_BIG_SIZES = {3: ("H", 2), 4: ("I", 4), 16: ("Q", 8)}


def whole_pages(file: BinaryIO) -> list[int]:
    """Where the pages of a BigTIFF are whose directory and pixels are wholly in the file.

    A writer that was killed may leave a link to a page that is not there, or not all of it.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    beginning = file.read(16)
    if beginning[:4] != b"II+\0" or len(beginning) < 16:
        return []
    found: list[int] = []
    (at,) = struct.unpack("<Q", beginning[8:])
    seen = set()
    while at and at not in seen and (following := _whole_page(file, at, size)) is not None:
        found.append(at)
        seen.add(at)  # damaged links may lead in a circle
        at = following
    return found


def cut_after(file: BinaryIO, at: int, *, dry_run: bool = False) -> bool:
    """Make the page at ``at`` the last one; False if it was."""
    file.seek(at)
    link = at + 8 + 20 * int.from_bytes(file.read(8), "little")
    file.seek(link)
    if file.read(8) == bytes(8):
        return False
    if not dry_run:
        file.seek(link)
        file.write(bytes(8))
    return True


def _whole_page(file: BinaryIO, at: int, size: int) -> int | None:
    """Offset of the page after the one at ``at`` (0: none); None if this one is not whole."""
    if at > size:
        return None
    file.seek(at)
    count = int.from_bytes(file.read(8), "little")
    if at + 8 + count * 20 + 8 > size or not 0 < count < 4096:
        return None
    directory = file.read(count * 20 + 8)
    places: dict[int, tuple[int, ...]] = {}
    for start in range(0, count * 20, 20):
        code, kind, number = struct.unpack_from("<HHQ", directory, start)
        if code in (_STRIP_OFFSETS, _STRIP_COUNTS):
            letter, width = _BIG_SIZES.get(kind, ("", 0))
            where = directory[start + 12 : start + 20]
            if number * width > 8:
                offset = int.from_bytes(where, "little")
                if offset + number * width > size:
                    return None
                file.seek(offset)
                where = file.read(number * width)
            if not width or len(where) < number * width:
                return None
            places[code] = struct.unpack_from(f"<{number}{letter}", where)
    offsets, counts = places.get(_STRIP_OFFSETS, ()), places.get(_STRIP_COUNTS, ())
    ends = [offset + length for offset, length in zip(offsets, counts, strict=False)]
    if not ends or len(offsets) != len(counts) or min(offsets) == 0 or min(counts) == 0 or max(ends) > size:
        return None
    return int.from_bytes(directory[-8:], "little")
