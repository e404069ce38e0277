"""The thread of a preview that takes the newest frame, shows it, and lets the window live."""

from __future__ import annotations

import dataclasses
import numbers
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from llpyspin.display.caption import PreviewFigures
from llpyspin.display.overlay import Overlay, OverlayPainter, overlay_or_none
from llpyspin.display.window import open_window, to_bgr8
from llpyspin.errors import FrameTimeoutError, LlpyspinError, SettingRangeError
from llpyspin.frames import StreamEnded, decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.display.window import WindowView
    from llpyspin.frames import FrameReader

__all__ = ["PreviewSpec", "PreviewStatus", "Showing"]

PATIENCE_S = 0.1  # without a frame, after which the window must be looked after all the same
FASTEST = 240.0  # pictures a second; no screen shows more
_BLANK = (480, 640)


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
        if not _is_rate(self.rate):
            raise SettingRangeError(
                f"rate must be a number of pictures per second above 0 and up to {FASTEST:g}, not "
                f"{self.rate!r}",
                setting="rate",
                value=self.rate,
            )
        overlay_or_none(self.overlay)


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


class Showing:
    """Shows the frames of a reader, which belongs to it from now on, until it is stopped, or ends by itself.

    Parameters
    ----------
    reader : FrameReader
    spec : PreviewSpec
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
        self, reader: FrameReader, spec: PreviewSpec, window: Callable[[str], WindowView] = open_window
    ) -> None:
        self.opened: Future[None] = Future()
        self.status = PreviewStatus()
        self._reader, self._spec, self._window = reader, spec, window
        self._painter: OverlayPainter | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="window", daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        return bool(self.status.ended)

    def stop(self, timeout_s: float) -> None:
        """Close the window."""
        self._stop.set()
        self._reader.interrupt()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        # All of the window's life is in one thread, as window systems want it.
        spec, why = self._spec, "it was closed by this program"
        with self._reader:
            try:
                self._painter = OverlayPainter(spec.overlay) if spec.overlay else None
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
        """Show frames; gives why that is over."""
        figures = PreviewFigures()
        period = 1 / self._spec.rate
        window.draw(np.zeros(_BLANK, np.uint8), figures)
        due = time.monotonic()
        while not self._stop.is_set():
            # The time until the next picture belongs to the window; then the newest frame is taken.
            if not window.wait(due - time.monotonic()):
                return "its window was closed"
            try:
                if self._show_newest(window, figures):
                    due = max(due + period, time.monotonic())
            except StreamEnded:
                return "it was closed by this program" if self._stop.is_set() else "the camera was released"
        return "it was closed by this program"

    def _show_newest(self, window: WindowView, figures: PreviewFigures) -> bool:
        """Show the newest frame; False where none came for a while."""
        try:  # a copy: however long the window takes, no frame is held for it
            data, info, layout = self._reader.copy_next(PATIENCE_S, backlog=1, incomplete=False)
        except FrameTimeoutError:
            return False
        figures.count(info)
        image = decode(data, layout, color=self._spec.color)
        if self._painter is not None:
            if image.dtype != np.uint8:  # scaled first, or white letters would make the picture dark
                image = to_bgr8(image)
            waiting = (self._reader.unread,)
            image = self._painter.paint(image, info.camera_timestamp_ns, waiting, number=info.index)
        window.draw(image, figures)
        status = self.status
        skipped = status.skipped + (info.missed if status.shown else 0)
        self.status = dataclasses.replace(status, shown=status.shown + 1, skipped=skipped)
        return True


def _is_rate(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return False
    return 0 < float(value) <= FASTEST
