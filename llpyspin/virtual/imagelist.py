"""Lists of images, which can be saved into one file and loaded again."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

from llpyspin.virtual.conversion import record_of
from llpyspin.virtual.exceptions import INVALID_PARAMETER, IO_ERROR, raise_error
from llpyspin.virtual.formats import FORMATS
from llpyspin.virtual.image import ImagePtr, copied
from llpyspin.virtual.lists import PointerList

__all__ = ["IImageList", "ImageList"]

_MARK = b"llpyspin image list 1\n"
_LENGTH = struct.Struct("<I")


class IImageList:
    """Interface of :class:`ImageList`."""


class ImageList(PointerList[ImagePtr], IImageList):
    """Images; `Add` and `Append` copy them, so that the originals may be released."""

    _what = "image"

    def _pointer(self, item: ImagePtr) -> ImagePtr:
        return item

    def _item(self, pointer: Any) -> ImagePtr:
        return _an_image(pointer)

    def Release(self) -> None:
        """Release all images that lie in buffers of a stream."""
        for image in self._items:
            if image.IsValid() and image.IsInUse():
                image.Release()

    def GetByPixelFormat(self, pixelFormat: int) -> ImagePtr:
        """The first image of this format; an invalid (falsy) pointer if there is none."""
        return next(iter(self._where("GetPixelFormat", pixelFormat)), ImagePtr())

    def GetByPayloadType(self, payloadType: int) -> ImagePtr:
        """The first image of this type; an invalid (falsy) pointer if there is none."""
        return next(iter(self._where("GetImagePayloadType", payloadType)), ImagePtr())

    def GetByStreamIndex(self, streamIndex: int) -> ImagePtr:
        """The first image of this stream; an invalid (falsy) pointer if there is none."""
        return next(iter(self._where("GetStreamIndex", streamIndex)), ImagePtr())

    def GetImagesByPixelFormat(self, pixelFormat: int) -> ImageList:
        return self._list_of(self._where("GetPixelFormat", pixelFormat))

    def GetImagesByPayloadType(self, payloadType: int) -> ImageList:
        return self._list_of(self._where("GetImagePayloadType", payloadType))

    def Add(self, image: ImagePtr) -> None:
        self._items.append(copied(_an_image(image)))

    def Append(self, list: ImageList) -> None:
        if not isinstance(list, ImageList):
            raise TypeError(f"in method 'ImageList_Append', argument 2 of type 'ImageList', not {list!r}")
        self._items += [copied(image) for image in list._items]

    def RemoveByIndex(self, index: int) -> None:
        del self._items[self._checked(index)]

    def RemoveByPixelFormat(self, pixelFormat: int) -> None:
        self._remove(self.GetByPixelFormat(pixelFormat), "pixel format", pixelFormat)

    def RemoveByPayloadType(self, payloadType: int) -> None:
        self._remove(self.GetByPayloadType(payloadType), "payload type", payloadType)

    def RemoveByStreamIndex(self, streamIndex: int) -> None:
        self._remove(self.GetByStreamIndex(streamIndex), "stream index", streamIndex)

    def _where(self, method: str, value: int) -> list[ImagePtr]:
        return [image for image in self._items if getattr(image, method)() == value]

    def _remove(self, found: ImagePtr, what: str, value: int) -> None:
        if not found:
            text = f"Error removing image by {what}, list error = {what} {value} not found."
            raise_error(text, INVALID_PARAMETER)
        self._items = [image for image in self._items if image is not found]

    @staticmethod
    def _list_of(images: list[ImagePtr]) -> ImageList:
        found = ImageList()
        found._items = [copied(image) for image in images]
        return found

    def Save(self, filename: str) -> None:
        """Write all images into one file, which only :meth:`Load` of this package reads."""
        parts = [_MARK]
        for image in self._items:
            record = image._use()
            head = record._replace(format=record.format.name, chunks=())._asdict()  # type: ignore[arg-type]
            words = json.dumps(head).encode()
            parts += [_LENGTH.pack(len(words)), words, image.GetData().tobytes()]
        try:
            Path(filename).write_bytes(b"".join(parts))
        except OSError as error:
            raise_error(f"The image list could not be written: {error}", IO_ERROR)

    @staticmethod
    def Load(filename: str) -> ImageList:
        """The images of a file that :meth:`Save` has written."""
        try:
            data = Path(filename).read_bytes()
        except OSError as error:
            raise_error(f"The image list could not be read: {error}", IO_ERROR)
        found = ImageList()
        try:
            found._items = _read(data)
        except (ValueError, KeyError, TypeError, struct.error) as error:
            raise_error(f"{filename} holds no image list: {error}", IO_ERROR)
        return found


def _an_image(image: Any) -> ImagePtr:
    if not isinstance(image, ImagePtr):
        raise TypeError(f"argument 2 of type 'Spinnaker::ImagePtr', not {image!r}")
    return image


def _read(data: bytes) -> list[ImagePtr]:
    if not data.startswith(_MARK):
        raise ValueError("it begins otherwise")
    images, place = [], len(_MARK)
    while place < len(data):
        (length,) = _LENGTH.unpack_from(data, place)
        place += _LENGTH.size
        head = json.loads(data[place : place + length])
        known = FORMATS[head["format"]]
        record = record_of(head["width"], head["height"], known)._replace(
            **head | {"format": known, "chunks": frozenset()}
        )
        place += length
        pixels = data[place : place + record.size]
        if len(pixels) != record.size:
            raise ValueError("it ends within an image")
        images.append(ImagePtr._of_array(np.frombuffer(pixels, np.uint8).copy(), record))
        place += record.size
    return images
