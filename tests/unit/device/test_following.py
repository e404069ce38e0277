"""How a camera's clock is read against the host's, and how fast it follows pulses."""

from __future__ import annotations

from typing import Any

import pytest

from llpyspin.device import followlimit
from llpyspin.device.followlimit import follow_limit, sample_clock
from llpyspin.errors import SettingError


class Clock:
    """The host's clock, on which everything takes the time that a test says."""

    def __init__(self) -> None:
        self.now = 50_000

    def monotonic_ns(self) -> int:
        return self.now


class Latch:
    def __init__(self, clock: Clock, takes_ns: list[int]) -> None:
        self.clock, self.takes_ns = clock, takes_ns
        self.latched = 0

    def execute(self) -> None:
        """The camera latches in the middle of the round trip."""
        takes = self.takes_ns.pop(0)
        self.latched = self.clock.now + takes // 2
        self.clock.now += takes


class Value:
    def __init__(self, read: Any) -> None:
        self.read = read

    def get(self) -> Any:
        return self.read()


class Nodes:
    def __init__(self, **nodes: Any) -> None:
        self.nodes = nodes

    def first(self, *names: str) -> Any:
        return next((self.nodes[name] for name in names if name in self.nodes), None)

    usable = first


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(followlimit, "time", clock)
    return clock


def test_quickest_reading_of_the_clock_counts_and_stands_for_its_middle(clock: Clock) -> None:
    latch = Latch(clock, [9000, 400, 7000, 2000, 8000])
    nodes = Nodes(TimestampLatch=latch, TimestampLatchValue=Value(lambda: latch.latched + 10**12))
    sample = sample_clock(nodes)  # type: ignore[arg-type]
    assert sample.camera_ns - sample.host_ns == 10**12
    assert sample.uncertainty_ns == 200
    assert sample.host_ns == 50_000 + 9000 + 200


def test_clock_in_ticks_is_read_in_nanoseconds(clock: Clock) -> None:
    latch = Latch(clock, [100] * 10)
    nodes = Nodes(
        GevTimestampControlLatch=latch,
        GevTimestampValue=Value(lambda: 3_000_000),
        GevTimestampTickFrequency=Value(lambda: 125_000_000),
    )
    assert sample_clock(nodes).camera_ns == 24_000_000  # type: ignore[arg-type]
    del nodes.nodes["GevTimestampTickFrequency"]
    assert sample_clock(nodes).camera_ns == 3_000_000  # type: ignore[arg-type]


def test_camera_without_a_latch_has_no_clock_to_read() -> None:
    with pytest.raises(SettingError, match="TimestampLatch"):
        sample_clock(Nodes(TimestampLatchValue=Value(int)))  # type: ignore[arg-type]


def test_camera_without_a_switch_for_its_rate_tells_what_it_can_follow() -> None:
    nodes = Nodes(ExposureTime=Value(lambda: 2000.0), AcquisitionResultingFrameRate=Value(lambda: 120.0))
    assert follow_limit(nodes, may_switch=True).most_framerate == 120.0  # type: ignore[arg-type]
    assert follow_limit(nodes, may_switch=False).most_framerate == 500.0  # type: ignore[arg-type]
