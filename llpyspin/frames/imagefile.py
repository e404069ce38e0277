"""One picture in a file: PNG, TIFF or JPEG, with the pixels as they are, whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import ArgumentTypeError, MissingExtraError, RecordingError, RecordingExistsError
from llpyspin.extras import library, opencv
from llpyspin.frames.png import png_file
from llpyspin.naming.nearest import nearest_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    Image = npt.NDArray[Any]
    Notes = Mapping[str, str]

__all__ = ["check_target", "write_image"]

JPEG_QUALITY = 95


def check_target(path: str | os.PathLike[str], *, overwrite: bool) -> Path:
    """The path of a picture that can be written there, as far as that can be known beforehand.

    Without a suffix it gets ``.png``.

    Raises
    ------
    RecordingExistsError
        There is such a file, and ``overwrite`` is False.
    RecordingError
        There is no such kind of picture, or no such folder.
    TypeError
    """
    if not isinstance(path, (str, os.PathLike)) or isinstance(os.fspath(path), bytes):
        raise ArgumentTypeError(f"the path of a picture must be a str or a pathlib.Path, not {path!r}")
    try:
        os.fspath(path).encode()
        target = Path(path).expanduser()
        is_folder = target.is_dir()
        if not target.suffix and not is_folder:
            target = target.with_name(f"{target.name}.png")
        folder_is_there, exists = target.parent.is_dir(), target.exists()
    except (ValueError, RuntimeError, OSError) as error:  # no name; not UTF-8; no such user
        raise RecordingError(f"cannot save a picture as {os.fspath(path)!r}: {error}") from None
    if "\0" in str(target):
        raise RecordingError(f"cannot save a picture as {str(target)!r}: it has a null character")
    if is_folder:
        raise RecordingError(f"cannot save {target}: that is a folder. Pass the name of a file in it")
    if target.suffix.lower() not in _KINDS:
        near = nearest_words(target.suffix, _KINDS)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise RecordingError(
            f"cannot save {target}: pictures are {', '.join(_KINDS)}, not {target.suffix}{hint}"
        )
    if not folder_is_there:
        raise RecordingError(f"cannot save {target}: there is no folder {target.parent}")
    if exists and not overwrite:
        raise RecordingExistsError(f"{target} already exists. Choose another name, or set overwrite=True")
    return target


def write_image(target: Path, image: Image, notes: Notes, *, overwrite: bool) -> None:
    """Write a picture to a path of :func:`check_target`.

    Parameters
    ----------
    image : ndarray
        (height, width) or (height, width, 3) in BGR order, uint8 or uint16.
    notes : mapping
        Texts for the file, by keyword; JPEG has none.

    Raises
    ------
    RecordingExistsError
        Meanwhile there is such a file, and ``overwrite`` is False.
    RecordingError
        It cannot be written, or a picture of this kind cannot have 16 bits.
    MissingExtraError
        A package that this kind needs is not installed.
    """
    data = _KINDS[target.suffix.lower()](target, image, notes)
    # A new file is claimed by its name; one that is replaced stays whole until the other is.
    written = target.with_name(f".{target.name}.{os.getpid()}.part") if overwrite else target
    try:
        file = written.open("wb" if overwrite else "xb")
    except FileExistsError:
        raise RecordingExistsError(
            f"{target} already exists. Choose another name, or set overwrite=True"
        ) from None
    except OSError as error:
        raise RecordingError(f"{target} cannot be written: {error.strerror}") from error
    try:
        with file:
            file.write(data)
        if overwrite:
            os.replace(written, target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            written.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise RecordingError(f"{target} cannot be written: {error.strerror}") from error
        raise


def _png(target: Path, image: Image, notes: Notes) -> bytes:
    return png_file(image, {"Software": "llpyspin", **notes})


def _tiff(target: Path, image: Image, notes: Notes) -> bytes:
    try:
        tifffile = library("tifffile", "TIFF")
    except MissingExtraError as missing:
        try:
            return _by_opencv(".tif", image)
        except MissingExtraError:
            raise missing from None
    colored = image.ndim == 3
    out = io.BytesIO()
    tifffile.imwrite(
        out,
        np.ascontiguousarray(image[..., ::-1] if colored else image),
        photometric="rgb" if colored else "minisblack",
        description="; ".join(notes.values()).encode(),
        software="llpyspin",
        metadata=None,
    )
    return out.getvalue()


def _jpeg(target: Path, image: Image, notes: Notes) -> bytes:
    if image.dtype != np.uint8:
        raise RecordingError(
            f"cannot save {target}: JPEG has 8 bits for each value, and this picture has more. "
            "Use .png or .tif, or set pixel_format to an 8-bit format"
        )
    return _by_opencv(".jpg", image)


def _by_opencv(suffix: str, image: Image) -> bytes:
    cv2 = opencv(f"pictures of the kind {suffix} need")
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if suffix == ".jpg" else []
    encoded: Image = cv2.imencode(suffix, image, options)[1]
    return encoded.tobytes()


_KINDS: dict[str, Callable[[Path, Image, Notes], bytes]] = {
    ".png": _png,
    ".tif": _tiff,
    ".tiff": _tiff,
    ".jpg": _jpeg,
    ".jpeg": _jpeg,
}
