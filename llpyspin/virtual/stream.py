"""The host's side of a stream: buffers are filled, wait to be fetched, are in use, and come back.

The camera's thread claims a buffer, fills it and delivers it; the client fetches images and releases them.
What happens when nothing is free depends on the handling mode:

======================  ============================================================================
OldestFirst             in order; a frame for which no buffer is free is lost
NewestFirst             the newest first; a frame for which no buffer is free is lost
OldestFirstOverwrite    in order; at most two buffers less than there are wait, the oldest makes room
NewestOnly              one image waits, and makes room for the next
======================  ============================================================================
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from llpyspin.virtual.exceptions import SpinnakerException, raise_if

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.virtual.formats import PixelFormat

__all__ = ["DEFAULT_BUFFERS", "MODES", "USB3_PACKET", "Buffer", "Record", "Stream", "status_of_damage"]

DEFAULT_BUFFERS = 10
FEWEST_BUFFERS = 1
_FEWEST_FOR_THE_NEWEST = 3  # NewestOnly takes what it needs, whatever the count
_ALIGNMENT = 64
_MISSING_PACKETS, _DATA_INCOMPLETE = 3, 9
USB3_PACKET = 1024  # of the client's memory each buffer takes whole packets of USB3
_LONGEST_WAIT_S = threading.TIMEOUT_MAX / 2
MODES = ("OldestFirst", "OldestFirstOverwrite", "NewestOnly", "NewestFirst")


class Record(NamedTuple):
    """What is known about the image in a buffer."""

    frame_id: int
    timestamp: int
    width: int
    height: int
    stride: int
    offset_x: int
    offset_y: int
    format: PixelFormat
    size: int
    status: int
    exposure_us: float
    gain_db: float
    black_level: float
    line_status: int
    chunks: frozenset[str]
    sequencer_set: int = 0


class Buffer:
    """Memory for one image."""

    __slots__ = ("data", "generation", "index", "record")

    def __init__(self, index: int, data: np.ndarray[Any, Any], generation: int) -> None:
        self.index = index
        self.data = data
        self.generation = generation
        self.record: Record | None = None

    def damage(self, interface: str) -> int:
        """Leave the end of the image as it is without the packets that never came; returns the status."""
        self.data[len(self.data) * 2 // 3 :] = 0
        return status_of_damage(interface)


def status_of_damage(interface: str) -> int:
    """The status of an image that did not come whole."""
    return _MISSING_PACKETS if interface == "GigE" else _DATA_INCOMPLETE


class Counters:
    """Since the start of the acquisition."""

    __slots__ = ("delivered", "dropped", "incomplete", "lost", "started")

    def __init__(self) -> None:
        self.delivered = self.dropped = self.incomplete = self.lost = self.started = 0


class Stream:
    """The buffers of one camera.  Every method may be called from any thread.

    Parameters
    ----------
    packet : int
        Buffers that memory of the client's is divided into take whole packets of so many bytes.
    """

    def __init__(self, packet: int = 1) -> None:
        self._packet = packet
        self.handling_mode = "OldestFirst"
        self.buffer_count = DEFAULT_BUFFERS
        self.counters = Counters()
        self.user_owned = False
        self._user_memory: list[np.ndarray[Any, Any]] = []
        self._user_slot = 0  # 0: one block that is to be divided
        self._ready = threading.Condition()
        self._active = False
        self._generation = 0
        self._all: list[Buffer] = []
        self._free: deque[Buffer] = deque()
        self._output: deque[Buffer] = deque()
        self._in_use: set[Buffer] = set()
        self._memory = np.empty(0, np.uint8)

    # -- buffers of the client

    def set_user_memory(self, blocks: list[Any], *, divide: bool) -> None:
        """Take memory of the client's, one block to be divided into buffers or one block for each."""
        arrays = [_writable_bytes(block) for block in blocks]
        if self._active:
            raise SpinnakerException("Camera is already streaming", -1004)
        self._user_memory = arrays
        self._user_slot = 0 if divide else min(len(array) for array in arrays)

    def user_total(self) -> int:
        """Bytes of the client's memory, known as soon as it is set."""
        if not self._user_memory:
            raise SpinnakerException("The user memory buffer has not been initialized.", -1002)
        return sum(len(block) for block in self._user_memory)

    def user_figures(self) -> tuple[int, int]:
        """Count and size of the client's buffers, known while streaming."""
        self.user_total()
        with self._ready:
            if not self._active or not self.user_owned:
                raise SpinnakerException("Value not calculated until acquisition start.", -1009)
            return len(self._all), len(self._all[0].data)

    # -- life

    def begin(self, payload: int) -> None:
        """Announce buffers for images of ``payload`` bytes."""
        if payload <= 0:
            raise SpinnakerException("Acquisition cannot start if payload size is zero.", -1013)
        if self.user_owned and not self._user_memory:
            raise SpinnakerException("Invalid user buffer parameters.", -1009)
        slots = self._user_slots(payload) if self.user_owned else self._own_slots(payload)
        if len(slots) < FEWEST_BUFFERS:
            raise SpinnakerException("Not enough available buffers to start acquisition. ", -1020)
        with self._ready:
            self._generation += 1
            self._all = [Buffer(index, slot, self._generation) for index, slot in enumerate(slots)]
            self._free = deque(self._all)
            self._output.clear()
            self._in_use.clear()
            self.counters = Counters()
            self._active = True

    def end(self) -> None:
        """Discard all buffers; a call that waits for an image gets the error that there will be none."""
        with self._ready:
            self._active = False
            self._generation += 1
            self._free.clear()
            self._output.clear()
            self._in_use.clear()
            self._ready.notify_all()

    def _own_slots(self, payload: int) -> list[np.ndarray[Any, Any]]:
        slot = -(-payload // _ALIGNMENT) * _ALIGNMENT
        fewest = _FEWEST_FOR_THE_NEWEST if self.handling_mode == "NewestOnly" else FEWEST_BUFFERS
        size = slot * max(self.buffer_count, fewest)
        if len(self._memory) != size:
            self._memory = np.zeros(size, np.uint8)
        return [self._memory[at : at + payload] for at in range(0, len(self._memory), slot)]

    def _user_slots(self, payload: int) -> list[np.ndarray[Any, Any]]:
        if self._user_slot:
            return [block[:payload] for block in self._user_memory if len(block) >= payload]
        slot = -(-payload // self._packet) * self._packet
        return [
            block[at : at + payload]
            for block in self._user_memory
            for at in range(0, len(block) - slot + 1, slot)
        ]

    # -- the camera's side

    def claim(self) -> Buffer | None:
        """A buffer to fill, or None (the frame is then lost)."""
        with self._ready:
            self.counters.started += 1
            if not self._active:
                return None
            most = max(1, len(self._all) - 2)
            if self.handling_mode == "OldestFirstOverwrite" and len(self._output) >= most:
                self._drop_oldest()
            if (
                not self._free
                and self._output
                and self.handling_mode in ("OldestFirstOverwrite", "NewestOnly")
            ):
                self._drop_oldest()
            if self._free:
                return self._free.popleft()
            self.counters.lost += 1
            return None

    @property
    def full(self) -> bool:
        """Whether no buffer is free, and none can be taken from an image that waits."""
        overwrites = self.handling_mode in ("OldestFirstOverwrite", "NewestOnly")
        return self._active and not self._free and not (overwrites and self._output)

    def wait_free(self, timeout_s: float) -> bool:
        """Wait until a buffer is free; False if none was in time, or the acquisition has ended."""
        with self._ready:
            self._ready.wait_for(lambda: bool(self._free) or not self._active, max(0.0, timeout_s))
            return bool(self._free)

    def wake(self) -> None:
        """Have everyone who waits look again."""
        with self._ready:
            self._ready.notify_all()

    def deliver(self, buffer: Buffer, record: Record) -> None:
        """Put a filled buffer where the client can fetch it."""
        buffer.record = record
        with self._ready:
            if buffer.generation != self._generation:
                return
            if self.handling_mode == "NewestOnly" and self._output:
                self._drop_oldest()
            self.counters.delivered += 1
            if record.status:
                self.counters.incomplete += 1
            self._output.append(buffer)
            self._ready.notify_all()

    def give_up(self, buffer: Buffer) -> None:
        """Return a claimed buffer that was not filled."""
        with self._ready:
            if buffer.generation == self._generation:
                self._free.append(buffer)

    def _drop_oldest(self) -> None:
        self._free.append(self._output.popleft())
        self.counters.dropped += 1

    # -- the client's side

    def fetch(self, timeout_s: float, failed: Callable[[], SpinnakerException | None]) -> Buffer | None:
        """The next image; None if none came in time.  Raises what ``failed()`` says as soon as it says so."""

        def over() -> bool:
            return bool(self._output) or not self._active or failed() is not None

        with self._ready:
            if not over():
                self._ready.wait_for(over, min(timeout_s, _LONGEST_WAIT_S))
            raise_if(failed())
            if not self._active:
                raise SpinnakerException("Camera is not streaming", -1010)
            if not self._output:
                return None
            buffer = self._output.pop() if self.handling_mode == "NewestFirst" else self._output.popleft()
            self._in_use.add(buffer)
            return buffer

    def release(self, buffer: Buffer) -> None:
        """Take a buffer back from the client."""
        with self._ready:
            if buffer.generation != self._generation or buffer not in self._in_use:
                raise SpinnakerException("Could not find image to release", -1013)
            self._in_use.remove(buffer)
            self._free.append(buffer)
            self._ready.notify_all()

    def leave(self, buffer: Buffer) -> None:
        """Leave the memory of a buffer to arrays that still show it, and give the buffer another one.

        Memory of the client's stays where it is.
        """
        with self._ready:
            if self.user_owned:
                return
            self._memory = np.empty(0, np.uint8)  # the next acquisition must not write there either
            if buffer.generation == self._generation:
                buffer.data = np.zeros(len(buffer.data), np.uint8)

    @property
    def generation(self) -> int:
        """Number of the acquisition to which buffers belong."""
        return self._generation

    @property
    def in_use(self) -> int:
        """Images that the client holds."""
        with self._ready:
            return len(self._in_use)

    @property
    def waiting(self) -> int:
        """Images that wait to be fetched."""
        return len(self._output)

    @property
    def active(self) -> bool:
        return self._active

    def values(self) -> dict[str, int | bool]:
        """The read-only values of the stream node map."""
        with self._ready:
            counters = self.counters
            return {
                "StreamStartedFrameCount": counters.started,
                "StreamDeliveredFrameCount": counters.delivered,
                "StreamReceivedFrameCount": counters.delivered,
                "StreamIncompleteFrameCount": counters.incomplete,
                "StreamLostFrameCount": counters.lost,
                "StreamDroppedFrameCount": counters.dropped,
                "StreamInputBufferCount": len(self._free),
                "StreamOutputBufferCount": len(self._output),
                "StreamAnnouncedBufferCount": len(self._all) if self._active else 0,
                "StreamBufferCountResult": len(self._all) if self._active else self.buffer_count,
                "StreamAnnounceBufferMinimum": FEWEST_BUFFERS,
                "StreamIsGrabbing": self._active,
            }


def _writable_bytes(block: Any) -> np.ndarray[Any, Any]:
    try:
        view = memoryview(block).cast("B")
    except (TypeError, ValueError) as error:
        raise SpinnakerException(f"The buffer cannot be used: {error}", -1013) from error
    if view.readonly:
        raise SpinnakerException("The buffer cannot be used: it is read-only", -1013)
    return np.frombuffer(view, np.uint8)
