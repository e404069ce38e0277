"""A live page of virtual cameras, as a browser gets it, while a recording goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
import simplejpeg
from websockets.sync.client import connect

from llpyspin.errors import ServeError
from llpyspin.web.pagesocket import HEADER
from tests.process.browser import CHROMIUM
from tests.process.devtools import tab
from tests.process.rig_worlds import FAST, make_rig, proven, wired

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable

    from websockets.sync.client import ClientConnection

    from llpyspin.web.liveserver import Server

LONG_S = 30.0


def cookie_of(server: Server) -> str:
    answer = httpx.get(server.url, timeout=LONG_S)
    assert answer.status_code == 200
    (pair,) = answer.cookies.items()
    return "=".join(pair)


def page_of(server: Server, cookie: str) -> ClientConnection:
    place = urlsplit(server.url)
    return connect(
        f"ws://{place.netloc}/live", origin=f"http://{place.netloc}", additional_headers={"Cookie": cookie}
    )


def receive(page: ClientConnection) -> Any:
    """One message, acknowledged: a status, or the JPEGs by the numbers of the cameras."""
    message = page.recv(LONG_S)
    if isinstance(message, str):
        page.send("s")
        return json.loads(message)
    page.send("p")
    pictures: list[tuple[int, bytes]] = []
    while message:
        _, number, _, length, _ = HEADER.unpack_from(message)
        pictures.append((number, message[HEADER.size : HEADER.size + length]))
        message = message[HEADER.size + length :]
    return pictures


def wait_for(page: ClientConnection, what: Callable[[Any], bool]) -> Any:
    deadline = time.monotonic() + LONG_S
    while time.monotonic() < deadline:
        if what(message := receive(page)):
            return message
    raise AssertionError("it did not come in time")


def pictures_of(page: ClientConnection, numbers: set[int]) -> None:
    """Wait until new pictures of those cameras have come."""
    left = set(numbers)
    deadline = time.monotonic() + LONG_S
    while left:
        assert time.monotonic() < deadline
        message = receive(page)
        if isinstance(message, list):
            assert all(simplejpeg.decode_jpeg_header(jpeg)[:2] == (270, 360) for _, jpeg in message)
            left -= {number for number, _ in message}


def test_page_shows_a_recording_and_its_death_costs_no_frame(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))
    with make_rig(2) as rig:
        server = rig.serve(port=0)
        cookie = cookie_of(server)
        with page_of(server, cookie) as page:
            status = receive(page)
            assert (status["state"], [each["name"] for each in status["cameras"]]) == ("open", ["a", "b"])
            pictures_of(page, {0, 1})  # they run freely
            wait_for(page, lambda each: isinstance(each, dict) and all(c["rate"] for c in each["cameras"]))
            rig.prime(tmp_path / "take", **FAST)
            rig.trigger()
            wait_for(page, lambda each: isinstance(each, dict) and each["state"] == "recording")
            pictures_of(page, {0, 1})
            status = wait_for(page, lambda each: isinstance(each, dict) and each["sync"] is not None)
            assert status["sync"]["behind"] <= 20
            assert status["cameras"][0]["temperature"] is not None
            with urllib.request.urlopen(server.stream("a"), timeout=LONG_S) as stream:
                assert b"image/jpeg" in stream.read(200)
            with pytest.raises(ServeError, match=f"port {server.port}"):
                rig.serve(port=server.port)
            os.kill(server._process.pid, signal.SIGKILL)
            assert server.over.wait(LONG_S)
        assert not server.alive
        assert "the live page has ended" in caplog.text
        proven(rig.stop(), tmp_path / "take")


def test_serve_prints_its_url_at_once_and_ends_at_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))
    command = [sys.executable, "-m", "llpyspin", "serve", "--virtual", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            assert httpx.get(url, timeout=LONG_S).status_code == 200
            assert httpx.get(url.partition("enter")[0], timeout=LONG_S).status_code == 403
        finally:
            process.send_signal(signal.SIGINT)
            errors = process.communicate(timeout=LONG_S)[1]
    assert process.returncode == 0, errors


PAINTED = """[...document.querySelectorAll("canvas")].filter((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return canvas.width === 360 && data.some((level, place) => place % 4 !== 3 && level > 60);
}).length === 2"""
COUNTING = """window.painted = window.freed = 0;
const draw = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (...all) {
  window.painted += 1;
  draw.apply(this, all);
};
const close = ImageBitmap.prototype.close;
ImageBitmap.prototype.close = function () { window.freed += 1; close.apply(this); };"""
FITS = "document.documentElement.scrollWidth <= window.innerWidth"
GONE = ("ERR_CONNECTION", "WebSocket")  # what a browser says once the server has ended
READ_BACK = ("willReadFrequently",)  # what it says of this test, which looks at the canvas again and again


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_browser_shows_a_recording_and_keeps_no_picture(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))
    with make_rig(2) as rig, rig.serve(port=0, free=False, rate=30.0) as server, tab() as page:
        rig.prime(tmp_path / "take", **FAST)
        rig.trigger()
        page.resize(1200, 800)
        page.open(server.url)
        page.wait_for('document.getElementById("state")?.textContent === "recording"')
        page.wait_for(PAINTED)
        assert page.value("location.pathname + location.search") == "/"  # the token is gone
        assert page.value("document.cookie") == ""  # which a script cannot read
        assert page.value(FITS)
        page.resize(360, 740, mobile=True)
        assert page.value(FITS)
        page.value(COUNTING)
        page.wait_for("window.painted > 50")
        before = page.heap()
        page.wait_for("window.painted > 200")
        assert page.heap() - before < 1_000_000
        assert page.value("window.painted - window.freed") <= 2
        rig.stop()
        page.wait_for('document.getElementById("state").textContent === "open"')
        server.close()
        page.wait_for('document.getElementById("trouble").textContent.startsWith("No connection")')
        assert not [each for each in page.complaints if not any(word in each for word in GONE + READ_BACK)]


def test_record_serves_a_page_and_says_where(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))
    folder = tmp_path / "take"
    words = ["record", "--virtual", "--codec", "raw", "--serve", "--seconds", "1", "--out", str(folder)]
    command = [sys.executable, "-m", "llpyspin", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        url = next(line for line in process.stderr if line.startswith("Live page: ")).split()[-1]
        assert httpx.get(url, timeout=LONG_S).status_code == 200
        output, errors = process.communicate(timeout=LONG_S)
    assert process.returncode == 0, errors
    assert "Recorded to" in output
