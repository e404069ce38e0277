"""A live page, seen from the user's process: the owner of the process that serves it."""

from __future__ import annotations

import dataclasses
import importlib.util
import logging
import secrets
from typing import TYPE_CHECKING

from llpyspin.errors import MissingExtraError
from llpyspin.naming.known import named
from llpyspin.processes.child import ChildProcess
from llpyspin.processes.closing import Closing
from llpyspin.web.admission import stream_token
from llpyspin.web.newsteller import Telling
from llpyspin.web.obeying import Obeying

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from llpyspin.web.newsteller import News
    from llpyspin.web.obeying import Owner
    from llpyspin.web.serverplan import ServerPlan

__all__ = ["Server", "check_can_serve"]

logger = logging.getLogger("llpyspin")

OPEN_S = 30.0
TELL_S = 5.0
CLOSE_S = 5.0
NEEDED = ("starlette", "uvicorn", "websockets", "simplejpeg")


class _Process(ChildProcess):
    """The child that answers browsers."""

    _module = "llpyspin.web.webchild"
    _what = "process that serves the live page"
    _again = "serve() starts another one"
    _stuck = "the live page does not answer, so its process was ended"
    _where = "process that serves the live page"


@named
class Server(Closing):
    """A live page in browsers, served by a process of its own.

    Users get one from ``rig.serve()``.  It ends with the rig.  The page can only be looked at, unless it was
    made with ``control=True``.

    Attributes
    ----------
    port : int

    Raises
    ------
    MissingExtraError
        The packages of the extra ``serve`` are not installed.
    ServeError
        The port cannot be had, or the files for TLS are not valid.
    """

    port: int

    def __init__(self, plan: ServerPlan, news: Callable[[], News | None], owner: Owner | None = None) -> None:
        check_can_serve()
        self._plan = plan
        self._token = secrets.token_urlsafe(32)
        self._obeying: Obeying | None = None
        self._process = process = _Process("live page")
        try:
            self.port = process.request("open", dataclasses.asdict(plan), self._token, timeout_s=OPEN_S)
            self._telling = Telling(news, lambda each: process.request("tell", *each, timeout_s=TELL_S))
            self._telling.step()  # the first page that opens has the cameras
            self._telling.start()
            if owner is not None:
                self._obeying = Obeying(
                    lambda *each: process.request(*each, timeout_s=TELL_S), owner, self._telling.hurry
                )
                self._obeying.start()
        except BaseException:
            process.close(timeout_s=CLOSE_S)
            raise
        if not plan.local and not plan.tls:
            logger.warning(
                "the live page at %s can be reached from other machines, and without TLS everybody in the "
                "network can read the pictures and the token. Use certificate and key, or host='127.0.0.1' "
                "and ssh -L %d:localhost:%d",
                plan.host,
                self.port,
                self.port,
            )

    @property
    def url(self) -> str:
        """Open this in a browser.  It has the token: whoever has it can do what the page can."""
        return f"{self._plan.url(self.port)}enter?token={self._token}"

    @property
    def alive(self) -> bool:
        """Whether browsers are answered."""
        return self._process.alive and not self.over.is_set()

    @property
    def over(self) -> threading.Event:
        """Set when the page has ended."""
        return self._telling.over

    def stream(self, name: str) -> str:
        """URL of the stream of one camera, for programs that read MJPEG.  Its token opens only streams."""
        from urllib.parse import quote

        place = f"{self._plan.url(self.port)}camera/{quote(name, safe='')}.mjpg"
        return f"{place}?token={stream_token(self._token)}"

    def end_control(self) -> None:
        """Do nothing more of what pages ask for.  They can still be looked at."""
        if self._obeying is not None:
            self._obeying.end()

    def close(self) -> None:
        """End the page.  Closing twice is fine."""
        self.end_control()
        self._telling.end()
        self._process.close(timeout_s=CLOSE_S)

    def __repr__(self) -> str:
        return f"<Server at {self._plan.url(self.port)}, {'open' if self.alive else 'closed'}>"


def check_can_serve() -> None:
    """Say early what is missing.

    Raises
    ------
    MissingExtraError
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtraError(f"a live page needs {' and '.join(missing)}: pip install 'llpyspin[serve]'")
