"""Connections whose requests never end are closed, so that they keep nobody else out.

uvicorn limits how long a connection may be idle between requests, and not how long a request may take to
arrive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    import h11

__all__ = ["ImpatientProtocol"]

REQUEST_S = 10.0
MOST_IDLE = 32
"""Connections on which nothing is being answered.  Where there are more, the oldest one is closed."""


class ImpatientProtocol(H11Protocol):
    """HTTP/1.1 that closes a connection on which no whole request came between two looks."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.opened_at = self.loop.time()
        self._look_later()
        self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._next_look.cancel()  # it would keep the connection in memory
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._next_look.cancel()  # WebSockets have pings
        super().handle_websocket_upgrade(event)

    def _look_later(self) -> None:
        self._next_look = self.loop.call_later(REQUEST_S, self._look, self.cycle)

    def _make_room(self) -> None:
        """Whoever opens connections and asks nothing keeps no guest out."""
        others = [each for each in self.connections if isinstance(each, ImpatientProtocol)]
        idle = [each for each in others if not (each.answering or each.transport.is_closing())]
        if len(idle) > MOST_IDLE:
            min(idle, key=lambda each: each.opened_at).transport.close()

    @property
    def answering(self) -> bool:
        """Whether a request has come that is not answered yet."""
        return self.cycle is not None and not self.cycle.response_complete

    def _look(self, before: object) -> None:
        """``before``: the last request at the look before."""
        if self.transport.is_closing():
            return
        if self.answering or self.cycle is not before:
            self._look_later()
        else:
            self.transport.close()
