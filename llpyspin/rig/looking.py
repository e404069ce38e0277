"""Looking at all cameras of a rig: windows, views in notebooks, live pages, and cameras that run freely."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any

from llpyspin.display.gridshowing import CellSpec, GridSpec
from llpyspin.display.preview import Preview, Previews
from llpyspin.errors import LlpyspinError, SettingError
from llpyspin.rig.together import together
from llpyspin.sync.station import acquisition_of
from llpyspin.web.liveserver import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llpyspin.rig.member import Member
    from llpyspin.sync.acquisition import Acquisition
    from llpyspin.web.newsteller import News
    from llpyspin.web.notebookview import LiveView
    from llpyspin.web.obeying import Owner
    from llpyspin.web.serverplan import ServerPlan

__all__ = ["Looking"]

logger = logging.getLogger("llpyspin")

FREE_HZ = 30.0
BEGIN_S = 20.0
_RATE_NODES = ("AcquisitionFrameRate", "AcquisitionFrameRateEnable", "AcquisitionFrameRateEnabled")


class Looking:
    """The windows, views and live pages of a rig, and which cameras run freely for them.

    Free cameras are not synchronised, and their settings can be changed.  A run ends that, and the windows
    then show its frames.

    Parameters
    ----------
    members : mapping
        The cameras by name.
    """

    def __init__(self, members: Mapping[str, Member]) -> None:
        self._members = members
        self._previews = Previews()
        self._servers: list[Server] = []
        self._free: dict[str, dict[str, Any]] = {}  # by camera, what to put back of its nodes

    def view(self, title: str | None, rate: float, *, free: bool) -> Preview:
        """Open a window on all cameras; ``free``: no run gives frames, so have the cameras run freely."""
        cells = []
        for name, member in self._members.items():
            acquisition = acquisition_of(member.camera)
            cells.append(CellSpec(name, acquisition.address, acquisition.frames.limits.convert))
        shown = f"rig of {', '.join(self._members)}" if title is None else str(title)
        preview = self._previews.add(Preview(GridSpec(tuple(cells), shown, rate)))
        if free:
            self.run_freely()
        return preview

    def live(self, news: Callable[[], News | None], rate: float, edge: int, *, free: bool) -> LiveView:
        """Show the cameras in a notebook; ``free`` as for :meth:`view`."""
        from llpyspin.web.notebookview import LiveView  # only for notebooks

        view = self._previews.add(LiveView("rig", news, rate=rate, edge=edge))
        if free:
            self.run_freely()
        return view

    def serve(
        self, plan: ServerPlan, news: Callable[[], News | None], owner: Owner | None, *, free: bool
    ) -> Server:
        """Serve a live page; ``free`` as for :meth:`view`, ``owner`` does what pages ask for."""
        server = Server(plan, news, owner)
        self._servers = [*(each for each in self._servers if each.alive), server]
        if free:
            self.run_freely()
        return server

    def run_freely(self) -> None:
        """Have all cameras run freely that do not yet; no run may give frames."""
        idle = {name: member for name, member in self._members.items() if name not in self._free}

        def begin(member: Member) -> None:
            self._free[member.name] = _begin(acquisition_of(member.camera))

        failed = together(begin, idle, BEGIN_S).failures
        for name, error in failed.items():
            logger.warning("%s cannot be shown: %s", name, error)

    def end_free(self) -> None:
        """Have no camera run freely any more: a run begins."""
        free, self._free = self._free, {}
        members = {name: self._members[name] for name in free if name in self._members}
        together(lambda member: _end(acquisition_of(member.camera), free[member.name]), members, BEGIN_S)

    def end_control(self) -> None:
        """Do nothing more of what pages ask for."""
        for server in self._servers:
            server.end_control()

    def close(self) -> None:
        """Close all windows, and end all views and live pages."""
        self._previews.close()
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()


def _begin(acquisition: Acquisition) -> dict[str, Any]:
    """Have a camera stream, a secondary at a rate of its own; gives what to put back."""
    before: dict[str, Any] = {}
    if "framerate" in acquisition.elsewhere:
        for name in _RATE_NODES:
            with contextlib.suppress(SettingError):  # this camera has another one of them
                before[name] = acquisition.ask("node_get", name)
        acquisition.ask("fit", "framerate", FREE_HZ)
    acquisition.source.idle = None
    acquisition.frames.restart()
    acquisition.source.expect_frames()
    acquisition.ask("start")
    return before


def _end(acquisition: Acquisition, before: dict[str, Any]) -> None:
    with contextlib.suppress(LlpyspinError):  # the run that begins says what became of the camera
        acquisition.ask("stop")
        acquisition.forget()
        for name, value in before.items():
            with contextlib.suppress(SettingError):  # the rate, once its switch is off
                acquisition.ask("node_set", name, value)
