"""Saves images to files, by the suffix of the name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.extras import opencv
from llpyspin.virtual.conversion import convert, viewed
from llpyspin.virtual.exceptions import INVALID_PARAMETER, IO_ERROR, SpinnakerException
from llpyspin.virtual.formats import FORMATS

if TYPE_CHECKING:
    from llpyspin.virtual.conversion import Readable

__all__ = ["FROM_EXTENSION", "kind_of", "save"]

Array = np.ndarray[Any, Any]

_EXTENSIONS = {
    **{".pgm": 0, ".ppm": 1, ".bmp": 2, ".jpg": 3, ".jpeg": 3, ".jp2": 4, ".j2k": 4},
    **{".tif": 5, ".tiff": 5, ".png": 6, ".raw": 7},
}
"""To SPINNAKER_IMAGE_FILE_FORMAT_*."""
_PGM, _PPM, _RAW = 0, 1, 7
FROM_EXTENSION = -1


def save(image: Readable, filename: str, option: Any = FROM_EXTENSION) -> None:
    """Write an image.

    Parameters
    ----------
    filename : str
        The extension decides: .png .jpg .jpeg .tif .tiff .bmp .jp2 .pgm .ppm .raw.
    option : int or object
        SPINNAKER_IMAGE_FILE_FORMAT_*, which must agree with the extension, or an option object
        (``PNGOption`` ...), whose quality or compression is used.

    Raises
    ------
    SpinnakerException
        -1009 for an extension that is not known, -1010 if the file cannot be written.
    MissingExtraError
        The format needs OpenCV, which is not installed.
    """
    path = Path(filename)
    kind = kind_of(filename, option)
    if kind == _RAW:
        data = image.GetData().tobytes()
    elif kind in (_PGM, _PPM):
        data = _netpbm(_plain(image), kind)
    else:
        data = _encoded(_plain(image), path.suffix.lower(), option)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise SpinnakerException(f"The image could not be written: {error}", IO_ERROR) from error


def kind_of(filename: str, option: Any) -> int:
    """SPINNAKER_IMAGE_FILE_FORMAT_* of a name, which an option that is such a number must agree with."""
    kind = _EXTENSIONS.get(Path(filename).suffix.lower())
    if kind is None or (isinstance(option, int) and option not in (FROM_EXTENSION, kind)):
        raise SpinnakerException("The given path has an unrecognizable file extension.", INVALID_PARAMETER)
    return kind


def _plain(image: Readable) -> Array:
    """(h, w) grey or (h, w, 3) in the order B, G, R."""
    known = image._use().format
    if known.is_packed:
        return viewed(*convert(image, FORMATS["Mono16"]))
    if known.samples > 1:
        return viewed(*convert(image, FORMATS["BGR8"]))
    return image.GetNDArray()


def _netpbm(pixels: Array, kind: int) -> bytes:
    if kind == _PPM and pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    elif kind == _PGM and pixels.ndim == 3:
        pixels = (pixels @ np.array([0.114, 0.587, 0.299])).round().astype(pixels.dtype)
    if pixels.ndim == 3:
        pixels = pixels[..., ::-1]
    most = 255 if pixels.dtype == np.uint8 else 65535
    header = f"P{6 if pixels.ndim == 3 else 5}\n{pixels.shape[1]} {pixels.shape[0]}\n{most}\n".encode()
    return header + np.ascontiguousarray(pixels, pixels.dtype.newbyteorder(">")).tobytes()


def _encoded(pixels: Array, extension: str, option: Any) -> bytes:
    cv2 = opencv(f"saving {extension} needs", instead=" (.pgm, .ppm, .raw do not)")
    parameters: list[int] = []
    if extension in (".jpg", ".jpeg"):
        parameters = [cv2.IMWRITE_JPEG_QUALITY, int(getattr(option, "quality", 75))]
        pixels = (pixels >> 8).astype(np.uint8) if pixels.dtype != np.uint8 else pixels
    elif extension == ".png":
        parameters = [cv2.IMWRITE_PNG_COMPRESSION, int(getattr(option, "compressionLevel", 6))]
    elif extension == ".bmp" and pixels.dtype != np.uint8:
        pixels = (pixels >> 8).astype(np.uint8)
    done, encoded = cv2.imencode(extension, pixels, parameters)
    if not done:
        raise SpinnakerException(f"The image could not be encoded as {extension}.", IO_ERROR)
    data: bytes = encoded.tobytes()
    return data
