"""The frames that a callback returns, as a source for readers; its process may be replaced by another."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Protocol

from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraClosedError, FrameTimeoutError
from llpyspin.frames import FrameReader, StreamEnded
from llpyspin.reading.limits import LEAST_S

if TYPE_CHECKING:
    from llpyspin.errors import CallbackError

__all__ = ["CallbackSource", "Life"]


class Life(Protocol):
    """What is known of the process that calls the function."""

    @property
    def alive(self) -> bool:
        """Whether the function is called with the frames that come."""

    @property
    def error(self) -> CallbackError | None:
        """How the last call that failed did so."""

    def begun_again(self, deadline: Deadline) -> bool | None:
        """Wait until it is known why frames ended: whether others come; None: not known in time."""


class CallbackSource:
    """See :class:`llpyspin.reading.source.Source`.

    Parameters
    ----------
    name : str
        Of the callback.
    camera : str
        Serial number, for errors.
    life : Life
        It is not kept from being forgotten.
    """

    gives_incomplete = True  # a frame that was damaged went through the function like any other

    def __init__(self, name: str, camera: str, life: Life) -> None:
        self.name = name
        self.address = ""
        self.closing = False
        self._camera = camera
        self._life = weakref.ref(life)

    def ready(self, unread: int) -> bool:
        del unread
        if self.closing:
            raise self.closed_error()
        return True

    def check_open(self) -> None:
        if self.closing:
            raise self.closed_error()
        life = self._life()
        if life is not None and life.error is not None and not life.alive:
            raise life.error

    def check(self, seen_ns: int) -> None:
        del seen_ns
        self.check_open()

    def attach(self, seconds: float, *, aside: bool = False) -> FrameReader:
        deadline = Deadline(seconds)
        while True:
            address = self.address
            try:
                return FrameReader(address, timeout_s=max(deadline.remaining(), LEAST_S), aside=aside)
            except StreamEnded as error:  # the process has died; another one may follow
                if self.closing:
                    raise self.closed_error() from None
                if address == self.address and not self.ended(error, deadline.remaining()):
                    raise self.no_frame_error(seconds) from None

    def ended(self, error: Exception, seconds: float) -> bool:
        life = self._life()
        again = False if life is None else life.begun_again(Deadline(seconds))
        if again is None:
            return False
        if not again:
            raise (None if life is None else life.error) or error from None
        return True

    def closed_error(self) -> CameraClosedError:
        return CameraClosedError(f"{self.name} was stopped", camera=self._camera)

    def no_frame_error(self, seconds: float) -> FrameTimeoutError:
        return FrameTimeoutError(f"{self.name}: no frame within {seconds:.3g} s", camera=self._camera)
