"""Looking at a rig: in a window, in a notebook, or in browsers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.naming.constructors import checked_methods
from llpyspin.rig.assignable import RigSettings
from llpyspin.web.serverplan import plan_from

if TYPE_CHECKING:
    from llpyspin.display.preview import Preview
    from llpyspin.web.liveserver import Server
    from llpyspin.web.notebookview import LiveView

__all__ = ["RigViews"]


@checked_methods()
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

    def live(self, *, free: bool = True, rate: float = 15.0, edge: int = 480) -> LiveView:
        """Show live pictures and figures of all cameras below the cell of a notebook.

        The browser sets the pace: it gets the next pictures once it has shown the last ones.  The view never
        costs a recording a frame, and ends with the rig.

        Parameters
        ----------
        free : bool
            Whether cameras run freely while the rig is not primed, as for :meth:`view`.
        rate : float
            Maximum number of pictures per second of each camera, above 0 up to 30.
        edge : int
            Longest edge of the pictures, pixels, 80 to 1920.

        Raises
        ------
        NotInNotebookError
            This program does not run in a notebook.
        MissingExtraError
            The packages of the extra ``live`` are not installed.
        CameraClosedError
            The rig is closed.
        """
        view: LiveView = self._in_turn(lambda: self._opened().live(rate, edge, free=free))
        return view

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
