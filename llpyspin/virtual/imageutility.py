"""Image utilities: scaled and normalised copies of images, heat maps, and what needs other cameras.

The checks, their order and their texts are those of the vendor's library 2.6, which was asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from llpyspin.virtual.conversion import record_of
from llpyspin.virtual.exceptions import ERROR, INVALID_PARAMETER, NOT_IMPLEMENTED, raise_error
from llpyspin.virtual.formats import FORMATS
from llpyspin.virtual.image import ImagePtr, known_format

if TYPE_CHECKING:
    from llpyspin.virtual.formats import PixelFormat

__all__ = ["ImageUtility", "ImageUtilityCCM", "ImageUtilityHeatmap", "ImageUtilityPolarization"]

Array = np.ndarray[Any, Any]

_NEAREST_NEIGHBOR = 0
_LARGEST_BYTES = 1 << 31
_RANGES = range(4)
_HAS_IMAGE_MIN, _HAS_IMAGE_MAX = (0, 2), (0, 3)
"""SPINNAKER_SOURCE_DATA_RANGE_* that begin (end) at the least (largest) value of the image itself."""
_COLORS = (
    *((0, 0, 0), (0, 0, 255), (0, 255, 255), (0, 255, 0)),
    *((255, 255, 0), (255, 0, 0), (255, 255, 255)),
)
"""SPINNAKER_HEATMAP_COLOR_*, of which the first is 1, as R, G, B."""


def _wrong_arguments(name: str) -> NoReturn:
    raise TypeError(f"Wrong number or type of arguments for overloaded function '{name}'.")


def _source(image: ImagePtr) -> ImagePtr:
    """An image that has pixels which are numbers of their own."""
    if image.IsValid() and image._use().format.is_packed:
        _refuse_type("srcImage")
    image._use()
    return image


def _refuse(text: str) -> NoReturn:
    raise_error(text, INVALID_PARAMETER)


def _refuse_type(parameter: str) -> NoReturn:
    _refuse(f"Invalid parameter {parameter}. Please provide an image with data of type char, short or float.")


def _images_and_rest(args: tuple[Any, ...]) -> tuple[list[ImagePtr], tuple[Any, ...]]:
    images = [arg for arg in args[:2] if isinstance(arg, ImagePtr)]
    return images, args[len(images) :]


def _made(pixels: Array, known: PixelFormat, source: ImagePtr) -> ImagePtr:
    """A new image, with the numbers and times of the one from which it was made."""
    before = source._use()
    record = record_of(pixels.shape[1], pixels.shape[0], known)._replace(
        frame_id=before.frame_id, timestamp=before.timestamp, status=before.status
    )
    return ImagePtr._of_array(np.ascontiguousarray(pixels).reshape(-1).view(np.uint8), record)


def _put(result: ImagePtr, images: list[ImagePtr]) -> ImagePtr | None:
    """Return the result, or put it into the destination that was given."""
    if len(images) == 1:
        return result
    images[1].DeepCopy(result)
    return None


class ImageUtility:
    """Scaled and normalised copies of images."""

    @staticmethod
    def CreateScaled(*args: Any) -> ImagePtr | None:
        """``(image[, destination], algorithm, factor)``; factors become whole numbers, or one over them."""
        images, rest = _images_and_rest(args)
        if not images or len(rest) != 2 or not isinstance(rest[1], (int, float)):
            _wrong_arguments("ImageUtility_CreateScaled")
        algorithm, factor = rest
        if algorithm != _NEAREST_NEIGHBOR:
            _refuse("The specified image scaling algorithm is not supported. Invalid parameter scalingAlg.")
        known = images[0]._use().format
        if known.is_bayer:
            _refuse("Raw bayer image scaling is not supported. Invalid parameter srcImage.")
        pixels = _scaled(_source(images[0]).GetNDArray(), float(factor))
        if len(images) == 2:
            _must_fit(images[1], pixels, known)
        return _put(_made(pixels, known, images[0]), images)

    @staticmethod
    def CreateNormalized(*args: Any) -> ImagePtr | None:
        """``(image[, destination][, min, max][, format][, source data range])``."""
        images, rest = _images_and_rest(args)
        limits, rest = _limits(rest)
        if not images or not (limits or len(images) == 2 or rest) or len(rest) > 2:
            _wrong_arguments("ImageUtility_CreateNormalized")
        source = images[0]._use().format
        target, rest = _target(images, limits, rest)
        data_range = rest[0] if rest else 0
        if data_range not in _RANGES:
            raise_error("Unsupported source data range provided.", NOT_IMPLEMENTED)
        if target.is_packed:
            _refuse_type("destImage")
        if (source.channels, source.samples) != (target.channels, target.samples):
            _refuse(
                "The source image cannot be normalized to the specified output pixel format. Source and "
                "destination pixel format must be of the same type, ex Mono8 to Mono8s to Mono16"
            )
        pixels = _source(images[0]).GetNDArray()
        result = _made(_normalized(pixels, source, target, limits, data_range), target, images[0])
        return _put(result, images)


def _scaled(pixels: Array, factor: float) -> Array:
    """Each pixel several times, or one of several."""
    if factor >= 1:
        times = int(factor + 0.5)
        if pixels.nbytes * times * times > _LARGEST_BYTES:
            raise MemoryError(f"an image scaled by {factor} has no room")
        return pixels.repeat(times, axis=0).repeat(times, axis=1)
    every = int(1 / factor + 0.5) if factor > 0 else 0
    if not 0 < every <= min(pixels.shape[:2]):
        _refuse(
            "The provided scaling factor would result in image dimensions too small to store in an image. "
            "Please select a different scaling factor."
        )
    height, width = (length // every * every for length in pixels.shape[:2])
    return pixels[:height:every, :width:every]


def _must_fit(destination: ImagePtr, pixels: Array, known: PixelFormat) -> None:
    there = destination._use()
    if there.format != known:
        _refuse(
            f"The source and destination pixel format do not match. Source: {known.name}, "
            f"Destination: {there.format.name}."
        )
    height, width = pixels.shape[:2]
    if (there.width, there.height) != (width, height):
        _refuse(
            "Destination image dimensions cannot store scaled image. Current image W x H = "
            f"{there.width} x {there.height}. Expected image W x H = {width} x {height}."
        )


def _limits(rest: tuple[Any, ...]) -> tuple[tuple[float, float] | None, tuple[Any, ...]]:
    """The new minimum and maximum, if they are there: both are floats, as C++ tells them from constants."""
    if len(rest) >= 2 and all(isinstance(value, float) for value in rest[:2]):
        return (rest[0], rest[1]), rest[2:]
    return None, rest


def _target(
    images: list[ImagePtr], limits: tuple[float, float] | None, rest: tuple[Any, ...]
) -> tuple[PixelFormat, tuple[Any, ...]]:
    """The format of the result, and the arguments that follow it."""
    if len(images) == 2:
        return images[1]._use().format, rest
    if limits is not None and len(rest) < 2:
        return images[0]._use().format, rest
    return known_format(rest[0]), rest[1:]


def _normalized(
    pixels: Array,
    source: PixelFormat,
    target: PixelFormat,
    limits: tuple[float, float] | None,
    data_range: int,
) -> Array:
    full = float((1 << target.depth) - 1)
    low, high = limits or (0.0, full)
    if not 0 <= low < high <= full:
        _refuse(
            "The min and max must be in the value range of the destination pixel format's data type, "
            "where the min is less than the max."
        )
    least = float(pixels.min()) if data_range in _HAS_IMAGE_MIN else 0.0
    most = float(pixels.max()) if data_range in _HAS_IMAGE_MAX else float((1 << source.depth) - 1)
    if most <= least:
        _refuse("Invalid source image data. Cannot normalize. Invalid parameter srcImage.")
    values = (high - low) * (pixels - least) / (most - least) + low
    return values.astype(np.uint8 if target.depth == 8 else np.uint16)


class ImageUtilityHeatmap:
    """Heat maps: grey values as colours.  Colours and range are shared by the whole process."""

    _gradient: tuple[int, int] | None = None
    _range = (0, 100)

    @staticmethod
    def CreateHeatmap(*args: Any) -> ImagePtr | None:
        """``(image[, destination])``: an RGB image of a Mono8 or Mono16 one."""
        images, rest = _images_and_rest(args)
        if not images or rest:
            _wrong_arguments("ImageUtilityHeatmap_CreateHeatmap")
        known = images[0]._use().format
        if known.name == "Mono16":
            raise_error(
                "Heat maps of Mono16 images are RGB16, which virtual cameras do not have.", NOT_IMPLEMENTED
            )
        if known.name != "Mono8":
            _refuse("Heatmaps can only be created from an image with pixel format Mono8 or Mono16.")
        first, last = ImageUtilityHeatmap._gradient or (1, len(_COLORS))
        table = _heat_table(_COLORS[first - 1 : last], ImageUtilityHeatmap._range)
        return _put(_made(table[images[0].GetNDArray()], FORMATS["RGB8"], images[0]), images)

    @staticmethod
    def SetHeatmapColorGradient(newLowColor: int, newHighColor: int) -> None:
        if not 1 <= newLowColor < newHighColor <= len(_COLORS):
            _refuse("Desired color range is invalid. Low color must be less than high color.")
        ImageUtilityHeatmap._gradient = newLowColor, newHighColor

    @staticmethod
    def GetHeatmapColorGradient(currentLowColor: Any = None, currentHighColor: Any = None) -> tuple[int, int]:
        """Both colours; the parameters, references in C++, are not used."""
        del currentLowColor, currentHighColor
        if ImageUtilityHeatmap._gradient is None:
            raise_error("The heatmap colors have not been defined.", ERROR)
        return ImageUtilityHeatmap._gradient

    @staticmethod
    def SetHeatmapRange(newLowValue: int, newHighValue: int) -> None:
        """Percent of the brightest value; what is darker or brighter stays grey."""
        if not 0 <= newLowValue < newHighValue <= 100:
            _refuse(
                "ROI selection must be between 0 and 100. Where the start value is less than the end value."
            )
        ImageUtilityHeatmap._range = newLowValue, newHighValue

    @staticmethod
    def GetHeatmapRange(currentLowValue: Any = None, currentHighValue: Any = None) -> tuple[int, int]:
        """Both values; the parameters, references in C++, are not used."""
        del currentLowValue, currentHighValue
        return ImageUtilityHeatmap._range


def _heat_table(colors: tuple[tuple[int, int, int], ...], percent: tuple[int, int]) -> Array:
    """(256, 3): the colour of each grey value."""
    values = np.arange(256)
    low, high = (255 * part / 100 for part in percent)
    place = (values - low) / (high - low) * (len(colors) - 1)
    points = np.arange(len(colors))
    table = np.stack([np.interp(place, points, [color[i] for color in colors]) for i in range(3)], axis=1)
    outside = (values < low) | (values > high)
    table[outside] = values[outside, None]
    return table.astype(np.uint8)


class ImageUtilityCCM:
    """Colour correction: refused, since the matrices are the vendor's own measurements."""

    @staticmethod
    def CreateColorCorrected(*args: Any) -> ImagePtr | None:
        """``(image[, destination], settings)``: always -1003."""
        images, rest = _images_and_rest(args)
        if not images or len(rest) != 1:
            _wrong_arguments("ImageUtilityCCM_CreateColorCorrected")
        names = [image._use().format.name for image in (images[0], images[-1])]
        raise_error(
            f"Color correction from {names[0]} to {names[1]} is currently not supported.", NOT_IMPLEMENTED
        )


def _polarized(*args: Any) -> ImagePtr | None:
    """Refuses each image: no virtual camera has a sensor with polarisers."""
    if not args or not isinstance(args[0], ImagePtr):
        _wrong_arguments("ImageUtilityPolarization")
    args[0]._use()
    _refuse(
        "This function is currently implemented for image pixel formats Polarized8 and BayerRGPolarized8. "
        "Invalid parameter srcImage."
    )


class ImageUtilityPolarization:
    """What can be computed of the images of polarisation cameras; others are refused (-1009)."""

    ExtractPolarQuadrant = staticmethod(_polarized)
    CreateGlareReduced = staticmethod(_polarized)
    CreateStokesS0 = staticmethod(_polarized)
    CreateStokesS1 = staticmethod(_polarized)
    CreateStokesS2 = staticmethod(_polarized)
    CreateDolp = staticmethod(_polarized)
    CreateAolp = staticmethod(_polarized)
