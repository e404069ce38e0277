"""Windows beside a camera, in real preview processes, with an OpenCV whose windows are notes in a folder."""

from __future__ import annotations

import logging
import os
import re
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin import VideoStream
from llpyspin.deadlines import Deadline
from llpyspin.display.preview import preview_or_warn
from llpyspin.display.showing import PreviewSpec
from llpyspin.errors import CameraClosedError, MissingExtraError
from tests.process.rig_worlds import FAST, make_rig, proven, wired

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.process.conftest import World

WAIT_S = 15.0

CV2 = """
import os, pathlib, time
import numpy

FOLDER = pathlib.Path(os.environ["NOTED_WINDOWS"])
WINDOW_NORMAL = WINDOW_KEEPRATIO = WINDOW_GUI_NORMAL = WND_PROP_VISIBLE = BORDER_CONSTANT = 0
INTER_AREA = INTER_NEAREST = FONT_HERSHEY_SIMPLEX = LINE_AA = 0

class error(Exception):
    pass

def namedWindow(title, flags):
    if (FOLDER / "abort").exists():
        os.abort()
    (FOLDER / "title").write_text(title)

def resize(image, size, interpolation):
    return numpy.zeros((size[1], size[0]), image.dtype)

def copyMakeBorder(image, top, bottom, left, right, kind, value):
    return numpy.zeros((image.shape[0] + bottom, image.shape[1], 3), image.dtype)

def putText(image, text, *more):
    with open(FOLDER / "lines", "a") as file:
        file.write(text + "\\n")

def resizeWindow(title, width, height):
    pass

def imshow(title, image):
    pass

def waitKey(ms):
    time.sleep(ms / 1000)
    return -1

def getWindowProperty(title, which):
    return 0.0 if (FOLDER / "close").exists() else 1.0

def destroyWindow(title):
    (FOLDER / "destroyed").touch()
"""


@pytest.fixture
def cap(world: World) -> Iterator[VideoStream]:
    with VideoStream(world.serials[0], framerate="max", sdk="virtual", nickname="top") as stream:
        yield stream


@pytest.fixture
def notes(cap: VideoStream, noted: Path) -> Path:
    """Where windows of a camera note what happens."""
    return noted


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where windows that are opened from now on note what happens."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "cv2.py").write_text(CV2)
    (tmp_path / "lines").touch()
    monkeypatch.syspath_prepend(str(modules))
    monkeypatch.setenv("NOTED_WINDOWS", str(tmp_path))
    monkeypatch.setenv("DISPLAY", "elsewhere:0")
    return tmp_path


def until(happens: Callable[[], bool]) -> None:
    deadline = Deadline(WAIT_S)
    while not happens():
        assert not deadline.passed
        time.sleep(0.02)


def test_window_shows_frames_without_losing_any_and_closes_alone(cap: VideoStream, notes: Path) -> None:
    with cap.display() as preview:
        assert (
            notes / "title"
        ).read_text() == f"top: virtual camera {cap.info.serial} (Blackfly S BFS-U3-16S2M)"
        cap.buffersize = 1000
        until(lambda: preview.status().shown >= 5)
        for _ in range(100):
            assert cap.read()[0]
            assert cap.frame_info is not None
        assert cap.frame_info.missed == 0
        assert preview.status().skipped > 0
        assert "waiting for frames\nframe " in (notes / "lines").read_text()
        (notes / "close").touch()
        until(lambda: not preview.alive)
        assert cap.read()[0]
        assert "closed" in preview.status().ended
    assert "closed" in repr(preview)


def test_a_window_that_nobody_keeps_stays_until_the_camera_is_released(cap: VideoStream, notes: Path) -> None:
    cap.display("a title of my own")
    assert (notes / "title").read_text() == "a title of my own"
    until(lambda: "\nframe " in (notes / "lines").read_text())
    cap.release()
    assert (notes / "destroyed").exists()
    with pytest.raises(CameraClosedError):
        cap.display()


def test_killed_preview_or_failed_display_leaves_the_camera_alone(cap: VideoStream, notes: Path) -> None:
    preview = cap.display()
    os.kill(preview.pid, signal.SIGKILL)
    until(lambda: not preview.alive)
    assert preview.status().ended == "it was killed by SIGKILL"
    preview.close()
    (notes / "abort").touch()
    with pytest.raises(MissingExtraError, match="the window system fails"):
        cap.display()
    assert cap.read()[0]


@pytest.mark.slow
def test_window_of_a_rig_shows_free_cameras_and_leaves_the_recording_alone(
    noted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))
    with make_rig(2) as rig:
        before = {name: rig[name].settings() for name in rig}
        preview = rig.view(rate=60)
        assert (noted / "title").read_text() == "rig of a, b"
        until(
            lambda: re.search(r"a: \d+\.\d fps \| b: \d+\.\d fps", (noted / "lines").read_text()) is not None
        )
        rig["b"].gain = 3  # settings are free meanwhile
        assert rig["b"].gain == pytest.approx(3, rel=1e-3)
        assert rig["b"].read()[0]
        rig["b"].gain = 0
        session = rig.record(0.3, tmp_path / "session", progress=False, **FAST)
        proven(session, tmp_path / "session")
        after = {name: rig[name].settings() for name in rig}
        changed = {
            (name, node): (before[name][node], value)
            for name in rig
            for node, value in after[name].items()
            if before[name].get(node) != value
        }
        assert not {key for key in changed if key[1].startswith("AcquisitionFrameRate")}, changed
        assert preview.alive
        shown = preview.status().shown
        rig.prime()
        rig.trigger()
        until(lambda: preview.status().shown > shown)  # the window goes on with the run's frames
        rig.stop()
    assert not preview.alive


def test_without_a_display_it_is_refused_in_a_sentence(
    cap: VideoStream, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(MissingExtraError, match="there is no display here"):
        cap.display()
    with caplog.at_level(logging.WARNING, logger="llpyspin"):
        assert preview_or_warn(PreviewSpec(cap._source.address, "camera")) is None
    assert "nothing is displayed: cannot open a window: there is no display here" in caplog.text
    assert cap.read()[0]


def nothing(buffer: Any) -> None:
    """A callback."""


def test_window_of_callback_results_stays_until_it_is_stopped(cap: VideoStream, notes: Path) -> None:
    with cap.process(nothing, display=True, name="tracker") as processing:
        assert (notes / "title").read_text() == "tracker"
        processing.display("another")
        assert (notes / "title").read_text() == "another"
        until(lambda: (notes / "lines").read_text().count("\nframe ") >= 3)
    assert (notes / "destroyed").exists()


@pytest.mark.slow
def test_a_callback_that_is_to_be_shown_runs_where_there_is_no_display_too(
    cap: VideoStream, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with (
        caplog.at_level(logging.WARNING, logger="llpyspin"),
        cap.process(nothing, display=True) as processing,
    ):
        until(lambda: processing.status().called >= 3)
        with pytest.raises(MissingExtraError, match="there is no display here"):
            processing.display()
    assert "nothing is displayed: cannot open a window" in caplog.text
