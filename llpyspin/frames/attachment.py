"""A reader's connection to a writer: the mapped memory, the wake-up, and the frames that the reader holds."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraClosedError, TooManyHeldError, TooManyReadersError
from llpyspin.frames import records, wire
from llpyspin.frames.info import Layout, StreamEnded
from llpyspin.system.bells import Bell
from llpyspin.system.descriptors import close_all
from llpyspin.system.doors import NoRoom
from llpyspin.system.forks import in_forked_copies
from llpyspin.system.sharedmemory import SharedMemory, new_fence
from llpyspin.system.waiting import Watch

if TYPE_CHECKING:
    from llpyspin.system.doors import Connection

WELCOME_THINGS = 3
FETCH_S = 2.0
"""Longest wait for the writer's process to hand over a block; its server thread does nothing else."""


@dataclass(frozen=True)
class Block:
    """A generation of pixels, as a reader maps it: everything read-only."""

    generation: int
    first_index: int
    buffers: int
    reserve: int
    layout: Layout
    table: memoryview
    pixels: memoryview

    @property
    def limit(self) -> int:
        """Frames that readers may hold; a buffer for each reader to copy from comes off that."""
        return self.buffers - self.reserve


class Attachment:
    """What a :class:`FrameReader` and its frames share.  It ends when the reader is closed."""

    def __init__(self, address: str, timeout_s: float) -> None:
        deadline = Deadline(timeout_s)
        self.address = address
        self.open = False
        self._connection = self._connect(address, deadline)
        try:
            welcome, came = wire.receive(self._connection, max(deadline.remaining(), 0.001))
            if "refused" in welcome:
                raise TooManyReadersError(f"the camera accepts no more readers: {welcome['refused']}")
        except (TimeoutError, EOFError) as error:
            self._connection.close()
            raise StreamEnded(f"the camera process at {address!r} does not answer") from error
        except BaseException:
            self._connection.close()
            raise
        if len(came) != WELCOME_THINGS:
            close_all(came)
            self._connection.close()
            raise StreamEnded(f"there is no camera process at {address!r}")
        control = SharedMemory(came[0], records.CONTROL_BYTES)
        self._bell, self.progress = Bell(came[1]), Bell(came[2])
        self.name: str = welcome["name"]
        self.pid: int = welcome["pid"]
        self.bytes = control.map(writable=True)
        control.close()
        self.words = self.bytes.cast("Q")
        self._cells = np.frombuffer(
            self.bytes, np.uint64, records.MAX_READERS * records.CELLS, records.CELLS_AT * 8
        )
        sum(self.bytes[:: records.RECORD_BYTES])  # touches every page now, so that nothing grows later
        if self.words[records.W_MAGIC] != records.MAGIC:
            self._disconnect()
            raise StreamEnded(f"the camera process at {address!r} has another version of llpyspin")
        flags = records.ROWS_AT + welcome["row"] * records.ROW_WORDS
        self.waiting = flags + records.R_WAITING
        self.copying = flags + records.R_COPYING
        self.next = flags + records.R_NEXT
        self.first_cell = records.CELLS_AT + welcome["row"] * records.CELLS
        # The last one given back is the next one taken: the writer is quicker where others are never used.
        self._free_cells = deque(range(self.first_cell + records.CELLS - 1, self.first_cell - 1, -1))
        self._lock = threading.RLock()
        self._fence = new_fence()
        self.watch = Watch(self._bell, self._connection)
        self.open = True
        _attachments.add(self)

    def want(self, index: int) -> None:
        """Have a source that waits for its readers know that frames from this one on are wanted."""
        self.words[self.next] = index
        with self._fence:
            pass
        if self.words[records.W_THROTTLE] == records.ANYBODY:
            self.progress.ring()

    @staticmethod
    def _connect(address: str, deadline: Deadline) -> Connection:
        try:
            return wire.connect(address, max(deadline.remaining(), 0.001))
        except TimeoutError as error:
            raise StreamEnded(f"the camera process at {address!r} does not answer") from error
        except (ConnectionError, FileNotFoundError) as error:
            raise StreamEnded(f"there is no camera process at {address!r} (any more)") from error

    def check_open(self) -> None:
        if not self.open:
            raise CameraClosedError(
                "this reader was closed, or it belongs to the parent process of this fork", camera=self.name
            )

    def fetch(self, generation: int) -> tuple[Block | None, int]:
        """Map a block; None if the writer has released it, with the first index of the next block."""
        try:
            wire.send(self._connection, {"block": generation}, seconds=FETCH_S)
            reply, came = wire.receive(self._connection, FETCH_S)
        except TimeoutError as error:
            raise StreamEnded("the camera process does not answer", camera=self.name) from error
        except NoRoom:
            raise  # it is this process that cannot have the memory
        except (EOFError, OSError) as error:
            raise StreamEnded("the camera process has ended", camera=self.name) from error
        if "gone_up_to" in reply:
            return None, reply["gone_up_to"]
        table = records.table_bytes(reply["buffers"])
        (descriptor,) = came
        memory = SharedMemory(descriptor, table + reply["pixel_bytes"])
        try:
            whole = memory.map(writable=False)
        finally:
            memory.close()
        block = Block(
            generation=reply["generation"],
            first_index=reply["first_index"],
            buffers=reply["buffers"],
            reserve=reply["reserve"],
            layout=Layout(**reply["layout"]),
            table=whole[:table].cast("Q"),
            pixels=whole[table:],
        )
        return block, 0

    def take_cell(self) -> int:
        """A cell to hold a frame with."""
        try:
            return self._free_cells.pop()
        except IndexError:
            raise TooManyHeldError(
                f"this reader holds {records.CELLS} frames. Release some first", camera=self.name
            ) from None

    def give_back(self, cell: int) -> None:
        """Let go of the frame in a cell.  Any thread; nothing after the reader was closed."""
        with self._lock:
            if self.open:
                self.words[cell] = 0
                self._free_cells.append(cell)

    def check_room(self, block: Block) -> None:
        """Refuse to hold one more frame where too few buffers would be left for the camera."""
        used = self.words[records.W_ROWS_USED]
        limit = max(1, block.limit - self.words[records.W_READERS])
        if used == 1 and records.CELLS - len(self._free_cells) <= limit:
            return  # nobody else is there
        cells = self._cells[: used * records.CELLS]
        if np.count_nonzero(cells) <= limit:  # the common case
            return
        held = {word - 1 for word in cells.tolist() if word > block.first_index}
        if len(held) > limit:
            raise TooManyHeldError(
                f"{len(held) - 1} of {block.buffers} frames in memory are held. Release some first",
                camera=self.name,
            )

    def wake(self) -> None:
        """Wake the thread that waits on this attachment, if any."""
        with self._lock:
            if self.open:
                self._bell.ring()

    def close(self) -> None:
        """Disconnect from the writer; all held frames are released."""
        with self._lock:
            if not self.open:
                return
            self.open = False
            first = self.first_cell * 8
            self.bytes[first : first + records.CELLS * 8] = bytes(records.CELLS * 8)
            self.words[self.copying] = 0
            self._disconnect()
            self.watch.close()
        _attachments.discard(self)

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):  # it never came to be open
            self.close()

    def _disconnect(self) -> None:
        self._connection.close()
        self._bell.close()
        self.progress.close()

    def abandon(self) -> None:
        """In a forked child: the frames and the place among the readers are the parent's."""
        self._lock = threading.RLock()
        if self.open:
            self.open = False
            self._disconnect()
            self.watch.close()


_attachments: weakref.WeakSet[Attachment] = weakref.WeakSet()


def _abandon_all() -> None:
    for attachment in list(_attachments):
        attachment.abandon()
    _attachments.clear()


in_forked_copies(_abandon_all)
