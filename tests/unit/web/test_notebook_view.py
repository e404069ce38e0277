"""The live view of a notebook: a kernel and a browser that the test plays, and frames that it publishes."""

from __future__ import annotations

import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import IPython
import IPython.display
import ipywidgets
import pytest
import simplejpeg
from IPython.core.events import EventManager, post_run_cell

from llpyspin.errors import MissingExtraError, NotInNotebookError, SettingRangeError
from llpyspin.frames import FrameWriter, Layout
from llpyspin.web.audience import GRACE_S
from llpyspin.web.newsteller import News
from llpyspin.web.notebookfeed import GONE
from llpyspin.web.notebookview import LiveView
from llpyspin.web.notebookwidget import free_widget, new_widget, script

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

LAYOUT = Layout("Mono8", 40, 30, 40, 1200)
LONG_S = 20.0


class Widget:
    """Stands for the widget and for the browser that shows it."""

    def __init__(self) -> None:
        self.ended = ""
        self.closed = threading.Event()
        self.pictures: list[bytes] = []
        self.numbers: list[int] = []
        self.arrived = threading.Semaphore(0)
        self.answers = True
        self.layout = SimpleNamespace(close=lambda: None)

    def on_msg(self, hear: Any) -> None:
        self._hear = hear

    def say(self, what: str, **more: object) -> None:
        self._hear(self, {"view": "a", "say": what, **more}, [])

    def send(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        self.numbers.append(content["number"])
        self.pictures += buffers
        if buffers:
            self.arrived.release()
        if self.answers:
            self.say("shown", number=content["number"])

    def picture(self) -> np.ndarray:
        """The next one."""
        assert self.arrived.acquire(timeout=LONG_S)
        return simplejpeg.decode_jpeg(self.pictures[-1], colorspace="GRAY")

    def close(self) -> None:
        self.closed.set()


class Notebook:
    """A kernel with one camera, and what it has displayed."""

    def __init__(self, writer: FrameWriter) -> None:
        self.shell: Any = SimpleNamespace(kernel=True, execution_count=1)
        self.shell.events = EventManager(self.shell, {"post_run_cell": post_run_cell})
        self.displayed: list[object] = []
        self.state = "streaming"
        self._writer = writer

    def publish(self, level: int) -> None:
        offset, pixels = self._writer.claim()
        pixels[:] = bytes([level]) * LAYOUT.payload
        self._writer.publish(offset, frame_id=1, camera_timestamp_ns=0, host_timestamp_ns=0, flags=0)

    def news(self) -> News:
        camera = {"name": "top", "rate": 0.0, "failure": ""}
        return News({"state": self.state, "cameras": [camera]}, {"top": self._writer.address})

    def live(self, **options: Any) -> tuple[LiveView, Widget]:
        widget = Widget()
        return LiveView(
            "camera", self.news, **{"rate": 30.0, "edge": 80, **options}, widget=lambda: widget
        ), widget

    def run_cell(self, error: BaseException | None = None) -> None:
        self.shell.execution_count += 1
        self.shell.events.trigger("post_run_cell", SimpleNamespace(error_in_exec=error))


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    with FrameWriter(name="5001") as writer:
        writer.begin(LAYOUT, 8, lent=False)
        made = Notebook(writer)
        monkeypatch.setattr(IPython, "get_ipython", lambda: made.shell)
        monkeypatch.setattr(IPython.display, "display", made.displayed.append)
        yield made


def test_view_shows_the_newest_frame_to_a_browser_that_looks(notebook: Notebook) -> None:
    view, widget = notebook.live()
    assert notebook.displayed == [widget]
    for level in (10, 20, 200):
        notebook.publish(level)
    assert not widget.pictures
    widget.say("ready")
    assert abs(int(widget.picture()[0, 0, 0]) - 200) <= 1
    view.close()


def test_browser_that_answers_nothing_gets_one_message(notebook: Notebook) -> None:
    view, widget = notebook.live()
    widget.answers = False
    notebook.publish(10)
    widget.say("ready")
    other, playing = notebook.live()
    playing.say("ready")
    for level in range(20, 40):  # the other view shows that time goes by
        notebook.publish(level)
        playing.picture()
    assert len(widget.numbers) == 1
    view.close()
    other.close()


def test_stop_button_ends_one_view_and_leaves_the_other(notebook: Notebook) -> None:
    (first, stopped), (second, playing) = notebook.live(), notebook.live()
    for widget in (stopped, playing):
        widget.say("ready")
    stopped.say("stop")
    assert (first.alive, first.ended, stopped.ended) == (False, "it was stopped", "it was stopped")
    assert second.alive
    notebook.publish(99)
    playing.picture()
    second.close()
    assert playing.ended == "it was closed by the program"


def test_interrupted_cell_ends_the_view_and_a_failed_one_does_not(notebook: Notebook) -> None:
    view, widget = notebook.live()
    notebook.run_cell()
    notebook.run_cell(ValueError("a mistake"))
    assert view.alive
    notebook.run_cell(KeyboardInterrupt())
    assert widget.ended == "the kernel was interrupted"
    assert not view.alive


def test_deleted_cell_ends_the_view_and_frees_the_widget(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llpyspin.web.audience.GRACE_S", GRACE_S / 20)
    view, widget = notebook.live()
    widget.say("ready")
    widget.say("gone")
    assert widget.closed.wait(LONG_S)
    assert view.ended == GONE


def test_widget_of_an_ended_view_is_freed_with_its_cell(notebook: Notebook) -> None:
    _, widget = notebook.live()
    widget.say("ready")
    widget.say("stop")
    assert not widget.closed.is_set()
    widget.say("gone")
    assert widget.closed.is_set()


def test_tile_says_what_became_of_the_camera(notebook: Notebook) -> None:
    closed, widget = notebook.live()
    widget.say("ready")
    closed.cameras_closed()
    assert widget.ended == "the camera was closed"
    lost, widget = notebook.live()
    notebook.state = "lost"
    widget.say("ready")
    lost._feed._thread.join(LONG_S)  # type: ignore[union-attr]
    assert widget.ended == "the camera is lost"


def test_closed_view_leaves_no_thread_and_nothing_in_the_kernel(notebook: Notebook) -> None:
    before = set(threading.enumerate())
    view, widget = notebook.live()
    widget.say("ready")
    notebook.publish(10)
    widget.picture()
    assert len(notebook.shell.events.callbacks["post_run_cell"]) == 1
    view.close()
    view.close()
    assert set(threading.enumerate()) <= before
    assert notebook.shell.events.callbacks["post_run_cell"] == []


def test_cell_shows_its_view_once_and_another_one_shows_it_too(notebook: Notebook) -> None:
    with notebook.live()[0] as view:
        view._ipython_display_()
        assert len(notebook.displayed) == 1
        notebook.run_cell()
        view._ipython_display_()
        assert len(notebook.displayed) == 2
        assert repr(view) == "<LiveView of a camera, open>"
    assert repr(view) == "<LiveView of a camera, ended: it was closed by the program>"


@pytest.mark.parametrize("options", [{"rate": 0}, {"rate": 31}, {"edge": 79}, {"edge": 1921}, {"edge": 99.5}])
def test_numbers_outside_their_limits_are_refused(notebook: Notebook, options: dict[str, Any]) -> None:
    with pytest.raises(SettingRangeError):
        notebook.live(**options)
    assert notebook.displayed == []


# -- the widget -------------------------------------------------------------------------------------------


def test_widget_has_the_tiles_of_the_live_page(notebook: Notebook) -> None:
    widget = new_widget()
    try:
        assert widget._esm == script()
        assert "class Tile" in widget._esm
        assert "import " not in widget._esm
        assert "http" not in widget._esm
        assert (widget.ended, widget.keys.count("ended")) == ("", 1)
    finally:
        type(widget).close_all()


def test_freed_widget_leaves_nothing_in_the_kernel(notebook: Notebook) -> None:
    before = len(ipywidgets.widgets.widget._instances)
    widget = new_widget()
    assert len(ipywidgets.widgets.widget._instances) > before
    free_widget(widget)
    assert len(ipywidgets.widgets.widget._instances) == before


def test_missing_package_names_the_extra(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(MissingExtraError, match=r"live\(\) needs anywidget: pip install 'llpyspin\[live\]'"):
        new_widget()


@pytest.mark.parametrize("shell", [None, SimpleNamespace()])
def test_view_outside_of_a_notebook_names_what_else_there_is(
    monkeypatch: pytest.MonkeyPatch, shell: object
) -> None:
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    with pytest.raises(NotInNotebookError, match=r"display\(\).*view\(\).*serve\(\)"):
        LiveView("camera", lambda: None, rate=15.0, edge=480)


def test_cameras_are_imported_without_the_packages_of_a_live_view() -> None:
    packages = "{'IPython', 'anywidget', 'simplejpeg'}"
    code = f"import sys, llpyspin.streaming, llpyspin.rig; print({packages} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"
