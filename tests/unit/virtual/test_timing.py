"""How fast a virtual sensor goes, and when it exposes."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llpyspin.virtual.clock import CameraClock, host_ns
from llpyspin.virtual.shutter import Programme, Shutter, Trigger
from llpyspin.virtual.timing import Geometry, Sensor, Timing, frame_timing, quantised_period_ns

U3 = Sensor(1080, 226.0)
LINK = {"USB3": 380e6, "GigE": 125e6}
MS = 1_000_000


def timing(
    sensor=U3, width=1440, height=1080, pixel_format="Mono8", adc=10, exposure_us=1000.0, framerate=None
):
    geometry = Geometry(width, height, pixel_format, adc)
    return frame_timing(
        sensor, geometry, exposure_us=exposure_us, framerate=framerate, throughput=LINK[sensor.interface]
    )


@pytest.mark.parametrize(
    ("sensor", "width", "height", "framerate"),
    [
        (U3, 1440, 1080, 226),
        (Sensor(1080, 226.0, "GigE"), 1440, 1080, 78),
        (Sensor(540, 522.0), 720, 540, 522),
        (Sensor(2048, 75.0), 2448, 2048, 75),
    ],
)
def test_full_frames_come_at_the_rate_of_the_data_sheet(sensor, width, height, framerate):
    assert timing(sensor, width, height).max_framerate == pytest.approx(framerate, abs=0.1)
    assert timing(sensor, width, height).max_framerate >= framerate


@given(st.integers(2, 1080), st.integers(2, 1080))
def test_fewer_rows_are_never_slower(one, other):
    low, high = sorted((one, other))
    assert timing(height=low).max_framerate >= timing(height=high).max_framerate


def test_the_width_matters_only_where_the_link_is_the_limit():
    gige = Sensor(1080, 226.0, "GigE")
    assert timing(width=720).max_framerate == timing(width=1440).max_framerate
    assert timing(gige, width=720).max_framerate == pytest.approx(2 * timing(gige).max_framerate, rel=0.01)


def test_deeper_pixels_are_slower_by_the_link_and_by_the_converter():
    assert timing(pixel_format="Mono16").max_framerate == pytest.approx(122, abs=1)
    small = {"width": 320, "height": 240, "pixel_format": "Mono12p"}
    assert timing(**small, adc=12).max_framerate < timing(**small, adc=10).max_framerate


@given(st.floats(1.0, 226.0))
def test_the_period_is_a_whole_number_of_8_ns(framerate):
    period = timing(framerate=framerate).period
    assert period % 8 == 0
    assert 1e9 / period == pytest.approx(framerate, rel=2e-6)
    assert quantised_period_ns(1e9 / period) == period


def test_a_long_exposure_lowers_the_resulting_rate_but_not_the_limit():
    long = timing(exposure_us=20_000.0)
    assert long.max_framerate == timing().max_framerate
    assert long.framerate == pytest.approx(50.0)
    assert timing(exposure_us=1000.0, framerate=100.0).framerate == pytest.approx(100.0, rel=1e-5)


def test_a_model_without_limits_has_none():
    free = timing(Sensor(1080, math.inf))
    assert free.max_framerate > 1e6
    assert (free.readout, free.transfer) == (0, 0)
    assert timing(Sensor(1080, math.inf), framerate=5000.0).framerate == pytest.approx(5000.0, rel=1e-4)


# -- the shutter


def programme(exposure=2 * MS, readout=4 * MS, period=4 * MS, **settings) -> Programme:
    return Programme(Timing(exposure, readout, readout, 4000, period, period), **settings)


def by_line(overlap="Off", **settings) -> Trigger:
    return Trigger(on=True, source="Line3", overlap=overlap, **settings)


def taken(shutter: Shutter, times) -> list[int]:
    return [at for at in times if shutter.trigger(at) is not None]


def test_free_running_frames_keep_to_their_period_however_late_one_asks():
    shutter = Shutter(programme(period=10 * MS), 0)
    starts = [shutter.advance(95 * MS).start for _ in range(10)]
    assert starts == [n * 10 * MS for n in range(10)]
    assert shutter.advance(95 * MS) is None


def test_without_overlap_a_trigger_at_full_rate_takes_every_second_frame():
    shutter = Shutter(programme(frame=by_line("Off")), 0)
    assert len(taken(shutter, [n * 4 * MS for n in range(100)])) == 50
    assert shutter.missed == 50


def test_with_read_out_overlap_it_takes_every_frame():
    shutter = Shutter(programme(frame=by_line("ReadOut")), 0)
    assert len(taken(shutter, [n * 4 * MS for n in range(100)])) == 100
    assert shutter.missed == 0


def test_exposure_longer_than_the_period_skips_triggers_with_overlap():
    shutter = Shutter(programme(exposure=5 * MS, frame=by_line("ReadOut")), 0)
    assert len(taken(shutter, [n * 4 * MS for n in range(100)])) == 50


def test_previous_frame_overlap_remembers_one_trigger():
    shutter = Shutter(programme(exposure=5 * MS, frame=by_line("PreviousFrame")), 0)
    assert shutter.trigger(0).start == 0
    assert shutter.trigger(1 * MS) is None
    assert shutter.trigger(2 * MS) is None
    assert shutter.missed == 1
    assert shutter.due() == 5 * MS
    assert shutter.advance(6 * MS).start == 5 * MS
    assert shutter.due() is None


def test_a_frame_limit_ends_the_acquisition():
    shutter = Shutter(programme(frame_limit=3), 0)
    assert [shutter.advance(10**9) is not None for _ in range(5)] == [True] * 3 + [False] * 2
    assert shutter.finished
    triggered = Shutter(programme(frame_limit=1, frame=by_line()), 0)
    assert len(taken(triggered, [n * 100 * MS for n in range(3)])) == 1


def test_a_burst_is_as_many_frames_as_it_was_told():
    shutter = Shutter(programme(burst=Trigger(on=True), burst_count=3), 0)
    assert shutter.advance(10**9) is None
    shutter.burst(50 * MS)
    assert [e.start // MS for e in iter(lambda: shutter.advance(10**9), None)] == [50, 54, 58]
    shutter.burst(59 * MS)
    assert shutter.advance(10**9).start == 62 * MS


def test_the_width_of_a_trigger_is_the_exposure():
    shutter = Shutter(programme(by_width=True, frame=by_line("ReadOut")), 0)
    opened = shutter.trigger(10 * MS)
    assert opened.end is None
    assert shutter.trigger(11 * MS) is None
    closed = shutter.close(17 * MS)
    assert closed is opened
    assert closed.end == 17 * MS
    assert closed.ready == 21 * MS
    assert shutter.close(18 * MS) is None


def test_frames_follow_one_another_while_a_level_trigger_is_active():
    shutter = Shutter(programme(frame=by_line("ReadOut", activation="LevelHigh")), 0)
    assert shutter.level(True, 10 * MS).start == 10 * MS
    assert shutter.advance(100 * MS).start == 14 * MS
    shutter.level(False, 15 * MS)
    assert shutter.due() is None


def test_images_do_not_overtake_each_other_on_a_slow_link():
    slow = Programme(Timing(1 * MS, 4 * MS, 12 * MS, 4000, 4 * MS, 4 * MS), frame=by_line("ReadOut"))
    shutter = Shutter(slow, 0)
    ready = [shutter.trigger(n * 4 * MS).ready for n in range(5)]
    assert all(later - earlier >= 12 * MS for earlier, later in pairwise(ready))


def test_the_activation_decides_which_edge_is_a_trigger():
    cases = {
        "RisingEdge": (True, False),
        "FallingEdge": (False, True),
        "AnyEdge": (True, True),
        "LevelHigh": (True, False),
        "LevelLow": (False, True),
    }
    for activation, expected in cases.items():
        trigger = by_line(activation=activation)
        assert (trigger.fires(True), trigger.fires(False)) == expected


# -- the clock


@given(st.floats(-1000, 1000), st.integers(0, 10**15))
def test_camera_time_and_host_time_translate_into_each_other(ppm, host):
    clock = CameraClock("12345678", ppm)
    assert abs(clock.to_host(clock.to_camera(host)) - host) <= 2


def test_each_camera_has_an_epoch_of_its_own_and_keeps_it():
    assert CameraClock("1").to_camera(0) != CameraClock("2").to_camera(0)
    assert CameraClock("1").to_camera(0) == CameraClock("1").to_camera(0)


def test_drift_changes_the_speed_without_a_jump():
    clock = CameraClock("1")
    before = clock.to_camera(host_ns())
    clock.drift(500.0)
    at = host_ns()
    assert 0 <= clock.to_camera(at) - before < 60 * 1_000_000_000
    assert clock.to_camera(at + 10**9) - clock.to_camera(at) == 10**9 + 500_000
