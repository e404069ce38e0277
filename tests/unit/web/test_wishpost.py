"""Who may ask for something to be done, by Starlette's client: each defence alone must hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from llpyspin.web import wishpost
from llpyspin.web.admission import Access, stream_token
from llpyspin.web.application import application
from llpyspin.web.board import Board
from llpyspin.web.newestpictures import Pictures
from llpyspin.web.serverplan import ServerPlan
from llpyspin.web.wish import KINDS, checked
from llpyspin.web.wishbook import MOST_WAITING, WishBook
from llpyspin.web.wishpost import MOST_BYTES, WISHES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

TOKEN = "the-token"
RIGHT = {"origin": "http://localhost", "x-llpyspin": "1", "content-type": "application/json"}
BODIES: dict[str, dict[str, Any]] = {
    "set": {"name": "gain", "value": 3},
    "prime": {"name": "m1"},
    "trigger": {"folder": ""},
    "stop": {"folder": ""},
}


class World:
    """One server without a port, and a browser."""

    def __init__(self, *, control: bool = True) -> None:
        self.book = WishBook()
        self.board = Board(self.book if control else None)
        plan = ServerPlan(control=control)
        self.access = Access(TOKEN, plan.hosts)
        app = application(plan, self.access, self.board, Pictures(15.0, 640), self.book if control else None)
        self.client = TestClient(app, base_url="http://localhost", follow_redirects=False)

    def enter(self) -> World:
        assert self.client.get(f"/enter?token={TOKEN}").status_code == 200
        return self

    def post(self, kind: str = "stop", body: bytes | None = None, **changed: str | None) -> httpx.Response:
        headers = {**RIGHT, **{name.replace("_", "-"): text for name, text in changed.items()}}
        content = (
            body if isinstance(body, bytes) else json.dumps(BODIES.get(kind, {}) if body is None else body)
        )
        return self.client.post(
            f"/do/{kind}",
            content=content,
            headers={name: text for name, text in headers.items() if text is not None},
        )


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    with made.client:
        yield made.enter()


def nothing_was_noted(world: World) -> bool:
    return world.book.next() is None and not world.book.shown()


@pytest.mark.parametrize("kind", KINDS)
def test_page_of_this_server_may_ask(world: World, kind: str) -> None:
    answer = world.post(kind)
    assert answer.status_code == 202
    wish = world.book.next()
    assert wish is not None
    assert (wish.number, wish.kind) == (answer.json()["number"], kind)
    assert wish.arguments == checked(kind, BODIES[kind])


@pytest.mark.parametrize("kind", [*KINDS, "anything"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"])
def test_address_does_not_exist_without_control(kind: str, method: str) -> None:
    world = World(control=False).enter()
    assert world.client.request(method, f"/do/{kind}", headers=RIGHT).status_code == 404
    assert nothing_was_noted(world)
    assert "wishes" not in world.client.get("/status.json").json()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_post_changes_something(world: World, kind: str, method: str) -> None:
    answer = world.client.request(method, f"/do/{kind}?folder=", headers=RIGHT)
    assert answer.status_code == 405
    assert nothing_was_noted(world)


@pytest.mark.parametrize("path", ["/", "/status.json", "/enter", "/live", "/camera/top.mjpg"])
def test_post_elsewhere_is_refused(world: World, path: str) -> None:
    assert world.client.post(path, json={}, headers=RIGHT).status_code == 405


def test_request_without_the_cookie_is_refused() -> None:
    world = World()
    for kind in KINDS:
        assert world.post(kind).status_code == 403
    assert world.client.post(f"/do/stop?token={TOKEN}", json={"folder": ""}, headers=RIGHT).status_code == 403
    assert world.post(cookie=f"{world.access.cookie_name}={TOKEN}").status_code == 403
    assert nothing_was_noted(world)


@pytest.mark.parametrize(
    "origin", [None, "", "null", "http://evil.example", "http://localhost:9", "http://127.0.0.1"]
)
def test_request_of_a_foreign_page_is_refused(world: World, origin: str | None) -> None:
    assert world.post(origin=origin).status_code == 403
    assert nothing_was_noted(world)


@pytest.mark.parametrize("header", [None, "", "0", "true"])
def test_request_without_the_own_header_is_refused(world: World, header: str | None) -> None:
    assert world.post(x_llpyspin=header).status_code == 403
    assert nothing_was_noted(world)


def test_request_at_a_foreign_host_is_refused(world: World) -> None:
    assert world.post(host="evil.example", origin="http://evil.example").status_code == 421
    assert nothing_was_noted(world)


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "", None]
)
def test_form_of_any_page_is_refused(world: World, kind: str | None) -> None:
    assert world.post(content_type=kind).status_code == 415
    assert nothing_was_noted(world)


def test_other_pages_are_not_allowed_to_ask_beforehand(world: World) -> None:
    answer = world.client.options(
        "/do/stop",
        headers={
            "origin": "http://evil.example",
            "access-control-request-method": "POST",
            "access-control-request-headers": "x-llpyspin",
        },
    )
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_token_of_a_stream_opens_nothing_else(world: World) -> None:
    world.client.cookies.clear()
    token = stream_token(TOKEN)
    assert world.client.get(f"/enter?token={token}").status_code == 403
    assert world.client.head(f"/camera/top.mjpg?token={TOKEN}").status_code == 403
    assert world.client.head(f"/camera/top.mjpg?token={token}").status_code == 404  # there is no camera
    assert TOKEN not in token


def test_unknown_request_names_those_that_there_are(world: World) -> None:
    answer = world.post("reboot")
    assert answer.status_code == 404
    assert "set, prime, trigger, stop" in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[]", b"null", b'{"folder": NaN}', b'{"x": 1}', b"[" * 10_000]
)
def test_request_that_is_not_valid_says_why(world: World, body: bytes) -> None:
    answer = world.post(body=body)
    assert answer.status_code == 400
    assert "Traceback" not in answer.text
    assert len(answer.text) > 10
    assert nothing_was_noted(world)


def test_long_request_is_refused(world: World) -> None:
    assert world.post(body=b" " * (MOST_BYTES + 1)).status_code == 413
    assert nothing_was_noted(world)


def test_wishes_beyond_those_that_may_wait_are_refused(world: World) -> None:
    found = [world.post().status_code for _ in range(MOST_WAITING + 2)]
    assert found == [202] * MOST_WAITING + [429] * 2


def test_flood_of_wishes_is_refused_and_the_page_still_shows(world: World) -> None:
    found = []
    for _ in range(WISHES[1] + 10):
        found.append(world.post().status_code)
        while (wish := world.book.next()) is not None:  # none has to wait
            world.book.answer(wish.number, "done", done=True)
    assert set(found) == {202, 429}
    assert found[: WISHES[1]] == [202] * WISHES[1]
    assert world.client.get("/status.json").status_code == 200


def test_both_pages_see_the_wish_and_its_answer(world: World) -> None:
    live = {"origin": "http://localhost"}
    with (
        world.client.websocket_connect("ws://localhost/live", headers=live) as one,
        world.client.websocket_connect("ws://localhost/live", headers=live) as other,
    ):
        for page in (one, other):
            assert json.loads(page.receive_text())["wishes"] == []
            page.send_text("s")
        world.post("prime")
        for page in (one, other):
            (wish,) = json.loads(page.receive_text())["wishes"]
            assert (wish["title"], wish["state"]) == ("prime m1", "waiting")
            page.send_text("s")
        found = world.book.next()
        assert found is not None
        world.book.answer(found.number, "Primed.", done=True)
        world.board.put({"state": "primed"})
        for page in (one, other):
            status = json.loads(page.receive_text())
            assert (status["state"], status["wishes"][0]["text"]) == ("primed", "Primed.")


def test_wish_that_nobody_does_is_shown_as_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llpyspin.web.wishbook.WAIT_S", 0.05)
    monkeypatch.setattr(wishpost, "WAIT_S", 0.05)
    live = {"origin": "http://localhost"}
    with world.client.websocket_connect("ws://localhost/live", headers=live) as page:
        page.receive_text()
        world.post()
        while True:  # ends with the time limit of the test, if it does not come
            page.send_text("s")
            (wish,) = json.loads(page.receive_text())["wishes"]
            if wish["state"] == "refused":
                break
    assert "Nothing was done" in wish["text"]
