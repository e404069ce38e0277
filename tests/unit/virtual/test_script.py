"""When a replayed camera exposes: rules on recorded triggers, without a camera."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from llpyspin.virtual.footage import DAMAGED, LOST, SENT, SHOT, UNEXPOSED
from llpyspin.virtual.formats import FORMATS, unpack
from llpyspin.virtual.projector import pixel_bytes
from llpyspin.virtual.replayshutter import ReplayShutter
from llpyspin.virtual.script import Script
from llpyspin.virtual.shutter import Programme, Trigger
from llpyspin.virtual.timing import Timing

PERIOD = 10_000_000
FREE = Programme(Timing(1_000_000, 0, 0, 0, 8, 40_000_000))
PULSED = Programme(FREE.timing, frame=Trigger(on=True, source="Line3"))


def shots(ends: list[int], fates: list[int] | None = None, exposures: list[float] | None = None) -> Any:
    made = np.zeros(len(ends), SHOT)
    made["fate"] = SENT if fates is None else fates
    made["end_ns"], made["picture"] = ends, np.arange(len(ends))
    made["exposure_us"] = 1000.0 if exposures is None else exposures
    return made


def script(ends: list[int], *rest: Any, repeat: bool = False, **more: Any) -> Script:
    return Script(shots(ends, *rest, **more), 1e9 / PERIOD, repeat=repeat)


@pytest.mark.parametrize(
    ("ends", "times"),
    [
        ([500, 700, 1000], [0, 200, 500]),
        ([500, -1, -1, 800], [0, 100, 200, 300]),
        ([-1, 500, -1], [0, PERIOD, 2 * PERIOD]),
        ([-1, -1], [0, PERIOD]),
        ([900, 1000, 5, 105], [0, 100, 100 + PERIOD, 200 + PERIOD]),  # its clock began anew
        ([900, -1, 5], [0, PERIOD, 2 * PERIOD]),
    ],
)
def test_times_are_as_recorded_and_even_in_between(ends: list[int], times: list[int]) -> None:
    made = script(ends)
    assert [made.time(position) for position in range(len(ends))] == times


def test_times_of_a_long_gap_rise() -> None:
    made = np.zeros(1_000_002, SHOT)
    made["fate"], made["end_ns"] = UNEXPOSED, -1
    made["fate"][[0, -1]], made["end_ns"][0] = SENT, 5
    made["end_ns"][-1] = 5 + 1_000_001 * 33_333_333
    gap = Script(made, 30.0, repeat=False)
    times = [gap.time(position) for position in range(0, 1_000_002, 1000)]
    assert set(np.diff(times)) == {1000 * 33_333_333}
    assert gap.next_exposed(1) == 1_000_001


def test_next_exposure_of_a_repeated_script_may_be_of_the_next_turn() -> None:
    made = script([-1, 1, -1], [UNEXPOSED, LOST, UNEXPOSED], repeat=True)
    assert [made.next_exposed(position) for position in range(6)] == [1, 1, 4, 4, 4, 7]
    once = script([-1, 1, -1], [UNEXPOSED, LOST, UNEXPOSED])
    assert [once.next_exposed(position) for position in range(3)] == [1, 1, None]


def test_repeated_script_has_one_period_between_its_turns() -> None:
    made = script([500, 700], repeat=True)
    assert [made.time(position) for position in range(5)] == [
        0,
        200,
        200 + PERIOD,
        400 + PERIOD,
        400 + 2 * PERIOD,
    ]
    assert not made.over(10**9)


def test_script_without_an_exposure_is_over_even_if_it_repeats() -> None:
    made = script([1, 2], [UNEXPOSED, UNEXPOSED], repeat=True)
    assert made.over(0)
    assert made.next_exposed(0) is None
    assert made.shot(0).fate == LOST


def test_figures_that_nobody_knows_are_none() -> None:
    made = shots([1], exposures=[float("nan")])
    made["gain_db"], made["line_status"], made["fate"] = np.nan, -1, DAMAGED
    assert Script(made, 30.0, repeat=False).shot(0) == (DAMAGED, 0, None, None, None)


def test_free_running_camera_keeps_every_interval_to_the_ns() -> None:
    ends = [0, 9_999_991, 20_000_003, 31_000_000]
    shutter = ReplayShutter(FREE, 5000, script(ends, exposures=[1000, 2000, 500, 1000]), paced=True)
    taken = []
    while (due := shutter.due()) is not None:
        exposure = shutter.advance(due)
        assert exposure is not None
        taken.append(exposure)
    assert list(np.diff([one.timestamp for one in taken])) == list(np.diff(ends))
    assert [one.end - one.start for one in taken if one.end] == [1_000_000, 2_000_000, 500_000, 1_000_000]
    assert all(one.timestamp == one.end for one in taken)
    assert shutter.finished


def test_pulse_near_its_recorded_time_gets_the_recorded_timestamp() -> None:
    shutter = ReplayShutter(PULSED, 0, script([0, PERIOD + 7, 2 * PERIOD]), paced=True)
    taken = [shutter.trigger(at) for at in (100, 100 + PERIOD - 300, 100 + 2 * PERIOD + 900)]
    stamps = [one.timestamp for one in taken if one is not None]
    assert list(np.diff(stamps)) == [PERIOD + 7, PERIOD - 7]


def test_pulse_at_another_time_has_its_own_timestamp() -> None:
    shutter = ReplayShutter(PULSED, 0, script([0, PERIOD, 2 * PERIOD]), paced=True)
    taken = [shutter.trigger(at) for at in (0, 5 * PERIOD, 6 * PERIOD + 10)]
    stamps = [one.timestamp for one in taken if one is not None]
    assert list(np.diff(stamps)) == [5 * PERIOD, PERIOD]


def test_missed_pulses_are_missed_again_and_use_up_their_trigger() -> None:
    shutter = ReplayShutter(
        PULSED, 0, script([0, -1, 2 * PERIOD, 3 * PERIOD], [SENT, UNEXPOSED, SENT, SENT]), paced=True
    )
    first, none, second = (shutter.trigger(number * PERIOD) for number in range(3))
    assert first is not None
    assert none is None
    assert second is not None
    assert (second.number, second.position) == (1, 2)
    shutter.pass_by()  # a fault makes the camera blind for the last one
    assert shutter.finished
    assert shutter.missed == 2
    assert shutter.trigger(9 * PERIOD) is None


def test_camera_that_was_held_goes_on_with_the_next_trigger() -> None:
    shutter = ReplayShutter(FREE, 0, script([0, PERIOD, 2 * PERIOD]), paced=True)
    assert shutter.advance(0) is not None
    shutter.apply(PULSED, 1000)
    assert shutter.due() is None
    shutter.apply(FREE, 700 * PERIOD)
    assert shutter.due() == 700 * PERIOD
    exposure = shutter.advance(700 * PERIOD)
    assert exposure is not None
    assert exposure.position == 1
    assert exposure.timestamp == 700 * PERIOD + 1_000_000


def test_settings_do_not_move_recorded_times() -> None:
    shutter = ReplayShutter(FREE, 0, script([0, PERIOD]), paced=True)
    shutter.advance(0)
    shutter.apply(Programme(Timing(5_000_000, 1, 1, 0, 8, 90_000_000)), 10)
    assert shutter.due() == PERIOD


def stamps_of(taken: list[Any]) -> list[int]:
    return [one.timestamp for one in taken if one is not None]


def test_timestamps_rise_after_pulses_that_came_ever_earlier() -> None:
    shutter = ReplayShutter(PULSED, 0, script([number * PERIOD for number in range(30)]), paced=True)
    early = [number * PERIOD * 4 // 5 for number in range(20)]  # near enough to count as recorded
    taken = [shutter.trigger(at) for at in [*early, early[-1] + 2 * PERIOD, early[-1] + 3 * PERIOD]]
    steps = np.diff(stamps_of(taken))
    assert list(steps) == [PERIOD] * 19 + [1, PERIOD]


def test_timestamps_rise_when_a_camera_starts_again() -> None:
    shutter = ReplayShutter(FREE, 0, script([number * PERIOD for number in range(9)]), paced=False)
    taken = [shutter.advance(10_000)]
    for at in (20_000, 30_000):
        shutter.catch_up(at)
        taken.append(shutter.advance(at))
    shutter.halt()
    shutter.resume(40_000)
    shutter.catch_up(40_000)
    taken.append(shutter.advance(40_000))
    shutter.apply(PULSED, 50_000)
    shutter.apply(FREE, 60_000)
    taken += [shutter.advance(60_000)]
    assert list(np.diff(stamps_of(taken))) == [PERIOD, PERIOD, 1, 1]


def test_timestamps_follow_a_clock_that_was_set_back() -> None:
    shutter = ReplayShutter(PULSED, 0, script([number * PERIOD for number in range(9)]), paced=True)
    taken = [shutter.trigger(at) for at in (9 * 10**9, 1000, 1000 + 5 * PERIOD)]
    assert stamps_of(taken) == [9 * 10**9 + 1_000_000, 1_001_000, 1_001_000 + 5 * PERIOD]


@pytest.mark.parametrize("name", ["Mono8", "Mono16", "Mono10p", "Mono12p", "Mono12Packed"])
def test_gray_pictures_are_the_same_in_every_format_that_holds_them(name: str) -> None:
    target = FORMATS[name]
    image = np.arange(6 * 8, dtype=np.uint8 if target.depth == 8 else np.uint16).reshape(6, 8) * 5
    sent = pixel_bytes(image, target)
    assert sent.size == target.stride(8) * 6
    assert np.array_equal(unpack(sent.reshape(6, -1), target.layout), image)


def test_colour_pictures_keep_the_order_of_their_channels() -> None:
    image = np.random.default_rng(1).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    assert np.array_equal(pixel_bytes(image, FORMATS["BGR8"]).reshape(6, 8, 3), image)
    assert np.array_equal(pixel_bytes(image, FORMATS["RGB8"]).reshape(6, 8, 3), image[:, :, ::-1])
    bayer = pixel_bytes(image, FORMATS["BayerRG8"]).reshape(6, 8)
    assert np.array_equal(bayer[0::2, 0::2], image[0::2, 0::2, 2])
    assert np.array_equal(bayer[0::2, 1::2], image[0::2, 1::2, 1])
    assert np.array_equal(bayer[1::2, 1::2], image[1::2, 1::2, 0])
