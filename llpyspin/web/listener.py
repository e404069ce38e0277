"""The event loop that answers browsers, in a thread of the server's process."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import Deadline
from llpyspin.errors import ServeError
from llpyspin.extras import library
from llpyspin.system.listening import listen

if TYPE_CHECKING:
    from socket import socket

    from llpyspin.web.serverplan import ServerPlan

__all__ = ["Listener"]

START_S = 10.0
LOOK_S = 0.01
LEAVE_S = 1
CONNECTIONS = 48  # besides one for each viewer: files of the page, and browsers that open one in advance
HEADER_BYTES = 16 * 1024
MESSAGE_BYTES = 1024
PING_S = 20.0


class Listener:
    """Answers at a port until it is closed.

    Parameters
    ----------
    plan : ServerPlan
    application : ASGI application

    Attributes
    ----------
    port : int

    Raises
    ------
    ServeError
        The port cannot be had, or the files for TLS are not valid.
    """

    def __init__(self, plan: ServerPlan, application: Any) -> None:
        self._socket = _listening(plan)
        self.port: int = self._socket.getsockname()[1]
        try:
            self._server = _uvicorn(plan, application)
            self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
            self._thread.start()
            self._await_start()
        except BaseException:
            self._socket.close()
            raise

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def _await_start(self) -> None:
        deadline = Deadline(START_S)
        while not self._server.started:
            self._thread.join(LOOK_S)
            if not self._thread.is_alive() or deadline.passed:
                raise ServeError(f"the server at port {self.port} did not start within {START_S:g} s")

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def close(self, seconds: float) -> None:
        """Send all pages away and stop."""
        self._server.should_exit = True
        self._thread.join(seconds)


def _listening(plan: ServerPlan) -> socket:
    """A socket at the first port that can be had."""
    *first, last = plan.ports
    for port in first:
        with contextlib.suppress(OSError):
            return listen(plan.host, port)
    try:
        return listen(plan.host, last)
    except OSError as error:
        raise ServeError(
            f"cannot listen at {plan.host}, port {last}: {error.strerror or error}. Choose another port, or "
            "port 0 for any that is free"
        ) from error


def _uvicorn(plan: ServerPlan, application: Any) -> Any:
    uvicorn = library("uvicorn", "a live page", extra="serve")
    from llpyspin.web.impatience import ImpatientProtocol  # which needs uvicorn to be there

    config = uvicorn.Config(
        application,
        loop="asyncio",
        http=ImpatientProtocol,
        ws="websockets-sansio",
        ws_max_size=MESSAGE_BYTES,
        ws_max_queue=4,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        ws_per_message_deflate=False,  # JPEG is compressed already
        lifespan="off",
        log_config=None,
        log_level="critical",  # lines about each connection of a flood would fill the terminal
        access_log=False,  # it would have the token
        proxy_headers=False,
        server_header=False,
        limit_concurrency=plan.viewers + CONNECTIONS,
        timeout_graceful_shutdown=LEAVE_S,
        h11_max_incomplete_event_size=HEADER_BYTES,
        ssl_certfile=plan.certificate or None,
        ssl_keyfile=plan.key or None,
    )
    try:
        config.load()
    except OSError as error:  # ssl.SSLError is one
        raise ServeError(f"TLS with {plan.certificate} and {plan.key} is not possible: {error}") from error
    return uvicorn.Server(config)
