"""Commands and URLs that get notices: deadlines, failures in words, and no secrets in them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from llpyspin.errors import SettingRangeError
from llpyspin.recording.notices.posting import post
from llpyspin.recording.notices.target import targets_of
from llpyspin.recording.notices.targetrules import on_event_mistakes

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

BODY = json.dumps({"event": "started", "text": "größer"}).encode()


def sent(target: str, seconds: float = 20.0) -> str:
    (made,) = targets_of(target)
    return made.send(BODY, seconds, bool)


def script(tmp_path: pathlib.Path, text: str) -> str:
    path = tmp_path / "notify.py"
    path.write_text(text)
    return f"{sys.executable} {path}"


def test_command_reads_the_notice(tmp_path: pathlib.Path) -> None:
    out = tmp_path / "out"
    command = script(tmp_path, f"import sys; open({str(out)!r}, 'wb').write(sys.stdin.buffer.read())")
    assert sent(command) == ""
    assert out.read_bytes() == BODY


def test_command_that_reads_nothing_is_fine() -> None:
    assert sent("true") == ""


def test_failure_of_a_command_has_its_last_line(tmp_path: pathlib.Path) -> None:
    command = script(
        tmp_path, "import sys; print('x' * 100_000 + '\\nno network', file=sys.stderr); sys.exit(3)"
    )
    assert sent(command) == "ended with exit status 3: no network"
    assert sent("sh -c 'kill -9 $$'") == "was killed (SIGKILL)"


def test_command_is_killed_with_what_it_started(tmp_path: pathlib.Path) -> None:
    pids = tmp_path / "pids"
    command = script(
        tmp_path,
        "import os, subprocess, time\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "time.sleep(60)",
    )
    begun = time.monotonic()
    assert sent(command, 2.0) == "took longer than 2 s"
    assert time.monotonic() - begun < 15
    for pid in map(int, pids.read_text().split()):
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(pid).wait(10)


def test_command_that_fills_its_standard_error_meets_its_deadline() -> None:
    assert sent("sh -c 'yes >&2'", 0.5).startswith("took longer than 0.5 s: y")


def test_command_that_leaves_something_behind_does_not_hold_up() -> None:
    begun = time.monotonic()
    assert sent("sh -c 'sleep 3 & exit 0'", 30.0) == ""
    assert time.monotonic() - begun < 3


def test_command_that_is_not_wanted_any_more_is_killed() -> None:
    (made,) = targets_of("sleep 60")
    assert made.send(BODY, 60.0, lambda: True) == "was not wanted any more"


def test_descriptors_are_closed_again() -> None:
    assert sent("true") == ""
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        assert sent("true") == ""
    assert len(os.listdir("/proc/self/fd")) == before


class Server:
    """An HTTP server of this test, with one answer."""

    def __init__(self, status: int, headers: dict[str, str] | None = None) -> None:
        got: list[tuple[str, bytes, Any]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                got.append((self.path, self.rfile.read(length), self.headers["Content-Type"]))
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *arguments: object) -> None:
                """Print nothing."""

        self.got = got
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join(10)


@contextlib.contextmanager
def serving(status: int, headers: dict[str, str] | None = None) -> Iterator[Server]:
    server = Server(status, headers)
    try:
        yield server
    finally:
        server.close()


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy between the test and its server."""
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


def test_url_gets_the_notice_from_a_process_of_its_own() -> None:
    with serving(204) as server:
        assert sent(f"{server.url}/hook?token=secret") == ""
        assert server.got == [("/hook?token=secret", BODY, "application/json")]


def test_answer_that_is_no_success_is_a_failure_without_secrets() -> None:
    with serving(403) as server:
        (made,) = targets_of(f"{server.url}/services/secret?token=secret")
        assert made.send(BODY, 20.0, bool) == "answers with HTTP status 403"
        assert made.name == server.url


def test_redirect_is_a_failure_since_it_would_lose_the_notice() -> None:
    with serving(200) as other, serving(302, {"Location": f"{other.url}/secret"}) as server:
        failure = post(f"{server.url}/x", BODY, 10.0)
        assert (
            failure == "answers with HTTP status 302, which is a redirect: use the address that it leads to"
        )
        assert other.got == []


def test_server_that_never_answers_meets_the_deadline() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/secret"
        failure = sent(url, 3.0)
    assert failure in ("took longer than 3 s", "cannot be reached: it does not answer in time")


def test_address_where_nobody_listens_is_a_failure() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/secret"
        assert post(url, BODY, 5.0) == "cannot be reached: Connection refused"


def test_server_that_does_not_speak_http_is_a_failure() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        failure = post(f"http://127.0.0.1:{listening.getsockname()[1]}/", BODY, 5.0)
        thread.join(10)
    assert failure.startswith(("does not speak HTTP", "cannot be reached"))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="nothing makes a certificate here")
def test_certificate_that_nobody_signed_is_refused(tmp_path: pathlib.Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "1",
                "-subj",
                "/CN=localhost",
            ),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(200) as server:
        server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
        failure = post(server.url.replace("http://", "https://"), BODY, 10.0)
        assert failure.startswith("cannot be reached: its certificate cannot be verified: self")
        assert server.got == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "on_event must be a command, or a URL that begins with https://"),
        (5, "on_event must be a command, or a URL that begins with https://"),
        (["true", None], "or a list of these, not None"),
        ("notify 'half", "cannot be split into words"),
        ("ftp://example.org/x", "must begin with https:// or http://, not with ftp://"),
        ("file:///etc/passwd", "must begin with https:// or http://, not with file://"),
        ("https:///path", "the URL has no host"),
        ("https://user:secret@example.org/", "the URL of example.org has a user or a password"),
        ("https://example.org/a secret", "characters that must be written as %XX"),
        ("https://[::1", "the URL is not valid"),
        (["true"] * 9, "on_event can have 8 commands and URLs, not 9"),
    ],
)
def test_target_that_cannot_be_is_refused(given: object, said: str) -> None:
    (mistake,) = on_event_mistakes(given)
    assert said in mistake
    assert "secret" not in mistake
    with pytest.raises(SettingRangeError) as error:
        targets_of(given)
    assert "secret" not in repr(error.value)


def test_program_that_is_not_there_is_refused_without_its_arguments() -> None:
    with pytest.raises(SettingRangeError, match="there is no program 'notfy-me'") as error:
        targets_of("notfy-me --token secret")
    assert "secret" not in str(error.value)


def test_names_of_targets_have_no_arguments_and_no_paths() -> None:
    given = ["true --token secret", "https://hooks.example.org:8443/services/secret?key=secret"]
    assert [target.name for target in targets_of(given)] == ["true", "https://hooks.example.org:8443"]
    assert targets_of(None) == ()
