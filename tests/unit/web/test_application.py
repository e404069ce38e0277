"""The whole server by Starlette's client: who gets in, and what a page gets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from llpyspin.web.admission import Access, stream_token
from llpyspin.web.application import FILES, application
from llpyspin.web.board import Board
from llpyspin.web.guard import HEADERS, STRANGERS
from llpyspin.web.newestpictures import Picture, Pictures
from llpyspin.web.pagesocket import BROKEN, CROWDED, HEADER, VERSION
from llpyspin.web.serverplan import ServerPlan

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "the-token"
ORIGIN = {"origin": "http://localhost"}
LIVE = "ws://localhost/live"
PATHS = [*FILES, "/status.json", "/camera/top.mjpg"]


class FakePictures(Pictures):
    """Pictures that the test makes."""

    def __init__(self, *names: str) -> None:
        super().__init__(15.0, 640)
        self.made: dict[str, Picture | None] = dict.fromkeys(names)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.made)

    def newest(self, name: str) -> Picture | None:
        return self.made[name]


class World:
    """One server without a port, and a browser."""

    def __init__(self, viewers: int = 2) -> None:
        self.board = Board()
        self.pictures = FakePictures("top", "side")
        plan = ServerPlan(viewers=viewers, rate=30.0)
        self.access = Access(TOKEN, plan.hosts)
        self.client = TestClient(
            application(plan, self.access, self.board, self.pictures),
            base_url="http://localhost",
            follow_redirects=False,
        )

    def enter(self) -> TestClient:
        assert self.client.get(f"/enter?token={TOKEN}").status_code == 200
        return self.client

    def live(self, **headers: str) -> Any:
        return self.client.websocket_connect(LIVE, headers={**ORIGIN, **headers})


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    with made.client:
        yield made


# -- who gets in


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_shown_without_the_cookie(world: World, path: str) -> None:
    assert world.client.get(path).status_code == 403


@pytest.mark.parametrize("path", [each for each in PATHS if not each.startswith("/camera")])
def test_cookie_opens_the_page(world: World, path: str) -> None:
    assert world.enter().get(path).status_code == 200


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=the-token&token=the-token", "?%ff"])
def test_wrong_token_gets_no_cookie(world: World, query: str) -> None:
    answer = world.client.get(f"/enter{query}")
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_token_does_not_open_the_page_itself(world: World) -> None:
    assert world.client.get(f"/?token={TOKEN}").status_code == 403
    assert world.client.get(f"/status.json?token={TOKEN}").status_code == 403


def test_player_gets_a_stream_by_its_token_alone(world: World) -> None:
    token = stream_token(TOKEN)
    assert world.client.head(f"/camera/top.mjpg?token={token}").status_code == 200
    assert world.client.head("/camera/top.mjpg?token=wrong").status_code == 403
    assert world.client.head(f"/camera/none.mjpg?token={token}").status_code == 404


@pytest.mark.parametrize("path", [*PATHS, f"/enter?token={TOKEN}"])
def test_foreign_host_is_refused_whatever_it_has(world: World, path: str) -> None:
    world.enter()
    answer = world.client.get(path, headers={"host": "evil.example"})
    assert answer.status_code == 421
    assert "set-cookie" not in answer.headers


def test_page_behind_an_ssh_tunnel_has_another_port(world: World) -> None:
    assert world.enter().get("/", headers={"host": "localhost:9000"}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", [*PATHS, "/enter"])
def test_server_can_only_be_looked_at(world: World, method: str, path: str) -> None:
    world.enter()
    answer = world.client.request(method, path, headers=ORIGIN)
    assert answer.status_code == 405


@pytest.mark.parametrize("path", [*FILES, "/status.json", "/enter", "/nothing"])
def test_every_answer_has_the_headers_and_none_of_cors(world: World, path: str) -> None:
    for answer in (
        world.client.get(path),
        world.enter().get(path),
        world.client.get(path, headers={"host": "evil.example"}),
    ):
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert not [name for name in answer.headers if name.startswith("access-control")]
    assert "default-src 'self'" in HEADERS["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in HEADERS["Content-Security-Policy"]


def test_page_loads_nothing_from_elsewhere(world: World) -> None:
    client = world.enter()
    page = client.get("/").text
    assert "://" not in page
    assert "<style" not in page  # which the policy would refuse
    assert " style=" not in page
    assert " onclick=" not in page
    assert "innerHTML" not in "".join(client.get(path).text for path in FILES if path.endswith(".js"))


def test_flood_of_strangers_is_refused_and_guests_come_in(world: World) -> None:
    world.enter()
    stranger = TestClient(world.client.app, base_url="http://localhost")
    found = {stranger.get("/enter?token=guess").status_code for _ in range(STRANGERS[1] + 40)}
    assert found == {403, 429}
    assert world.client.get("/").status_code == 200


# -- the WebSocket


def refusal(page: Any) -> str:
    """Why a WebSocket is refused before it is accepted."""
    with pytest.raises(WebSocketDisconnect) as refused, page:
        pass
    assert refused.value.code == 4403
    return refused.value.reason


@pytest.mark.parametrize("origin", ["", "null", "http://evil.example", "http://localhost:9"])
def test_page_of_a_foreign_origin_is_refused(world: World, origin: str) -> None:
    world.enter()
    assert "Only the page of this server" in refusal(world.live(origin=origin))


def test_websocket_without_an_origin_is_refused(world: World) -> None:
    world.enter()
    assert "Only the page of this server" in refusal(world.client.websocket_connect(LIVE))


def test_websocket_needs_the_cookie(world: World) -> None:
    assert "token" in refusal(world.live())
    assert "token" in refusal(world.client.websocket_connect(f"{LIVE}?token={TOKEN}", headers=ORIGIN))


def test_websocket_of_a_foreign_host_is_refused(world: World) -> None:
    world.enter()
    page = world.live(host="evil.example", origin="http://evil.example")
    assert "does not answer to that name" in refusal(page)


def test_page_gets_the_newest_status_first(world: World) -> None:
    world.enter()
    world.board.put({"state": "open"})
    world.board.put({"state": "running"})
    with world.live() as page:
        assert json.loads(page.receive_text()) == {"type": "status", "state": "running"}


def test_picture_has_its_camera_and_its_number(world: World) -> None:
    world.enter()
    world.pictures.made["side"] = Picture(1, 1234567, b"a jpeg")
    with world.live() as page:
        page.receive_text()
        message = page.receive_bytes()
        assert HEADER.unpack_from(message) == (VERSION, 1, 0, len(b"a jpeg"), 1234567)
        assert message[HEADER.size :] == b"a jpeg"


def test_next_picture_comes_after_the_acknowledgement(world: World) -> None:
    world.enter()
    world.pictures.made["top"] = Picture(1, 1, b"first")
    with world.live() as page:
        page.receive_text()
        assert page.receive_bytes().endswith(b"first")
        world.pictures.made["top"] = Picture(2, 2, b"second")
        world.pictures.made["top"] = Picture(3, 3, b"third")
        world.board.put({"state": "running"})
        page.send_text("s")
        page.receive_text()  # the status is not held up by the picture
        page.send_text("p")
        assert page.receive_bytes().endswith(b"third")  # the second one was never queued


def test_pictures_of_all_cameras_come_as_one_message(world: World) -> None:
    world.enter()
    world.pictures.made.update(top=Picture(1, 1, b"top"), side=Picture(1, -1, b"side"))
    with world.live() as page:
        page.receive_text()
        message = page.receive_bytes()
        assert message == b"".join(
            (
                HEADER.pack(VERSION, 0, 0, 3, 1),
                b"top",
                HEADER.pack(VERSION, 1, 0, 4, 2**64 - 1),  # a camera without a number
                b"side",
            )
        )


@pytest.mark.parametrize("words", ["p", "x", "", "s" * 100, "ss"])
def test_page_that_acknowledges_what_it_did_not_get_goes(world: World, words: str) -> None:
    world.enter()
    with world.live() as page:
        page.receive_text()
        page.send_text(words)
        with pytest.raises(WebSocketDisconnect) as gone:
            page.receive_text()
        assert gone.value.code == BROKEN


def test_page_that_sends_bytes_goes(world: World) -> None:
    world.enter()
    with world.live() as page:
        page.receive_text()
        page.send_bytes(b"s")
        with pytest.raises(WebSocketDisconnect):
            page.receive_text()


def test_page_that_is_one_too_many_goes_and_one_that_goes_makes_room(world: World) -> None:
    world.enter()
    with world.live() as first, world.live() as second:
        first.receive_text()
        second.receive_text()
        with world.live() as third:
            with pytest.raises(WebSocketDisconnect) as gone:
                third.receive_text()
            assert gone.value.code == CROWDED
    with world.live() as later:
        later.receive_text()


def test_error_of_ours_is_a_line_and_ends_nothing(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    world.enter()
    world.board.notice = None  # type: ignore[assignment]
    client = TestClient(world.client.app, base_url="http://localhost", cookies=world.client.cookies)
    assert client.get("/status.json").status_code == 500
    assert "llpyspin: the live page: AttributeError" in capfd.readouterr().err
    assert client.get("/").status_code == 200
