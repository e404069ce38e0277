"""Cameras whose frames can be shown in a window while the program does something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.camera.camera import Camera
from llpyspin.display.preview import Preview, Previews
from llpyspin.display.showing import PreviewSpec

if TYPE_CHECKING:
    from llpyspin.display.overlay import Overlay

__all__ = ["DisplayingCamera"]


class DisplayingCamera(Camera):
    """A camera with :meth:`display`."""

    _convert = True
    _previews: Previews | None = None

    def display(
        self, title: str | None = None, *, overlay: Overlay | None = None, rate: float = 30.0
    ) -> Preview:
        """Show the newest frames in a window, from now until it is closed or the camera released.

        The window lives in a process of its own, beside this program and its recordings: it shows what it
        has time for and never costs a frame.  Blocks until it is there, some 0.7 s.

        Parameters
        ----------
        title : str, optional
            Default: which camera it is.
        overlay : llpyspin.display.overlay.Overlay, optional
            What to write into the pictures that are shown.
        rate : float
            Pictures a second at most, above 0 up to 240.

        Returns
        -------
        Preview
            Closes the window: ``close()``, or the end of a ``with`` block.

        Raises
        ------
        MissingExtraError
            No window can be had here: no display, or an OpenCV without windows.
        CameraClosedError
            The camera is closed.
        """
        self._opened()
        spec = PreviewSpec(
            self._address,
            self._title() if title is None else str(title),
            self.info.serial,
            self._convert,
            overlay,
            rate,
        )
        preview = Preview(spec)
        if self._previews is None:
            self._previews = Previews()
        return self._previews.add(preview)

    def _title(self) -> str:
        info = self.info
        kind = "virtual camera" if info.virtual else "camera"
        name = "" if self.nickname.startswith("camera[") else f"{self.nickname}: "
        return f"{name}{kind} {info.serial} ({info.model})"

    def _drop(self) -> None:
        if self._previews is not None:
            self._previews.close()
        super()._drop()
