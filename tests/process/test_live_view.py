"""The live view in a real kernel, with a browser that the test plays; and its script in headless Chromium."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
import simplejpeg
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from llpyspin import VideoStream
from llpyspin.errors import NotInNotebookError
from llpyspin.web.notebookwidget import script
from tests.process.browser import CHROMIUM
from tests.process.devtools import tab
from tests.process.rig_worlds import make_rig, wired

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterator

LONG_S = 60.0
WIDGET = "jupyter.widget"
VIEW = "application/vnd.jupyter.widget-view+json"


class Notebook:
    """A kernel, and a browser with a view that acknowledges what it gets.

    Attributes
    ----------
    ended : dict of str to str
        Why views have ended, by their models.
    displayed : list of str
        Models of the views below the cells, in their order.
    """

    def __init__(self, manager: KernelManager) -> None:
        self.ended: dict[str, str] = {}
        self.displayed: list[str] = []
        self.errors: list[str] = []
        self._manager = manager
        self._client = manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(LONG_S)
        self._done: set[str] = set()
        self._printed = ""
        self._messages: list[tuple[str, dict[str, Any], list[bytes]]] = []

    def close(self) -> None:
        self._client.stop_channels()

    def start(self, code: str) -> str:
        return str(self._client.execute(code, allow_stdin=False))

    def run(self, code: str) -> None:
        """Run a cell and wait until it is done."""
        self.wait_for_cell(self.start(code))
        assert not self.errors

    def wait_for_cell(self, cell: str) -> None:
        self._until(lambda: cell in self._done)

    def interrupt_a_cell(self) -> None:
        """Run a cell and interrupt it, once it runs: a kernel that does nothing ignores that."""
        cell = self.start("import threading; print('it runs', flush=True); threading.Event().wait(60)")
        self._until(lambda: "it runs" in self._printed)
        self._manager.interrupt_kernel()
        self.wait_for_cell(cell)
        assert self.errors.pop().startswith("KeyboardInterrupt")

    def say(self, model: str, what: str, **more: object) -> None:
        content = {"view": "test", "say": what, **more}
        data = {"comm_id": model, "data": {"method": "custom", "content": content}}
        self._client.shell_channel.send(self._client.session.msg("comm_msg", data))

    def message(self, model: str) -> tuple[dict[str, Any], list[bytes]]:
        """The next message of a view, acknowledged: the status if there is one, and the pictures."""
        self._until(lambda: any(each[0] == model for each in self._messages))
        assert len(self._messages) == 1  # nothing is sent before that is acknowledged
        _, content, buffers = self._messages.pop()
        self.say(model, "shown", number=content["number"])
        return json.loads(content["status"] or "{}"), buffers

    def wait_for_status(self, model: str, what: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        deadline = time.monotonic() + LONG_S
        while time.monotonic() < deadline:
            status, _ = self.message(model)
            if status and what(status):
                return status
        raise AssertionError("it did not come in time")

    def wait_for_end(self, model: str) -> str:
        self._until(lambda: model in self.ended)
        self._messages.clear()
        return self.ended[model]

    def _until(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + LONG_S
        while not what():
            self._take(self._client.get_iopub_msg(timeout=max(0.0, deadline - time.monotonic())))

    def _take(self, message: dict[str, Any]) -> None:
        kind, content = message["msg_type"], message["content"]
        if kind == "status" and content["execution_state"] == "idle":
            self._done.add(message["parent_header"].get("msg_id", ""))
        elif kind == "stream":
            self._printed += content["text"]
        elif kind == "error":
            self.errors.append(f"{content['ename']}: {content['evalue']}")
        elif kind == "display_data" and VIEW in content["data"]:
            self.displayed.append(content["data"][VIEW]["model_id"])
        elif kind == "comm_msg" and content["data"]["method"] == "custom":
            buffers = [bytes(each) for each in message["buffers"]]
            self._messages.append((content["comm_id"], content["data"]["content"], buffers))
        elif kind == "comm_msg" and "ended" in content["data"].get("state", {}):
            self.ended[content["comm_id"]] = content["data"]["state"]["ended"]


@pytest.fixture
def notebook() -> Iterator[Notebook]:
    manager = KernelManager()
    arguments = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager._kernel_spec = KernelSpec(argv=arguments, display_name="test", language="python")
    manager.start_kernel()
    try:
        made = Notebook(manager)
        yield made
        made.close()
    finally:
        manager.shutdown_kernel(now=True)


def test_camera_is_shown_while_it_waits_and_while_it_records(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, notebook: Notebook
) -> None:
    notebook.run(f"import os; os.environ['LLPYSPIN_VIRTUAL'] = {wired(1)!r}")
    notebook.run("from llpyspin.primary import PrimaryCamera")
    notebook.run(
        "cam = PrimaryCamera(0, framerate=50, roi=(0, 0, 270, 360), sdk='virtual'); view = cam.live()"
    )
    (model,) = notebook.displayed
    notebook.say(model, "ready")
    status, pictures = notebook.message(model)
    assert (status["state"], pictures) == ("primed", [])
    notebook.run(f"cam.prime({str(tmp_path / 'a.mkv')!r}); cam.trigger()")
    _, pictures = notebook.message(model)
    while not pictures:
        _, pictures = notebook.message(model)
    assert simplejpeg.decode_jpeg_header(pictures[0])[:2] == (270, 360)
    status = notebook.wait_for_status(model, lambda each: each["cameras"][0]["frames"])
    assert (status["state"], status["folder"]) == ("recording", str(tmp_path / "a.mkv"))
    notebook.say(model, "stop")
    assert notebook.wait_for_end(model) == "it was stopped"
    notebook.run("_ = cam.stop(); assert cam.account.complete, str(cam.account)")

    notebook.run("second = cam.live(); third = cam.live()")
    _, second, third = notebook.displayed
    notebook.say(second, "ready")
    notebook.message(second)
    notebook.interrupt_a_cell()
    assert notebook.wait_for_end(second) == notebook.wait_for_end(third) == "the kernel was interrupted"
    notebook.run("fourth = cam.live(); cam.release(); assert fourth.ended == 'the camera was closed'")
    assert notebook.wait_for_end(notebook.displayed[-1]) == "the camera was closed"
    notebook.start("cam.live()")
    notebook._until(lambda: bool(notebook.errors))
    assert notebook.errors.pop().startswith("CameraClosedError")


def test_program_without_a_notebook_is_told_what_else_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))
    with VideoStream(0, sdk="virtual") as cap, pytest.raises(NotInNotebookError, match=r"display\(\)"):
        cap.live()
    with make_rig(2) as rig, pytest.raises(NotInNotebookError, match=r"serve\(\)"):
        rig.live()


# -- the script -------------------------------------------------------------------------------------------

MODEL = """
window.said = [];
window.heard = {};
window.state = {ended: ""};
window.model = {
  send: (content) => said.push(content),
  get: (name) => state[name],
  on: (name, call) => { heard[name] = call; },
  off: (name) => { delete heard[name]; },
};
window.told = () => JSON.stringify({
  state: "recording", seconds: 61, triggers: 1234, folder: "mouse-17", sync: null, events: [],
  cameras: [{name: "top", role: "primary", state: "recording", rate: 29.97, frames: 1230, away: 0,
    incomplete: 0, lost: {ring: 4}, backlog: 7, spilled: 0, disk_free: 5e9, temperature: 41.5, failure: ""}],
});
window.picture = (level) => new Promise((done) => {
  const canvas = new OffscreenCanvas(40, 30), drawn = canvas.getContext("2d");
  drawn.fillStyle = `rgb(${level},${level},${level})`; drawn.fillRect(0, 0, 40, 30);
  canvas.convertToBlob({type: "image/jpeg"}).then((b) => b.arrayBuffer()).then((b) => done(new DataView(b)));
});
window.message = (number, level) => picture(level).then((jpeg) => {
  heard["msg:custom"]({number, status: number === 1 ? told() : "", names: ["top"]}, [jpeg]);
});
window.root = () => document.querySelector("#cell > div").shadowRoot;
window.level = () => {
  const drawn = new OffscreenCanvas(40, 30).getContext("2d", {willReadFrequently: true});
  drawn.drawImage(root().querySelector("canvas"), 0, 0);
  return drawn.getImageData(5, 5, 1, 1).data[0];
};
import(URL.createObjectURL(new Blob([SCRIPT], {type: "text/javascript"}))).then((module) => {
  const style = "<style>button { display: none } dl { font-size: 90px }</style>";
  document.body.innerHTML = `${style}<div id=cell></div>`;
  window.remove = module.default.render({model, el: document.getElementById("cell")});
});
"""


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_script_shows_pictures_and_acknowledges_each_once() -> None:
    with tab() as page:
        page.value(f"const SCRIPT = {json.dumps(script())};{MODEL}")
        page.wait_for('window.said.some((each) => each.say === "ready")')
        page.value("message(1, 200)")
        page.wait_for('said.some((each) => each.say === "shown" && each.number === 1)')
        assert abs(page.value("level()") - 200) <= 2
        shown = page.value("root().textContent")
        for text in (
            "recording",
            "0:01:01",
            "1,234 triggers",
            "mouse-17",
            "30.0 fps",
            "ring 4",
            "5.0 GB",
            "41.5",
        ):
            assert text in shown, text
        stop = 'root().querySelector(".stop")'
        assert page.value(f"getComputedStyle({stop}).display") != "none"  # the notebook's styles stay outside
        page.value("message(2, 50)")
        page.wait_for('said.some((each) => each.say === "shown" && each.number === 2)')
        assert abs(page.value("level()") - 50) <= 2
        assert page.value('said.filter((each) => each.say === "shown").length') == 2
        before = page.heap()
        page.value("(async () => { for (let n = 3; n < 300; n++) await message(n, n % 256); })()")
        page.wait_for('said.some((each) => each.say === "shown" && each.number === 299)')
        page.value("window.said = []")
        assert page.heap() - before < 1_000_000
        page.value(f"{stop}.click()")
        assert page.value("said.at(-1).say") == "stop"
        page.value('state.ended = "the camera was closed"; heard["change:ended"]()')
        assert page.value('root().querySelector(".tile .age").textContent') == "the camera was closed"
        assert page.value(f"{stop}.hidden")
        page.value("remove()")
        assert page.value("said.at(-1).say") == "gone"
        assert page.value("Object.keys(heard).length") == 0
        assert not page.complaints
