"""Keeps what goes over the wire as a pcap file, for dissectors."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ALL, _ETHERNET = 0x0003, 1
_MOST_BYTES = 65535
_LOOK_S = 0.05
_BUFFER = 64 << 20
_SO_RCVBUFFORCE = 33


@contextlib.contextmanager
def capture(interface: str, path: Path) -> Iterator[None]:
    """Write each packet that an interface of this network sends or gets, until the block ends."""
    over = threading.Event()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL)) as ears:
        ears.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
        ears.bind((interface, _ALL))
        ears.settimeout(_LOOK_S)
        thread = threading.Thread(target=_write, args=(ears, path, over), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _write(ears: socket.socket, path: Path, over: threading.Event) -> None:
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, _MOST_BYTES, _ETHERNET))
        while True:
            try:
                packet = ears.recv(_MOST_BYTES)
            except TimeoutError:
                if over.is_set():
                    return
                continue
            seconds, ns = divmod(time.time_ns(), 10**9)
            file.write(struct.pack("<IIII", seconds, ns // 1000, len(packet), len(packet)) + packet)
