"""The addresses that a server answers, and what is behind each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute

from llpyspin.web.guard import CHANGES, ENTRANCE, Guard, token_of
from llpyspin.web.mjpeg import stream_of
from llpyspin.web.pagesocket import serve_page
from llpyspin.web.rationing import Places
from llpyspin.web.wishpost import WishPost

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.websockets import WebSocket

    from llpyspin.web.admission import Access
    from llpyspin.web.board import Board
    from llpyspin.web.newestpictures import Pictures
    from llpyspin.web.serverplan import ServerPlan
    from llpyspin.web.wishbook import WishBook

__all__ = ["application"]

PAGE = Path(__file__).parent / "page"
FILES = {
    "/": ("index.html", "text/html"),
    "/tiles.css": ("tiles.css", "text/css"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/tiles.js": ("tiles.js", "text/javascript"),
    "/control.js": ("control.js", "text/javascript"),
}
# The cookie is SameSite=Strict.  A redirect would still count as a request of the page that has the link; a
# page of our own that goes on does not.
_ENTERED = '<!doctype html><meta http-equiv="refresh" content="0; url=/"><title>llpyspin</title>'


def application(
    plan: ServerPlan, access: Access, board: Board, pictures: Pictures, book: WishBook | None = None
) -> Guard:
    """The whole server as an ASGI application; with a book for wishes if pages may ask for something."""
    places = Places(plan.viewers)
    period_s = 1 / plan.rate

    async def enter(request: Request) -> Response:
        if not access.is_token(token_of(request.scope)):
            return PlainTextResponse("This token is wrong. Open the URL that llpyspin printed.\n", 403)
        return HTMLResponse(_ENTERED, headers={"Set-Cookie": access.set_cookie(tls=plan.tls)})

    async def status(request: Request) -> Response:
        return Response(board.notice.text, media_type="application/json")

    async def stream(request: Request) -> Response:
        answer = stream_of(request.path_params["name"], pictures, places, period_s)
        # whoever asks for the header alone is to have no endless body
        return Response(status_code=answer.status_code) if request.method == "HEAD" else answer

    async def no_icon(request: Request) -> Response:
        return Response(status_code=204)

    async def live(websocket: WebSocket) -> None:
        await serve_page(websocket, board, pictures, places, period_s)

    files = [Route(path, _file(*each)) for path, each in FILES.items()]
    routes = [
        *files,
        Route(ENTRANCE, enter),
        Route("/status.json", status),
        Route("/favicon.ico", no_icon),
        Route("/camera/{name}.mjpg", stream),
        WebSocketRoute("/live", live),
    ]
    if book is not None:
        routes.append(Route(f"{CHANGES}{{kind}}", WishPost(book, board).answer, methods=["POST"]))
    return Guard(Starlette(routes=routes), access, control=book is not None)


def _file(name: str, kind: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return FileResponse(PAGE / name, media_type=kind)

    return answer
