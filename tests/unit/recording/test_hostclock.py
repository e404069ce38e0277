"""One computer's clock against another's, by common triggers; a missed first pulse, by pings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llpyspin.errors import ArgumentError
from llpyspin.recording.hostclock import (
    Apart,
    HostPing,
    Shift,
    TriggerTimes,
    apart_of,
    fit_hosts,
    shift_of,
)

MS = 1_000_000
START = 7 * 10**14


class Clocks:
    """Two hosts: what the clock of the second shows at a time of the first."""

    def __init__(self, offset_ns: int, ppm: float) -> None:
        self.offset_ns, self.ppm = offset_ns, ppm

    def second(self, first_ns: int) -> int:
        return first_ns + self.offset_ns + round((first_ns - START) * self.ppm * 1e-6)

    def seen(
        self, triggers: int, period_ns: int, *, missed: int = 0, jitter_ns: int = 0, seed: int = 0
    ) -> tuple[TriggerTimes, TriggerTimes]:
        """The same pulses on both hosts; the second missed the first ones, and counts from 0 all the same."""
        chance = np.random.default_rng(seed)
        when = [START + number * period_ns for number in range(triggers)]
        noise = chance.integers(-jitter_ns, jitter_ns + 1, (2, triggers))
        first = np.array(when, np.int64) + noise[0]
        second = np.array([self.second(each) for each in when], np.int64) + noise[1]
        numbers = np.arange(triggers, dtype=np.int64)
        return TriggerTimes(numbers, first), TriggerTimes(numbers[: triggers - missed], second[missed:])


def without(times: TriggerTimes, share: float, seed: int) -> TriggerTimes:
    kept = np.random.default_rng(seed).random(len(times.triggers)) >= share
    return TriggerTimes(times.triggers[kept], times.host_ns[kept])


CLOCKS = st.builds(Clocks, st.integers(-(2**58), 2**58), st.floats(-150, 150))


@settings(max_examples=60, deadline=None)
@given(CLOCKS, st.integers(800, 3000), st.integers(2 * MS, 40 * MS), st.integers(0, 9999))
def test_offset_and_rate_are_found_although_frames_are_missing(
    clocks: Clocks, triggers: int, period: int, seed: int
) -> None:
    first, second = clocks.seen(triggers, period, jitter_ns=20_000, seed=seed)
    fit = fit_hosts(without(first, 0.1, seed), without(second, 0.2, seed + 1))
    assert fit is not None
    assert fit.drift_error_ppm is not None
    assert abs(fit.drift_ppm - clocks.ppm) <= 3 * fit.drift_error_ppm  # the search finds rare seeds
    middle = START + triggers // 2 * period
    assert abs(int(fit.host_times(np.array([middle]))[0]) - clocks.second(middle)) < 20_000
    assert 0.5 * triggers < fit.triggers < triggers


@settings(max_examples=40, deadline=None)
@given(CLOCKS, st.integers(0, 9999))
def test_late_frames_do_not_move_offset_and_rate(clocks: Clocks, seed: int) -> None:
    first, second = clocks.seen(2000, 10 * MS, jitter_ns=20_000, seed=seed)
    late = np.random.default_rng(seed).random(2000) < 0.05
    fit = fit_hosts(first, TriggerTimes(second.triggers, second.host_ns + late * 30 * MS))
    assert fit is not None
    assert abs(fit.drift_ppm - clocks.ppm) < 2
    assert abs(int(fit.host_times(np.array([START]))[0]) - clocks.second(START)) < 30_000


@settings(max_examples=100, deadline=None)
@given(CLOCKS, st.integers(1, 400), st.integers(-(10**13), 10**13))
def test_times_come_back_when_converted_to_the_other_clock_and_back(
    clocks: Clocks, triggers: int, later: int
) -> None:
    fit = fit_hosts(*clocks.seen(triggers, 10 * MS))
    assert fit is not None
    at = np.array([START + later], np.int64)
    assert abs(int(fit.reference_times(fit.host_times(at))[0]) - START - later) <= 2


def test_few_triggers_give_an_offset_and_no_rate() -> None:
    clocks = Clocks(5 * MS, 100)
    fit = fit_hosts(*clocks.seen(39, 10 * MS))
    assert fit is not None
    assert (fit.drift_ppm, fit.drift_error_ppm, fit.triggers) == (0.0, None, 39)
    assert abs(fit.offset_ns - 5 * MS) < 40_000
    assert fit_hosts(*(without(each, 1.0, 0) for each in clocks.seen(39, 10 * MS))) is None


def test_rate_that_no_clock_has_is_not_used() -> None:
    fit = fit_hosts(*Clocks(0, 5000).seen(1000, 10 * MS))
    assert fit is not None
    assert fit.drift_error_ppm is None


# -- pings


@settings(max_examples=100, deadline=None)
@given(
    CLOCKS, st.integers(0, 50 * MS), st.integers(0, 50 * MS), st.integers(0, 10 * MS), st.integers(0, 10**12)
)
def test_ping_is_within_its_uncertainty_whichever_way_was_slow(
    clocks: Clocks, there: int, back: int, inside: int, sent: int
) -> None:
    times = [START + sent + each for each in (0, there, there + inside, there + inside + back)]
    ping = HostPing.of(times[0], clocks.second(times[1]), clocks.second(times[2]), times[3])
    drifted = (there + back) * abs(clocks.ppm) * 1e-6 + 2
    assert abs(ping.host_ns - clocks.second(ping.asked_ns)) <= ping.uncertainty_ns + drifted


@pytest.mark.parametrize("times", [(5, 1, 2, 4), (0, 2, 1, 9), (0, 1, 9, 4)])
def test_impossible_times_of_a_ping_are_refused(times: tuple[int, int, int, int]) -> None:
    with pytest.raises(ArgumentError, match="must follow each other"):
        HostPing.of(*times)


def test_most_certain_pair_of_pings_counts_and_only_of_one_asker() -> None:
    good = HostPing(1000, 5000, 10, "desk")
    assert apart_of([good], [HostPing(2000, 9000, 10, "laptop")]) is None
    assert apart_of([good], []) is None
    found = apart_of([good], [HostPing(1000, 7000, 900, "desk"), HostPing(2000, 8000, 20, "desk")])
    assert found == Apart(6000, 2000, 30)
    slow = HostPing(1000 + 10**9, 7000, 20, "desk")  # a clock may drift by 400 us in a second
    assert apart_of([good], [slow]) == Apart(5000 + 10**9, 7000 - 5000 - 10**9, 30 + 400_000)


@settings(max_examples=150, deadline=None)
@given(
    CLOCKS,
    st.integers(0, 4),
    st.integers(2 * MS, 100 * MS),
    st.lists(st.floats(0, 0.8), min_size=4, max_size=4),
    st.integers(-20, 20),
    st.integers(0, 9999),
)
def test_missed_first_pulses_are_counted_by_pings_or_not_certain(
    clocks: Clocks, missed: int, period: int, ways: list[float], second: int, seed: int
) -> None:
    first, other = clocks.seen(200, period, missed=missed, jitter_ns=period // 200, seed=seed)
    asked = START + second * 10**8
    there, back, there2, back2 = (int(each * period / 2) for each in ways)
    to_first = HostPing.of(asked, asked + there, asked + there, asked + there + back)
    came = clocks.second(asked + there2)
    to_other = HostPing.of(asked, came, came, asked + there2 + back2)
    apart = apart_of([to_first], [to_other])
    assert apart is not None
    shift = shift_of(first, other, apart, period, unsure_ns=period / 100)
    assert shift is not None
    assert shift.triggers in (missed, None)
    if shift.unsure < 0.5:
        assert shift.triggers == missed


def test_ping_worse_than_half_a_period_proves_nothing() -> None:
    assert Shift(1.1, 0.49).triggers == 1
    assert Shift(1.1, 0.5).triggers is None
    assert Shift(0.5, 0.4).triggers is None
    assert Shift(-1.9, 0.01).triggers == -2


def test_hosts_without_a_common_trigger_are_not_compared() -> None:
    first, second = Clocks(0, 0).seen(10, 10 * MS)
    later = TriggerTimes(second.triggers + 10, second.host_ns)
    assert shift_of(first, later, Apart(START, 0, 1), 10 * MS) is None
