"""The memory of one generation of frames, as the writer sees it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from llpyspin.frames import records
from llpyspin.system.sharedmemory import round_to_pages

if TYPE_CHECKING:
    from llpyspin.frames.info import Layout

__all__ = ["Block"]


class Block:
    """One generation of pixels as its writer sees it: which buffers there are, and what is in them.

    Parameters
    ----------
    whole : memoryview
        The writable memory: a table of one word a buffer, then pixels.
    generation : int
        Number of the block.
    layout : Layout
    buffers : int
    reserve : int
        Buffers that are never kept for readers.
    lent : bool
        Whether the SDK fills the memory, and so decides where each buffer lies.

    Attributes
    ----------
    order : deque of int
        Buffers with frames that were published, oldest first.
    free : deque of int
        Buffers that never had a frame.
    claimed : int or None
        The buffer that is being filled.
    """

    def __init__(
        self,
        whole: memoryview,
        generation: int,
        layout: Layout,
        buffers: int,
        reserve: int,
        *,
        lent: bool,
    ) -> None:
        table, buffer_bytes = records.table_bytes(buffers), round_to_pages(layout.payload)
        self.generation = generation
        self.layout = layout
        self.buffers = buffers
        self.reserve = reserve
        self.lent = lent
        self.table = whole[:table].cast("Q")
        self.pixels = whole[table:]
        self.order: deque[int] = deque()
        self.claimed: int | None = None
        self.offsets: list[int] = [] if lent else [buffer * buffer_bytes for buffer in range(buffers)]
        self.handles = [(offset, self.pixels[offset : offset + layout.payload]) for offset in self.offsets]
        self.free: deque[int] = deque(range(len(self.offsets)))
        self.buffer_at = {offset: buffer for buffer, offset in enumerate(self.offsets)}

    def fits(self, layout: Layout, buffers: int, reserve: int) -> bool:
        """Whether frames of this layout can be published in it as well."""
        return not self.lent and (self.layout, self.buffers, self.reserve) == (layout, buffers, reserve)

    def lent_buffer(self, offset: int) -> int:
        """The buffer of an image that the SDK put at ``offset``."""
        if not self.lent:
            raise ValueError(f"the buffer at {offset!r} was not claimed")
        buffer = self.buffer_at.get(offset)
        if buffer is None:
            buffer = self._new_buffer(offset)
        if self.table[buffer]:
            raise ValueError(
                f"the image at {offset} was published and not retired: the SDK cannot have filled it"
            )
        return buffer

    def _new_buffer(self, offset: int) -> int:
        buffer = len(self.offsets)
        if not 0 <= offset <= len(self.pixels) - self.layout.payload:
            raise ValueError(f"an image at {offset} does not lie in the block of {len(self.pixels)} bytes")
        if buffer == self.buffers:
            raise ValueError(f"the SDK uses more than the {self.buffers} buffers it was to use")
        self.offsets.append(offset)
        self.buffer_at[offset] = buffer
        return buffer
