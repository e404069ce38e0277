"""The thread in the writer's process that connects readers, passes them the memory, and notices when they go.

It sleeps unless a reader comes, asks for a block, or is gone.  Whoever says anything else is shown out: no
message, and no number of them, ends the thread or keeps open what came with it.
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING

from llpyspin.frames import records, wire
from llpyspin.system.bells import Bell
from llpyspin.system.descriptors import close_all
from llpyspin.system.doors import Connection, Door, NoRoom
from llpyspin.system.waiting import wait

if TYPE_CHECKING:
    from llpyspin.frames.readerrows import ReaderRow, Shared

logger = logging.getLogger("llpyspin")

JOIN_S = 5.0
SHORT_S = 0.05  # while nobody can be let in: there may be room then, and the door would not let us sleep
MOST_GENERATION = 1 << 63


class Server:
    """Accepts readers of ``shared`` until closed."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._door = Door(shared.name or "frames")
        self.address = self._door.address
        self._stopping = False
        self._bell = Bell()
        self._readers: dict[Connection, ReaderRow] = {}
        self._thread = threading.Thread(target=self._run, name="llpyspin-frames", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let all readers go and end the thread."""
        self.stop()
        self._door.close()
        self._hang_up()

    def stop(self) -> None:
        """End the thread; readers that are there notice nothing."""
        self._stopping = True
        self._bell.ring()
        self._thread.join(JOIN_S)

    def abandon(self) -> None:
        """Close what a forked child must not keep open."""
        self._door.abandon()
        self._hang_up()

    def _hang_up(self) -> None:
        for connection in self._readers:
            connection.close()
        self._bell.close()

    def _run(self) -> None:
        try:
            self._work()
        except Exception:
            logger.exception(
                "camera %s: unexpected error in the thread that connects readers. They are disconnected",
                self._shared.name,
            )
            self._let_go()

    def _let_go(self) -> None:
        """End all connections: readers notice at once, and none waits to connect."""
        self._door.close()
        for connection in list(self._readers):
            self._drop(connection)

    def _work(self) -> None:
        while not self._stopping:
            sources: list[Bell | Door | Connection] = [self._bell, self._door, *self._readers]
            for source in wait(sources, None):
                if source is self._door:
                    self._accept()
                elif isinstance(source, Connection):
                    self._serve(source)

    def _accept(self) -> None:
        try:
            connection = self._door.let_in()
        except NoRoom:
            self._bell.wait(SHORT_S)
            return
        if connection is None:
            return
        try:
            self._welcome(connection)
        except OSError:
            connection.close()

    def _welcome(self, connection: Connection) -> None:
        try:
            row = self._shared.add()
        except OSError as error:  # nothing more can be open here
            self._refuse(connection, f"its process has no room for one more ({error.strerror})")
            return
        if row is None:
            self._refuse(connection, f"all {records.MAX_READERS} places for readers are taken")
            return
        shared = self._shared
        welcome = {"row": row.number, "name": shared.name, "pid": os.getpid()}
        try:
            wire.send(connection, welcome, (shared.control, row.bell, shared.progress))
        except OSError:
            shared.remove(row)
            raise
        self._readers[connection] = row

    @staticmethod
    def _refuse(connection: Connection, why: str) -> None:
        try:
            wire.send(connection, {"refused": why})
        finally:
            connection.close()

    def _serve(self, connection: Connection) -> None:
        try:
            message, came = wire.receive(connection)
        except TimeoutError:
            return
        except (EOFError, OSError):
            self._drop(connection)
            return
        close_all(came)  # nobody of ours sends any
        wanted = message.get("block")
        if type(wanted) is not int or not 0 <= wanted < MOST_GENERATION:
            self._drop(connection)
            return
        try:
            self._answer(connection, wanted)
        except OSError:  # it is gone, or does not read what it is told
            self._drop(connection)

    def _answer(self, connection: Connection, wanted: int) -> None:
        with self._shared.lock:
            blocks = self._shared.blocks
            block = blocks.get(wanted)
            if block is None:
                later = [each.first_index for each in blocks.values() if each.generation > wanted]
                wire.send(connection, {"gone_up_to": min(later, default=0)})
                return
            reply = {
                "generation": block.generation,
                "first_index": block.first_index,
                "buffers": block.buffers,
                "reserve": block.reserve,
                "pixel_bytes": block.pixel_bytes,
                "layout": asdict(block.layout),
            }
            wire.send(connection, reply, (block.memory,))

    def _drop(self, connection: Connection) -> None:
        connection.close()
        self._shared.remove(self._readers.pop(connection))
