"""Takes buffers from frames that no reader holds, the oldest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.frames.info import NoFreeBuffer
from llpyspin.frames.records import W_OLDEST
from llpyspin.system.sharedmemory import new_fence

if TYPE_CHECKING:
    from llpyspin.frames.block import Block
    from llpyspin.frames.readerrows import Shared

__all__ = ["Emptying"]

LOOKS = 4
"""How often all buffers are looked at before all are taken to be held."""


class Emptying:
    """Removes frames that were published in blocks of ``shared``.

    For the thread that publishes.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._fence = new_fence()
        self._oldest = 0

    def take(self, block: Block) -> int:
        """The buffer of the oldest frame that no reader holds.

        Raises
        ------
        NoFreeBuffer
            Readers hold all frames.
        """
        order = block.order
        # Readers move on while we look, and one may be at each place just when we look there: look again.
        for _ in range(LOOKS):
            for place in range(len(order)):
                if self._empty(block, order[place]):
                    buffer = order[place]
                    del order[place]
                    return buffer
        raise NoFreeBuffer(
            f"readers hold all {block.buffers} frames in memory. None is free", camera=self._shared.name
        )

    def _empty(self, block: Block, buffer: int) -> bool:
        """Remove the frame from a buffer, unless a reader holds it."""
        table, shared = block.table, self._shared
        name = table[buffer]  # index + 1, as in a cell
        if shared.kept(name):
            return False  # and untouched, so that others may take it as well
        table[buffer] = 0
        with self._fence:
            pass
        if shared.kept(name) or shared.copied(name):
            table[buffer] = name
            return False
        if name > self._oldest:
            self._oldest = shared.words[W_OLDEST] = name
        return True
