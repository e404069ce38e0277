"""A camera as those see it who take its frames: its process, and what has become of that."""

from __future__ import annotations

import logging
import time
import weakref
from typing import TYPE_CHECKING, NoReturn

from llpyspin.errors import (
    CameraClosedError,
    CameraHungError,
    FrameTimeoutError,
    LlpyspinError,
    RequestTimeoutError,
)
from llpyspin.frames import FrameReader, StreamEnded
from llpyspin.reading.limits import LEAST_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.processes.child import CameraProcess
    from llpyspin.reading.change import Change
    from llpyspin.roles import ClockSample
    from llpyspin.settings import CameraInfo

__all__ = ["CameraSource"]

logger = logging.getLogger("llpyspin")

OVERDUE_S = 3.0  # the SDK this late with an image or a time-out counts as hung


class CameraSource:
    """See :class:`llpyspin.reading.source.Source`.

    It stays the same when the camera is closed and opened again.

    Parameters
    ----------
    name : str
        The camera's nickname.
    device : int or str
        Index or serial number, for errors.

    Attributes
    ----------
    process : CameraProcess or None
        None while the camera is closed.
    address : str
        Of the frames.
    info : CameraInfo or None
        Which camera it is; kept after it is closed.
    idle : str or None
        Why no frame will come for now, where that is so: not primed, for instance.
    why_closed : str
        Who has taken the camera over; "" where nobody has.
    """

    gives_incomplete = False

    def __init__(self, name: str, device: int | str) -> None:
        self.name = name
        self.device = device
        self.process: CameraProcess | None = None
        self.address = ""
        self.idle: str | None = None
        self.info: CameraInfo | None = None
        self.why_closed = ""
        self._well_at = 0.0

    # -- state --------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        process = self.process
        return process is not None and process.alive

    @property
    def closing(self) -> bool:
        process = self.process
        return process is None or process.closing

    def opened(self) -> CameraProcess:
        """The process of the open camera."""
        if self.process is None:
            raise self.closed_error()
        return self.process

    def identity(self) -> CameraInfo:
        """Which camera this is, also after it was closed."""
        if self.info is None:
            raise CameraClosedError(f"camera {self.device} was never opened", camera=str(self.device))
        return self.info

    def title(self) -> str:
        """The camera for people: name, serial number and model."""
        info = self.identity()
        kind = "virtual camera" if info.virtual else "camera"
        name = "" if self.name.startswith("camera[") else f"{self.name}: "
        return f"{name}{kind} {info.serial} ({info.model})"

    def clock_reader(self) -> Callable[[], tuple[ClockSample, ...]]:
        """What reads the camera's clock and the host's together, and keeps no camera open."""
        ref = weakref.ref(self)

        def read() -> tuple[ClockSample, ...]:
            source = ref()
            try:
                return () if source is None else (source.opened().request("clock"),)
            except LlpyspinError:  # it has no clock that can be read, or is gone
                return ()

        return read

    def begin(self, process: CameraProcess, address: str, info: CameraInfo | None = None) -> None:
        """The camera is open."""
        self.process, self.address, self.info = process, address, info
        self.why_closed = ""

    def changed(self) -> Change:
        """The last change of what pictures are."""
        change: Change = self.opened().request("changed")
        return change

    def end(self) -> None:
        """Close the camera, if it is open."""
        process, self.process = self.process, None
        if process is not None:
            process.close()

    def expect_frames(self) -> None:
        """Frames are about to begin: none can be overdue yet."""
        self._well_at = time.monotonic()

    # -- for those who take frames ------------------------------------------------------------------------

    def ready(self, unread: int) -> bool:
        if self.process is None:
            self.say_closed()
            return False
        if self.idle is not None and not unread and self.is_open:
            logger.info(self.idle)
            return False
        return True

    def check_open(self) -> None:
        if not self.is_open:
            self.opened().request("ping")  # raises what became of the camera

    def attach(self, seconds: float, *, aside: bool = False) -> FrameReader:
        self.check_open()
        try:
            return FrameReader(self.address, timeout_s=max(seconds, LEAST_S), aside=aside)
        except StreamEnded as error:
            if self.closing:
                raise self.closed_error() from None
            self.ended(error, seconds)

    def check(self, seen_ns: int) -> None:
        """No frame came: for want of a trigger, or because the SDK hangs?

        Asked only after a while, and not while the camera process has other work, which has a deadline of
        its own: to poll for frames costs no requests.
        """
        now = time.monotonic()
        self._well_at = max(self._well_at, seen_ns / 1e9)
        process = self.process
        if process is None or now - self._well_at < OVERDUE_S:
            return
        try:
            overdue = process.request("health", turn_s=0)
        except RequestTimeoutError:
            return
        if overdue > OVERDUE_S:
            raise process.hung(f"GetNextImage is {overdue:.1f} s over its time")
        self._well_at = max(self._well_at, now - overdue)

    def ended(self, error: Exception, seconds: float) -> NoReturn:
        """The stream is over because of a failure, which is raised."""
        del seconds
        process = self.opened()
        process.lost = True
        if isinstance(error, StreamEnded):
            raise process.ended() from None
        if isinstance(error, CameraHungError):
            process.hung("GetNextImage did not come back")
        raise error

    def closed_error(self) -> CameraClosedError:
        why = f", because {self.why_closed}" if self.why_closed else ""
        return CameraClosedError(
            f"{self.name} is closed{why}. Call open() to open it again", camera=str(self.device)
        )

    def say_closed(self) -> None:
        """Log that the camera is closed, and a warning where another object has taken it over."""
        if self.why_closed:
            logger.warning("%s", self.closed_error())
        else:
            logger.info("The stream is closed.")

    def no_frame_error(self, seconds: float) -> FrameTimeoutError:
        return FrameTimeoutError(
            f"{self.name}: no frame within {seconds:.3g} s; is the camera waiting for a trigger?",
            camera=str(self.device),
        )
