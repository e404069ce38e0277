"""How a camera's clock runs against the host's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llpyspin.recording.clockfit import BELIEVABLE_PPM, fit_clock
from llpyspin.roles import ClockSample

PERIOD = 4_424_784
CAMERA, HOST, LATENCY = 10**15, 5 * 10**12, 300_000


def arrivals(
    frames: int, ppm: float, seed: int = 0, *, late_us: float = 150.0
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Frames with 20 us of jitter, that arrive late at random, and now and then up to 30 ms late."""
    chance = np.random.default_rng(seed)
    true = np.arange(frames) * PERIOD + chance.integers(-20_000, 20_001, frames)
    camera = CAMERA + np.rint(true / (1 + ppm * 1e-6)).astype(np.int64)
    late = chance.exponential(late_us * 1e3, frames) + (chance.random(frames) < 0.02) * chance.integers(
        0, 30_000_000, frames
    )
    return camera, HOST + true + LATENCY + late.astype(np.int64)


@settings(max_examples=60, deadline=None)
@given(st.floats(-100, 100), st.integers(1000, 5000), st.integers(0, 10_000))
def test_offset_and_drift_are_found_however_late_frames_arrive(ppm: float, frames: int, seed: int) -> None:
    fit = fit_clock(*arrivals(frames, ppm, seed))
    assert fit is not None
    assert fit.drift_error_ppm is not None
    assert abs(fit.drift_ppm - ppm) < max(fit.drift_error_ppm, 3.0)
    assert fit.drift_error_ppm < 25
    assert abs(fit.host_ns(CAMERA) - (HOST + LATENCY)) < 60_000
    assert 50 < fit.residual_us < 250
    assert fit.frames == frames
    assert fit.latency_us is None


def test_clock_readings_remove_the_frame_delay_from_the_offset() -> None:
    camera, host = arrivals(2000, 50)
    fit = fit_clock(camera, host, [ClockSample(CAMERA, HOST, 5_000), ClockSample(CAMERA, HOST + 9**9, 10**9)])
    assert fit is not None
    assert fit.host_ns(CAMERA) == HOST
    assert fit.latency_us == pytest.approx(LATENCY / 1e3, abs=60)


def test_drift_of_a_short_recording_comes_from_early_and_late_readings() -> None:
    second = 10**9
    samples = [
        ClockSample(CAMERA - second, HOST - second - 80_000, 5_000),
        ClockSample(CAMERA + second, HOST + second + 80_000, 5_000),
    ]
    fit = fit_clock(*arrivals(20, 80), samples)
    assert fit is not None
    assert fit.drift_ppm == pytest.approx(80, abs=0.1)
    assert fit.drift_error_ppm == pytest.approx(5.5, abs=0.1)
    long = fit_clock(*arrivals(5000, 80), samples)
    assert long is not None
    assert long.drift_error_ppm is not None
    assert long.drift_error_ppm < 1


@pytest.mark.parametrize("late", [0, 10**12, -(10**9)])
def test_samples_that_say_nothing_of_the_drift_are_not_used_for_it(late: int) -> None:
    samples = [ClockSample(CAMERA, HOST, 5_000), ClockSample(CAMERA + late, HOST + 10**9, 5_000)]
    fit = fit_clock(*arrivals(20, 80), samples)
    assert fit is not None
    assert fit.drift_error_ppm is None


@settings(max_examples=60, deadline=None)
@given(st.integers(-(2**60), 2**60), st.integers(1, 2**60), st.integers(2, 200))
def test_exact_clocks_are_found_exactly_at_any_distance(camera: int, host: int, frames: int) -> None:
    times = np.arange(frames, dtype=np.int64) * PERIOD
    fit = fit_clock(times + camera, times + host)
    assert fit is not None
    assert (fit.offset_ns, fit.drift_ppm, fit.residual_us) == (host - camera, 0, 0)
    assert [fit.host_ns(int(at) + camera) for at in times] == [int(at) + host for at in times]
    assert np.array_equal(fit.host_times(times + camera), times + host)


def test_a_few_impossible_arrivals_do_not_move_the_line() -> None:
    camera, host = arrivals(3000, -70)
    wrong = host.copy()
    wrong[[100, 1500, 2900]] -= 10**9
    assert fit_clock(camera, wrong) is not None
    fit, clean = fit_clock(camera, wrong), fit_clock(camera, host)
    assert fit is not None
    assert clean is not None
    assert abs(fit.drift_ppm - clean.drift_ppm) < 1
    assert abs(fit.offset_ns - clean.offset_ns) < 20_000


@pytest.mark.parametrize("frames", [2, 3, 20, 39])
def test_a_few_frames_give_an_offset_and_no_drift(frames: int) -> None:
    fit = fit_clock(*arrivals(frames, 80))
    assert fit is not None
    assert (fit.drift_ppm, fit.drift_error_ppm) == (0, None)
    assert 0 <= fit.offset_ns - (HOST + LATENCY - CAMERA) < 30_000_000


@pytest.mark.parametrize("frames", [0, 1])
def test_less_than_two_frames_give_nothing(frames: int) -> None:
    assert fit_clock(*arrivals(frames, 0)) is None


def test_a_drift_that_no_oscillator_has_is_not_believed() -> None:
    camera, host = arrivals(2000, 5 * BELIEVABLE_PPM)
    fit = fit_clock(camera, host)
    assert fit is not None
    assert fit.drift_error_ppm is None


def test_frames_of_one_moment_have_no_drift() -> None:
    fit = fit_clock([7] * 100, range(100, 200))
    assert fit is not None
    assert (fit.drift_ppm, fit.drift_error_ppm) == (0, None)


def test_frames_in_any_order_give_the_same() -> None:
    camera, host = arrivals(500, 30)
    order = np.random.default_rng(1).permutation(500)
    assert fit_clock(camera[order], host[order]) == fit_clock(camera, host)


def test_arrivals_without_frames_are_refused() -> None:
    with pytest.raises(ValueError, match="as many arrivals"):
        fit_clock([1, 2, 3], [1, 2])
