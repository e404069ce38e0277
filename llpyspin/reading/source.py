"""What every reader needs to know about the camera, or the callback, whose frames it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from llpyspin.frames import FrameReader

__all__ = ["Source"]


class Source(Protocol):
    """A camera, or a callback that returns frames, as its readers see it.  Any thread may call all of it."""

    @property
    def name(self) -> str:
        """For messages."""

    @property
    def address(self) -> str:
        """Where a :class:`~llpyspin.frames.FrameReader` finds the frames."""

    @property
    def closing(self) -> bool:
        """Whether this program has closed it, or is about to."""

    @property
    def gives_incomplete(self) -> bool:
        """Whether frames that are damaged are given, or counted as missed."""

    def ready(self, unread: int) -> bool:
        """Whether a reader that has so many unread frames can have one, now or later.

        Where it cannot, this says why.
        """

    def check_open(self) -> None:
        """Raise what became of it, if no frames can come any more."""

    def check(self, seen_ns: int) -> None:
        """Raise where no frame came in time because of a fault.

        ``seen_ns``: the host's time of the newest frame that was read, 0 before the first.
        """

    def ended(self, error: Exception, seconds: float) -> bool:
        """The stream has ended with this error: raise what became of the source.

        Where frames go on elsewhere, :attr:`address` says where.  Gives False where that could not be known
        within so many seconds.
        """

    def attach(self, seconds: float, *, aside: bool = False) -> FrameReader:
        """Another reader of the frames that come from now on, or one that stands aside.

        Raises what became of the source.  Blocks for about a millisecond.
        """

    def closed_error(self) -> Exception:
        """What to raise to those who need it open."""

    def no_frame_error(self, seconds: float) -> Exception:
        """What to raise to those who cannot do without a frame, and waited so long."""
