"""Chunk data on the wire: the numbers of the chunks, and what is in each."""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, Any

from llpyspin.virtual.chunkdata import CHUNK_VALUES

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from llpyspin.virtual.registers import RegisterMemory
    from llpyspin.virtual.stream import Record

__all__ = ["CHUNK_IDS", "IMAGE_ID", "all_chunks", "chunks_of_image", "chunks_size"]

CHUNK_IDS = {
    node: 0x4C500000 + number
    for number, node in enumerate(sorted({*CHUNK_VALUES, "ChunkCRC"} - {"ChunkImage"}))
}
"""The number of the chunk that each node is in.  Every node has a chunk of its own."""
IMAGE_ID = 0x4C50FFFF
_WORD = 8
"""Bytes of a value; strings, of which none is ever filled, have as many."""
_TUPLE = 8  # id and length


def all_chunks(memory: RegisterMemory) -> list[str]:
    """Nodes that come with each image now; none at all if the image has no chunks."""
    if not memory.get("ChunkModeActive"):
        return []
    nodes = [node for node in CHUNK_IDS if memory.has(node)]
    return [node for node in nodes if memory.get("ChunkEnable", _chunk_of(node))]


def chunks_size(nodes: list[str]) -> int:
    """Bytes that they add to an image."""
    return _TUPLE + len(nodes) * (_WORD + _TUPLE)


def chunks_of_image(
    record: Record, pixels: np.ndarray[Any, Any], nodes: list[str], encode: Callable[[str, Any], bytes]
) -> list[tuple[int, bytes]]:
    """Number and content of each chunk of an image."""
    chunks = []
    for node in nodes:
        value = binascii.crc32(pixels.data) if node == "ChunkCRC" else CHUNK_VALUES[node][1](record)
        chunks.append((CHUNK_IDS[node], encode(node, value)[:_WORD]))
    return chunks


def _chunk_of(node: str) -> str:
    return "CRC" if node == "ChunkCRC" else CHUNK_VALUES[node][0]
