"""A folder of pictures in the order of their names: numbers in names count as numbers."""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import NoSuchPictureError, RecordingError
from llpyspin.extras import library
from llpyspin.recording.foreign import check_regular
from llpyspin.recording.replayable.ofvideo import MODEL, SERIAL, even_shots
from llpyspin.recording.replayable.probing import DEFAULT_RATE, formats_for, kind_of_image
from llpyspin.virtual.footage import CameraFootage, Footage, Geometry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    Array = np.ndarray[Any, Any]

__all__ = ["SUFFIXES", "images_footage", "read_image"]

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".pgm", ".ppm"})
_DEMUXERS = "png_pipe,jpeg_pipe,bmp_pipe,tiff_pipe,pgm_pipe,ppm_pipe"
_MOST_COMPARED = 2000
"""Pictures whose sizes are compared when the camera is opened; of the others, when their turn comes."""


def images_footage(path: Path, rate: float | None) -> Footage:
    """Open a picture, or a folder of pictures, as those of one camera.

    Raises
    ------
    RecordingError
        There are none, or the first one cannot be read.
    """
    files = _listed(path) if path.is_dir() else [path]
    if not files:
        known = ", ".join(sorted(SUFFIXES))
        raise RecordingError(f"{path} has neither a recording (session.json) nor pictures ({known})")
    kind = kind_of_image(read_image(files[0]))
    rate = rate or DEFAULT_RATE
    geometry = Geometry(kind.width, kind.height, formats_for(kind, "", str(path)), rate=rate)
    reel = partial(ImagesReel, files, rate, (kind.height, kind.width))
    camera = CameraFootage(SERIAL, MODEL, "USB3", kind.color, geometry, reel, path.stem[:32])
    return Footage(str(path), (camera,))


class ImagesReel:
    """The pictures of a folder; implements :class:`llpyspin.virtual.footage.Reel`."""

    def __init__(self, files: Sequence[Path], rate: float, size: tuple[int, int]) -> None:
        for file in files[:_MOST_COMPARED]:
            found = _size(file)
            if found is not None and found != size:
                height, width = found
                raise RecordingError(
                    f"{file} has {width} x {height} pixels, but {files[0].name} has {size[1]} x {size[0]}. "
                    "All pictures of a camera have one size"
                )
        self.pictures = Images(files)
        self.shots = even_shots(len(files), rate, range(len(files)))


class Images:
    """Files of one picture each, read when their turn comes."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = tuple(files)

    def __getitem__(self, index: int) -> Array:
        if not 0 <= index < len(self._files):
            raise NoSuchPictureError(f"there are {len(self._files)} pictures, no number {index}")
        return read_image(self._files[index])

    def close(self) -> None:
        """Nothing is open."""


def read_image(path: Path) -> Array:
    """The picture in a file: (h, w), or (h, w, 3) in the order B, G, R; of uint8 or uint16.

    Raises
    ------
    RecordingError
        It cannot be read.
    MissingExtraError
        PyAV is not installed.
    """
    with _opened(path) as container:
        frame = next(container.decode(video=0), None)
        if frame is not None:
            return _pixels(frame)
    raise RecordingError(f"{path} has no picture")


def _size(path: Path) -> tuple[int, int] | None:
    """Height and width, without decoding; None where the file is damaged, which shows when its turn comes."""
    try:
        with _opened(path) as container:
            codec = container.streams.video[0].codec_context
            height, width = int(codec.height), int(codec.width)
    except RecordingError:
        return None
    return (height, width) if height > 0 and width > 0 else None


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The file, opened by PyAV as a picture and nothing else.

    Errors of either, also of what is then done with it, are RecordingErrors.
    """
    av = library("av", "replaying pictures")
    check_regular(path)
    try:
        with (
            path.open("rb") as file,
            av.open(file, container_options={"format_whitelist": _DEMUXERS}) as container,
        ):
            if not container.streams.video:
                raise RecordingError(f"{path} has no picture")
            yield container
    except (av.FFmpegError, OSError, ValueError) as error:
        raise RecordingError(f"{path} cannot be read as a picture: {error}") from error


def _pixels(frame: Any) -> Array:
    """All bits of a picture: 8 or 16 a sample, for formats in between become 16."""
    name = frame.format.name
    if "f32" in name or "f16" in name:
        raise RecordingError(f"the pixels are floating-point numbers ({name}), which no camera sends")
    deep = max(int(component.bits) for component in frame.format.components) > 8
    if name.startswith(("gray", "mono", "ya")):
        pixels: Array = frame.to_ndarray(format="gray16le" if deep else "gray")
        return pixels
    if not deep:
        return np.asarray(frame.to_ndarray(format="bgr24"))
    return np.ascontiguousarray(frame.to_ndarray(format="rgb48le")[:, :, ::-1])


def _listed(folder: Path) -> list[Path]:
    try:
        files = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES]
    except OSError as error:
        raise RecordingError(f"{folder} cannot be read: {error.strerror}") from error
    return sorted(files, key=lambda path: [_order(part) for part in re.split(r"(\d+)", path.name)])


def _order(part: str) -> tuple[int, int, str]:
    """Numbers by their value, text as it is."""
    return (0, int(part), part) if part.isdecimal() else (1, 0, part)
