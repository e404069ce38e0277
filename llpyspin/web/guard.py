"""What stands before every request: it lets nobody in who may not look, and marks every answer.

The order matters: a foreign host is refused before anything is said about the server, and a flood before
anything is computed.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from llpyspin.web.rationing import Bucket

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from llpyspin.web.admission import Access

__all__ = ["ENTRANCE", "HEADERS", "Guard"]

ENTRANCE = "/enter"
"""The one path that needs no cookie: it exchanges the token for one."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
READING = ("GET", "HEAD")
CHANGES = "/do/"
"""Where pages ask for something to be done, if that is allowed."""
OWN_HEADER = "x-llpyspin"
"""A browser sends a header of its own only for a page of this server: others would have to ask first."""
STRANGERS = (10.0, 40)  # requests per second, and at once, of all who have no cookie together
GUESTS = (200.0, 400)  # of all who have it
_REFUSED = 4403
_TOO_MANY = 4429


class Guard:
    """An ASGI application around another one.

    Parameters
    ----------
    application : ASGI application
    access : Access
    control : bool
        Whether the page of this server may ask for something to be done.
    strangers, guests : Bucket, optional
        How many requests are answered, of those without and with the cookie.  Strangers who knock without
        end keep nobody out who has the cookie.
    """

    def __init__(
        self,
        application: ASGIApp,
        access: Access,
        *,
        control: bool = False,
        strangers: Bucket | None = None,
        guests: Bucket | None = None,
    ) -> None:
        self._application = application
        self._access = access
        self._control = control
        self._strangers = strangers or Bucket(*STRANGERS)
        self._guests = guests or Bucket(*GUESTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":  # the server's own start and end
            await self._application(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if scope["type"] == "websocket":
            if refusal is not None:
                await _refuse_websocket(receive, send, *refusal)
                return
        else:
            send = _with_headers(send)
            if refusal is not None:
                await PlainTextResponse(refusal[1] + "\n", refusal[0])(scope, receive, send)
                return
        try:
            await self._application(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - uvicorn keeps silent about it, as about floods
            sys.stderr.write(f"llpyspin: the live page: {type(error).__name__}: {error}\n")

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Status and reason, or None where the request is let in."""
        headers, access = Headers(scope=scope), self._access
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not access.knows_host(hosts[0]):
            return 421, "This server does not answer to that name. Start it with --name NAME to allow it."
        known = access.has_cookie(headers.get("cookie"))
        if not (self._guests if known else self._strangers).take():
            return 429, "Too many requests. Wait a few seconds."
        if scope["type"] == "websocket":
            if not access.is_own_origin(headers.get("origin"), hosts[0]):
                return 403, "Only the page of this server may connect."
        elif scope["method"] not in READING:
            return self._refusal_of_change(scope, headers, known=known)
        if known or scope["path"] == ENTRANCE or self._has_token(scope):
            return None
        return 403, "Open the URL with the token that llpyspin printed."

    def _refusal_of_change(self, scope: Scope, headers: Headers, *, known: bool) -> tuple[int, str] | None:
        """The same of a request that is to change something."""
        if not scope["path"].startswith(CHANGES):
            return 405, "This can only be looked at."
        if not known:
            return 403, "Open the URL with the token that llpyspin printed."
        if not self._control:
            return 404, "This server can only be looked at. To allow more, start it with --control."
        if scope["method"] != "POST":
            return 405, "Only POST changes something."
        if not self._access.is_own_origin(headers.get("origin"), headers.get("host")):
            return 403, "Only the page of this server may change something."
        if headers.get(OWN_HEADER) != "1":
            return 403, "The header X-Llpyspin is missing."
        return None

    def _has_token(self, scope: Scope) -> bool:
        """Whether the URL of a video stream has the token: players of videos have no cookies."""
        if scope["type"] != "http" or not scope["path"].startswith("/camera/"):
            return False
        return self._access.is_stream_token(token_of(scope))


def token_of(scope: Scope) -> str | None:
    """The token in the query of a URL; None where there is none, or more than one."""
    try:
        query = parse_qs(scope["query_string"].decode("ascii"), max_num_fields=4)
    except ValueError:  # also of bytes that are no text
        return None
    tokens = query.get("token", [])
    return tokens[0] if len(tokens) == 1 else None


def _with_headers(send: Send) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return sender


async def _refuse_websocket(receive: Receive, send: Send, status: int, reason: str) -> None:
    """Close before it is accepted: the browser sees a failed connection, status 403."""
    await receive()
    await send(
        {"type": "websocket.close", "code": _TOO_MANY if status == 429 else _REFUSED, "reason": reason}
    )
