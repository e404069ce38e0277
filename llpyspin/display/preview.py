"""A preview window, seen from the user's process: the owner of one preview process."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING, Protocol, TypeVar

from llpyspin.display.showing import PreviewStatus
from llpyspin.errors import CameraHungError, CameraProcessError, LlpyspinError, MissingExtraError
from llpyspin.frames import StreamEnded
from llpyspin.naming.known import named
from llpyspin.processes.child import ChildProcess
from llpyspin.processes.closing import Closing
from llpyspin.system.children import killer

if TYPE_CHECKING:
    from llpyspin.display.showing import Spec

__all__ = ["Preview", "Previews", "preview_or_warn"]

logger = logging.getLogger("llpyspin")

OPEN_S = 30.0  # OpenCV and the window system
CLOSE_S = 4.0
STATUS_S = 3.0


class PreviewProcess(ChildProcess):
    """The child that has the window."""

    _module = "llpyspin.display.main"
    _what = "preview"
    _again = "display() opens another one"
    _stuck = "the display does not answer. The preview was ended"

    def how_ended(self) -> str:
        """Why there is no window any more, once it does not answer."""
        code = self._child.code
        if code == 0:  # as it ends without a window
            return "its window was closed, or the camera released"
        by = "" if code is None else killer(code)
        return f"it was killed by {by}" if by else "its display failed"


@named
class Preview(Closing):
    """A window that shows the newest frame, in a process of its own.

    It reads beside everybody else and never costs a frame: what it has no time for it skips.  Closing the
    window (also with q or Esc) ends the preview and nothing else, and so does whatever befalls the display.

    Users get one from ``display()`` of a camera.  Blocks until the window is there: some 0.7 s.

    Raises
    ------
    MissingExtraError
        No window can be had: no display, or an OpenCV without windows.
    StreamEnded
        There are no frames at that address.
    """

    title: str

    def __init__(self, spec: Spec) -> None:
        self.title = spec.title
        self._last = PreviewStatus()
        self._process = PreviewProcess(spec.camera or spec.address)
        try:
            self._process.request("open", spec, timeout_s=OPEN_S)
        except StreamEnded:
            self._process.close(timeout_s=CLOSE_S)
            raise
        except (CameraProcessError, CameraHungError) as error:
            # The library for windows ends the whole process where the display does not let it in.
            self._process.close(timeout_s=CLOSE_S)
            raise MissingExtraError(
                f"cannot open a window: the display in DISPLAY or WAYLAND_DISPLAY refuses the connection, or "
                f"the window system fails ({error})"
            ) from error
        except BaseException:
            self._process.close(timeout_s=CLOSE_S)
            raise

    @property
    def alive(self) -> bool:
        """Whether there is a window, as far as is known without asking."""
        return self._process.alive and not self._last.ended

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    def status(self) -> PreviewStatus:
        """Pictures shown and frames skipped so far; what was known last, once the window is closed."""
        if self.alive:
            try:
                self._last = self._process.request("status", timeout_s=STATUS_S)
            except LlpyspinError:
                self._last = dataclasses.replace(self._last, ended=self._process.how_ended())
        if not self._process.alive and not self._last.ended:
            self._last = dataclasses.replace(self._last, ended=self._process.how_ended())
        return self._last

    def close(self) -> None:
        """Close the window; blocks some 0.1 s, 4 s at most.  Closing twice is fine."""
        if self.alive:
            last = self.status()
            self._last = dataclasses.replace(last, ended=last.ended or "it was closed by this program")
        self._process.close(timeout_s=CLOSE_S)

    def cameras_closed(self) -> None:
        """Close the window: its cameras are about to be closed."""
        self.close()

    def __repr__(self) -> str:
        return f"<Preview {self.title!r}, {'open' if self.alive else 'closed'}>"


class Shown(Protocol):
    """What shows pictures of cameras to people."""

    @property
    def alive(self) -> bool: ...

    def cameras_closed(self) -> None:
        """Show nothing more: the cameras are about to be closed."""


_Shown = TypeVar("_Shown", bound=Shown)


class Previews:
    """Those of one camera, which end with it."""

    def __init__(self) -> None:
        self._open: list[Shown] = []

    def add(self, preview: _Shown) -> _Shown:
        """Keep one, for a preview that nobody keeps is closed."""
        self._open = [*(each for each in self._open if each.alive), preview]
        return preview

    def close(self) -> None:
        """Close all that are there."""
        previews, self._open = self._open, []
        for preview in previews:
            preview.cameras_closed()


def preview_or_warn(spec: Spec) -> Preview | None:
    """A preview for who only would like to see: None, and a warning, where no window can be had."""
    try:
        return Preview(spec)
    except MissingExtraError as error:
        logger.warning("nothing is displayed: %s", error)
        return None
