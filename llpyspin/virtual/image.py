"""Images, as PySpin returns them."""

from __future__ import annotations

import binascii
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.virtual.conversion import record_of, viewed
from llpyspin.virtual.exceptions import SpinnakerException
from llpyspin.virtual.formats import PixelFormat, format_numbered
from llpyspin.virtual.saving import save
from llpyspin.virtual.statistics import ChannelStatistics

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.virtual.stream import Buffer, Record, Stream

_IMAGE_PAYLOAD = 0  # SPINNAKER_IMAGE_PAYLOAD_TYPE_IMAGE

__all__ = ["STATUS_TEXTS", "ChunkData", "ImagePtr", "copied", "filled", "known_format"]

Array = np.ndarray[Any, Any]

STATUS_TEXTS = {
    -1: "Image has an unknown error.",
    0: "Image is returned from GetNextImage() call without any errors.",
    1: "Image failed CRC check.",
    2: "Received more data than the size of the image.",
    3: "Image has missing packets.",
    4: "Image leader is incomplete.",
    5: "Image trailer is incomplete.",
    6: "Image has an inconsistent packet id.",
    7: "Image leader is missing.",
    8: "Image trailer is missing.",
    9: "Image data is incomplete.",
    10: "Image info is corrupted.",
    11: "Image chunk data is invalid.",
    12: "Image cannot be processed due to lack of system resources.",
}
_INT_TYPES = {"8": 0, "16": 9, "10p": 3, "12p": 6, "10Packed": 4, "12Packed": 7}


class ImagePtr:
    """An image: in a buffer of the stream until it is released, or with memory of its own."""

    __slots__ = ("__weakref__", "_algorithm", "_buffer", "_data", "_record", "_released", "_stream", "_views")

    _data: Array
    _record: Record

    def __init__(self, *args: Any) -> None:
        if args:
            raise TypeError("an image comes from GetNextImage, Image.Create or ImageProcessor.Convert")
        self._stream: Stream | None = None
        self._buffer: Buffer | None = None
        self._released = True
        self._algorithm = 0
        self._views: list[weakref.ref[Array]] = []

    @classmethod
    def _of_buffer(cls, buffer: Buffer, stream: Stream) -> ImagePtr:
        image = cls()
        assert buffer.record is not None
        image._record, image._data = buffer.record, buffer.data
        image._buffer, image._stream, image._released = buffer, stream, False
        return image

    @classmethod
    def _of_array(cls, data: Array, record: Record) -> ImagePtr:
        image = cls()
        image._record, image._data, image._released = record, data, False
        return image

    def _use(self) -> Record:
        if self._released:
            raise SpinnakerException("Image has been released and is no longer valid.", -1013)
        return self._record

    # -- life

    def Release(self) -> None:
        """Give the buffer back to the stream; the image and every array of it must not be used any more."""
        if self._released:
            raise SpinnakerException("Could not find image to release", -1013)
        self._released = True
        buffer, self._buffer = self._buffer, None
        if buffer is not None and self._stream is not None:
            self._stream.release(buffer)

    def __del__(self) -> None:
        if not getattr(self, "_released", True) and self._buffer is not None:
            if self._stream is not None and any(view() is not None for view in self._views):
                # programs that never release keep arrays of images that they have dropped
                self._stream.leave(self._buffer)
            try:
                self.Release()
            except SpinnakerException:  # the acquisition has ended: there is nothing to give back
                pass

    def IsValid(self) -> bool:
        return not self._released

    def __bool__(self) -> bool:
        return not self._released

    def IsInUse(self) -> bool:
        self._use()
        return self._buffer is not None

    # -- pixels

    def GetData(self) -> Array:
        """The bytes: 1-D uint8, a view that dies at Release."""
        record = self._use()
        return self._given(self._data[: record.size])

    def GetNDArray(self) -> Array:
        """The pixels: (h, w) or (h, w, channels), uint8 or uint16; a view that dies at Release."""
        record = self._use()
        known = record.format
        if known.is_packed:
            raise SpinnakerException(
                f"GetNDArray does not support the pixel format {known.name}; convert the image first.", -1003
            )
        return self._given(viewed(self._data, record))

    def _given(self, view: Array) -> Array:
        if self._buffer is not None:
            self._views.append(weakref.ref(view))
        return view

    def CalculateChannelStatistics(self, channel: int) -> ChannelStatistics:
        """Minimum, maximum, mean and histogram of one channel (SPINNAKER_STATISTICS_CHANNEL_*)."""
        return ChannelStatistics(self, channel)

    def Save(self, filename: str, option: Any = -1, /) -> None:
        """Write the image into a file; see :func:`llpyspin.virtual.saving.save`."""
        self._use()
        save(self, filename, option)

    def DeepCopy(self, pSrcImage: ImagePtr) -> None:
        """Become a copy of another image, with memory of its own."""
        record = pSrcImage._use()
        if self._buffer is not None:
            raise SpinnakerException("An image of a stream cannot be overwritten.", -1013)
        self._data, self._record, self._released = pSrcImage.GetData().copy(), record, False

    def ResetImage(self, *args: Any) -> None:
        """``(width, height, offset x, offset y, format[, data])``: become this image, black without data."""
        if len(args) not in (5, 6, 8):
            raise TypeError("Wrong number or type of arguments for overloaded function 'IImage_ResetImage'.")
        if self._buffer is not None:
            raise SpinnakerException("An image of a stream cannot be overwritten.", -1013)
        self._data, self._record = filled(*args[:6])
        self._released = False

    def CalculateStatistics(self, pStatistics: Any) -> None:
        """Of PySpin 1, whose class of statistics is gone; use CalculateChannelStatistics."""
        del pStatistics
        raise SpinnakerException("Image statistics are calculated by CalculateChannelStatistics.", -1003)

    # -- what is known about it

    def GetWidth(self) -> int:
        return self._use().width

    def GetHeight(self) -> int:
        return self._use().height

    def GetStride(self) -> int:
        return self._use().stride

    def GetBitsPerPixel(self) -> int:
        return self._use().format.bits

    def GetNumChannels(self) -> int:
        return self._use().format.samples

    def GetXOffset(self) -> int:
        return self._use().offset_x

    def GetYOffset(self) -> int:
        return self._use().offset_y

    def GetXPadding(self) -> int:
        self._use()
        return 0

    def GetYPadding(self) -> int:
        self._use()
        return 0

    def GetFrameID(self) -> int:
        return self._use().frame_id

    def GetID(self) -> int:
        return self._use().frame_id

    def GetStreamIndex(self) -> int:
        self._use()
        return 0

    def GetTimeStamp(self) -> int:
        """Camera time in ns of the end of exposure."""
        return self._use().timestamp

    def GetImageSize(self) -> int:
        return self._use().size

    def GetBufferSize(self) -> int:
        self._use()
        return len(self._data)

    def GetValidPayloadSize(self) -> int:
        record = self._use()
        return record.size if self._stream is not None else 0

    def GetPayloadType(self) -> int:
        return 1 if self._use().chunks else 0

    def GetTLPayloadType(self) -> int:
        return 4 if self._use().chunks else 1

    def GetImagePayloadType(self) -> int:
        self._use()
        return _IMAGE_PAYLOAD

    def GetTLPixelFormat(self) -> int:
        return self._use().format.pfnc

    def GetTLPixelFormatNamespace(self) -> int:
        self._use()
        return 1

    def GetPixelFormat(self) -> int:
        return self._use().format.number

    def GetPixelFormatName(self) -> str:
        return self._use().format.name

    def GetPixelFormatIntType(self) -> int:
        return _INT_TYPES[self._use().format.layout]

    def GetDataAbsoluteMin(self) -> float:
        self._use()
        return 0.0

    def GetDataAbsoluteMax(self) -> float:
        return float((1 << self._use().format.depth) - 1)

    def GetColorProcessing(self) -> int:
        self._use()
        return self._algorithm

    def GetPrivateData(self) -> None:
        self._use()

    def GetImageStatus(self) -> int:
        return self._use().status

    def IsIncomplete(self) -> bool:
        return self._use().status != 0

    def IsCompressed(self) -> bool:
        self._use()
        return False

    def HasCRC(self) -> bool:
        return "CRC" in self._use().chunks

    def CheckCRC(self) -> bool:
        record = self._use()
        return "CRC" in record.chunks and record.status == 0

    def HasChunkData(self) -> bool:
        return bool(self._use().chunks)

    def GetChunkLayoutId(self) -> int:
        self._use()
        return 0

    def GetChunkData(self) -> ChunkData:
        """What the camera sent along with the image; valid until Release."""
        self._use()
        return ChunkData(self)

    @staticmethod
    def GetImageStatusDescription(status: int) -> str:
        text = STATUS_TEXTS.get(int(status))
        if text is None:
            raise SpinnakerException(f"Invalid image status {status}.", -1009)
        return text


def known_format(number: int) -> PixelFormat:
    """The format of a ``PySpin.PixelFormat_*`` constant, or -1003."""
    known = format_numbered(int(number))
    if known is None:
        raise SpinnakerException(f"Pixel format {number} is not supported by virtual cameras.", -1003)
    return known


def copied(image: ImagePtr) -> ImagePtr:
    """A copy with memory of its own, and without chunk data."""
    record = image._use()._replace(chunks=frozenset())
    return ImagePtr._of_array(image.GetData().copy(), record)


def filled(
    width: int, height: int, offset_x: int, offset_y: int, number: int, data: Any = None
) -> tuple[Array, Record]:
    """The memory and the record of an image with these pixels, or with black ones."""
    known = known_format(number)
    record = record_of(width, height, known)._replace(offset_x=offset_x, offset_y=offset_y)
    if data is None:
        return np.zeros(record.size, np.uint8), record
    array = np.asarray(data)
    if array.dtype != np.uint8:
        raise SpinnakerException("The image data must be an array of uint8.", -1009)
    flat = np.ascontiguousarray(array).reshape(-1)
    if flat.size < record.size:
        raise SpinnakerException(
            f"The image data has {flat.size} bytes; {width} x {height} {known.name} needs {record.size}.",
            -1009,
        )
    return flat[: record.size].copy(), record


def _chunk(name: str, read: Callable[[Record], Any], zero: Any) -> Any:
    def getter(self: ChunkData) -> Any:
        record = self._image._use()
        return read(record) if name in record.chunks else zero

    getter.__name__ = f"Get{name}"
    return getter


def _never(self: ChunkData) -> int:
    """0: a Blackfly S does not send this chunk."""
    self._image._use()
    return 0


class ChunkData:
    """The chunks of an image.  A chunk that was not enabled reads as 0, as the SDK has it."""

    def __init__(self, image: ImagePtr) -> None:
        self._image = image

    GetFrameID = _chunk("FrameID", lambda record: record.frame_id, 0)
    GetTimestamp = _chunk("Timestamp", lambda record: record.timestamp, 0)
    GetExposureTime = _chunk("ExposureTime", lambda record: record.exposure_us, 0.0)
    GetGain = _chunk("Gain", lambda record: record.gain_db, 0.0)
    GetBlackLevel = _chunk("BlackLevel", lambda record: record.black_level, 0.0)
    GetWidth = _chunk("Width", lambda record: record.width, 0)
    GetHeight = _chunk("Height", lambda record: record.height, 0)
    GetOffsetX = _chunk("OffsetX", lambda record: record.offset_x, 0)
    GetOffsetY = _chunk("OffsetY", lambda record: record.offset_y, 0)
    GetPixelFormat = _chunk("PixelFormat", lambda record: record.format.number, 0)
    GetExposureEndLineStatusAll = _chunk("ExposureEndLineStatusAll", lambda record: record.line_status, 0)
    GetSequencerSetActive = _chunk("SequencerSetActive", lambda record: record.sequencer_set, 0)
    GetSerialDataLength = _chunk("SerialData", lambda record: 0, 0)
    GetCompressionMode = _chunk("CompressionMode", lambda record: 0, 0)
    GetCompressionRatio = _chunk("CompressionRatio", lambda record: 1.0, 0.0)
    GetImage = _chunk("Image", lambda record: record.size, 0)
    GetCurrentDatarate = _chunk("CurrentDatarate", lambda record: 0, 0)
    GetSerialData = _chunk("SerialData", lambda record: "", "")
    GetSerialReceiveOverflow = _chunk("SerialData", lambda record: False, False)

    GetPartSelector = GetPixelDynamicRangeMin = GetPixelDynamicRangeMax = _never
    GetTimestampLatchValue = GetLineStatusAll = GetCounterValue = GetTimerValue = _never
    GetScanLineSelector = GetEncoderValue = GetLinePitch = GetTransferBlockID = _never
    GetTransferQueueCurrentBlockCount = GetStreamChannelID = GetScan3dCoordinateScale = _never
    GetScan3dCoordinateOffset = GetScan3dInvalidDataValue = GetScan3dAxisMin = GetScan3dAxisMax = _never
    GetScan3dTransformValue = GetScan3dCoordinateReferenceValue = GetInferenceFrameId = _never
    GetInferenceResult = GetInferenceConfidence = _never

    def GetCRC(self) -> int:
        """CRC-32 of the image data, where the chunk is enabled."""
        record = self._image._use()
        if "CRC" not in record.chunks:
            return 0
        return binascii.crc32(self._image.GetData().tobytes())
