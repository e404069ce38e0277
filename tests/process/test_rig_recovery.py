"""What fails in mid-recording: the others go on, what comes back joins again, and the account tells."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.deadlines import Deadline
from llpyspin.errors import RigError
from llpyspin.primary import PrimaryCamera
from llpyspin.recording import Session, check
from llpyspin.rig import Rig
from llpyspin.virtual import fault
from tests.process.rig_worlds import FAST, ROI, account_of, apart_us, make_rig, missing, proven, wired

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterator


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """Three cameras at 50 fps."""
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(3))
    with make_rig(3, framerate=50) as rig:
        yield rig


@contextlib.contextmanager
def driven_from_outside(
    monkeypatch: pytest.MonkeyPatch, folder: pathlib.Path, rate: float | None
) -> Iterator[tuple[PrimaryCamera, Rig]]:
    """A box that gives pulses at 50 Hz, and a rig of one camera, "b", that records them."""
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))
    outside = [{"serial": "20000002", "name": "b", "roi": ROI}]
    with PrimaryCamera("20000001", sdk="virtual", roi=ROI, framerate=50, primed=False) as box:
        with Rig(outside, trigger="external", framerate=rate, sdk="virtual") as rig:
            box.prime()
            rig.prime(folder, **FAST)
            rig.trigger()
            box.trigger()
            yield box, rig


def until(holds: Callable[[], bool], rig: Rig, timeout_s: float = 30) -> None:
    deadline = Deadline(timeout_s)
    while not holds():
        assert not deadline.passed, rig.status()
        time.sleep(0.02)


def told(rig: Rig, text: str) -> Callable[[], bool]:
    return lambda: any(text in event for event in rig.status().events)


def running(rig: Rig, folder: pathlib.Path | None, triggers: int = 10, **options: Any) -> None:
    """The rig records, and has for so many triggers."""
    rig.prime(folder, **(FAST if folder is not None else {}), **options)
    rig.trigger()
    until(lambda: rig.status().triggers >= triggers, rig)


def and_more(rig: Rig, triggers: int = 15) -> None:
    seen = rig.status().triggers
    until(lambda: rig.status().triggers >= seen + triggers, rig)


def process_of(rig: Rig, name: str) -> int:
    process = rig[name]._process
    assert process is not None
    return process.pid


def writer_of(rig: Rig, name: str) -> int:
    recorder = rig._members[name].writers.current
    assert recorder is not None
    return recorder.pid


def one_gap(triggers: list[int]) -> range:
    """The only gap there is."""
    gap = range(triggers[0], triggers[-1] + 1)
    assert triggers == list(gap)
    return gap


@pytest.mark.slow
def test_an_unplugged_camera_joins_again_at_the_right_trigger(rig: Rig, tmp_path: pathlib.Path) -> None:
    running(rig, tmp_path)
    fault("20000002", "unplug")
    until(told(rig, "gives no more frames"), rig)
    assert rig.status().cameras["b"].state in ("lost", "recovering")
    images = rig.read()
    assert images["a"] is not None
    assert images["b"] is None
    fault("20000002", "plug")
    until(told(rig, "gives frames again"), rig)
    until(lambda: rig.read()["b"] is not None, rig)
    and_more(rig)
    session = proven(rig.stop(), tmp_path)
    gap = one_gap(missing(tmp_path, "b")["transport"])
    assert gap.start >= 10
    assert missing(tmp_path, "a") == missing(tmp_path, "c") == {}
    assert session.account is not None
    assert session.account.spread is not None
    assert session.account.spread.most_us < 5000  # a quarter of a period: it is not off by one
    assert [file.part for file in session.cameras[1].files] == [0, 1]
    assert account_of(session, "b").blanks == 0
    assert [event.kind for event in session.events] == ["lost", "rejoined"]
    told_of = session.events[1].trigger
    assert told_of is not None
    assert abs(told_of - gap.stop) <= 1
    assert apart_us(tmp_path) < 2000  # also after it came back with a clock that began anew


@pytest.mark.slow
def test_killed_camera_process_is_reopened_with_its_settings(rig: Rig, tmp_path: pathlib.Path) -> None:
    rig["c"].gain = 3
    before = rig["c"].gain
    running(rig, tmp_path)
    os.kill(process_of(rig, "c"), signal.SIGKILL)
    until(told(rig, "SIGKILL"), rig)
    until(told(rig, "gives frames again"), rig)
    and_more(rig)
    proven(rig.stop(), tmp_path)
    one_gap(missing(tmp_path, "c")["transport"])
    assert missing(tmp_path, "a") == missing(tmp_path, "b") == {}
    assert rig["c"].gain == before


@pytest.mark.slow
@pytest.mark.parametrize("rate", [50, None])
def test_external_pulses_nobody_saw_are_counted_and_doubted(
    rate: float | None, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    with driven_from_outside(monkeypatch, tmp_path, rate) as (box, rig):
        until(lambda: rig.status().triggers >= 30, rig)
        os.kill(process_of(rig, "b"), signal.SIGKILL)
        until(told(rig, "gives frames again"), rig)
        and_more(rig)
        pulses = len(box.stop())
        session = rig.stop()
    assert session is not None and session.account is not None
    camera = account_of(session, "b")
    assert session.account.triggers == camera.last_trigger + 1 == pulses
    one_gap(missing(tmp_path, "b")["transport"])
    assert not session.account.adds_up
    assert "b: which triggers its frames belong to is not certain" in str(session.account)


@pytest.mark.slow
def test_when_the_primary_dies_numbering_goes_on_after_the_last_trigger(
    rig: Rig, tmp_path: pathlib.Path
) -> None:
    running(rig, tmp_path)
    os.kill(process_of(rig, "a"), signal.SIGKILL)
    until(told(rig, "gives pulses again"), rig)
    and_more(rig)
    session = proven(rig.stop(), tmp_path)
    for name in "bc":
        assert missing(tmp_path, name) == {}
    assert set(missing(tmp_path, "a")) <= {"transport"}  # pulses whose frames died with it
    for camera in session.cameras:
        assert [file.part for file in camera.files] == [0, 1]
    assert apart_us(tmp_path) < 5000  # clocks were read together: a quarter of a period


def test_a_killed_writer_is_replaced_and_loses_no_frame_that_was_in_memory(
    rig: Rig, tmp_path: pathlib.Path
) -> None:
    running(rig, tmp_path)
    os.kill(writer_of(rig, "b"), signal.SIGKILL)
    until(told(rig, "is written on in segment 1"), rig)
    and_more(rig)
    session = proven(rig.stop(), tmp_path)
    for name in "abc":
        assert missing(tmp_path, name) == {}
    assert [file.part for file in session.cameras[1].files] == [0, 1]
    assert apart_us(tmp_path) < 1000


@pytest.mark.slow
def test_writer_killed_while_its_camera_hangs_keeps_the_triggers(rig: Rig, tmp_path: pathlib.Path) -> None:
    running(rig, tmp_path)
    fault("20000002", "hang", where="get_next", seconds=1.5)
    and_more(rig)
    os.kill(writer_of(rig, "b"), signal.SIGKILL)
    until(told(rig, "is written on in segment 1"), rig)
    and_more(rig, 60)
    session = proven(rig.stop(), tmp_path)
    assert missing(tmp_path, "b") == {}
    assert [file.part for file in session.cameras[1].files] == [0, 1]


@pytest.mark.slow
def test_killed_writer_keeps_the_triggers_of_a_rate_nobody_knows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    with driven_from_outside(monkeypatch, tmp_path, None) as (box, rig):
        until(lambda: rig.status().triggers >= 10, rig)
        os.kill(writer_of(rig, "b"), signal.SIGKILL)
        until(told(rig, "is written on in segment 1"), rig)
        and_more(rig)
        session = proven(rig.stop(), tmp_path)
        box.stop()
    assert missing(tmp_path, "b") == {}
    assert [file.part for file in session.cameras[0].files] == [0, 1]


@pytest.mark.slow
def test_to_continue_is_to_go_on_without_the_lost_camera(rig: Rig, tmp_path: pathlib.Path) -> None:
    running(rig, tmp_path, on_failure="continue")
    os.kill(process_of(rig, "b"), signal.SIGKILL)
    until(told(rig, "SIGKILL"), rig)
    and_more(rig)
    session = proven(rig.stop(), tmp_path)
    gap = one_gap(missing(tmp_path, "b")["transport"])
    assert session.triggers == gap.stop
    assert missing(tmp_path, "a") == {}
    with pytest.raises(RigError, match="some cameras are missing"):
        fault("20000002", "unplug")
        rig.prime()
    fault("20000002", "plug")
    rig.prime()  # opens it again
    rig.stop()


def test_to_stop_is_to_end_with_all_at_the_first_failure(rig: Rig, tmp_path: pathlib.Path) -> None:
    ended: list[Session] = []
    thread = threading.Thread(
        target=lambda: ended.append(rig.record(60, tmp_path / "s", progress=False, on_failure="stop", **FAST))
    )
    thread.start()
    until(lambda: rig.status().triggers >= 10, rig)
    fault("20000003", "unplug")
    thread.join(30)
    session = proven(ended[0], tmp_path / "s")
    assert session.triggers is not None
    assert session.triggers < 500
    fault("20000003", "plug")


def test_to_stop_while_a_camera_is_away_ends_at_once(rig: Rig, tmp_path: pathlib.Path) -> None:
    running(rig, tmp_path)
    fault("20000002", "unplug")
    until(told(rig, "gives no more frames"), rig)
    started = time.monotonic()
    proven(rig.stop(), tmp_path)
    assert time.monotonic() - started < 20
    one_gap(missing(tmp_path, "b")["transport"])
    fault("20000002", "plug")


def test_without_any_camera_left_read_says_so(rig: Rig) -> None:
    running(rig, None, on_failure="continue")
    for name in "abc":
        os.kill(process_of(rig, name), signal.SIGKILL)
    deadline = Deadline(20)
    with pytest.raises(RigError, match="no camera is left"):
        while not deadline.passed:
            rig.read(timeout=0.2)
    assert rig.stop() is None


@pytest.mark.slow
def test_what_a_killed_program_recorded_can_be_checked(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "s"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "llpyspin", "record", "--virtual", "--framerate", "20", "--quiet"),
            *("--codec", "raw", "--out", str(folder)),
        ],
        env={**os.environ, "LLPYSPIN_VIRTUAL": wired(2)},
    )
    deadline = Deadline(60)
    while not (folder / "20000002.csv").exists() or (folder / "20000002.csv").read_text().count("\n") < 10:
        assert not deadline.passed
        time.sleep(0.02)
    process.kill()
    process.wait(10)
    while Session.read(folder / "session.json").state == "recording":
        report = check(folder)
        if not any("still" in note or "goes on" in note for note in (*report.findings, *report.notes)):
            break
        assert not deadline.passed
        time.sleep(0.1)
    assert report.state == "recording"
    assert min(camera.written for camera in report.account.cameras) >= 8


def test_a_recording_of_which_nothing_is_written_any_more_ends(rig: Rig, tmp_path: pathlib.Path) -> None:
    ended: list[Session] = []
    folder = tmp_path / "s"
    thread = threading.Thread(
        target=lambda: ended.append(rig.record(60, folder, progress=False, on_failure="continue", **FAST))
    )
    thread.start()
    until(lambda: rig.status().triggers >= 10, rig)
    for name in "abc":
        os.kill(writer_of(rig, name), signal.SIGKILL)
    thread.join(30)
    assert not thread.is_alive()
    assert [event.kind for event in ended[0].events] == ["writer"] * 3 + ["stopped"]
    session = proven(ended[0], folder)
    for name in "abc":
        assert account_of(session, name).written >= 5
        gap = missing(folder, name).get("writer", [])
        assert gap == list(range(account_of(session, name).written, session.triggers or 0))
