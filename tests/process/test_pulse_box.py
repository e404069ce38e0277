"""Rigs that a pulse box triggers: frame n is pulse n, and its count is what the account is held against."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.errors import CameraClosedError, PulseBoxError, RigError, SettingError, SettingRangeError
from llpyspin.recording import Session
from llpyspin.rig import Rig
from llpyspin.rig.boxes import serialbox
from llpyspin.virtual import fault
from tests.process.rig_worlds import FAST, ROI, account_of, missing, proven, wired
from tests.pulse_boxes import SimulatedBox, SketchBox, sketch, until, wired_to

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

__all__ = ["sketch"]  # a fixture

SERIALS = ("20000001", "20000002")
CAMERAS = [{"serial": serial, "name": name, "roi": ROI} for serial, name in zip(SERIALS, "ab", strict=True)]


def boxed(port: str, **more: Any) -> Rig:
    return Rig(CAMERAS, trigger={"box": port}, sdk="virtual", **{"framerate": 50, **more})


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedBox]:
    """A box that is wired to two cameras, which are not wired to each other."""
    monkeypatch.setattr(serialbox, "OPEN_S", 2.0)
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2, wires=False))
    with wired_to(*SERIALS) as wires, SimulatedBox(wires) as box:
        yield box


@pytest.fixture
def rig(box: SimulatedBox) -> Iterator[Rig]:
    with boxed(box.port) as rig:
        yield rig


def seen(rig: Rig, triggers: int) -> None:
    until(lambda: rig.status().triggers >= triggers, 60)


def recording(rig: Rig, folder: pathlib.Path, triggers: int) -> None:
    """Have the rig record, until it has seen so many triggers."""
    rig.prime(folder, **FAST)
    rig.trigger()
    seen(rig, triggers)


def test_frame_n_is_pulse_n_and_the_box_counts_them(
    rig: Rig, box: SimulatedBox, tmp_path: pathlib.Path
) -> None:
    assert rig.primary is None
    rig.prime(tmp_path / "s", **FAST)
    assert box.state == "idle"  # until all cameras are armed, and longer
    rig.trigger()
    seen(rig, 30)
    session = proven(rig.stop(), tmp_path / "s")
    assert box.state == "stopped"
    assert session.box is not None
    assert session.box.pulses == session.triggers == len(box.pulses)
    assert (session.box.name, session.box.port, session.box.state) == ("simulated", box.port, "stopped")
    assert (session.box.rate_hz, session.box.pulse_us, session.box.late_us) == (50, 200, 12)
    assert session.account is not None
    assert session.account.complete
    assert session.account.box_pulses == len(box.pulses)
    assert f"the pulse box counted {len(box.pulses)} pulses" in str(session.account)
    assert all(camera.pulse is not None and camera.pulse.by_box for camera in session.cameras)
    assert session.wiring == tuple(f"box {box.port} -> {serial}:Line3" for serial in SERIALS)
    read = Session.read(tmp_path / "s" / "session.json")
    assert (read.box, read.cameras[1].pulse) == (session.box, session.cameras[1].pulse)
    # once more, with a pre-trigger: pulses come from prime() on
    rig.prime(tmp_path / "t", pre_trigger=0.3, **FAST)
    until(lambda: len(box.pulses) > 20)
    rig.trigger()
    seen(rig, 30)
    session = proven(rig.stop(), tmp_path / "t")
    assert session.triggers is not None
    assert session.first_trigger > 0
    assert session.first_trigger + session.triggers == len(box.pulses)
    assert [(wire.given, wire.seen, wire.ok) for wire in rig.check_wiring().wires] == [(5, 5, True)] * 2
    box.unwired = set(range(5))
    assert "no camera sees a pulse, so check what they share" in str(rig.check_wiring())


def test_budget_ends_a_recording_and_the_pulses_of_its_box(
    rig: Rig, box: SimulatedBox, tmp_path: pathlib.Path
) -> None:
    session = proven(
        rig.record(60, tmp_path / "s", progress=False, budget={"max_size": "6MB"}, **FAST), tmp_path / "s"
    )
    assert box.state == "stopped"
    assert session.box is not None
    assert session.box.pulses == session.triggers == len(box.pulses)
    assert session.account is not None
    assert session.account.complete, str(session.account)
    (event,) = [event for event in session.events if event.kind == "budget"]
    assert "max_size is 6.0 MB" in event.text


def test_frames_that_are_missing_at_the_end_are_lost(
    rig: Rig, box: SimulatedBox, tmp_path: pathlib.Path
) -> None:
    recording(rig, tmp_path, 10)
    fault("20000002", "lose", rate=1.0)
    until(lambda: len(box.pulses) >= 20)
    session = proven(rig.stop(), tmp_path)
    assert missing(tmp_path, "a") == {}
    lost = missing(tmp_path, "b")["transport"]
    assert lost == list(range(lost[0], len(box.pulses)))
    assert account_of(session, "b").triggers == session.triggers == len(box.pulses)


def test_first_pulse_that_all_cameras_missed_is_found(
    rig: Rig, box: SimulatedBox, tmp_path: pathlib.Path
) -> None:
    rig.prime(tmp_path, **FAST)
    for serial in SERIALS:
        fault(serial, "miss", at=[0])
    rig.trigger()
    seen(rig, 30)
    session = rig.stop()
    assert session is not None
    assert session.account is not None
    assert session.triggers == len(box.pulses)
    told = [reason for reason in session.account.reasons if "by the start of the pulse box" in reason]
    assert len(told) == 2
    assert all("each belongs to the trigger 1 after that of its row" in reason for reason in told)


def test_pulse_that_no_wire_carried_does_not_add_up(
    rig: Rig, box: SimulatedBox, tmp_path: pathlib.Path
) -> None:
    box.unwired = {7}
    recording(rig, tmp_path, 30)
    session = rig.stop()
    assert session is not None
    assert session.account is not None
    pulses = len(box.pulses)
    assert session.triggers == pulses
    assert missing(tmp_path, "a") == missing(tmp_path, "b") == {"sensor": [7]}
    assert any(
        f"its input line had {pulses - 1} pulses, but there were {pulses} triggers" in reason
        for reason in session.account.reasons
    )


def test_edges_that_the_box_did_not_send_do_not_add_up(
    rig: Rig, box: SimulatedBox, tmp_path: pathlib.Path
) -> None:
    box.noisy = {7, 9}
    recording(rig, tmp_path, 30)
    session = rig.stop()
    assert session is not None
    assert session.account is not None
    assert session.triggers == len(box.pulses)
    last = len(box.pulses) - 1
    text = f"its account ends with trigger {last + 2}, but there were triggers to {last}"
    assert {f"{name}: {text}" for name in "ab"} <= set(session.account.reasons)


@pytest.mark.parametrize("policy", ["recover", "stop"])
def test_recording_ends_with_what_was_seen_if_the_box_is_unplugged(
    rig: Rig, box: SimulatedBox, tmp_path: pathlib.Path, policy: str
) -> None:
    rig.prime(tmp_path, on_failure=policy, **FAST)
    rig.trigger()
    seen(rig, 10)
    box.unplug()
    until(lambda: any("How many pulses it sent is not known" in event for event in rig.status().events))
    run = rig._runs.current
    assert run is not None
    assert run.over.wait(10 if policy == "stop" else 0) == (policy == "stop")
    assert rig.status().stop_reason.endswith("sends no more pulses") == (policy == "stop")
    session = proven(rig.stop(), tmp_path)
    assert session.triggers == len(box.pulses)  # what cameras saw
    assert session.box is not None
    assert (session.box.pulses, session.box.state) == (None, "unknown")
    assert [event.kind for event in session.events] == ["box"]
    with pytest.raises(PulseBoxError, match="cannot be opened"):
        rig.prime()
    assert not rig.primed


@pytest.mark.slow
def test_camera_that_comes_back_has_the_triggers_of_the_box(
    rig: Rig, box: SimulatedBox, tmp_path: pathlib.Path
) -> None:
    recording(rig, tmp_path, 10)
    fault("20000002", "unplug")
    until(lambda: any("gives no more frames" in event for event in rig.status().events), 60)
    fault("20000002", "plug")
    until(lambda: any("gives frames again" in event for event in rig.status().events), 60)
    seen(rig, rig.status().triggers + 20)
    session = proven(rig.stop(), tmp_path)
    assert session.triggers == len(box.pulses)
    assert missing(tmp_path, "a") == {}
    assert account_of(session, "b").triggers == len(box.pulses)
    assert list(missing(tmp_path, "b")) == ["transport"]


@pytest.mark.slow
def test_box_that_is_silent_for_a_while_is_asked_again_at_the_end(
    rig: Rig, box: SimulatedBox, tmp_path: pathlib.Path
) -> None:
    recording(rig, tmp_path, 10)
    box.ignored = 1000
    until(lambda: any("did not answer COUNT" in event for event in rig.status().events))
    box.ignored = 0
    session = proven(rig.stop(), tmp_path)
    assert session.box is not None
    assert session.box.pulses == session.triggers == len(box.pulses)
    assert "answers again: it sent" in session.events[-1].text


def test_box_that_starts_anew_in_a_recording_has_no_count(
    rig: Rig, box: SimulatedBox, tmp_path: pathlib.Path
) -> None:
    recording(rig, tmp_path, 10)
    box.reset()
    until(lambda: any("started anew" in event for event in rig.status().events))
    session = proven(rig.stop(), tmp_path)
    assert session.box is not None
    assert session.box.pulses is None
    # and the next recording is whole again
    rig.prime()
    rig.trigger()
    seen(rig, 5)
    assert rig.stop() is None


def test_rig_without_its_box_is_refused(box: SimulatedBox, tmp_path: pathlib.Path) -> None:
    with pytest.raises(SettingRangeError, match=r"sends 0\.25 to 1000 pulses per second, and framerate is 1"):
        boxed(box.port, framerate=1200)
    with boxed(box.port) as rig:
        with pytest.raises(SettingError, match=r"the pulse box .* gives the pulses, at 50 Hz"):
            rig.framerate = 60
        rig.exposure = 30000
        with pytest.raises(RigError, match=r"the pulse box \(.*\) gives 50 pulses a second, and not every"):
            rig.prime(tmp_path / "s")
        assert box.state == "idle"
    assert list(tmp_path.iterdir()) == []
    box.ignored = 99
    with pytest.raises(PulseBoxError, match="does not answer as a pulse box"):
        boxed(box.port)
    box.ignored = 0
    boxed(box.port).close()  # nobody holds the cameras or the port


@pytest.mark.slow
def test_box_that_starts_without_an_answer_is_stopped(
    rig: Rig, box: SimulatedBox, tmp_path: pathlib.Path
) -> None:
    box.damaged = ["START"] * 99
    with pytest.raises(PulseBoxError, match="did not answer START"):
        rig.prime(tmp_path / "s", pre_trigger=0.1, **FAST)
    assert box.state == "stopped"  # it had begun
    assert not rig.primed
    assert list(tmp_path.iterdir()) == []


def test_rig_at_a_prompt_takes_the_box_over(
    rig: Rig, box: SimulatedBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    with boxed(box.port) as again:
        again.prime()
        again.trigger()
        seen(again, 3)
        again.stop()
    with pytest.raises(CameraClosedError):
        rig.prime()


OWNER = """
import sys
from llpyspin.rig import Rig
from llpyspin.rig.boxes import serialbox
serialbox.WATCHDOG_MS = 2000
rig = Rig([{"serial": "20000001"}], trigger={"box": sys.argv[1]}, framerate=50, sdk="virtual")
rig.prime()
rig.trigger()
print("runs", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def board(sketch: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SketchBox]:
    """The sketch, wired to both cameras."""
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2, wires=False))
    with wired_to(*SERIALS) as wires, SketchBox(sketch, wires) as board:
        yield board


def test_sketch_triggers_a_rig(board: SketchBox, tmp_path: pathlib.Path) -> None:
    with boxed(board.port) as rig:
        rig.prime(tmp_path, **FAST)
        assert board.pulses == []
        rig.trigger()
        seen(rig, 30)
        session = proven(rig.stop(), tmp_path)
    assert session.box is not None
    assert session.box.pulses == session.triggers == len(board.pulses)
    assert session.account is not None
    assert session.account.complete


def test_sketch_stops_when_its_owner_is_killed(board: SketchBox) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, board.port], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with contextlib.closing(owner.stdin), contextlib.closing(owner.stdout):  # type: ignore[type-var]
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"runs\n"
        until(lambda: len(board.pulses) > 10)
        os.kill(owner.pid, signal.SIGKILL)
        owner.wait(30)
        killed_ns = time.monotonic_ns()
        until(lambda: time.monotonic_ns() - board.pulses[-1] > 1_000_000_000)
    assert board.pulses[-1] - killed_ns < 2.5e9
