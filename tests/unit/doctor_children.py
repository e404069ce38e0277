"""What children of the doctor's tests do."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def count(most: int) -> Iterator[int]:
    yield from range(most)


def noisy(word: str) -> str:
    os.write(1, b"an SDK that talks on standard output\n")
    os.write(2, b"x" * 300_000 + b"\nand much on the other\n")  # more than a pipe holds
    return word


def abort_after(most: int) -> Iterator[int]:
    yield from range(most)
    os.write(2, b"terminate called after throwing an instance of 'Spinnaker::Exception'\n")
    os.abort()


def hang() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Event().wait(60)


def fail() -> None:
    raise RuntimeError("no such thing")
