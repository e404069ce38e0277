"""ProcessedRecorder on virtual cameras: what each of its arguments does, and scripts that were written for
ProcessedPiRecorder."""

from __future__ import annotations

import csv
import json
import logging
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile

from llpyspin.errors import CallbackError, RecordingError, SettingRangeError
from llpyspin.processed import ProcessedRecorder
from llpyspin.recording.session import Session
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.recording.sinks import open_video
from llpyspin.virtual import read_stamp
from tests.process.pair import wired_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.process.conftest import World

RATE, SECONDS = 50, 0.4
SCRIPT = pathlib.Path(__file__).with_name("old_script.py")


@pytest.fixture(scope="module")
def wired() -> Iterator[World]:
    with wired_world() as world, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LLPYSPIN_SDK", "virtual")
        patch.delenv("DISPLAY", raising=False)
        patch.delenv("WAYLAND_DISPLAY", raising=False)
        yield world


def pictures(path: pathlib.Path) -> np.ndarray[Any, Any]:
    with open_video(path) as video:
        return np.stack(list(video))


def recorded_bytes(path: pathlib.Path) -> int:
    return path.stat().st_size if path.exists() else 0


def got(recorder: ProcessedRecorder) -> list[Any]:
    items = []
    while not recorder.cb_queue.empty():
        items.append(recorder.cb_queue.get())
    return items


def opened() -> set[str]:
    """The names of the files that this process has open."""
    descriptors = pathlib.Path("/proc/self/fd").iterdir()
    return {os.path.basename(os.readlink(each)) for each in descriptors if each.exists()}


class Everything:
    """A recording with nearly all arguments, looked at by many tests."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.tif, self.log, self.said = folder / "all.tif", folder / "all.log", folder / "said.log"

        def grey(buffer: Any, cb_queue: Any, logger: Any) -> Any:
            frame = buffer[-1]
            if len(buffer) < 3:
                logger.info("the buffer has %d frames", len(buffer))
            cb_queue.put((len(buffer), frame.shape, opened()))
            frame[:, :, :3] = (40, 80, 120)
            return frame

        self.recorder = ProcessedRecorder(
            self.tif,
            x_resolution=630,
            y_resolution=470,
            scale_factor=0.5,
            framerate=RATE,
            rec_length=SECONDS,
            display=True,
            display_proc="file_writer",
            timestamp=True,
            report_Hz=True,
            monitor_qs=True,
            callback=grey,
            cb_type="3Proc",
            tif_compression=1,
            buffer_length=3,
            Hz_buffer=5,
            log_file=self.log,
            cb_log=self.said,
        )
        self.recorder.recordVid()
        self.items = got(self.recorder)
        self.pictures = pictures(self.tif)


@pytest.fixture(scope="module")
def lines() -> Iterator[list[str]]:
    """What the package says."""
    said: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(f"{record.levelname} {record.name}: {record.getMessage()}")

    handler, logger = Keep(), logging.getLogger("llpyspin")
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    yield said
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.fixture(scope="module")
def everything(wired: World, lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> Everything:
    return Everything(tmp_path_factory.mktemp("everything"))


def test_tif_path_is_a_bigtiff_with_a_page_for_each_frame(everything: Everything) -> None:
    with tifffile.TiffFile(everything.tif) as file:
        assert file.is_bigtiff
        assert (
            len(file.pages)
            == len(everything.pictures)
            == len(read_sidecar(everything.tif.with_suffix(".csv")))
        )
    assert everything.recorder.account is not None
    assert everything.recorder.account.adds_up, everything.recorder.account.reasons


def test_resolution_is_rounded_up_and_scale_factor_is_of_that(everything: Everything) -> None:
    assert everything.pictures.shape[1:] == (240, 320, 3)  # of 640 x 480
    settings = json.loads(everything.tif.with_suffix(".json").read_text())["cameras"][0]["settings"]
    assert settings["roi"] == [300, 400, 480, 640]


def test_rec_length_and_framerate_give_so_many_frames(everything: Everything) -> None:
    frames = len(everything.pictures)
    assert RATE * SECONDS + 1 <= frames <= RATE * SECONDS + 1 + 10  # it is stopped a little later
    rows = read_sidecar(everything.tif.with_suffix(".csv"))
    steps = np.diff([row.camera_timestamp_ns for row in rows if row.camera_timestamp_ns is not None])
    assert np.allclose(steps, 1e9 / RATE, rtol=1e-3)


def test_the_average_frame_rate_is_said(everything: Everything, lines: list[str]) -> None:
    assert everything.recorder.average_framerate == pytest.approx(RATE, rel=0.01)
    assert any(re.fullmatch(r"INFO llpyspin: Average Framerate: (49|50)\.\d{3} Hz", line) for line in lines)


def test_the_callback_gets_a_buffer_of_buffer_length_frames(everything: Everything) -> None:
    lengths = [length for length, _, _ in everything.items]
    assert lengths[:3] == [1, 2, 3]
    assert set(lengths[2:]) == {3}
    assert {shape for _, shape, _ in everything.items} == {(240, 320, 4)}


def test_the_callback_has_a_logger(everything: Everything, lines: list[str]) -> None:
    assert any("the buffer has 2 frames" in line for line in lines)
    assert "the buffer has 2 frames" in everything.said.read_text()


def test_3proc_is_a_process_that_does_not_write_the_file(everything: Everything) -> None:
    assert not any("all.tif" in names for _, _, names in everything.items)


def test_what_the_callback_returns_is_what_is_written(everything: Everything) -> None:
    assert (everything.pictures[:, -40:] == (40, 80, 120)).all()


def test_every_frame_went_through_the_callback(everything: Everything) -> None:
    assert len(everything.items) == len(everything.pictures)


def test_texts_are_written_into_the_frames(everything: Everything) -> None:
    """Which text is the business of the overlay's own tests: here is where it is, and that it changes."""
    corners = everything.pictures[:, :40]
    assert (corners != (40, 80, 120)).any(axis=(1, 2, 3)).all()
    assert len({corner.tobytes() for corner in corners}) > len(corners) // 2


def test_tif_compression_is_used(everything: Everything) -> None:
    with tifffile.TiffFile(everything.tif) as file:
        assert file.pages[0].compression.name in ("ADOBE_DEFLATE", "DEFLATE")
    assert everything.tif.stat().st_size < everything.pictures.nbytes / 5


def test_log_file_has_a_row_for_each_frame(everything: Everything) -> None:
    with everything.log.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(everything.items)


def test_where_no_window_can_be_had_a_warning_says_so(everything: Everything, lines: list[str]) -> None:
    assert any(line.startswith("WARNING") and "nothing is displayed" in line for line in lines)


# -- other ways


def test_without_a_callback_the_frames_are_written_as_they_are(wired: World, tmp_path: pathlib.Path) -> None:
    recorder = ProcessedRecorder(
        tmp_path / "raw",
        320,
        64,
        framerate=100,
        rec_length=0.1,
        display=False,
        tif_compression=0,
        metadata={"subject": "m42"},
    )
    recorder.recordVid()
    assert Session.read(tmp_path / "raw.json").subject == "m42"
    found = pictures(tmp_path / "raw.tif")
    assert [read_stamp(picture).frame for picture in found] == list(range(len(found)))
    assert len(found) >= 11
    assert recorder.cb_queue is None
    with tifffile.TiffFile(tmp_path / "raw.tif") as file:
        assert file.pages[0].compression.name == "NONE"


def test_not_blocking_it_returns_at_once_and_stopvid_ends_it(wired: World, tmp_path: pathlib.Path) -> None:
    recorder = ProcessedRecorder(
        tmp_path / "a.tif",
        320,
        64,
        framerate=RATE,
        rec_length=3600,
        display=False,
        callback=lambda buffer, cb_queue: cb_queue.put(buffer[-1].shape),
        bgra=False,
        blocking=False,
    )
    recorder.recordVid()
    assert recorder.recording
    with pytest.raises(RecordingError, match="already running"):
        recorder.recordVid()
    assert recorder.cb_queue.get(timeout=10) == (64, 320)
    recorder.stopVid()
    assert not recorder.recording
    found = pictures(tmp_path / "a.tif")
    assert found.ndim == 3  # gray
    assert [read_stamp(picture).frame for picture in found] == list(range(len(found)))
    recorder.stopVid()


def test_2proc_is_the_process_that_writes_the_file(wired: World, tmp_path: pathlib.Path) -> None:
    recorder = ProcessedRecorder(
        tmp_path / "a.tif",
        320,
        64,
        framerate=RATE,
        rec_length=0.2,
        display=False,
        callback=lambda buffer, cb_queue: cb_queue.put(opened()),
        cb_type="2Proc",
    )
    recorder.recordVid()
    items = got(recorder)
    assert len(items) >= 11
    assert all("a.tif" in names for names in items[1:])
    assert len(pictures(tmp_path / "a.tif")) == len(items)
    assert recorder.account is not None
    assert recorder.account.adds_up, recorder.account.reasons


def test_without_write_vid_there_is_no_file_and_the_callback_is_called(
    wired: World, tmp_path: pathlib.Path
) -> None:
    recorder = ProcessedRecorder(
        tmp_path / "a.tif",
        64,
        64,
        framerate=RATE,
        rec_length=0.1,
        display=False,
        write_vid=False,
        callback=lambda buffer, cb_queue: cb_queue.put(1),
    )
    recorder.recordVid()
    assert len(got(recorder)) >= 5
    assert list(tmp_path.iterdir()) == []
    assert recorder.account is None


def test_a_slow_camera_is_said_to_be_slow(
    wired: World, tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = ProcessedRecorder(None, 64, 64, framerate=100, rec_length=0.3, display=False, exposure=20000)
    recorder.recordVid()
    assert "Camera ONLY averaged" in caplog.text
    assert recorder.average_framerate is not None
    assert recorder.average_framerate < 60


CALLS: list[int] = []


def failing(buffer: Any) -> None:
    CALLS.append(len(buffer))
    if len(CALLS) == 10:
        raise KeyError("no such thing")


def test_raising_callback_ends_the_recording_and_stopvid_raises(
    wired: World, tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = ProcessedRecorder(
        tmp_path / "a.tif", 320, 64, 1, RATE, 3600, display=False, callback=failing, blocking=False
    )
    recorder.recordVid()
    with pytest.raises(CallbackError):
        recorder.cb_queue.get(timeout=10)
    with pytest.raises(CallbackError, match=r"failing failed at frame 9.*no such thing") as caught:
        recorder.stopVid()
    recorder.stopVid()
    assert "raise KeyError" in (caught.value.remote_traceback or "")
    assert "llpyspin" not in (caught.value.remote_traceback or "").replace("/tests/process/", "")
    assert "no such thing" in caplog.text
    found = pictures(tmp_path / "a.tif")
    assert 10 <= len(found) < 200
    assert [read_stamp(picture[:, :, 0]).frame for picture in found] == list(range(len(found)))
    assert recorder.account is not None
    assert recorder.account.adds_up, recorder.account.reasons


def test_a_recording_may_go_on_without_a_callback_that_raised(wired: World, tmp_path: pathlib.Path) -> None:
    recorder = ProcessedRecorder(
        tmp_path / "a.tif", 320, 64, 1, RATE, 0.5, display=False, callback=failing, on_error="end"
    )
    with pytest.raises(CallbackError, match="no such thing"):
        recorder.recordVid()
    found = pictures(tmp_path / "a.tif")
    assert len(found) >= 26
    assert [read_stamp(picture[:, :, 0]).frame for picture in found] == list(range(len(found)))
    assert recorder.account is not None
    assert recorder.account.adds_up, recorder.account.reasons


@pytest.mark.slow
def test_stereo_puts_two_cameras_side_by_side_in_one_file(
    wired: World, tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def note(buffer: Any, cb_queue: Any) -> None:
        cb_queue.put(buffer[-1].shape)

    lossy = {**wired.config, "faults": [{"serial": wired.serials[1], "kind": "lose", "at": [4]}]}
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(lossy))
    recorder = ProcessedRecorder(
        tmp_path / "both.tif",
        640,
        64,
        framerate=RATE,
        rec_length=0.3,
        display=False,
        stereo=True,
        callback=note,
        bgra=False,
    )
    recorder.recordVid()
    found = pictures(tmp_path / "both.tif")
    assert found.shape[1:] == (64, 640)
    seen = [
        tuple(read_stamp(np.ascontiguousarray(half)) for half in (picture[:, :320], picture[:, 320:]))
        for number, picture in enumerate(found)
        if number != 4
    ]
    assert all(left.frame == right.frame for left, right in seen)
    assert {(str(left.camera), str(right.camera)) for left, right in seen} == {tuple(wired.serials)}
    assert "no right half in 1 of the pictures, of triggers 4" in caplog.text
    assert set(got(recorder)) == {(64, 640)}
    assert recorder.account is not None
    assert recorder.account.adds_up, recorder.account.reasons


def test_what_the_camera_refuses_is_an_error_and_leaves_it_free(wired: World) -> None:
    for _ in range(2):
        with pytest.raises(SettingRangeError, match="x_resolution is up to 1440"):
            ProcessedRecorder(None, 2000, 64, display=False, rec_length=1).recordVid()


def test_ctrl_c_ends_the_recording_in_order(wired: World, tmp_path: pathlib.Path) -> None:
    recorder = ProcessedRecorder(tmp_path / "a.tif", 320, 64, framerate=RATE, rec_length=3600, display=False)

    def interrupt() -> None:
        while recorded_bytes(tmp_path / "a.tif") < 100_000:
            time.sleep(0.01)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        recorder.recordVid()
    thread.join(10)
    found = pictures(tmp_path / "a.tif")
    assert [read_stamp(picture).frame for picture in found] == list(range(len(found)))
    assert recorder.account is not None
    assert recorder.account.adds_up


def test_stopvid_in_a_signal_handler_ends_a_recording_that_blocks(
    wired: World, tmp_path: pathlib.Path
) -> None:
    recorder = ProcessedRecorder(tmp_path / "a.tif", 320, 64, 1, RATE, 3600, display=False)

    def stop(*_: object) -> None:
        if recorded_bytes(tmp_path / "a.tif") > 100_000:
            recorder.stopVid()

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        recorder.recordVid()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert recorder.account is not None
    assert recorder.account.adds_up, recorder.account.reasons
    assert not recorder.recording


def test_an_old_script_runs_with_another_import(wired: World, tmp_path: pathlib.Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", SCRIPT, "old.tif"],
        env={**wired.environment, "PYTHONPATH": str(SCRIPT.parents[2])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert [line.split()[0] for line in said] == ["moved"] * 5 + ["going"]
    assert "nothing is displayed" in done.stderr
    found = pictures(tmp_path / "old.tif")
    assert found.shape[1:] == (120, 160, 3)
    assert len(found) >= 16
    reds = [tuple(picture[30, 20]) == (0, 0, 255) for picture in found]
    assert reds == [False, False, *[True] * (len(found) - 2)]
