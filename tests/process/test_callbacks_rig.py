"""Callbacks on the cameras of a rig: beside its recordings, in them, and through the loss of a camera."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.callbacks.child.latency import read_log
from llpyspin.deadlines import Deadline
from llpyspin.errors import CallbackError, SettingLockedError
from llpyspin.recording import Session, check
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.recording.sinks import open_video
from llpyspin.virtual import fault
from llpyspin.virtual.stamp import read_stamp
from tests.process.rig_worlds import account_of, make_rig, proven, wired

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterator

    from llpyspin.rig import Rig

LOSSLESS = {"codec": "ffv1"}


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """Two cameras at 50 fps."""
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))
    with make_rig(2, framerate=50) as rig:
        yield rig


def until(holds: Callable[[], object], timeout_s: float = 30) -> None:
    deadline = Deadline(timeout_s)
    while not holds():
        assert not deadline.passed, "it did not come to that"
        time.sleep(0.02)


@pytest.mark.slow
def test_rig_callbacks_have_rows_and_their_results_are_recorded(rig: Rig, tmp_path: pathlib.Path) -> None:
    def slow(buffer: Any) -> Any:
        time.sleep(2.5 / 50)
        return 255 - buffer[-1], buffer.info.frame_id

    folder = tmp_path / "s"
    rig["a"].process(slow)
    returned = rig["b"].process(slow, record="both")
    rig.prime(folder, **LOSSLESS)
    with pytest.raises(SettingLockedError, match="before prime"):
        rig["a"].process(slow, record="returned")
    rig.trigger()
    until(lambda: rig.status().triggers >= 40)
    late = rig["a"].process(lambda buffer: buffer.info.frame_id, every=True)
    until(lambda: late.status().called > 10)
    session = proven(rig.stop(), folder)
    for name in "ab":
        assert account_of(session, name).all_lost == 0
        rows = list(read_log(folder / f"{name}.callback.csv"))
        assert len(rows) + sum(row.skipped for row in rows) == account_of(session, name).written
        assert (folder / f"{name}.callback.json").exists()
    assert list(read_log(folder / "a.callback2.csv"))  # of the one that came in the middle
    rows = read_sidecar(folder / "b_returned.csv")
    written = [row for row in rows if row.state == "written"]
    assert len(rows) == account_of(session, "b").written and len(written) < len(rows)
    assert {row.where for row in rows} == {"", "callback"}
    with open_video(folder / "b_returned.mkv") as pictures:
        assert len(pictures) == len(rows)  # marked blank ones stand for those that are lost
        for row in written:
            assert row.frame is not None
            assert read_stamp(255 - pictures[row.frame]).frame == row.trigger, row
    account = Session.read(folder / "b_returned.json").account
    assert account is not None and account.adds_up
    assert not returned.stop().errors


@pytest.mark.slow
def test_a_pre_trigger_begins_what_was_returned_with_the_same_trigger(
    rig: Rig, tmp_path: pathlib.Path
) -> None:
    folder = tmp_path / "s"
    rig["a"].process(lambda buffer: None, record="returned", every=True)
    rig.prime(folder, pre_trigger=0.3, **LOSSLESS)
    until(lambda: rig.status().triggers >= 40)
    rig.trigger()
    until(lambda: rig.status().triggers >= 60)
    session = rig.stop()
    assert session is not None and session.account is not None and session.account.adds_up
    assert check(folder).ok
    first = [read_sidecar(folder / f"{name}.csv")[0].trigger for name in "ab"]
    assert first[0] == first[1] >= 20
    assert account_of(session, "a").all_lost == 0


@pytest.mark.slow
def test_a_callback_goes_on_with_a_camera_that_came_back(rig: Rig, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "s"
    serial = rig["b"].info.serial
    processing = rig["b"].process(lambda buffer: buffer.info.frame_id, record="returned", every=True)
    rig.prime(folder, on_failure="recover", **LOSSLESS)
    rig.trigger()
    until(lambda: rig.status().triggers >= 20)
    fault(serial, "unplug")
    until(lambda: not rig["b"].isOpened() or rig["b"].info.serial != serial)
    fault(serial, "plug")
    until(lambda: any("gives frames again" in event for event in rig.status().events))
    calls = processing.status().called
    until(lambda: processing.alive and processing.status().called > calls + 10)
    session = rig.stop()
    assert session is not None and session.account is not None
    assert session.account.adds_up, str(session.account)
    rows = read_sidecar(folder / "b_001.csv")
    assert sum(row.state == "written" for row in rows) > 10
    with open_video(folder / "b_001.mkv") as pictures:
        assert len(pictures) == sum(row.frame is not None for row in rows)
    assert len(list(read_log(folder / "b.callback.csv"))) > 30


@pytest.mark.slow
def test_camera_comes_back_without_a_callback_that_cannot(rig: Rig, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "s"
    serial = rig["b"].info.serial
    processing = rig["b"].process(lambda buffer: None, every=True)
    rig.prime(folder, on_failure="recover", **LOSSLESS)
    rig.trigger()
    until(lambda: rig.status().triggers >= 20)
    fault(serial, "unplug")
    until(lambda: not rig["b"].isOpened() or rig["b"].info.serial != serial)
    (folder / "b.callback.csv").unlink()
    (folder / "b.callback.csv").mkdir()
    fault(serial, "plug")
    until(lambda: any("gives frames again" in event for event in rig.status().events))
    assert not processing.alive
    until(lambda: len(read_sidecar(folder / "b_001.csv")) > 10)
    session = rig.stop()
    assert session is not None and session.account is not None
    assert session.account.adds_up, str(session.account)
    assert check(folder).ok
    with pytest.raises(CallbackError, match=r"b\.callback\.csv"):
        processing.stop()


def test_a_recording_of_a_rig_tells_how_a_callback_failed(rig: Rig, tmp_path: pathlib.Path) -> None:
    def fail(buffer: Any) -> None:
        raise ValueError("no mouse")

    processing = rig["a"].process(fail)
    rig.prime(tmp_path / "s", codec="raw")
    rig.trigger()
    until(lambda: rig.status().triggers >= 10)
    session = proven(rig.stop(), tmp_path / "s")
    assert account_of(session, "a").all_lost == 0
    assert session.account is not None
    assert any("no mouse" in event for event in session.account.events)
    with pytest.raises(CallbackError, match="no mouse"):
        processing.stop()
