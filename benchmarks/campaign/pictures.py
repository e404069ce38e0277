"""The pictures and rows of one camera on disk, read without the recorder's code."""

from __future__ import annotations

import contextlib
import csv
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import av
import h5py  # type: ignore[import-untyped]
import numpy as np
import tifffile
from av.error import FFmpegError

from llpyspin.virtual.stamp import block_size, has_foot, read_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

__all__ = ["BLANK", "BROKEN", "Film", "TableRow", "films_of"]

VIDEOS = (".mkv", ".mp4", ".mov", ".avi", ".tif", ".h5", ".raw")
BLANK = -1
BROKEN = -2
"""In the place of a number: a blank picture; one whose stamps cannot be read, or differ from each other."""
RAW_HEADER = 4096


@dataclass(frozen=True)
class TableRow:
    """One row of a sidecar, as it stands there."""

    frame: int | None
    trigger: int
    state: str
    where: str
    camera_ns: int | None
    host_ns: int | None


@dataclass
class Film:
    """One video with its sidecar.

    ``stamps`` has a number for each picture; ``cameras`` the cameras that the stamps name.
    """

    name: str
    rows: list[TableRow] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    """The numbers of the upper stamps alone: an incomplete picture may have lost the lower one."""
    cameras: set[int] = field(default_factory=set)
    problem: str = ""


def films_of(folder: Path, stem: str, *, pictures: bool = True) -> list[Film]:
    """The films of one camera (or of what a callback returned), by their triggers; or only their rows."""
    pattern = re.compile(re.escape(stem) + r"(?:_(\d{3,}))?")
    found: dict[int, Film] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        match = pattern.fullmatch(path.stem)
        if match is None or path.suffix not in (*VIDEOS, ".csv"):
            continue
        film = found.setdefault(int(match[1] or 0), Film(path.stem))
        try:
            if path.suffix == ".csv":
                film.rows = list(_rows(path))
            elif pictures:
                _look(film, path)
        except (ValueError, KeyError, OSError, FFmpegError) as error:
            film.problem += f"{path.name}: {type(error).__name__}: {error}; "
    films = [found[part] for part in sorted(found)]  # what repair encodes belongs before the last ones
    return sorted(films, key=lambda film: film.rows[0].trigger if film.rows else -1)


def _rows(path: Path) -> Iterator[TableRow]:
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["line_status"] is None:
                return  # the last line of a killed writer
            yield TableRow(
                int(row["frame"]) if row["frame"] else None,
                int(row["trigger"]),
                row["state"],
                row["where"],
                int(row["camera_timestamp_ns"]) if row["camera_timestamp_ns"] else None,
                int(row["host_timestamp_ns"]) if row["host_timestamp_ns"] else None,
            )


def _look(film: Film, path: Path) -> None:
    for image in images_of(path):
        film.heads.append(_stamp(film, image, foot=False))
        blank = film.heads[-1] == BROKEN and _is_blank(image)
        if blank:
            film.heads[-1] = BLANK
        foot = film.heads[-1] if blank or not _has_foot(image) else _stamp(film, image, foot=True)
        film.stamps.append(foot if foot == film.heads[-1] else BROKEN)


def _stamp(film: Film, image: npt.NDArray[Any], *, foot: bool) -> int:
    try:
        stamp = read_stamp(image, foot=foot)
    except ValueError:
        return BROKEN
    film.cameras.add(stamp.camera)
    return stamp.frame


def _has_foot(image: npt.NDArray[Any]) -> bool:
    return has_foot(image.shape[0], block_size(*image.shape[:2]))


def _is_blank(image: npt.NDArray[Any]) -> bool:
    """Black, with a white cross through its corners."""
    gray = image if image.ndim == 2 else image.mean(axis=2)
    white = float(gray.max())
    corners = [gray[0, 0], gray[0, -1], gray[-1, 0], gray[-1, -1]]
    return bool(white > 0 and min(corners) > 0.6 * white and float(np.median(gray)) < 0.1 * white)


def images_of(path: Path) -> Iterator[npt.NDArray[Any]]:
    """All pictures of a file that can be read, finished or not."""
    return {".raw": _raw, ".tif": _tiff, ".h5": _hdf5}.get(path.suffix, _video)(path)


def _video(path: Path) -> Iterator[npt.NDArray[Any]]:
    with av.open(str(path.absolute())) as container:
        stream = container.streams.video[0]
        with contextlib.suppress(FFmpegError):  # what is after the end of a file that was cut off
            for frame in container.decode(stream):
                gray = frame.format.name.startswith(("gray", "yuv"))
                kind = ("gray16le" if frame.format.components[0].bits > 8 else "gray") if gray else "bgr24"
                yield frame.to_ndarray(format=kind)


def _raw(path: Path) -> Iterator[npt.NDArray[Any]]:
    with path.open("rb") as file:
        head = file.read(RAW_HEADER)
        if len(head) < RAW_HEADER:
            return
        about = json.loads(head.split(b"\n", 1)[1])
        size = int(np.prod(about["shape"])) * np.dtype(about["dtype"]).itemsize
        while len(content := file.read(size)) == size:
            yield np.frombuffer(content, about["dtype"]).reshape(about["shape"])


def _tiff(path: Path) -> Iterator[npt.NDArray[Any]]:
    if path.stat().st_size < 32:
        return
    with tifffile.TiffFile(path) as file:
        for page in file.pages:
            try:
                yield np.asarray(page.asarray())
            except (ValueError, OSError, tifffile.TiffFileError):
                return


def _hdf5(path: Path) -> Iterator[npt.NDArray[Any]]:
    try:
        file = h5py.File(path, "r", locking=False)
    except OSError:  # it was not closed
        file = h5py.File(path, "r", swmr=True, locking=False)
    with file:
        yield from (np.asarray(image) for image in file["frames"])
