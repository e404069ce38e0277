"""Counters of a callback in memory that its process and its parent share; they survive a kill."""

from __future__ import annotations

from llpyspin.system.sharedmemory import SharedMemory

__all__ = ["Figures"]

_BYTES = 4096


class Figures:
    """Whole numbers in shared memory; each is written by one thread of one side.

    Parameters
    ----------
    descriptor : int, optional
        Of another's memory; by default new memory is made.

    Attributes
    ----------
    descriptor : int
        To be inherited by the other side.
    """

    SEEN, CALLS, SKIPPED, ERRORS, COPIED, PUBLISHED, CALL_BEGAN_NS, NEXT, CALL_FRAME = range(9)
    """Frames seen; calls that have ended; frames that the function did not get; calls that raised; frames
    copied where they could not be looked at; frames published; when the present call began, 0 between calls;
    index of the first frame that is not done with; frame id of the call."""
    UP_PUT, UP_GOT, DOWN_PUT, DOWN_GOT = range(16, 20)
    """Items that were put into, and got out of, the queue to the main process, and the one from there."""

    def __init__(self, descriptor: int | None = None) -> None:
        if descriptor is None:
            self._memory = SharedMemory.new("llpyspin-callback", _BYTES)
        else:
            self._memory = SharedMemory(descriptor, _BYTES)
        self._words = self._memory.map(writable=True).cast("Q")

    @property
    def descriptor(self) -> int:
        return self._memory.descriptor

    def __getitem__(self, place: int) -> int:
        return self._words[place]

    def __setitem__(self, place: int, value: int) -> None:
        self._words[place] = value

    def add(self, place: int, count: int = 1) -> None:
        """For the side whose number it is."""
        self._words[place] += count

    def close_descriptor(self) -> None:
        """Hand the memory to nobody any more; it stays mapped."""
        self._memory.close()

    def close(self) -> None:
        """Keep a copy, which nobody shares: an object that is kept keeps no descriptor.  Twice is fine.

        A mapping has a descriptor of its own as long as it is there.
        """
        self._words = memoryview(bytearray(self._words)).cast("Q")
        self.close_descriptor()
