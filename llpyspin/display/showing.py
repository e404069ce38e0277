"""The thread of a preview that shows the newest frame."""

from __future__ import annotations

import contextlib
import dataclasses
import numbers
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from llpyspin.display.caption import PreviewFigures
from llpyspin.display.overlay import Overlay, OverlayPainter, overlay_or_none
from llpyspin.display.window import open_window, to_bgr8
from llpyspin.errors import FrameTimeoutError, LlpyspinError, SettingRangeError
from llpyspin.frames import FrameReader, StreamEnded, decode
from llpyspin.naming.known import named

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from llpyspin.display.caption import Line
    from llpyspin.display.window import WindowView

__all__ = ["CameraPictures", "Pictures", "PreviewSpec", "PreviewStatus", "Showing", "Spec", "check_rate"]

PATIENCE_S = 0.1  # without a frame, after which the window must be looked after all the same
FASTEST = 240.0  # pictures a second; no screen shows more
_BLANK = (480, 640)


class Spec(Protocol):
    """What a preview process is to show."""

    @property
    def address(self) -> str:
        """Where the frames are."""

    @property
    def title(self) -> str:
        """Of the window."""

    @property
    def camera(self) -> str:
        """For messages."""

    @property
    def rate(self) -> float:
        """Pictures a second at most."""

    def pictures(self) -> Pictures:
        """What is shown; made in the preview process."""


@dataclass(frozen=True)
class PreviewSpec:
    """What a preview process is to show.

    Attributes
    ----------
    address : str
        Where the frames are.
    title : str
        Of the window.
    camera : str
        Serial number, for messages.
    color : bool
        Whether Bayer frames are shown in colour.
    overlay : Overlay or None
        What is written into the pictures.
    rate : float
        Pictures a second at most, above 0 up to 240.

    Raises
    ------
    SettingRangeError, TypeError
        There is no such rate; that is no overlay.
    """

    address: str
    title: str
    camera: str = ""
    color: bool = True
    overlay: Overlay | None = None
    rate: float = 30.0

    def __post_init__(self) -> None:
        check_rate(self.rate)
        overlay_or_none(self.overlay)

    def pictures(self) -> Pictures:
        """Of its camera; made in the preview process."""
        return CameraPictures(FrameReader(self.address), self)


@named
@dataclass(frozen=True)
class PreviewStatus:
    """How a preview does.

    Attributes
    ----------
    shown : int
        Pictures shown so far.
    skipped : int
        Frames that came since the first picture and were not shown, as most of a fast camera.
    ended : str
        Why there is no window any more; "" while there is one.
    """

    shown: int = 0
    skipped: int = 0
    ended: str = ""


class Pictures(Protocol):
    """Where the pictures of a window come from: one camera, or several in a grid."""

    @property
    def shown(self) -> int:
        """Pictures so far."""

    @property
    def skipped(self) -> int:
        """Frames since the first picture that are in none."""

    @property
    def figures(self) -> Line:
        """Has the line to show below."""

    def prepare(self) -> None:
        """Called in the thread that has the window, before the window opens."""

    def newest(self) -> npt.NDArray[Any] | None:
        """The newest picture; None where no frame came for a while.

        Raises
        ------
        StreamEnded
            No frames come any more.
        """

    def interrupt(self) -> None:
        """Have a wait in another thread come back at once."""

    def close(self) -> None:
        """No pictures are needed any more."""


class CameraPictures:
    """Those of one camera.

    Parameters
    ----------
    reader : FrameReader
        Belongs to this from now on.
    spec : PreviewSpec
    """

    def __init__(self, reader: FrameReader, spec: PreviewSpec) -> None:
        self.shown = self.skipped = 0
        self.figures = PreviewFigures()
        self._reader, self._spec = reader, spec
        self._painter: OverlayPainter | None = None

    def prepare(self) -> None:
        self._painter = OverlayPainter(self._spec.overlay) if self._spec.overlay else None

    def newest(self) -> npt.NDArray[Any] | None:
        try:  # a copy: however long the window takes, no frame is held for it
            data, info, layout = self._reader.copy_next(PATIENCE_S, backlog=1, incomplete=False)
        except FrameTimeoutError:
            return None
        self.figures.count(info)
        image = decode(data, layout, color=self._spec.color)
        if self._painter is not None:
            if image.dtype != np.uint8:  # scaled first, or white letters would make the picture dark
                image = to_bgr8(image)
            waiting = (self._reader.unread,)
            image = self._painter.paint(image, info.camera_timestamp_ns, waiting, number=info.index)
        self.skipped += info.missed if self.shown else 0
        self.shown += 1
        return image

    def interrupt(self) -> None:
        self._reader.interrupt()

    def close(self) -> None:
        self._reader.close()


class Showing:
    """Shows pictures, which belong to it from now on, until it is stopped, or ends by itself.

    Parameters
    ----------
    pictures : Pictures
    spec : PreviewSpec or GridSpec
    window : callable
        Opens the window of a title; for tests.

    Attributes
    ----------
    opened : Future
        Done once the window is there, or has the reason why it cannot be had.
    over : bool
        Whether there is no window any more.
    status : PreviewStatus
    """

    def __init__(
        self, pictures: Pictures, spec: Spec, window: Callable[[str], WindowView] = open_window
    ) -> None:
        self.opened: Future[None] = Future()
        self.status = PreviewStatus()
        self._pictures, self._spec, self._window = pictures, spec, window
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="window", daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        return bool(self.status.ended)

    def stop(self, timeout_s: float) -> None:
        """Close the window."""
        self._stop.set()
        self._pictures.interrupt()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        # All of the window's life is in one thread, as window systems want it.
        spec, why = self._spec, "it was closed by this program"
        with contextlib.closing(self._pictures):
            try:
                self._pictures.prepare()
                window = self._window(spec.title)
            except Exception as error:  # noqa: BLE001 - whoever waits for the window gets it
                self.status = dataclasses.replace(self.status, ended=str(error))
                self.opened.set_exception(error)
                return
            self.opened.set_result(None)
            try:
                why = self._live(window)
            except LlpyspinError as error:
                why = str(error)
            except Exception as error:  # noqa: BLE001 - whatever a window system throws ends the window only
                why = f"{type(error).__name__}: {error}"
                sys.stderr.write(f"llpyspin: the preview of camera {spec.camera} ended: {why}\n")
            finally:
                self.status = dataclasses.replace(self.status, ended=why or "closed")
                window.close()

    def _live(self, window: WindowView) -> str:
        """Show pictures; gives why that is over."""
        pictures = self._pictures
        period = 1 / self._spec.rate
        window.draw(np.zeros(_BLANK, np.uint8), pictures.figures)
        due = time.monotonic()
        while not self._stop.is_set():
            # The time until the next picture belongs to the window; then the newest frame is taken.
            if not window.wait(due - time.monotonic()):
                return "its window was closed"
            try:
                image = pictures.newest()
            except StreamEnded:
                return "it was closed by this program" if self._stop.is_set() else "the camera was released"
            if image is not None:
                window.draw(image, pictures.figures)
                self.status = PreviewStatus(pictures.shown, pictures.skipped)
                due = max(due + period, time.monotonic())
        return "it was closed by this program"


def check_rate(rate: object) -> None:
    """Refuse what is no number of pictures per second.

    Raises
    ------
    SettingRangeError
    """
    number = isinstance(rate, numbers.Real) and not isinstance(rate, bool)
    if not (number and 0 < float(rate) <= FASTEST):  # type: ignore[arg-type]
        raise SettingRangeError(
            f"rate must be a number of pictures per second above 0 and up to {FASTEST:g}, not {rate!r}",
            setting="rate",
            value=rate,
        )
