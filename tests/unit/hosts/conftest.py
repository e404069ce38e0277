"""A host process within this one, without cameras, in a folder of its own."""

from __future__ import annotations

import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.hosts import asks
from llpyspin.hosts.answers import Answer, Done, Primed
from llpyspin.hosts.controlled import Controlled
from llpyspin.hosts.entrance import Entrance
from llpyspin.hosts.envelopes import Request
from llpyspin.hosts.hostcall import call
from llpyspin.hosts.hostfolder import HostFolder
from llpyspin.hosts.reception import Reception

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "host-of-test"
PATIENCE_S = 20.0


class Bench(Controlled):
    """Does nothing but count, and takes as long over ``Prime`` as it is told to."""

    def __init__(self) -> None:
        self.over = threading.Event()
        super().__init__(HOST, 1, self.over.set)
        self.primed = 0
        self.began = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def do_prime(self, ask: asks.Prime) -> Primed:
        self.primed += 1
        self.began.set()
        assert self.go_on.wait(PATIENCE_S)
        return Primed(ask.recording, f"time {self.primed}", 30.0)

    def do_close(self, ask: asks.Close) -> Done:
        raise RuntimeError("something that nobody has thought of")


class Here:
    """A host process in this process.

    Attributes
    ----------
    folder : Path
    bench : Bench
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bench = Bench()
        place = HostFolder(folder)
        self.reception = Reception(HOST, self.bench)
        self._entrance = Entrance(place, self.reception)
        self._last = ExitStack()
        self._last.callback(place.close)
        self._last.callback(self._entrance.close)
        self._last.callback(self.reception.close)

    def call(self, ask: asks.Ask, lease: int = 0, seconds: float = PATIENCE_S, **more: Any) -> Answer:
        """Ask as a program does."""
        return call(self.folder, Request(ask, lease=lease, **more), deadline_s=seconds)

    def lease(self, holder: str = "anna", *, take_over: bool = False) -> int:
        """Be the controller; the number."""
        answer: Any = self.call(asks.Lease(holder, take_over=take_over))
        number: int = answer.number
        return number

    def close(self) -> None:
        """Closing twice is fine."""
        self.bench.go_on.set()
        self._last.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """One whose path is short enough for a socket, and that is not there yet."""
    with tempfile.TemporaryDirectory(prefix="host-", dir="/tmp") as made:
        yield Path(made) / "own"


@pytest.fixture
def here(folder: Path) -> Iterator[Here]:
    host = Here(folder)
    yield host
    host.close()
