"""The requests that a preview process answers, one method each."""

from __future__ import annotations

from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import TYPE_CHECKING

from llpyspin.display.showing import PreviewStatus, Showing
from llpyspin.errors import MissingExtraError
from llpyspin.processes.serving import Requests

if TYPE_CHECKING:
    from llpyspin.display.showing import Spec

__all__ = ["PreviewService"]

OPEN_S = 20.0  # for the window system
CLOSE_S = 2.0


class PreviewService(Requests):
    """One window; ``do_*`` are requests, called by the request thread, one at a time."""

    def __init__(self) -> None:
        self._spec: Spec | None = None
        self._showing: Showing | None = None

    @property
    def serial(self) -> str:
        return "" if self._spec is None else self._spec.camera

    @property
    def over(self) -> bool:
        """Whether there was a window, and is none any more."""
        showing = self._showing
        return showing is not None and showing.opened.done() and showing.over

    def do_open(self, spec: Spec) -> None:
        """Open the window; it shows frames from now on."""
        self._spec = spec
        self._showing = showing = Showing(spec.pictures(), spec)
        try:
            showing.opened.result(OPEN_S)
        except FutureTimeoutError as error:
            raise MissingExtraError(
                f"cannot open a window: the display did not answer within {OPEN_S:.0f} s"
            ) from error

    def do_status(self) -> PreviewStatus:
        return PreviewStatus() if self._showing is None else self._showing.status

    def do_close(self) -> PreviewStatus:
        if self._showing is not None:
            self._showing.stop(CLOSE_S)
        return self.do_status()
