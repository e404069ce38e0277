"""When each trigger was: measured where a frame came, told by others or by neighbours where none did."""

from __future__ import annotations

import numpy as np
import pytest

from llpyspin.export.moments import UNKNOWN, exposed_ns, rising, with_estimates
from llpyspin.recording.clockfit import fit_clock
from llpyspin.recording.columns import columns_of
from tests.unit.recordings import EPOCH, PERIOD, rows_of


def test_frames_have_the_times_of_their_exposure() -> None:
    columns = columns_of(rows_of("." * 80))
    times = exposed_ns(columns, None, ())
    fit = fit_clock(columns["camera_timestamp_ns"], columns["host_timestamp_ns"])
    assert fit is not None
    assert times.tolist() == fit.host_times(columns["camera_timestamp_ns"]).tolist()
    assert np.abs(np.diff(times) - PERIOD).max() < 100


def test_clock_that_began_anew_has_a_fit_of_its_own() -> None:
    columns = columns_of(rows_of("." * 80))
    fit = fit_clock(columns["camera_timestamp_ns"], columns["host_timestamp_ns"])
    columns["camera_timestamp_ns"][40:] -= 10**12
    times = exposed_ns(columns, fit, ())
    assert np.abs(times - EPOCH - np.arange(80) * PERIOD - 300_000).max() < 60_000


def test_triggers_without_a_frame_have_no_time_of_their_own() -> None:
    assert (exposed_ns(columns_of(rows_of("..t.s.")), None, ())[[2, 4]] == UNKNOWN).all()


def test_missing_time_is_that_of_another_camera() -> None:
    one = np.array([100, 200, UNKNOWN, 400])
    other = np.array([103, 203, 299, 403])
    assert with_estimates([one, other], 50.0)[0].tolist() == [100, 200, 296, 400]
    assert with_estimates([one, other], 50.0)[1].tolist() == other.tolist()


def test_time_that_nobody_has_lies_between_its_neighbours() -> None:
    lone = np.array([UNKNOWN, 100, UNKNOWN, UNKNOWN, 400, UNKNOWN])
    assert with_estimates([lone], 7.0)[0].tolist() == [0, 100, 200, 300, 400, 500]


@pytest.mark.parametrize("known", [[], [2]])
def test_period_stands_in_where_too_few_times_are_known(known: list[int]) -> None:
    times = np.full(4, UNKNOWN)
    times[known] = 20
    assert with_estimates([times], 10.0)[0].tolist() == [0, 10, 20, 30]


def test_times_always_rise() -> None:
    assert rising(np.array([5, 9, 8, 8, 20])).tolist() == [5, 9, 10, 11, 20]
