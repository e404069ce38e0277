"""Images with the method names of PySpin, over those of rotpy.

An image belongs to the stream until ``Release``: its arrays look into the stream's buffer (or into the
caller's, after ``SetUserBuffers``), without a copy.  What rotpy does not hinder is refused here: any use
after ``Release``, or after ``EndAcquisition`` took all images back.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, NoReturn

import numpy as np

from llpyspin.sdk.rotpy._constants import CONSTANTS
from llpyspin.sdk.rotpy._errors import (
    INVALID_BUFFER,
    INVALID_PARAMETER,
    NOT_AVAILABLE,
    NOT_IMPLEMENTED,
    call,
    cannot,
    fail,
)

__all__ = ["ChunkData", "Image", "ImageProcessor", "ImagePtr", "incomplete_image"]

_CHUNKED = ("chunk_data", "extended_chunk", "chunk_only")


class ImagePtr:
    """An image of a stream."""

    __slots__ = ("__weakref__", "_held", "_raw")

    def __init__(self, raw: Any, *, held: bool) -> None:
        self._raw = raw
        self._held = held  # a buffer of the stream waits to be given back

    @property
    def raw_image(self) -> Any:
        if self._raw is None:
            fail("The image was released; its buffer belongs to the stream again.", INVALID_BUFFER)
        return self._raw

    def IsValid(self) -> bool:
        return self._raw is not None

    __bool__ = IsValid

    # the pixels
    def GetData(self) -> np.ndarray[Any, Any]:
        """All bytes of the image, (GetImageSize(),) uint8, without a copy; for any pixel format.

        The array does not keep the image: it must not be used after ``Release`` or ``del`` of the image.
        """
        return np.asarray(memoryview(call(self.raw_image.get_image_data_memoryview)))

    def GetNDArray(self) -> np.ndarray[Any, Any]:
        """The pixels, (height, width[, channels]) of uint8 or uint16, without a copy.

        The same holds as for :meth:`GetData`, from which the bytes of packed formats (Mono12p and the
        like) must be taken: they are refused here with -1003.
        """
        name = self.GetPixelFormatName()
        channels, itemsize = _layout(name, self.GetBitsPerPixel())
        shape: tuple[int, ...] = (self.GetHeight(), self.GetWidth())
        strides: tuple[int, ...] = (self.GetStride(), itemsize)
        if channels > 1:
            shape, strides = (*shape, channels), (strides[0], itemsize * channels, itemsize)
        data = memoryview(call(self.raw_image.get_image_data_memoryview))
        return np.ndarray(shape, np.uint16 if itemsize == 2 else np.uint8, data, 0, strides)

    def GetImageSize(self) -> int:
        return int(call(self.raw_image.get_image_data_size))

    def GetBufferSize(self) -> int:
        return int(call(self.raw_image.get_buffer_size))

    def GetValidPayloadSize(self) -> int:
        return int(call(self.raw_image.get_valid_payload_size))

    # what it is
    def GetFrameID(self) -> int:
        return int(call(self.raw_image.get_frame_id))

    def GetID(self) -> int:
        return int(call(self.raw_image.get_image_id))

    def GetTimeStamp(self) -> int:
        return int(call(self.raw_image.get_frame_timestamp))

    def GetWidth(self) -> int:
        return int(call(self.raw_image.get_width))

    def GetHeight(self) -> int:
        return int(call(self.raw_image.get_height))

    def GetStride(self) -> int:
        return int(call(self.raw_image.get_stride))

    def GetXOffset(self) -> int:
        return int(call(self.raw_image.get_offset_x))

    def GetYOffset(self) -> int:
        return int(call(self.raw_image.get_offset_y))

    def GetXPadding(self) -> int:
        return int(call(self.raw_image.get_padding_x))

    def GetYPadding(self) -> int:
        return int(call(self.raw_image.get_padding_y))

    def GetBitsPerPixel(self) -> int:
        return int(call(self.raw_image.get_bits_per_pixel))

    def GetNumChannels(self) -> int:
        return int(call(self.raw_image.get_num_channels))

    def GetPixelFormatName(self) -> str:
        return str(call(self.raw_image.get_pix_fmt))

    def GetPixelFormat(self) -> int:
        return CONSTANTS["PixelFormat_" + self.GetPixelFormatName()]

    def GetTLPixelFormat(self) -> int:
        return int(call(self.raw_image.get_tl_pix_fmt))

    def GetChunkLayoutId(self) -> int:
        return int(call(self.raw_image.get_layout_id))

    def IsCompressed(self) -> bool:
        return bool(call(self.raw_image.get_is_compressed))

    # how it came
    def IsIncomplete(self) -> bool:
        self.raw_image  # noqa: B018  (refuses a released image)
        return False

    def GetImageStatus(self) -> int:
        return CONSTANTS["SPINNAKER_IMAGE_STATUS_" + str(call(self.raw_image.get_status)).upper()]

    def IsInUse(self) -> bool:
        return self._raw is not None and bool(call(self._raw.get_in_use))

    def HasCRC(self) -> bool:
        return bool(call(self.raw_image.has_crc))

    def CheckCRC(self) -> bool:
        return bool(call(self.raw_image.get_crc))

    def HasChunkData(self) -> bool:
        return call(self.raw_image.get_tl_payload_type) in _CHUNKED

    def GetChunkData(self) -> ChunkData:
        if not self.HasChunkData():  # rotpy would give zeros
            fail("The image has no chunk data.", NOT_AVAILABLE)
        return ChunkData(self)

    # what to do with it
    def Save(self, filename: str, file_format: int = -1, /) -> None:
        if file_format != CONSTANTS["SPINNAKER_IMAGE_FILE_FORMAT_FROM_FILE_EXT"]:
            cannot("A file format other than that of the file's name")
        call(self.raw_image.save_file, str(filename))

    def CalculateChannelStatistics(self, _channel: int) -> object:
        cannot("Image.CalculateChannelStatistics")

    def Release(self) -> None:
        """Give the buffer back to the stream; arrays of this image must not be used any more."""
        raw = self.raw_image
        if not self._held:
            return  # an image that was made, not grabbed
        self._raw = None
        call(raw.release)

    def take_back(self) -> None:
        """Release, where the image has not been: the stream ends and takes all its buffers."""
        if self._raw is not None and self._held:
            self.Release()


_GONE = object()


class _Incomplete(ImagePtr):
    """An image that came damaged.  rotpy has thrown it away and says only what was wrong.

    As an empty image of the SDK it has frame id 0 and timestamp 0, which no image of a camera has: whoever
    needs them must see by the timestamp 0 that they are not known.  There are no pixels (-1014).
    """

    __slots__ = ("_status",)

    def __init__(self, status: int) -> None:
        super().__init__(_GONE, held=True)
        self._status = status

    def Release(self) -> None:
        self.raw_image  # noqa: B018
        self._raw = None

    def take_back(self) -> None:
        self._raw = None

    def IsIncomplete(self) -> bool:
        self.raw_image  # noqa: B018
        return True

    def GetImageStatus(self) -> int:
        self.raw_image  # noqa: B018
        return self._status

    def IsInUse(self) -> bool:
        return False

    def _zero(self) -> int:
        self.raw_image  # noqa: B018
        return 0

    GetFrameID = GetID = GetTimeStamp = GetWidth = GetHeight = GetStride = _zero
    GetXOffset = GetYOffset = GetXPadding = GetYPadding = GetBitsPerPixel = GetNumChannels = _zero
    GetImageSize = GetBufferSize = GetValidPayloadSize = GetTLPixelFormat = GetChunkLayoutId = _zero

    def GetPixelFormatName(self) -> str:
        self._gone("pixel format")

    def GetData(self) -> np.ndarray[Any, Any]:
        self._gone("pixels")

    def GetNDArray(self) -> np.ndarray[Any, Any]:
        self._gone("pixels")

    def Save(self, _filename: str, _file_format: int = -1, /) -> None:
        self._gone("pixels")

    def HasChunkData(self) -> bool:
        return False

    HasCRC = CheckCRC = IsCompressed = HasChunkData

    def _gone(self, what: str) -> NoReturn:
        self.raw_image  # noqa: B018
        fail(f"rotpy does not hand out the {what} of an incomplete image.", NOT_AVAILABLE)


def incomplete_image(text: str) -> ImagePtr:
    """What stands for the image that rotpy refused with ``text``."""
    named = re.search(r"\((\w+)\)", text)
    name = f"SPINNAKER_IMAGE_STATUS_{named.group(1).upper()}" if named else ""
    return _Incomplete(CONSTANTS.get(name, CONSTANTS["SPINNAKER_IMAGE_STATUS_UNKNOWN_ERROR"]))


def _layout(name: str, bits: int) -> tuple[int, int]:
    """Channels of a pixel, bytes of a channel."""
    packed = name.endswith(("p", "Packed")) and not name.startswith(("RGB8", "BGR8"))
    if packed or name.startswith("YUV") or name.startswith("YCbCr"):
        fail(f"{name} has no array of pixels; convert the image, or take its bytes.", NOT_IMPLEMENTED)
    colors = re.match(r"(RGBa|BGRa|RGB|BGR)", name)
    channels = len(colors.group(1)) if colors else 1
    itemsize, rest = divmod(bits, 8 * channels)
    if rest or itemsize not in (1, 2):
        fail(f"{name} has no array of pixels; convert the image, or take its bytes.", NOT_IMPLEMENTED)
    return channels, itemsize


class ChunkData:
    """What the camera wrote behind the pixels; as long as the image is not released."""

    _GETTERS: ClassVar = {
        "GetBlackLevel": "get_black_level",
        "GetFrameID": "get_frame_id",
        "GetExposureTime": "get_exposure_time",
        "GetTimestamp": "get_timestamp",
        "GetExposureEndLineStatusAll": "get_exposure_end_line_status_all",
        "GetWidth": "get_width",
        "GetHeight": "get_height",
        "GetOffsetX": "get_offset_x",
        "GetOffsetY": "get_offset_y",
        "GetGain": "get_gain",
        "GetSequencerSetActive": "get_sequencer_set_active",
        "GetCRC": "get_crc",
        "GetSerialDataLength": "get_serial_data_length",
        "GetTimestampLatchValue": "get_timestamp_latch_value",
        "GetLineStatusAll": "get_line_status_all",
        "GetCounterValue": "get_counter_value",
        "GetTimerValue": "get_timer_value",
    }

    def __init__(self, image: ImagePtr) -> None:
        self.image = image

    def __getattr__(self, name: str) -> Any:
        if name not in self._GETTERS:
            raise AttributeError(f"ChunkData has no {name!r}")

        def get() -> Any:
            chunk = call(self.image.raw_image.get_chunk_data)
            return call(getattr(chunk, self._GETTERS[name]))

        return get


class Image:
    """What PySpin has beside the images themselves."""

    @staticmethod
    def GetImageStatusDescription(status: int) -> str:
        from rotpy.image import Image as RawImage
        from rotpy.names.spin import img_status_values

        if status not in img_status_values:
            fail(f"There is no image status {status}.", INVALID_PARAMETER)
        return str(RawImage.get_status_description(img_status_values[status]))

    @staticmethod
    def Create(*_arguments: object) -> ImagePtr:
        cannot("Image.Create")


class ImageProcessor:
    """Converts images to other pixel formats."""

    _ALGORITHMS: ClassVar = {
        "NONE": "no_color_processing",
        "NEAREST_NEIGHBOR": "nearest_neighbor",
        "EDGE_SENSING": "edge_sensing",
        "HQ_LINEAR": "hq_linear",
        "IPP": "ipp",
        "DIRECTIONAL_FILTER": "directional_filter",
        "RIGOROUS": "rigorous",
        "WEIGHTED_DIRECTIONAL_FILTER": "weighted_directional_filter",
    }

    def __init__(self) -> None:
        self.SetColorProcessing(CONSTANTS["SPINNAKER_COLOR_PROCESSING_ALGORITHM_NEAREST_NEIGHBOR"])

    def SetColorProcessing(self, algorithm: int) -> None:
        for name, raw in self._ALGORITHMS.items():
            if CONSTANTS["SPINNAKER_COLOR_PROCESSING_ALGORITHM_" + name] == algorithm:
                self._raw, self._algorithm = raw, algorithm
                return
        fail(f"The runtime in rotpy has no colour processing algorithm {algorithm}.", INVALID_PARAMETER)

    def GetColorProcessing(self) -> int:
        return self._algorithm

    def Convert(self, image: ImagePtr, pixel_format: int, /) -> ImagePtr:
        """A new image, with memory of its own, that needs no ``Release``."""
        names = [
            name[len("PixelFormat_") :]
            for name, value in CONSTANTS.items()
            if name.startswith("PixelFormat_") and value == pixel_format
        ]
        if not names:
            fail(f"There is no pixel format {pixel_format}.", INVALID_PARAMETER)
        return ImagePtr(call(image.raw_image.convert_fmt, names[0], self._raw), held=False)
