"""Chunk data in the node map: the nodes of ChunkDataControl show what came with the latest image."""

from __future__ import annotations

import binascii
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.virtual._seam import Registers
    from llpyspin.virtual.image import ImagePtr
    from llpyspin.virtual.stream import Record

__all__ = ["CHUNK_NODES", "CHUNK_VALUES", "LatestChunks"]

CHUNK_VALUES: dict[str, tuple[str, Callable[[Record], Any]]] = {
    "ChunkImage": ("Image", lambda record: record.size),
    "ChunkFrameID": ("FrameID", lambda record: record.frame_id),
    "ChunkOffsetX": ("OffsetX", lambda record: record.offset_x),
    "ChunkOffsetY": ("OffsetY", lambda record: record.offset_y),
    "ChunkWidth": ("Width", lambda record: record.width),
    "ChunkHeight": ("Height", lambda record: record.height),
    "ChunkPixelFormat": ("PixelFormat", lambda record: record.format.name),
    "ChunkExposureTime": ("ExposureTime", lambda record: record.exposure_us),
    "ChunkGain": ("Gain", lambda record: record.gain_db),
    "ChunkBlackLevel": ("BlackLevel", lambda record: record.black_level),
    "ChunkTimestamp": ("Timestamp", lambda record: record.timestamp),
    "ChunkExposureEndLineStatusAll": ("ExposureEndLineStatusAll", lambda record: record.line_status),
    "ChunkSequencerSetActive": ("SequencerSetActive", lambda record: record.sequencer_set),
    "ChunkSerialDataLength": ("SerialData", lambda record: 0),
    "ChunkSerialData": ("SerialData", lambda record: ""),
    "ChunkSerialReceiveOverflow": ("SerialData", lambda record: False),
    "ChunkCompressionMode": ("CompressionMode", lambda record: 0),
    "ChunkCompressionRatio": ("CompressionRatio", lambda record: 1.0),
    "ChunkCurrentDatarate": ("CurrentDatarate", lambda record: 0),
}
"""By node: the chunk that it is in, and its value for an image."""
_NOTHING: dict[str, Any] = {"ChunkPixelFormat": "Mono8", "ChunkSerialData": ""}
CHUNK_NODES = frozenset({*CHUNK_VALUES, "ChunkCRC"})
"""Nodes that are read anew each time, and readable only when their chunk has come with an image."""


class LatestChunks:
    """The chunk nodes of one camera.  Reading them costs something, an image that comes does not."""

    def __init__(self, registers: Registers) -> None:
        self._record: Record | None = None
        self._image: Callable[[], ImagePtr | None] = lambda: None
        for node in CHUNK_NODES:
            if registers.has(node):
                registers.live(node, self._crc if node == "ChunkCRC" else self._reader(node))
                registers.live(f"{node}.all", self._presence(node))

    def forget(self) -> None:
        """No image has come yet (the camera is opened)."""
        self._record, self._image = None, lambda: None

    def came(self, image: ImagePtr) -> None:
        """The client has got an image."""
        record = image._record
        if record.chunks or self._record is not None:
            self._record, self._image = record, weakref.ref(image)

    def _reader(self, node: str) -> Callable[[str | None], Any]:
        chunk, value = CHUNK_VALUES[node]
        nothing = _NOTHING.get(node, 0)

        def read(_: str | None) -> Any:
            record = self._record
            return value(record) if record is not None and chunk in record.chunks else nothing

        return read

    def _presence(self, node: str) -> Callable[[str | None], int]:
        """Whether the latest image came with the chunk of a node."""
        chunk = "CRC" if node == "ChunkCRC" else CHUNK_VALUES[node][0]

        def there(_: str | None) -> int:
            record = self._record
            return int(record is not None and chunk in record.chunks)

        return there

    def _crc(self, _: str | None) -> int:
        """CRC-32 of the image, as long as the client holds it."""
        image = self._image()
        if image is None or image._released or "CRC" not in image._record.chunks:
            return 0
        return binascii.crc32(image._data[: image._record.size].data)
