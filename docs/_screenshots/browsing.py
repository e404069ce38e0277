"""A live page as a browser shows it, once it shows what is wanted."""

from __future__ import annotations

import base64
import contextlib
import io
import itertools
import json
import pathlib
import subprocess
import tempfile
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import pages
from PIL import Image
from websockets.sync.client import connect

from llpyspin.rig import Rig

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

    from websockets.sync.client import ClientConnection

WAIT_S = 60.0
LOOK_S = 0.1
WIDE, HIGH = 860, 700
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run")
PRIME = """const fields = document.getElementById("prime"); fields.elements.name.value = "mouse-17";
fields.elements.subject.value = "m17"; fields.requestSubmit()"""
STEPS = (
    ('document.getElementById("prime")?.closest("[hidden]") === null', PRIME),
    ('!document.getElementById("trigger").closest("[hidden]")', 'document.getElementById("trigger").click()'),
    ('document.getElementById("state").textContent === "recording"', ""),
    ('document.getElementById("triggers").textContent.length > 2', 'document.getElementById("stop").click()'),
)
"""What to wait for, and what to do then."""


def live_page(path: pathlib.Path, variables: MutableMapping[str, str]) -> None:
    """A page with control that asks whether it is to stop a recording."""
    variables["LLPYSPIN_VIRTUAL"] = json.dumps(pages.WORLD)
    cameras = {"top": pages.TOP, "side": pages.SIDE}
    with (
        tempfile.TemporaryDirectory() as folder,
        Rig(cameras, framerate=50, exposure=3000, sdk="virtual") as rig,
        rig.serve(port=0, control=True, folder=folder) as server,
        _page(pathlib.Path(folder)) as call,
    ):
        call("Emulation.setDeviceMetricsOverride", width=WIDE, height=HIGH, deviceScaleFactor=1, mobile=False)
        call("Page.navigate", url=server.url)
        for wanted, then in STEPS:
            _wait_for(call, wanted)
            call("Runtime.evaluate", expression=then)
        hide = 'document.getElementById("folder").textContent = "/home/anna/data/mouse-17"'
        call("Runtime.evaluate", expression=f"{hide}; document.getElementById('answers').hidden = true")
        shot = base64.b64decode(call("Page.captureScreenshot", format="png")["data"])
    Image.open(io.BytesIO(shot)).convert("RGB").quantize(200).save(path, optimize=True)


def _wait_for(call: Any, expression: str) -> None:
    end = time.monotonic() + WAIT_S
    while True:
        found = call("Runtime.evaluate", expression=expression, returnByValue=True)
        if found["result"].get("value"):
            return
        if time.monotonic() > end:
            shown = call("Runtime.evaluate", expression="document.body.innerText", returnByValue=True)
            raise RuntimeError(f"{expression} never came. The page shows {shown['result'].get('value')}")
        time.sleep(LOOK_S)


@contextlib.contextmanager
def _page(folder: pathlib.Path) -> Iterator[Any]:
    """A browser with one page; gives a function that calls the browser's protocol."""
    profile = folder / "profile"
    command = [str(pages.browser()), *OPTIONS, f"--user-data-dir={profile}", "--remote-debugging-port=0"]
    with subprocess.Popen(
        [*command, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        try:
            with connect(_address(profile / "DevToolsActivePort"), max_size=None) as socket:
                yield _caller(socket)
        finally:
            running.terminate()
            running.wait(WAIT_S)


def _address(file: pathlib.Path) -> str:
    end = time.monotonic() + WAIT_S
    while not (file.exists() and "\n" in file.read_text()):
        if time.monotonic() > end:
            raise RuntimeError("the browser did not start")
        time.sleep(LOOK_S)
    port = file.read_text().split()[0]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=WAIT_S) as answer:
        return str(next(each for each in json.load(answer) if each["type"] == "page")["webSocketDebuggerUrl"])


def _caller(socket: ClientConnection) -> Any:
    numbers = itertools.count(1)

    def call(method: str, **parameters: Any) -> dict[str, Any]:
        number = next(numbers)
        socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(socket.recv(WAIT_S))
            if message.get("id") == number:
                return dict(message["result"])

    return call
