"""The pulses of a box in a run: watched, ended, counted; and its first pulse on the clock of a camera."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from llpyspin.errors import PulseBoxError, SettingRangeError
from llpyspin.recording.boxrecord import BoxRecord
from llpyspin.recording.options import RecordingOptions
from llpyspin.recording.session import Pulse, Session
from llpyspin.rig import CameraConfig, RigConfig
from llpyspin.rig.boxes import boxpulses
from llpyspin.rig.boxes.boxclock import pulse_seen
from llpyspin.rig.boxes.boxpulses import BoxPulses, connected
from llpyspin.rig.boxes.boxtrigger import BoxTrigger
from llpyspin.rig.boxes.contract import BoxCount, BoxIdentity, FirstPulse
from llpyspin.rig.noticing import RigNotices
from llpyspin.rig.plan import RigPlan
from llpyspin.rig.run import RigRun
from llpyspin.roles import Armed, ClockSample, PulseTiming, lines_of


class FakeBox:
    """A driver that answers what a test wants; an exception among the answers is raised."""

    def __init__(self, *counts: BoxCount | Exception, stopped: BoxCount | Exception | None = None) -> None:
        self.counts = list(counts)
        self.stopped = stopped or BoxCount(50, "stopped", 12.0)
        self.first: FirstPulse | None = FirstPulse(1000, 5)
        self.calls: list[str] = []

    def identify(self) -> BoxIdentity:
        self.calls.append("identify")
        return BoxIdentity("fake", "/dev/fake", most_hz=1000, least_hz=1)

    def start(self, rate_hz: float, count: int | None = None) -> FirstPulse | None:
        self.calls.append(f"start {rate_hz:g} {count}")
        return self.first

    def count(self) -> BoxCount:
        answer = self.counts.pop(0) if len(self.counts) > 1 else self.counts[0]
        return self._given(answer)

    def stop(self) -> BoxCount:
        self.calls.append("stop")
        return self._given(self.stopped)

    def close(self) -> None:
        self.calls.append("close")

    def _given(self, answer: BoxCount | Exception) -> BoxCount:
        if isinstance(answer, Exception):
            raise answer
        return answer


class Run:
    """What a run hears of its box."""

    def __init__(self, box: FakeBox, rate_hz: float = 50) -> None:
        self.events: list[tuple[str, str]] = []
        self.failed = threading.Event()
        trigger = BoxTrigger(box, 300)
        self.pulses = BoxPulses(
            box, trigger, rate_hz, lambda *event: self.events.append(event), self.failed.set
        )


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxpulses, "BEAT_S", 0.005)


RUNNING = BoxCount(20)


def test_box_is_counted_at_its_end() -> None:
    box = FakeBox(RUNNING)
    run = Run(box)
    run.pulses.check()
    run.pulses.start()
    assert run.pulses.end() == 50
    assert run.pulses.end() == 50  # and is asked once
    run.pulses.end_quietly()
    assert box.calls == ["identify", "start 50 None", "stop"]
    assert run.pulses.record == BoxRecord("fake", "/dev/fake", 50, 300, 50, "stopped", 12.0, 1000, 5)
    assert run.events == []
    assert not run.failed.is_set()


def test_box_that_was_never_started_is_left_alone() -> None:
    box = FakeBox(RUNNING)
    run = Run(box)
    run.pulses.check()
    assert run.pulses.end() is None
    assert box.calls == ["identify"]


def test_box_that_cannot_tell_its_first_pulse_is_counted_all_the_same() -> None:
    box = FakeBox(RUNNING)
    box.first = None
    run = Run(box)
    run.pulses.start()
    assert run.pulses.end() == 50
    assert run.pulses.record.first_host_ns is None


@pytest.mark.parametrize("rate", [0.5, 1001])
def test_rate_that_a_box_cannot_make_is_refused_before_cameras_are_opened(rate: float) -> None:
    box = FakeBox(RUNNING)
    with pytest.raises(SettingRangeError, match=r"\(FakeBox\) sends 1 to 1000 pulses per second, and framer"):
        connected(BoxTrigger(box), rate)
    assert box.calls == ["identify", "close"]


GONE = PulseBoxError("the pulse box is gone")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (GONE, "the pulse box is gone. How many"),
        (ZeroDivisionError("x"), "its driver failed: ZeroDivisionEr"),
    ],
)
def test_box_that_is_lost_has_no_count(answer: Exception, text: str) -> None:
    run = Run(FakeBox(RUNNING, answer, stopped=GONE))
    run.pulses.start()
    assert run.failed.wait(10)
    assert run.pulses.end() is None
    assert run.pulses.record.state == "unknown"
    ((kind, told),) = run.events
    assert kind == "box"
    assert text in told
    assert told.endswith("is not known: the triggers are those that cameras saw")


def test_box_that_answers_again_at_the_end_has_a_count() -> None:
    run = Run(FakeBox(RUNNING, GONE))
    run.pulses.start()
    assert run.failed.wait(10)
    assert run.pulses.end() == 50
    assert run.pulses.record.state == "stopped"
    assert [kind for kind, _ in run.events] == ["box", "box"]
    assert run.events[-1][1].endswith("answers again: it sent 50 pulses")


def test_run_whose_box_fails_ends_and_says_why() -> None:
    box = FakeBox(PulseBoxError("no answer"))
    config = RigConfig((CameraConfig("1"),), trigger=BoxTrigger(box), framerate=50)
    run = RigRun({}, config, RigPlan(None, RecordingOptions(), None, "stop"), RigNotices(None), box)
    run.fire()
    assert run.over.wait(10)
    assert run.reason == "the pulse box (FakeBox) sends no more pulses"
    run.disarm_all()


def test_driver_that_fails_at_the_end_is_told() -> None:
    run = Run(FakeBox(RUNNING, stopped=GONE))
    run.pulses.start()
    assert run.pulses.end() is None
    assert [kind for kind, _ in run.events] == ["box"]


@pytest.mark.parametrize(
    ("state", "text"), [("watchdog", "did not ask for its count in time"), ("done", "by itself (done)")]
)
def test_box_that_ended_by_itself_keeps_its_count(state: Any, text: str) -> None:
    box = FakeBox(RUNNING, BoxCount(33, state, 5.0))
    run = Run(box)
    run.pulses.start()
    assert run.failed.wait(10)
    assert run.pulses.end() == 33
    assert "stop" not in box.calls
    assert run.pulses.record.state == state
    assert text in run.events[0][1]
    assert run.events[0][1].endswith(": 33 pulses")


@pytest.mark.parametrize(("late_us", "doubts"), [(5000.0, 0), (5001.0, 1), (None, 0)])
def test_pulse_that_was_very_late_is_a_doubt(late_us: float | None, doubts: int) -> None:
    run = Run(FakeBox(RUNNING, stopped=BoxCount(50, "stopped", late_us)))
    run.pulses.start()
    assert run.pulses.end() == 50
    assert [kind for kind, _ in run.events] == ["doubt"] * doubts


# -- on the clock of a camera

S = 1_000_000_000
PERIOD_NS = S // 50


def armed(**more: Any) -> Armed:
    fields: dict[str, Any] = {"period_ns": None, "framerate": 200.0, "exposure_us": 2000.0, "readout_us": 1.0}
    fields |= {
        "most_framerate": 200.0,
        "first_id": 0,
        "published": 0,
        "buffers": 9,
        "lines": lines_of("BFS-U3-16S2M"),
    }
    return Armed(**{**fields, **more})


def clock(host_ns: int, ppm: float = 0.0, unsure_ns: int = 1000) -> ClockSample:
    return ClockSample(round(host_ns * (1 + ppm * 1e-6)) + 7 * S, host_ns, unsure_ns)


def test_first_pulse_is_on_the_clock_of_the_camera() -> None:
    first = FirstPulse(20 * S, 1000)
    around = [clock(S, ppm=100), clock(61 * S, ppm=100)]
    timing = PulseTiming(delay_us=500)
    seen = pulse_seen(first, around, armed(timing=timing), PERIOD_NS)
    assert seen is not None
    assert (seen.trigger, seen.by_box) == (0, True)
    assert abs(seen.camera_timestamp_ns - (27 * S + 2_000_000 + 2_500_000)) <= 2  # drift, delay and exposure


def test_exposure_that_the_pulse_times_is_known_by_its_length() -> None:
    first, around = FirstPulse(20 * S, 1000), [clock(S), clock(61 * S)]
    by_width = armed(exposure_us=None, timing=PulseTiming(by_width=True))
    assert pulse_seen(first, around, by_width, PERIOD_NS) is None
    seen = pulse_seen(first, around, by_width, PERIOD_NS, pulse_us=300)
    assert seen == Pulse(27 * S + 300_000, 0, by_box=True)


@pytest.mark.parametrize(
    ("first", "clocks", "certain"),
    [
        (FirstPulse(20 * S, 2_400_000), [clock(19 * S), clock(30 * S)], True),
        (FirstPulse(20 * S, 2_600_000), [clock(19 * S), clock(30 * S)], False),
        (FirstPulse(20 * S, 1000), [clock(19 * S, unsure_ns=2_600_000), clock(30 * S)], False),
        (FirstPulse(20 * S, 1000), [clock(15 * S)], True),  # 400 ppm of 5 s: 2 ms
        (FirstPulse(20 * S, 1000), [clock(13 * S)], False),
        (FirstPulse(20 * S, 1000), [clock(21 * S)], True),
        (FirstPulse(20 * S, 1000), [], False),
    ],
)
def test_first_pulse_that_is_not_certain_proves_nothing(
    first: FirstPulse, clocks: list[ClockSample], certain: bool
) -> None:
    assert (pulse_seen(first, clocks, armed(), PERIOD_NS) is not None) == certain


def test_session_keeps_its_box_in_the_file(tmp_path: Any) -> None:
    session = Session(box=BoxRecord("fake", "/dev/fake", 50, 300, 50, "stopped", 12.0, 1000, 5))
    session.save(tmp_path / "session.json")
    assert Session.read(tmp_path / "session.json").box == session.box
    Session().save(tmp_path / "session.json")
    assert Session.read(tmp_path / "session.json").box is None
