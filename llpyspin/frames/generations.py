"""The blocks of pixels of a writer: made anew for each layout, and forgotten when nobody wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.frames import records
from llpyspin.frames.block import Block
from llpyspin.frames.readerrows import BlockRecord
from llpyspin.system.sharedmemory import SharedMemory, round_to_pages

if TYPE_CHECKING:
    from llpyspin.frames.info import Layout
    from llpyspin.frames.readerrows import Shared

__all__ = ["Generations"]

OLD_BLOCKS = 2
"""Generations before the present one that are kept for readers that have not read all of them."""


class Generations:
    """The blocks that ``shared`` has for its readers.

    Attributes
    ----------
    number : int
        Of the present block, 0 before the first one.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.number = 0

    def renew(
        self, layout: Layout, buffers: int, reserve: int, head: int, *, lent: bool, block_bytes: int = 0
    ) -> Block:
        """Make a new block, for frames from index ``head`` on.

        Parameters
        ----------
        layout : Layout
        buffers, reserve : int
        head : int
        lent : bool
            Whether the SDK fills the memory.
        block_bytes : int
            How much memory; 0 for page-aligned buffers of ``layout.payload``.
        """
        least = buffers * round_to_pages(layout.payload)
        size = round_to_pages(block_bytes) or least
        if size < layout.payload or (not lent and size < least):
            raise ValueError(
                f"{block_bytes} bytes are not enough for {buffers} frames of {layout.payload} bytes"
            )
        memory = SharedMemory.new("llpyspin-frames", records.table_bytes(buffers) + size)
        try:
            whole = memory.map(writable=True)
        except BaseException:
            memory.close()
            raise
        self.number += 1
        with self._shared.lock:
            self._shared.blocks[self.number] = BlockRecord(
                self.number, head, buffers, reserve, size, layout, memory
            )
        self._shared.words[records.W_GENERATION] = self.number
        return Block(whole, self.number, layout, buffers, reserve, lent=lent)

    def forget_old(self, head: int) -> bool:
        """Forget blocks that every reader has read or that are too many, unless frames in them are held.

        Returns
        -------
        bool
            Whether older blocks than the present one are left.
        """
        shared = self._shared
        blocks = shared.blocks
        reached = min((shared.words[row.next] for row in shared.rows), default=head)
        held = [name - 1 for name in shared.cells.cast("Q").tolist() if name]
        for generation in sorted(blocks)[:-1]:
            first = blocks[generation].first_index
            following = min(block.first_index for number, block in blocks.items() if number > generation)
            unread = reached < following and generation >= self.number - OLD_BLOCKS
            if not unread and not any(first <= index < following for index in held):
                with shared.lock:
                    blocks.pop(generation).memory.close()
        return len(blocks) > 1
