"""Keeps the bank of images up to date with the settings, without delaying the camera."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from llpyspin.virtual.scene import Bank, View, render
from llpyspin.virtual.shutter import Shutter

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

    from llpyspin.virtual.readings import Tag
    from llpyspin.virtual.shutter import Exposure, Programme

__all__ = ["Painter"]

logger = logging.getLogger("llpyspin")


class Painter:
    """Renders banks: at once before the camera streams, in a thread of its own while it does.

    Implements :class:`llpyspin.virtual.sending.Scene`.
    """

    paced = True
    keeps: int | None = None
    rate: float | None = None

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bank: Bank | None = None
        self._wanted: View | None = None
        self._thread: threading.Thread | None = None
        self._in_turn: dict[View, Bank] = {}

    @property
    def bank(self) -> Bank:
        """The newest bank that is ready."""
        assert self._bank is not None, "nothing was painted yet"
        return self._bank

    def paint(self, view: View) -> None:
        """Render now, unless the bank is that of the view already."""
        self.finish()
        if self._bank is None or self._bank.view != view:
            self._bank = render(view)

    def repaint(self, view: View) -> None:
        """Render in the background; the old bank serves until then."""
        with self._lock:
            self._wanted = view
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="painter", daemon=True)
                self._thread.start()

    def prepare(self, views: Iterable[View]) -> None:
        """Render what is not rendered yet."""
        ready = self._in_turn
        self._in_turn = {view: ready.get(view) or render(view) for view in views}

    def open(self) -> None:
        """There is always something to see."""

    def close(self) -> None:
        """Nothing is held."""

    def end(self) -> None:
        """The bank stays for the next acquisition."""

    def shutter(self, programme: Programme, at: int) -> Shutter:
        """The shutter of a sensor."""
        return Shutter(programme, at)

    def shot(self, exposure: Exposure) -> None:
        """Nothing is recorded."""

    def fill(self, out: np.ndarray[Any, Any], exposure: Exposure, tag: Tag, host_ns: int) -> bool:
        """Write the image of an exposure."""
        bank = self._in_turn.get(tag.view)
        if bank is None:
            if tag.patient and self.bank.view != tag.view:
                self.finish()
            bank = self.bank
        bank.fill(out, exposure.number, host_ns)
        return True

    def finish(self) -> None:
        """Wait until nothing is being rendered."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        while True:
            with self._lock:
                view, self._wanted = self._wanted, None
                if view is None:
                    self._thread = None
                    return
            if self._bank is None or self._bank.view != view:
                self._try(view)

    def _try(self, view: View) -> None:
        try:
            self._bank = render(view)
        except Exception:
            logger.exception(
                "a virtual camera cannot paint its images with the new settings; the old ones stay"
            )
