"""A live view in a notebook: what ``live()`` returns."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from llpyspin.extras import library
from llpyspin.naming.known import named
from llpyspin.processes.closing import Closing
from llpyspin.web.audience import Audience
from llpyspin.web.notebookfeed import GONE, Feed, Material
from llpyspin.web.notebookwidget import free_widget, new_widget
from llpyspin.web.serverplan import ServerPlan

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.web.newsteller import News

__all__ = ["LiveView"]


@named
class LiveView(Closing):
    """Live pictures and figures of cameras below a cell of a notebook.

    Users get one from ``cap.live()`` and ``rig.live()``.  It ends with its button "Stop", with
    :meth:`close`, with its cell and with the cameras, and when a running cell is interrupted.  A recording
    goes on.

    Attributes
    ----------
    ended : str
        Why it has ended; "" while it goes on.

    Raises
    ------
    NotInNotebookError
        This program does not run in a notebook.
    MissingExtraError
        The packages of the extra ``live`` are not installed.
    SettingRangeError
        A number is outside its limits.
    """

    ended: str

    def __init__(
        self,
        what: str,
        news: Callable[[], News | None],
        *,
        rate: float,
        edge: int,
        widget: Callable[[], Any] = new_widget,
    ) -> None:
        plan = ServerPlan(rate=rate, edge=edge)
        self.ended = ""
        self._what = what
        self._widget = widget()
        self._ending = threading.Lock()
        self._audience = Audience()
        self._feed = Feed(
            self._audience,
            lambda: Material(news, plan.rate, plan.edge),
            self._widget.send,
            self._over,
            1 / plan.rate,
        )
        self._widget.on_msg(self._hear)
        self._shell = shell = library("IPython", "live()", extra="live").get_ipython()
        shell.events.register("post_run_cell", self._after_cell)
        self._shown_in = shell.execution_count
        self._show()

    @property
    def alive(self) -> bool:
        """Whether it shows pictures while somebody looks."""
        return not self.ended

    def close(self) -> None:
        """End the view; blocks some 0.1 s, 5 s at most.  Closing twice is fine."""
        self._end("it was closed by the program")
        self._feed.join()

    def cameras_closed(self) -> None:
        """End the view: its cameras are about to be closed."""
        self._end(f"the {self._what} was closed")
        self._feed.join()

    def _show(self) -> None:
        library("IPython.display", "live()", extra="live").display(self._widget)

    def _hear(self, widget: object, content: object, buffers: object) -> None:
        del widget, buffers
        if isinstance(content, dict) and content.get("say") == "stop":
            self._end("it was stopped")
            return
        self._feed.hear(content)
        if self.ended and self._audience.empty():
            free_widget(self._widget)

    def _over(self, why: str) -> None:
        self._end(f"the {self._what} is {why}" if why.startswith(("closed", "lost")) else why)

    def _end(self, why: str) -> None:
        """From any thread; waits for nothing."""
        with self._ending:
            if self.ended:
                return
            self.ended = why
        self._feed.end()
        self._shell.events.unregister("post_run_cell", self._after_cell)
        self._widget.ended = why
        if why == GONE:
            free_widget(self._widget)

    def _after_cell(self, result: Any = None) -> None:
        if isinstance(getattr(result, "error_in_exec", None), KeyboardInterrupt):
            self._end("the kernel was interrupted")

    def _ipython_display_(self) -> None:
        """What a notebook shows of it: nothing below the cell that shows it already."""
        if self._shell.execution_count != self._shown_in:
            self._show()

    def __repr__(self) -> str:
        return f"<LiveView of a {self._what}, {f'ended: {self.ended}' if self.ended else 'open'}>"
