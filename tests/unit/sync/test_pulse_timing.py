"""When a camera exposes with a pulse: delay, filters, polarity, mode; and ids that begin anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import llpyspin.virtual
from llpyspin.device import Device
from llpyspin.device.exposing import pulse_timing
from llpyspin.device.frameids import FrameIds
from llpyspin.errors import SettingError
from llpyspin.frames import FrameFlags, FrameInfo
from llpyspin.frames.gaps import lost_by_id
from llpyspin.recording.numbering import Numbering
from llpyspin.roles import Lines, PulseTiming, Role, Span, span_of
from tests.unit.virtual_cameras import world

if TYPE_CHECKING:
    from collections.abc import Iterator

PERIOD = 20_000.0  # us
LEADER = PulseTiming(gives="rising")
LINES = Lines("Line1", "ExposureActive", "Line2", "Line3")


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    with world(monkeypatch, "BFS-U3-16S2M", collect=False), Device(llpyspin.virtual, 0) as opened:
        yield opened


@pytest.mark.parametrize(
    ("own", "exposure", "span"),
    [
        (PulseTiming(takes="rising"), 1500.0, Span(1500, 1500)),
        (PulseTiming(takes="rising", delay_us=10_000), 1500.0, Span(11_500, 11_500)),
        (PulseTiming(takes="rising", filter_us=100), 1500.0, Span(1500, 1600)),
        (PulseTiming(takes="falling"), 1500.0, Span(4500, 4500)),
        (PulseTiming(takes="rising", by_width=True), None, Span(3000, 3000)),
        (PulseTiming(takes="falling", by_width=True), None, Span(20_000, 20_000)),
        (PulseTiming(takes="falling", by_width=True, delay_us=5), None, Span(20_005, 20_005)),
        (PulseTiming(gives="rising"), 3000.0, Span(3000, 3000)),
    ],
)
def test_the_timestamp_is_where_the_settings_put_it(
    own: PulseTiming, exposure: float | None, span: Span
) -> None:
    assert span_of(own, exposure, LEADER, 3000.0, PERIOD) == span


def test_two_inversions_are_none() -> None:
    giver = PulseTiming(gives="falling")
    assert span_of(PulseTiming(takes="falling"), 1500.0, giver, 3000.0, PERIOD) == Span(1500, 1500)


def test_a_pulse_of_unknown_length_leaves_the_moment_unknown() -> None:
    assert span_of(PulseTiming(takes="falling"), 1500.0, LEADER) is None
    assert span_of(PulseTiming(takes="rising", by_width=True), None) is None
    assert span_of(PulseTiming(takes="falling"), 1500.0) == Span(1500, 1500)


def timing(device: Device, lines: Lines = LINES, **role: Any) -> PulseTiming:
    return pulse_timing(device._maps[""], Role(**{"kind": "secondary", **role}), lines)


def test_the_camera_tells_its_delay_its_filters_and_its_mode(device: Device) -> None:
    assert timing(device) == PulseTiming(takes="rising")
    device.node_set("TriggerSelector", "FrameStart")
    device.node_set("TriggerDelay", 700.0)
    device.node_set("LineSelector", "Line3")
    device.node_set("LineFilterWidth", 25.0)
    device.node_set("LineSelector", "Line1")
    device.node_set("ExposureMode", "TriggerWidth")
    told = timing(device)
    assert (told.delay_us, told.by_width, told.takes) == (700.0, True, "rising")
    assert told.filter_us >= 25.0
    assert timing(device, kind="primary") == PulseTiming(gives="rising")
    assert timing(device, kind="primary", sync="ptp") == PulseTiming(delay_us=700.0)
    assert timing(device, kind="free") == PulseTiming()


def test_inverters_and_the_edge_turn_the_polarity(device: Device) -> None:
    falling = Lines("Line1", "ExposureActive", "Line2", "Line3", activation="FallingEdge")
    assert timing(device, falling).takes == "falling"
    device.node_set("LineSelector", "Line3")
    device.node_set("LineInverter", True)
    assert timing(device, falling).takes == "rising"
    assert timing(device).takes == "falling"
    device.node_set("LineSelector", "Line1")
    device.node_set("LineInverter", True)
    assert timing(device, kind="primary").gives == "falling"
    assert timing(device, Lines("Line1", "UserOutput0", None, "Line3"), kind="primary").gives == ""


def test_a_primary_that_no_pulse_would_time_is_refused(device: Device) -> None:
    device.node_set("ExposureMode", "TriggerWidth")
    for kind in ("primary", "free"):
        with pytest.raises(SettingError, match="Set an exposure"):
            device.arm(Role(kind))  # type: ignore[arg-type]
    device.set("exposure", 1000)
    device.arm(Role("primary"))
    device.disarm()


def test_exposure_and_readout_follow_one_another_without_overlap(device: Device) -> None:
    device.set("exposure", 4000)
    assert device.follow_limit().most_framerate == pytest.approx(226, rel=1e-2)
    limit = device.follow_limit("Off")
    assert limit.readout_us is not None
    assert limit.most_framerate == pytest.approx(1e6 / (4000 + limit.readout_us), rel=1e-3)
    assert device.follow_limit("PreviousFrame").most_framerate == device.follow_limit().most_framerate


def test_the_limit_without_overlap_knows_the_readout_behind_a_slow_link(device: Device) -> None:
    device.set("exposure", 4000)
    sensor = device.follow_limit("Off").most_framerate
    device.node_set("DeviceLinkThroughputLimit", 200_000_000)
    slow = device.node_get("DeviceLinkThroughputLimit")
    link = device.follow_limit().most_framerate
    assert device.follow_limit("Off").most_framerate == pytest.approx(min(sensor, link), rel=1e-3)
    assert device.node_get("DeviceLinkThroughputLimit") == slow


def test_pulses_that_time_the_exposure_bound_the_rate_with_their_length(device: Device) -> None:
    device.node_set("ExposureMode", "TriggerWidth")
    limit = device.follow_limit()
    assert limit.exposure_us is None
    assert limit.readout_us is not None
    assert limit.most_with(3000.0) == pytest.approx(1e6 / (3000 + limit.readout_us), rel=1e-3)


# -- ids


def info(frame_id: int, number: int) -> FrameInfo:
    stamp = 1_000_000 * number
    return FrameInfo(number, frame_id, stamp, stamp, FrameFlags(0), 0, float("nan"), float("nan"), -1)


def triggers(first: int, ids: list[tuple[int, int]]) -> list[tuple[int, str]]:
    """Trigger and state of every row, of frames (id, ms)."""
    numbering = Numbering(first_id=first, period_ns=1_000_000)
    return [(row.trigger, row.state) for each, at in ids for row in numbering.frame(info(each, at))]


@pytest.mark.parametrize("begin", [0, 1, 1002, 40_000, 65_501, 65_535, 70_000, 1 << 40])
def test_ids_may_begin_anywhere_and_nothing_is_lost(begin: int) -> None:
    ids = [begin + number for number in range(60)]
    if begin <= 65_535:
        ids = [each if each <= 65_535 else each - 65_535 for each in ids]
    assert triggers(1, [(each, at) for at, each in enumerate(ids)]) == [(n, "written") for n in range(60)]
    counted = FrameIds("GigE")
    assert [counted.gap(each) for each in ids] == [0] * 60


@pytest.mark.parametrize(("first", "interface"), [(0, "USB3"), (1, "GigE")])
def test_frames_lost_before_the_first_are_counted_alike_everywhere(first: int, interface: str) -> None:
    rows = triggers(first, [(first + 3, 3)])
    assert [state for _, state in rows] == ["lost"] * 3 + ["written"]
    assert FrameIds(interface).gap(first + 3) == 3
    assert lost_by_id(first, first + 3) == 3


def test_ids_that_use_zero_wrap_to_it() -> None:
    ids = [(0, 0), (1, 1), (65_534, 65_534), (65_535, 65_535), (0, 65_536), (1, 65_537), (3, 65_539)]
    rows = triggers(1, ids)
    assert rows[-1] == (65_539, "written")
    assert rows[-2] == (65_538, "lost")
    counted = FrameIds("GigE")
    assert [counted.gap(each) for each, _ in ids] == [0, 0, 65_532, 0, 0, 0, 1]


def test_zero_lost_at_the_wrap_is_counted_where_the_camera_uses_it() -> None:
    counted = FrameIds("GigE")
    assert [counted.gap(each) for each in (0, 65_535, 1)] == [0, 65_534, 1]
    counted.restart()
    assert [counted.gap(each) for each in (1, 65_535, 1)] == [0, 65_533, 0]


def test_ids_of_64_bit_do_not_wrap() -> None:
    assert triggers(1, [(65_534, 0), (65_535, 1), (65_536, 2), (65_538, 4)])[-2:] == [
        (3, "lost"),
        (4, "written"),
    ]
