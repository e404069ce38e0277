"""The thread in the writer's process that lets readers in, hands them memory, and notices when they go.

It sleeps unless a reader comes, asks for a block, or is gone.  Whoever says anything else is shown out: no
message, and no number of them, ends the thread or keeps a descriptor open.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import select
import selectors
import socket
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING

from llpyspin.frames import records, wire

if TYPE_CHECKING:
    from llpyspin.frames.rows import Row, Shared

logger = logging.getLogger("llpyspin")

JOIN_S = 5.0
SHORT_S = 0.05  # without descriptors: they may be free again then, and the listener would not let us sleep
MOST_GENERATION = 1 << 63
_SHORT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Server:
    """Accepts readers of ``shared`` until closed."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._listener, self.address = wire.listen(shared.name or "frames")
        self._stop_fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._stop_fd, selectors.EVENT_READ)
        self._readers: dict[socket.socket, Row] = {}
        self._thread = threading.Thread(target=self._run, name="llpyspin-frames", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let all readers go and end the thread."""
        self.stop()
        self.close_descriptors()

    def stop(self) -> None:
        """End the thread; readers that are there notice nothing."""
        os.eventfd_write(self._stop_fd, 1)
        self._thread.join(JOIN_S)

    def close_descriptors(self) -> None:
        """Close what a forked child must not keep open."""
        self._listener.close()
        for connection in self._readers:
            connection.close()
        self._selector.close()
        os.close(self._stop_fd)

    def _run(self) -> None:
        try:
            self._work()
        except Exception:
            logger.exception(
                "camera %s: the thread that lets readers in met an unexpected error; all readers are let go",
                self._shared.name,
            )
            self._let_go()

    def _let_go(self) -> None:
        """End all connections: readers hear of it at once, and nobody waits to be let in."""
        self._listener.close()
        for connection in list(self._readers):
            self._drop(connection)

    def _work(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.fileobj, socket.socket):
                    self._serve(key.fileobj)
                else:
                    return

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError as error:  # it went away before we came, or there is no descriptor for it
            if error.errno in _SHORT:
                self._wait_for_descriptors()
            return
        try:
            connection.setblocking(False)
            if not wire.peer_is_us(connection):
                connection.close()
                return
            self._welcome(connection)
        except OSError:
            connection.close()

    def _wait_for_descriptors(self) -> None:
        poll = select.poll()
        poll.register(self._stop_fd, select.POLLIN)
        poll.poll(SHORT_S * 1000)

    def _welcome(self, connection: socket.socket) -> None:
        row = self._shared.add()
        if row is None:
            wire.send(connection, {"refused": f"all {records.MAX_READERS} places for readers are taken"})
            connection.close()
            return
        shared = self._shared
        welcome = {"row": row.number, "name": shared.name, "pid": os.getpid()}
        try:
            wire.send(connection, welcome, (shared.control_fd, row.wake_fd, shared.progress_fd))
        except OSError:
            shared.remove(row)
            raise
        self._readers[connection] = row
        self._selector.register(connection, selectors.EVENT_READ)

    def _serve(self, connection: socket.socket) -> None:
        try:
            message, fds = wire.receive(connection)
        except BlockingIOError:
            return
        except (EOFError, OSError):
            self._drop(connection)
            return
        wire.close_all(fds)  # nobody of ours sends any
        wanted = message.get("block")
        if type(wanted) is not int or not 0 <= wanted < MOST_GENERATION:
            self._drop(connection)
            return
        try:
            self._answer(connection, wanted)
        except OSError:  # it is gone, or does not read what it is told
            self._drop(connection)

    def _answer(self, connection: socket.socket, wanted: int) -> None:
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
                "slots": block.slots,
                "reserve": block.reserve,
                "pixel_bytes": block.pixel_bytes,
                "layout": asdict(block.layout),
            }
            wire.send(connection, reply, (block.fd,))

    def _drop(self, connection: socket.socket) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(connection)
        connection.close()
        self._shared.remove(self._readers.pop(connection))
