"""The values of the figures, from rows whose times are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llpyspin.recording.account.data import CameraAccount
from llpyspin.recording.clockfit import ClockFit
from llpyspin.recording.session import CameraRecord
from llpyspin.report.contactsheet import MOST_LOSSES, choose_moments
from llpyspin.report.distributions import (
    clock_of,
    delays_of,
    histogram_of,
    intervals_of,
    losses_of,
    spread_of_tracks,
    summary_of,
    time_base,
)
from llpyspin.report.tracks import FATES, Track, track_of_rows
from tests.unit.recordings import EPOCH, PERIOD, rows_of

if TYPE_CHECKING:
    from llpyspin.report.distributions import TimeBase

LETTERS = {".": "written", "i": "incomplete", "s": "sensor", "t": "transport", "r": "ring", "w": "writer"}


def track(fates: str, number: int = 0, *, late_us: float = 0.0, first: int = 0) -> Track:
    """A camera with a known clock: it runs EPOCH behind the host's, and takes frames ``late_us`` later."""
    began = (number + 1) * 10**9
    fit = ClockFit(began, round(EPOCH - began + late_us * 1e3), 0.0, 1.0, 0.0, 300.0, len(fates))
    account = CameraAccount(serial=str(number), clock=fit)
    return track_of_rows(
        CameraRecord(str(number), f"camera{number}"), account, rows_of(fates, number, first=first)
    )


def base_of(*tracks: Track) -> TimeBase:
    base = time_base(tracks)
    assert base is not None
    return base


def test_time_of_a_lost_trigger_is_that_of_its_place_among_the_others() -> None:
    base = base_of(track("t.t..t"))
    assert base.at([0, 1, 2, 3, 5, 6]) == pytest.approx([0.0, 0.01, 0.02, 0.03, 0.05, 0.06])


def test_recording_without_a_frame_has_no_times() -> None:
    assert time_base([track("ttt")]) is None
    assert losses_of([track("ttt")], None) is None
    assert intervals_of(track("ttt")) is None
    assert delays_of(track("ttt"), None) is None


@given(st.text(alphabet="".join(LETTERS), min_size=2, max_size=300).filter(lambda fates: "." in fates))
def test_time_line_has_every_loss_once(fates: str) -> None:
    one = track(fates)
    losses = losses_of([one], time_base([one]))
    assert losses is not None
    for letter, fate in LETTERS.items():
        if fate != "written":
            assert sum(losses.cameras["camera0"].get(fate, ())) == fates.count(letter)
    assert sum(losses.triggers["camera0"]) == len(fates)
    if sum(fate not in "st" for fate in fates) > 1:  # one frame alone tells no period
        assert min(losses.triggers["camera0"]) > 0


@given(st.text(alphabet="".join(LETTERS), max_size=200))
def test_runs_of_losses_are_the_triggers_without_a_whole_picture(fates: str) -> None:
    runs = track(fates, first=7).runs()
    missing = [trigger for run in runs for trigger in range(run.first, run.first + run.length)]
    assert missing == [number + 7 for number, fate in enumerate(fates) if fate != "."]
    assert all(run.fate in FATES[1:] for run in runs)


def test_intervals_leave_out_gaps() -> None:
    found = intervals_of(track("..t...i."))
    assert found is not None
    summary, intervals = found
    assert summary.count == 5
    assert (summary.least, summary.median, summary.most) == pytest.approx((10.0, 10.0, 10.0))
    assert intervals.median_ms == pytest.approx(PERIOD / 1e6)
    assert sum(intervals.deviation_us.counts) == 5


def test_synchronisation_is_the_distance_of_the_cameras() -> None:
    spread = spread_of_tracks([track("....t."), track("......", 1, late_us=25.0)], None)
    assert spread is not None
    assert spread.frames == 5
    assert (spread.median_us, spread.most_us) == pytest.approx((25.0, 25.0))
    assert spread.offsets_us == pytest.approx({"camera0": 0.0, "camera1": 25.0})


def test_one_camera_has_no_synchronisation() -> None:
    assert spread_of_tracks([track("....")], None) is None


def test_delays_are_arrivals_after_timestamps() -> None:
    one = track("." * 500)
    found = delays_of(one, base_of(one))
    assert found is not None
    summary, delays = found
    assert summary.count == 500
    assert 0.3 <= summary.least <= summary.most <= 0.35
    assert len(delays.seconds) == len(delays.median_ms) == len(delays.most_ms) <= 240
    assert all(most >= median for median, most in zip(delays.median_ms, delays.most_ms, strict=True))


def test_residuals_of_a_clock_that_fits_are_small() -> None:
    one = track("." * 500)
    clock = clock_of(one, base_of(one))
    assert clock is not None
    assert len(clock.residual_us) == 50
    assert max(map(abs, clock.residual_us)) < 10.0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200))
def test_histogram_has_every_value(values: list[float]) -> None:
    histogram = histogram_of(values, least_width=1.0)
    assert sum(histogram.counts) == len(values)
    assert len(histogram.edges) == len(histogram.counts) + 1
    assert np.all(np.diff(histogram.edges) > 0)
    summary = summary_of(values)
    assert summary is not None
    assert summary.least <= summary.median <= summary.p99 <= summary.most


def test_histogram_does_not_go_below_its_floor() -> None:
    assert histogram_of([0.01, 0.02], least_width=1.0, floor=0.0).edges[0] == 0.0


@given(st.lists(st.text(alphabet=".tsi", min_size=1, max_size=80), min_size=1, max_size=4))
def test_contact_sheet_is_bounded_and_has_both_ends(fates: list[str]) -> None:
    tracks = [track(each, number) for number, each in enumerate(fates)]
    moments, not_shown = choose_moments(tracks)
    triggers = [moment.trigger for moment in moments]
    last = max(map(len, fates)) - 1
    assert triggers == sorted(set(triggers))
    assert {0, last // 2, last} <= set(triggers) <= set(range(last + 1))
    assert len(triggers) <= 3 + 3 * MOST_LOSSES
    assert not_shown == max(0, sum(len(each.runs()) for each in tracks) - MOST_LOSSES)


def test_contact_sheet_shows_before_in_and_after_a_loss() -> None:
    moments, _ = choose_moments([track("." * 10 + "ttt" + "." * 20)])
    assert [(moment.trigger, moment.why) for moment in moments] == [
        (0, "first"),
        (9, "before the loss of camera0"),
        (10, "camera0: 3 frames lost (transport)"),
        (13, "after the loss of camera0"),
        (16, "middle"),
        (32, "last"),
    ]


def test_recording_without_rows_has_no_contact_sheet() -> None:
    assert choose_moments([track("")]) == ([], 0)
