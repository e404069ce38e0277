"""Looking at a rig: in a window, or in browsers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.rig.assignable import RigSettings
from llpyspin.web.serverplan import plan_from

if TYPE_CHECKING:
    from llpyspin.display.preview import Preview
    from llpyspin.web.liveserver import Server

__all__ = ["RigViews"]


class RigViews(RigSettings):
    """What shows the cameras of a rig to people.  It never costs a recording a frame."""

    def view(self, title: str | None = None, *, rate: float = 30.0) -> Preview:
        """Show all cameras in one window, in a grid, until it is closed or the rig is.

        If the rig is not primed, its cameras run freely until :meth:`prime`: not synchronised, secondaries at
        30 Hz, and you can change their settings meanwhile.  The window never costs a recording a frame.

        Parameters
        ----------
        title : str, optional
            Title of the window.  Default: the names of the cameras.
        rate : float
            Maximum number of pictures per second, above 0 up to 240.

        Raises
        ------
        MissingExtraError
            There is no display, or OpenCV has no windows.
        CameraClosedError
            The rig is closed.
        """
        preview: Preview = self._in_turn(lambda: self._opened().view(title, rate))
        return preview

    def serve(self, *, free: bool = True, **options: Any) -> Server:
        """Serve a live page of all cameras to browsers, until it is closed or the rig is.

        A process of its own makes the pictures and answers browsers.  Pages never cost a recording a frame.
        Open :attr:`Server.url <llpyspin.web.liveserver.Server.url>` in a browser.

        Parameters
        ----------
        free : bool
            Whether cameras run freely while the rig is not primed, as for :meth:`view`.
        options
            Fields of :class:`llpyspin.web.serverplan.ServerPlan`: ``host``, ``port``, ``names``, ``rate``,
            ``viewers`` ...  With ``control=True`` the page can also change settings, prime, trigger and
            stop.  ``folder`` is where it makes new sessions.

        Raises
        ------
        MissingExtraError
            The packages of the extra ``serve`` are not installed.
        ServeError
            The port cannot be had.
        CameraClosedError
            The rig is closed.
        """
        plan = plan_from(options)
        server: Server = self._in_turn(lambda: self._opened().serve(plan, free=free))
        return server
