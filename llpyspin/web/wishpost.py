"""The one address at which a page may ask for something: ``POST /do/KIND``.

The guard has let in only the page of this server.  Here a wish is noted.  The program with the
cameras asks for it.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, PlainTextResponse

from llpyspin.errors import ArgumentError
from llpyspin.web.rationing import Bucket
from llpyspin.web.wish import KINDS, WAIT_S, checked
from llpyspin.web.wishbook import TooManyWishes

if TYPE_CHECKING:
    from typing import Any

    from starlette.requests import Request
    from starlette.responses import Response

    from llpyspin.web.board import Board
    from llpyspin.web.wishbook import WishBook

__all__ = ["MOST_BYTES", "WISHES", "WishPost"]

WISHES = (2.0, 16)  # per second, and at once after a pause, of all pages together
MOST_BYTES = 16 * 1024
BODY_S = 5.0
SPARE_S = 0.1


class WishPost:
    """Takes wishes of pages.

    Parameters
    ----------
    book : WishBook
    board : Board
        Shows all pages at once that there is a new one.
    """

    def __init__(self, book: WishBook, board: Board) -> None:
        self._book = book
        self._board = board
        self._bucket = Bucket(*WISHES)

    async def answer(self, request: Request) -> Response:
        """Note the wish; status 202, with its number."""
        kind = request.path_params["kind"]
        if kind not in KINDS:
            return _refusal(404, f"There is no request {kind!r}. There are: {', '.join(KINDS)}.")
        if not self._bucket.take():
            return _refusal(429, "Too many requests. Nothing was done. Wait a few seconds.")
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _refusal(415, "A request must be JSON.")
        try:
            body = await asyncio.wait_for(_body_of(request), BODY_S)
            number = self._book.put(kind, checked(kind, _tree_of(body)))
        except asyncio.TimeoutError:
            return _refusal(408, f"The request did not arrive within {BODY_S:g} s.")
        except _TooLong:
            return _refusal(413, f"A request has at most {MOST_BYTES} bytes.")
        except ArgumentError as error:
            return _refusal(400, f"{error}.")
        except TooManyWishes as error:
            return _refusal(429, str(error))
        self._board.renew()
        # Pages are to see that it came too late, also if the program with the cameras stands still.
        asyncio.get_running_loop().call_later(WAIT_S + SPARE_S, self._board.renew)
        return JSONResponse({"number": number}, 202)


class _TooLong(Exception):
    pass


async def _body_of(request: Request) -> bytes:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise _TooLong
    return body


def _tree_of(body: bytes) -> Any:
    try:
        return json.loads(body.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ArgumentError(f"the request is not valid JSON: {error}") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"JSON has no {name}")


def _refusal(status: int, text: str) -> Response:
    return PlainTextResponse(text, status)
