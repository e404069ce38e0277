from __future__ import annotations

import pytest

from llpyspin.web.admission import Access, host_of

HOSTS = ("localhost", "127.0.0.1", "::1", "rig.lab")


@pytest.fixture
def access() -> Access:
    return Access("the-token", HOSTS)


@pytest.mark.parametrize(
    "header", ["localhost", "LOCALHOST:9000", "127.0.0.1:8765", "[::1]:8765", "Rig.Lab", "rig.lab:443"]
)
def test_host_of_the_list_is_known_at_any_port(access: Access, header: str) -> None:
    assert access.knows_host(header)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "evil.example",
        "localhost.evil.example",
        "evil.example:8765",
        "localhost@evil.example",
        "localhost/evil",
        "localhost:port",
        "localhost#",
        "[::1",
        "127.0.0.1.evil.example",
    ],
)
def test_foreign_host_is_not_known(access: Access, header: str | None) -> None:
    assert not access.knows_host(header)


def test_host_has_neither_port_nor_brackets() -> None:
    assert [host_of(each) for each in ("A:1", "[::1]:2", "x")] == ["a", "::1", "x"]


def test_origin_must_be_the_host_of_the_request(access: Access) -> None:
    assert access.is_own_origin("http://localhost:9000", "localhost:9000")
    assert access.is_own_origin("https://RIG.lab", "rig.lab")


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "http://evil.example",
        "http://localhost:9001",
        "http://localhost",
        "file://localhost:9000",
        "http://localhost:9000.evil.example",
        "http://evil@localhost:9000",
        "http://[::1",
    ],
)
def test_foreign_origin_is_refused(access: Access, origin: str | None) -> None:
    assert not access.is_own_origin(origin, "localhost:9000")


def test_only_the_whole_token_is_the_token(access: Access) -> None:
    assert access.is_token("the-token")
    for wrong in (None, "", "the-toke", "the-token ", "the-tökén"):
        assert not access.is_token(wrong)


def test_cookie_has_another_secret_than_the_token(access: Access) -> None:
    cookie = access.set_cookie(tls=False)
    pair, *attributes = cookie.split("; ")
    assert "the-token" not in cookie
    assert set(attributes) == {"Path=/", "HttpOnly", "SameSite=Strict"}
    assert access.has_cookie(f"other=1; {pair}")
    assert "Secure" in access.set_cookie(tls=True)


def test_cookie_of_another_server_is_refused(access: Access) -> None:
    name = access.cookie_name
    others = Access("the-token", HOSTS).set_cookie(tls=False).split("; ")[0]
    value = others.partition("=")[2]
    for header in (None, "", others, f"{name}={value}", f"{name}=", f"{name}=the-token", "a=b; ;;=", "\x00"):
        assert not access.has_cookie(header)
