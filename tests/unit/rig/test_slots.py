"""When the sessions of a schedule begin: nothing drifts, nothing runs twice, what is missed is named."""

from __future__ import annotations

import math

from hypothesis import example, given
from hypothesis import strategies as st

from llpyspin.rig.unattended.slots import MOST_LATE_S, Slots, Turn

HOURLY = Slots(first_s=1000.0, every_s=3600, for_s=600)


def test_slots_begin_at_multiples_of_their_distance_from_the_first() -> None:
    assert [HOURLY.start_of(slot) for slot in range(3)] == [1000, 4600, 8200]
    assert HOURLY.turn(-1, 1000) == Turn(0, range(0))
    assert HOURLY.turn(0, 1650) == Turn(1, range(1, 1))
    assert HOURLY.turn(99, 1000 + 99 * 3600 + 700.0).slot == 100


def test_session_that_takes_too_long_costs_the_slots_in_between() -> None:
    assert HOURLY.turn(0, 4600 + MOST_LATE_S) == Turn(1, range(1, 1))
    assert HOURLY.turn(0, 4600 + MOST_LATE_S + 0.1) == Turn(2, range(1, 2))


def test_slots_that_the_computer_slept_through_are_missed() -> None:
    assert HOURLY.turn(2, 1000 + 10 * 3600 + 1800.0) == Turn(11, range(3, 11))


def test_session_may_begin_only_so_late_that_it_ends_before_the_next() -> None:
    assert HOURLY.late_s == MOST_LATE_S
    assert Slots(0, every_s=10, for_s=8).late_s == 2


def test_end_is_that_of_the_number_or_of_the_time() -> None:
    slots = Slots(0, every_s=10, for_s=5, sessions=3)
    assert slots.turn(1, 15) == Turn(2, range(2, 2))
    assert slots.turn(2, 25) == Turn(None, range(3, 3))
    assert slots.turn(0, 1e6) == Turn(None, range(1, 3))
    timed = Slots(0, every_s=10, for_s=5, until_s=30)
    assert timed.turn(1, 15) == Turn(2, range(2, 2))
    assert timed.turn(2, 25) == Turn(None, range(3, 3))
    assert Slots(0, every_s=10, for_s=5, until_s=30.1).turn(2, 25).slot == 3
    assert Slots(0, every_s=10, for_s=5, until_s=30, sessions=2).turn(1, 15).slot is None


def test_last_session_ends_with_the_schedule() -> None:
    slots = Slots(0, every_s=10, for_s=5, until_s=32)
    assert slots.seconds_from(10) == 5
    assert slots.seconds_from(30) == 2
    assert slots.is_late(3, 32)
    assert not slots.is_late(3, 31.9)


TIMES = st.floats(0, 1e7, allow_nan=False)


@given(
    first=st.floats(0, 1e8),
    every=st.floats(1, 1e6),
    share=st.floats(0.01, 0.99),
    until=st.none() | st.floats(0.1, 1e7),
    sessions=st.none() | st.integers(1, 50),
    steps=st.lists(st.tuples(st.floats(0, 3), st.booleans()), max_size=30),
)
@example(first=0.1, every=1.1, share=0.99, until=None, sessions=None, steps=[(1.0, True)] * 20)
def test_each_slot_is_recorded_or_missed_exactly_once(
    first: float,
    every: float,
    share: float,
    until: float | None,
    sessions: int | None,
    steps: list[tuple[float, bool]],
) -> None:
    """Whatever the sessions take, and however long the computer sleeps (in slots) before and after them."""
    until_s = None if until is None else first + until
    slots = Slots(first, every, every * share, until_s, sessions)
    now, last, seen = first, -1, list[int]()
    for taken, sleeps in steps:
        turn = slots.turn(last, now)
        assert list(turn.missed[:3]) == list(range(last + 1, last + 1 + len(turn.missed)))[:3]
        seen += turn.missed
        if turn.slot is None:
            assert slots.turn(10**9, now).slot is None
            break
        last = turn.slot
        now = max(now, slots.start_of(last)) + (taken * every if sleeps else 0.0)
        if slots.is_late(last, now):
            last -= 1
            continue
        assert slots.start_of(last) <= now <= slots.start_of(last) + slots.late_s
        assert until_s is None or now + slots.seconds_from(now) <= until_s + 1e-6
        assert 0 < slots.seconds_from(now) <= slots.for_s
        seen.append(last)
        now += slots.seconds_from(now) + (0.0 if sleeps else taken * every)
    assert seen == list(range(len(seen)))
    if sessions is not None:
        assert len(seen) <= sessions
    if until is not None:
        assert len(seen) <= math.ceil(until / every) + 1
