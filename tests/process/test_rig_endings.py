"""What a rig lets go of: writers of segments that ended, memory of dead cameras, threads, children."""

from __future__ import annotations

import gc
import json
import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraProcessError
from llpyspin.processes import child as process
from llpyspin.rig import Rig
from llpyspin.rig.members import close_members
from llpyspin.rig.recovery import Watch
from llpyspin.rig.run import RigRun
from llpyspin.rig.runs import Runs
from llpyspin.system.children import Child
from llpyspin.virtual import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.process.conftest import World

MONO = "BFS-U3-16S2M"
PATIENCE_S = 60.0


@pytest.fixture
def rig(worlds: Callable[..., World]) -> Iterator[Rig]:
    world = worlds(MONO, MONO)
    one, two = world.serials
    world.config["wires"] = [f"{one}:Line1 -> {two}:Line3"]
    os.environ["LLPYSPIN_VIRTUAL"] = json.dumps(world.config)  # worlds() takes it back
    with Rig({"a": one, "b": two}, framerate=50, exposure=1000, roi=(0, 0, 64, 320), sdk="virtual") as made:
        yield made


def inverted(buffer: Any) -> Any:
    return 255 - buffer[-1]


def until(condition: Callable[[], bool]) -> None:
    deadline = Deadline(PATIENCE_S)
    while not condition():
        assert not deadline.passed, "it did not come about"
        time.sleep(0.02)


def told(rig: Rig, text: str) -> int:
    return sum(text in event for event in rig.status().events)


def back(rig: Rig, times: int = 1) -> None:
    """Wait until cameras have come back so often, and give frames."""
    until(lambda: told(rig, "gives frames again") + told(rig, "gives pulses again") >= times)
    member = rig._members["b"]
    until(lambda: member.stint is not None and member.stint.follower.newest() is not None)


@pytest.mark.slow
@pytest.mark.parametrize("lost", ["b", "a"])
def test_stop_waits_for_no_writer_of_a_segment_that_ended(rig: Rig, tmp_path: Path, lost: str) -> None:
    rig["b"].process(inverted, record="both", on_error="stop")
    rig.prime(tmp_path / "s", codec="ffv1")
    rig.trigger()
    back(rig, 0)
    serial = rig._members[lost].serial
    fault(serial, "unplug")
    until(lambda: told(rig, "gives no more frames") > 0)
    fault(serial, "plug")
    back(rig)
    begun = time.monotonic()
    session = rig.stop()
    took = time.monotonic() - begun
    assert session is not None and session.account is not None
    assert [event for event in session.events if event.kind in ("writer", "failed")] == []
    assert took < 20, took  # a writer that nobody asked to finish is waited for for 30 s
    assert session.account.adds_up, session.account.reasons
    returned = json.loads((tmp_path / "s" / "b_returned.json").read_text())
    assert returned["account"]["reasons"] == []


@pytest.mark.slow
def test_what_a_callback_returned_is_written_on_when_the_other_writer_dies(rig: Rig, tmp_path: Path) -> None:
    rig["b"].process(inverted, every=True, record="both")
    rig.prime(tmp_path / "s", codec="ffv1")
    rig.trigger()
    writers = rig._members["b"].writers
    until(lambda: writers.current is not None and writers.current.status().written > 5)
    assert writers.current is not None
    os.kill(writers.current.pid, signal.SIGKILL)
    until(lambda: told(rig, "is written on in segment 1") == 1)
    assert len(writers.returned) == 1
    until(lambda: writers.current.status().written > 5)
    begun = time.monotonic()
    session = rig.stop()
    assert time.monotonic() - begun < 20
    assert session is not None and session.account is not None
    assert session.account.adds_up, session.account.reasons
    returned = json.loads((tmp_path / "s" / "b_returned.json").read_text())
    assert returned["account"]["reasons"] == []


def test_an_interrupt_before_the_watch_ends_leaves_no_watch(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.prime(tmp_path / "s", codec="raw")
    rig.trigger()

    def interrupted(watch: Watch) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Watch, "end", interrupted)
        with pytest.raises(KeyboardInterrupt):
            rig.stop()
    begun = time.monotonic()
    rig.close()
    assert time.monotonic() - begun < 10
    assert not [thread for thread in threading.enumerate() if thread.name == "rig-watch"]


def test_second_interrupt_while_a_rig_ends_leaves_no_descriptor_open(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.prime(tmp_path / "s", codec="raw")
    rig.trigger()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Watch, "end", interrupted)
        patched.setattr(RigRun, "disarm_all", interrupted)
        with pytest.raises(KeyboardInterrupt):
            rig.stop()
    opened = [
        os.readlink(f"/proc/self/fd/{each}")
        for each in os.listdir("/proc/self/fd")
        if each.isdigit()
        if os.path.islink(f"/proc/self/fd/{each}")
    ]
    assert str(tmp_path / "s") not in opened
    assert not rig.primed


def test_interrupt_while_cameras_close_does_not_keep_the_windows(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined: list[Runs] = []

    def interrupted(members: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("llpyspin.rig.rig.close_members", interrupted)
        patched.setattr(Runs, "join", lambda runs: joined.append(runs))
        members = dict(rig._members)
        with pytest.raises(KeyboardInterrupt):
            rig.close()
    assert joined == [rig._runs]
    close_members(members)


def held() -> tuple[int, int]:
    """Descriptors of this process, and maps of shared memory."""
    with open("/proc/self/maps") as maps:
        return len(os.listdir("/proc/self/fd")), sum("memfd:llpyspin" in line for line in maps)


@pytest.mark.slow
def test_memory_of_dead_cameras_is_let_go_of_at_once(rig: Rig, tmp_path: Path) -> None:
    rig.prime(tmp_path / "s", codec="raw")
    rig.trigger()
    back(rig, 0)
    gc.collect()
    gc.disable()  # what is kept until it comes is kept
    try:
        before, threads = held(), threading.active_count()
        for number in range(1, 4):
            os.kill(rig["b"]._process.pid, signal.SIGKILL)  # type: ignore[union-attr]
            back(rig, number)
        until(lambda: held()[0] <= before[0] + 1 and held()[1] <= before[1])
        until(lambda: threading.active_count() <= threads)
    finally:
        gc.enable()
    assert rig.stop() is not None


@pytest.mark.slow
def test_unexpected_rig_error_is_raised_and_leaves_no_camera_open(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_back, look, failed = Watch._bring_back, Watch._look_at_camera, threading.Event()

    def once(watch: Watch, member: Any) -> None:
        if not failed.is_set():
            failed.set()
            raise KeyError(member.name)
        bring_back(watch, member)

    def always(watch: Watch, member: Any) -> None:
        look(watch, member)
        if member.name == "a":
            raise ZeroDivisionError("of a look")

    monkeypatch.setattr(Watch, "_bring_back", once)
    monkeypatch.setattr(Watch, "_look_at_camera", always)
    rig.prime(tmp_path / "s", codec="raw")
    rig.trigger()
    until(lambda: told(rig, "unexpected error: ZeroDivisionError: of a look") == 1)
    os.kill(rig["b"]._process.pid, signal.SIGKILL)  # type: ignore[union-attr]
    back(rig)
    session = rig.stop()
    assert session is not None and session.account is not None
    kinds = [(event.kind, event.camera) for event in session.events if event.kind == "failed"]
    assert kinds == [("failed", rig._members[name].serial) for name in ("a", "b")]
    assert "unexpected error: KeyError: 'b'" in str(session.account)


@pytest.mark.slow
def test_a_secondary_that_all_were_armed_with_meanwhile_is_left_alone(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.prime(tmp_path / "s", codec="raw")
    rig.trigger()
    back(rig, 0)
    watch, member = rig._runs._watch, rig._members["b"]
    assert watch is not None
    open_again = Watch._open_again

    def armed_meanwhile(self: Watch, lost: Any) -> bool:
        opened = open_again(self, lost)
        with self._run.lock:  # as the thread does that brings the primary back
            self._join(lost, self._following.pop(lost.name))
        return opened

    monkeypatch.setattr(Watch, "_open_again", armed_meanwhile)
    os.kill(rig["b"]._process.pid, signal.SIGKILL)  # type: ignore[union-attr]
    back(rig)
    until(lambda: not member.recovering)
    session = rig.stop()
    assert session is not None
    assert [event.text for event in session.events if event.kind == "failed"] == []
    assert sum(event.kind == "rejoined" for event in session.events) == 1


# -- children


def is_a_zombie(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return False


def test_a_child_that_ctrl_c_interrupts_the_end_of_is_reaped_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = process.CameraProcess(world.serials[0])
    os.kill(camera.pid, signal.SIGSTOP)  # it cannot end by itself
    ended, interrupted = Child.ended, threading.Event()

    def once(child: Child, seconds: float) -> bool:
        if not interrupted.is_set():
            interrupted.set()
            raise KeyboardInterrupt
        return ended(child, min(seconds, 0.1) if seconds == process.CLOSE_S else seconds)

    monkeypatch.setattr(Child, "ended", once)
    with pytest.raises(KeyboardInterrupt):
        camera._end(CameraProcessError("over"))
    until(lambda: not os.path.exists(f"/proc/{camera.pid}") and not is_a_zombie(camera.pid))
