"""The server at a real port: what uvicorn does with what no well-behaved browser sends."""

from __future__ import annotations

import contextlib
import gc
import socket
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from llpyspin.deadlines import Deadline
from llpyspin.errors import ServeError
from llpyspin.web import impatience, listener, serverplan
from llpyspin.web.admission import Access
from llpyspin.web.application import application
from llpyspin.web.board import Board
from llpyspin.web.listener import HEADER_BYTES, MESSAGE_BYTES, Listener
from llpyspin.web.newestpictures import Pictures
from llpyspin.web.serverplan import ServerPlan

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

TOKEN = "the-token"
WHOLE = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
PATIENCE_S = 20.0
# Of localhost, for a hundred years, and for these tests only.
CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUJuoDlWicQCxOVpBaXr/DUp9IybAwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEzMDE0MzEwNFoYDzIxMjYxMTA2
MTQzMTA0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATuiHSYbu5uuJfRrnIAk1WH/4I26g87LR+EKrY5TG+iU5TVMnQ9+Mrl
2OObrKAfgHhrUvGi/4pTocAD8Tz878Wmo28wbTAdBgNVHQ4EFgQU1XktBRIXYS3v
hhH8nnIopxddlFYwHwYDVR0jBBgwFoAU1XktBRIXYS3vhhH8nnIopxddlFYwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgbHf0vzDJPX+v6icRgThupzlkbYtSi8JFVKUZWahvUGICIQDX
i0qhvS1b+KChEWhHGJnD2/UBW/6deWBvvuDO2gQmCg==
-----END CERTIFICATE-----
"""
KEY = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgFWLYvP1RBKCr251C
oP5rZoehBee6Gq8Pn16HQQuxZXyhRANCAATuiHSYbu5uuJfRrnIAk1WH/4I26g87
LR+EKrY5TG+iU5TVMnQ9+Mrl2OObrKAfgHhrUvGi/4pTocAD8Tz878Wm
-----END PRIVATE KEY-----
"""


class World:
    """A server at a port that is free."""

    def __init__(self, plan: ServerPlan) -> None:
        self.access = Access(TOKEN, plan.hosts)
        self.listener = Listener(plan, application(plan, self.access, Board(), Pictures(15.0, 640)))
        self.place = f"127.0.0.1:{self.listener.port}"
        self.cookie = {"Cookie": self.access.set_cookie(tls=False).partition(";")[0]}

    def live(self, origin: str | None = "", **headers: str) -> connect:
        chosen = f"http://{self.place}" if origin == "" else origin
        return connect(
            f"ws://{self.place}/live", origin=chosen, additional_headers={**self.cookie, **headers}
        )


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World(ServerPlan(port=0, viewers=2))
    yield made
    made.listener.close(PATIENCE_S)
    assert not made.listener.alive


def test_page_of_this_server_gets_its_status(world: World) -> None:
    with world.live() as page:
        assert '"status"' in page.recv(PATIENCE_S)


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example"])
def test_foreign_page_gets_status_403(world: World, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused, world.live(origin):
        pass
    assert refused.value.response.status_code == 403


def test_page_that_sends_a_long_message_goes(world: World) -> None:
    with world.live() as page:
        page.recv(PATIENCE_S)
        page.send("s" * (MESSAGE_BYTES + 1))
        with pytest.raises(ConnectionClosed):
            page.recv(PATIENCE_S)


def test_page_that_sends_without_end_goes(world: World) -> None:
    with world.live() as page:
        with pytest.raises(ConnectionClosed):
            for _ in range(100_000):
                page.send("s")
        with pytest.raises(ConnectionClosed):
            while True:
                page.recv(PATIENCE_S)


def test_connections_that_ask_nothing_keep_no_guest_out(world: World) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(3 * (2 + listener.CONNECTIONS)):
            raw = stack.enter_context(socket.create_connection(world.place.split(":"), PATIENCE_S))
            with contextlib.suppress(OSError):  # the server has closed the connection
                raw.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        answer = httpx.get(f"http://{world.place}/", headers=world.cookie, timeout=PATIENCE_S)
        assert answer.status_code == 200
        with world.live() as page:
            assert '"status"' in page.recv(PATIENCE_S)


def test_header_without_end_is_refused(world: World) -> None:
    sent = 0
    with socket.create_connection(world.place.split(":"), PATIENCE_S) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nX-Long: ")
        with contextlib.suppress(OSError):  # the server has closed the connection
            while sent < 1000 * HEADER_BYTES:
                raw.sendall(b"x" * HEADER_BYTES)
                sent += HEADER_BYTES
    assert sent < 1000 * HEADER_BYTES


def test_request_with_two_hosts_is_refused(world: World) -> None:
    with socket.create_connection(world.place.split(":"), PATIENCE_S) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
        assert raw.recv(1000).split()[1] in (b"400", b"421")


def test_server_does_not_say_what_it_is(world: World) -> None:
    assert "server" not in httpx.get(f"http://{world.place}/").headers


def test_request_that_never_ends_is_closed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impatience, "REQUEST_S", 0.05)
    for beginning in (b"", b"GET / HTTP/1.1\r\n", WHOLE + b"GET / HTTP/1.1\r\n"):
        with socket.create_connection(world.place.split(":"), PATIENCE_S) as raw:
            raw.sendall(beginning)
            while raw.recv(65536):
                pass


def test_page_that_is_silent_is_not_closed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impatience, "REQUEST_S", 0.05)
    with world.live() as page:
        page.recv(PATIENCE_S)
        with pytest.raises(TimeoutError):
            page.recv(1.0)  # 20 looks
        page.send("s")
        page.ping().wait(PATIENCE_S)


def test_connections_that_have_ended_are_forgotten(world: World) -> None:
    httpx.get(f"http://{world.place}/")
    with world.live() as page:
        page.recv(PATIENCE_S)
    deadline = Deadline(PATIENCE_S / 4)  # before anybody would look at them again
    while any(type(each) is impatience.ImpatientProtocol for each in gc.get_objects()):
        assert not deadline.passed
        gc.collect()


def test_flood_of_connections_is_bounded_and_the_page_stays(world: World) -> None:
    with world.live() as page, contextlib.ExitStack() as stack:
        page.recv(PATIENCE_S)
        flood = []
        for _ in range(listener.CONNECTIONS + 10):
            raw = stack.enter_context(socket.create_connection(world.place.split(":"), PATIENCE_S))
            with contextlib.suppress(OSError):  # the server has closed the connection
                raw.sendall(b"GET / HTTP/1.1\r\n")  # and never the rest
            flood.append(raw)
        for raw in flood[: -impatience.MOST_IDLE]:
            with contextlib.suppress(ConnectionError):
                assert raw.recv(1) == b""
        assert httpx.get(f"http://{world.place}/", timeout=PATIENCE_S).status_code == 403
        page.ping().wait(PATIENCE_S)


def test_port_in_use_is_an_error(world: World) -> None:
    with pytest.raises(ServeError, match=rf"port {world.listener.port}: Address already in use"):
        World(ServerPlan(port=world.listener.port))


def test_default_port_that_is_taken_is_replaced(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    monkeypatch.setattr(serverplan, "PORT", world.listener.port)
    other = World(ServerPlan())
    assert other.listener.port not in (0, world.listener.port)
    other.listener.close(PATIENCE_S)


def test_address_of_another_machine_is_an_error() -> None:
    with pytest.raises(ServeError, match=r"cannot listen at 192\.0\.2\.1"):
        World(ServerPlan(host="192.0.2.1", port=0))


def test_name_of_no_machine_is_an_error() -> None:
    with pytest.raises(ServeError, match=r"cannot listen at nowhere\.invalid"):
        World(ServerPlan(host="nowhere.invalid", port=0))


def test_certificate_that_is_none_is_an_error(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "rig.pem"
    file.write_text("this is no certificate")
    with pytest.raises(ServeError, match="TLS with"):
        World(ServerPlan(port=0, certificate=str(file), key=str(file)))


def test_page_over_tls_has_a_secure_cookie(tmp_path: pathlib.Path) -> None:
    certificate, key = tmp_path / "rig.pem", tmp_path / "rig.key"
    certificate.write_text(CERTIFICATE)
    key.write_text(KEY)
    world = World(ServerPlan(port=0, certificate=str(certificate), key=str(key)))
    trusting = ssl.create_default_context(cadata=CERTIFICATE)
    trusting.check_hostname = False
    answer = httpx.get(f"https://{world.place}/enter?token={TOKEN}", verify=trusting)
    assert "Secure" in answer.headers["set-cookie"]
    world.listener.close(PATIENCE_S)
