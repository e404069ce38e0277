"""The rig of a session: when a recording begins and ends, by requests and by itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from llpyspin.errors import ArgumentError, HostStateError, RecordingError
from llpyspin.hosts import asks
from llpyspin.hosts.openrig import CEASED_S, OpenRig

ALONE_S = 60.0


class Clock:
    """Time that only a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class StandIn:
    """What the host process needs of a rig, and what was asked of it."""

    def __init__(self, *, pulses: bool) -> None:
        self.makes_pulses = pulses
        self.seen = 0
        self.held = False
        self.why_over = ""
        self.rate = 100.0
        self.triggered = False
        self.folder = "/data/one"
        self.done: list[Any] = []
        self.fails = False

    @property
    def pulses(self) -> int | None:
        return self.seen if self.held else None

    def prime_shared(self, out: str | None, shared: Any, **more: Any) -> float:
        self.done.append(("prime", shared.id, shared.rate))
        self.triggered = False
        return self.rate

    def trigger(self) -> None:
        self.triggered = True
        self.done.append("trigger")

    def hold(self) -> int | None:
        self.held = True
        return self.seen

    def stop_at(self, triggers: int | None, reason: str, *, tell: bool) -> Any:
        self.done.append(("stop", triggers, reason, tell))
        if self.fails:
            raise RecordingError("the disk is gone")
        account = SimpleNamespace(adds_up=True, verdict="Nothing is missing", reasons=())
        return SimpleNamespace(triggers=self.seen, account=account) if self.triggered else None


class Bench:
    """An open rig with a clock; "elsewhere" is where its pulses come from, unless told otherwise."""

    def __init__(self, *, pulses: bool = False, **plan: Any) -> None:
        self.clock, self.rig = Clock(), StandIn(pulses=pulses)
        ask = asks.Open("s1", "left", {}, ALONE_S)
        self.opened = OpenRig(ask, self.rig, self.clock)  # type: ignore[arg-type]  # it has what is needed
        self.opened.prime(asks.Prime("/data/one", "r1", **plan))
        self.rig.done.clear()

    @property
    def state(self) -> str:
        return self.opened.state if self.opened.state != "open" else self.facts.state

    @property
    def facts(self) -> Any:
        assert self.opened.course is not None
        return self.opened.course.facts

    def run(self, seconds: float, *, rate: float = 0.0, silent_s: float = 0.0) -> None:
        """Let time pass, with so many triggers a second; ``silent_s``: without a controller at its end."""
        for step in range(int(seconds * 2)):
            self.clock.now += 0.5
            self.rig.seen += int(rate / 2)
            self.opened.tend(max(0.0, silent_s - seconds + (step + 1) / 2))


# -- pulses from elsewhere


def test_recording_begins_with_the_first_pulse_from_elsewhere() -> None:
    bench = Bench()
    bench.run(5)
    assert (bench.state, bench.rig.done) == ("primed", [])
    bench.run(1, rate=100)
    assert (bench.state, bench.rig.done) == ("recording", ["trigger"])
    bench.opened.trigger()
    assert bench.facts.seconds < 1.1, "trigger() changes nothing once it has begun"


def test_pulses_that_nobody_has_told_of_are_not_thrown_away() -> None:
    bench = Bench()
    bench.rig.seen = 5
    facts = bench.opened.stop(asks.Stop(triggers=6, discard=True))
    assert bench.rig.done == ["trigger", ("stop", 6, "it was stopped", False)]
    assert (facts.state, facts.adds_up, facts.verdict) == ("ended", True, "Nothing is missing")


def test_start_that_is_broken_off_leaves_nothing() -> None:
    bench = Bench()
    assert bench.opened.stop(asks.Stop(discard=True)).state == "discarded"
    assert bench.rig.done == [("stop", None, "it was stopped", False)]


def test_planned_end_waits_for_the_last_pulses_from_elsewhere() -> None:
    bench = Bench(seconds=10.0)
    bench.run(10 + 5, rate=100)
    assert bench.state == "recording"
    bench.run(CEASED_S)
    assert bench.state == "recording"
    bench.run(1)
    assert bench.state == "ended"
    assert bench.rig.done[-1] == ("stop", None, "its 10 s are over", False)


def test_pulses_that_never_end_are_not_waited_for() -> None:
    bench = Bench(triggers=500)
    bench.run(5 + ALONE_S, rate=100)
    assert bench.state == "recording"
    bench.run(1, rate=100)
    assert bench.rig.done[-1] == ("stop", None, "its 500 triggers have come", False)


# -- pulses of its own


@pytest.mark.parametrize(
    ("plan", "reason"),
    [({"seconds": 10.0}, "its 10 s are over"), ({"triggers": 1000}, "its 1000 triggers have come")],
)
def test_planned_end_is_kept_without_a_controller(plan: dict[str, Any], reason: str) -> None:
    bench = Bench(pulses=True, **plan)
    bench.opened.trigger()
    bench.run(9.5, rate=100, silent_s=1000)
    assert bench.state == "recording"
    bench.run(0.5, rate=100, silent_s=1000)
    assert (bench.state, bench.facts.reason) == ("ended", reason)
    assert bench.rig.done[-1] == ("stop", None, reason, False)


def test_recording_without_a_planned_end_ends_without_a_controller() -> None:
    bench = Bench(pulses=True)
    bench.opened.trigger()
    bench.run(100, rate=100, silent_s=ALONE_S)
    assert bench.state == "recording"
    bench.run(1, rate=100, silent_s=ALONE_S + 1)
    assert bench.state == "ended"
    assert bench.rig.done[-1] == ("stop", None, "no word of a controller for 60 s", True)


def test_held_recording_ends_without_a_controller_before_its_planned_end() -> None:
    bench = Bench(pulses=True, seconds=7200.0)
    bench.opened.trigger()
    bench.run(1, rate=100)
    assert bench.opened.hold().triggers == 100
    assert bench.opened.count().held == 100
    bench.run(30, silent_s=30)
    assert bench.state == "ending"
    bench.run(40, silent_s=70)
    assert bench.state == "ended"


def test_primed_rig_waits_for_a_new_controller() -> None:
    bench = Bench(pulses=True)
    bench.run(500, silent_s=500)
    assert (bench.state, bench.rig.done) == ("primed", [])


@pytest.mark.parametrize("pulses", [True, False])
def test_used_up_budget_ends_the_recording(pulses: bool) -> None:
    bench = Bench(pulses=pulses)
    bench.run(1, rate=100)
    bench.opened.trigger()
    bench.rig.why_over = "the disk is full"
    bench.run(0.5, rate=100)
    assert (bench.state, bench.facts.reason) == ("ended", "the disk is full")


# -- requests at the wrong time


def test_recording_that_has_ended_by_itself_can_be_stopped() -> None:
    bench = Bench(pulses=True, seconds=1.0)
    bench.opened.trigger()
    bench.run(1, rate=100)
    done = list(bench.rig.done)
    facts = bench.opened.stop(asks.Stop())
    assert (facts.state, facts.triggers, facts.seconds) == ("ended", 100, 1.0)
    assert bench.rig.done == done


def test_recording_that_cannot_be_ended_has_failed() -> None:
    bench = Bench(pulses=True)
    bench.opened.trigger()
    bench.rig.fails = True
    with pytest.raises(RecordingError):
        bench.opened.stop(asks.Stop())
    assert (bench.state, bench.facts.reason) == ("failed", "RecordingError: the disk is gone")
    bench.opened.prime(asks.Prime("/data/two", "r2"))
    assert bench.state == "primed"


def test_rig_that_is_primed_cannot_be_primed_again() -> None:
    bench = Bench()
    with pytest.raises(HostStateError, match="left is primed with the recording r1"):
        bench.opened.prime(asks.Prime("/data/two", "r2"))


def test_pulses_from_elsewhere_cannot_be_held() -> None:
    bench = Bench()
    bench.run(1, rate=100)
    with pytest.raises(HostStateError, match="the pulses of left come from elsewhere"):
        bench.opened.hold()


def test_rig_that_was_not_triggered_cannot_be_held() -> None:
    with pytest.raises(HostStateError, match="left was not triggered"):
        Bench(pulses=True).opened.hold()


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (asks.Prime("data/two"), "absolute path"),
        (asks.Prime("/data/two", "no id!"), "letters, digits"),
        (asks.Prime("/data/two", seconds=0.0), "seconds is a number above 0"),
        (asks.Prime("/data/two", seconds=float("nan")), "seconds is a number above 0"),
        (asks.Prime("/data/two", triggers=-5), "triggers is a number above 0"),
        (asks.Prime("/data/two", rate_hz=float("inf")), "rate_hz is a number above 0"),
    ],
)
def test_impossible_recording_is_refused(ask: asks.Prime, text: str) -> None:
    bench = Bench(pulses=True)
    bench.opened.stop(asks.Stop())
    done = list(bench.rig.done)
    with pytest.raises(ArgumentError, match=text):
        bench.opened.prime(ask)
    assert bench.rig.done == done


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (asks.Open("", "left", {}), "id of a session has 1 to 64"),
        (asks.Open("s 1", "left", {}), "id of a session has 1 to 64"),
        (asks.Open("s1", "left", {}, 0.0), "orphan_after_s is above 0"),
        (asks.Open("s1", "left", {}, float("nan")), "orphan_after_s is above 0"),
    ],
)
def test_impossible_session_is_refused(ask: asks.Open, text: str) -> None:
    with pytest.raises(ArgumentError, match=text):
        OpenRig.open(ask)
