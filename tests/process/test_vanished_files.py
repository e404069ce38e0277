"""Folders, videos and sidecars that are deleted while a rig records them."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import shutil
import signal
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from llpyspin.deadlines import Deadline
from llpyspin.errors import RecordingError
from llpyspin.primary import PrimaryCamera
from llpyspin.recording import check, load
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.recording.sinks import open_video
from tests.process.rig_worlds import make_rig, wired
from tests.slowly import but_slow

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable

    from llpyspin.rig import Rig


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))


def until(holds: Callable[[], bool]) -> None:
    deadline = Deadline(30)
    while not holds():
        assert not deadline.passed
        time.sleep(0.02)


def written(rig: Rig, frames: int) -> bool:
    return all(camera.frames >= frames for camera in rig.status().cameras.values())


@pytest.mark.parametrize("codec", but_slow(["h264", "raw"], ["ffv1", "tiff", "hdf5"]))
def test_deleted_folder_ends_the_recording_and_the_account_says_so(
    tmp_path: pathlib.Path, capfd: pytest.CaptureFixture[str], codec: str
) -> None:
    with make_rig(2) as rig:
        rig.prime(tmp_path / "gone", codec=codec)
        rig.trigger()
        until(lambda: written(rig, 20))
        shutil.rmtree(tmp_path / "gone")
        session = rig.stop()
        assert session is not None and session.account is not None
        assert not session.account.adds_up
        assert any(re.search("was deleted|No such file", event.text) for event in session.events)
        assert not rig.primed
        rig.prime(tmp_path / "next", codec=codec)
        rig.trigger()
        until(lambda: written(rig, 20))
        following = rig.stop()
        assert following is not None and following.account is not None and following.account.adds_up
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("suffix", [".raw", ".csv"])
def test_a_file_that_is_deleted_is_noticed_and_the_other_camera_is_whole(
    tmp_path: pathlib.Path, suffix: str
) -> None:
    with make_rig(2, on_failure="continue") as rig:
        rig.prime(tmp_path / "s", codec="raw")
        rig.trigger()
        until(lambda: written(rig, 20))
        (tmp_path / "s" / f"a{suffix}").unlink()
        until(lambda: any(f"a{suffix} was deleted" in event for event in rig.status().events))
        session = rig.stop()
    assert session is not None and session.account is not None
    assert not session.account.adds_up
    assert not check(tmp_path / "s").ok
    with load(tmp_path / "s") as loaded:
        assert len(loaded["b"].frames) >= 20 and loaded["b"].frames[19].ndim == 2


@pytest.mark.parametrize("on_failure", ["continue", "recover"])
def test_writer_that_dies_without_its_sidecar_leaves_an_account(
    tmp_path: pathlib.Path, on_failure: str
) -> None:
    with make_rig(2, on_failure=on_failure) as rig:
        rig.prime(tmp_path / "s", codec="raw")
        rig.trigger()
        until(lambda: written(rig, 20))
        (tmp_path / "s" / "a.csv").unlink()
        writer = rig._members["a"].writers.current
        assert writer is not None
        os.kill(writer.pid, signal.SIGKILL)
        session = rig.stop()
    assert session is not None and session.account is not None
    assert not session.account.adds_up
    assert len(load(tmp_path / "s")["b"].frames) >= 20


@pytest.mark.parametrize(("codec", "suffix"), [("raw", ".raw"), ("tiff", ".tif"), ("hdf5", ".h5")])
def test_a_file_that_may_not_grow_has_a_row_for_each_picture_after_stop(
    tmp_path: pathlib.Path, codec: str, suffix: str
) -> None:
    folder = tmp_path / "s"
    with make_rig(2, on_failure="continue") as rig:
        rig.prime(folder, codec=codec)
        writer = rig._members["a"].writers.current
        assert writer is not None
        psutil.Process(writer.pid).rlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
        rig.trigger()
        until(lambda: rig.status().cameras["b"].frames >= 80)
        session = rig.stop()
    assert session is not None and session.account is not None
    assert any(camera.name == "a" and camera.lost["writer"] for camera in session.account.cameras)
    [path] = [each for each in folder.iterdir() if each.stem == "a" and each.suffix.startswith(suffix)]
    rows = read_sidecar(folder / "a.csv")
    with open_video(path) as video:
        assert 10 < len(video) < 30
        assert [row.frame for row in rows if row.frame is not None] == list(video.numbers)
    assert [row.trigger for row in rows] == list(range(len(rows)))
    assert not [each for each in check(folder).findings if "tells of" in each]


@pytest.mark.parametrize("gone", ["a.raw", "a.json", "a.csv"])
def test_single_camera_has_an_account_after_its_file_was_deleted(tmp_path: pathlib.Path, gone: str) -> None:
    with PrimaryCamera(0, framerate=100, exposure=800, roi=(0, 0, 270, 360), sdk="virtual") as camera:
        camera.prime(tmp_path / "a.raw")
        camera.trigger()
        recorder = camera.recording
        assert recorder is not None
        until(lambda: recorder.status().written >= 20)
        (tmp_path / gone).unlink(missing_ok=gone == "a.json")
        if gone == "a.json":
            camera.stop()
        else:
            with contextlib.suppress(RecordingError):
                camera.stop()
        account = camera.account
        assert account is not None
        assert account.adds_up == (gone == "a.json"), str(account)
        camera.prime(tmp_path / "b.raw")
        camera.trigger()
        camera.stop()
        assert camera.account is not None and camera.account is not account
    if gone == "a.json":
        assert check(tmp_path / "a.raw").ok


def test_failed_recording_with_a_pre_trigger_begins_with_its_first_row(tmp_path: pathlib.Path) -> None:
    sidecar = tmp_path / "a.csv"
    with PrimaryCamera("20000001", sdk="virtual", framerate=100, primed=False) as camera:
        camera.prime(tmp_path / "a.raw", codec="raw", pre_trigger=0.1)
        for _ in range(30):
            assert camera.read()[0]
        camera.trigger()
        until(lambda: sidecar.exists() and sidecar.stat().st_size > 2000)
        (tmp_path / "a.raw").unlink()
        with pytest.raises(RecordingError, match="was deleted"):
            camera.stop()
    first = read_sidecar(sidecar)[0].trigger
    assert first > 0
    session = load(tmp_path / "a.json").session
    assert session is not None and session.account is not None
    assert session.first_trigger == first
    assert not any("begins with trigger" in reason for reason in session.account.reasons)
