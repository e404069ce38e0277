"""Which frames of two cameras become one picture."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from llpyspin.joining.rules import Joining, Timeline

LATE = 1.0


def joined(joining: Joining[str], now: float) -> list[tuple[int, tuple[str | None, ...]]]:
    return [(joint.trigger, joint.items) for joint in joining.ready(now)]


def test_frames_of_one_trigger_belong_together_whichever_comes_first() -> None:
    joining = Joining[str](2, late_s=LATE)
    joining.add(0, 0, "l0", 0.0)
    assert joined(joining, 0.0) == []
    joining.add(1, 0, "r0", 0.1)
    joining.add(1, 1, "r1", 0.2)
    joining.add(0, 1, "l1", 0.3)
    assert joined(joining, 0.3) == [(0, ("l0", "r0")), (1, ("l1", "r1"))]
    assert joining.missing == (0, 0)


def test_a_frame_that_a_camera_has_lost_is_not_waited_for() -> None:
    joining = Joining[str](2, late_s=LATE)
    joining.add(0, 0, "l0", 0.0)
    joining.add(0, 1, "l1", 0.0)
    joining.add(1, 1, "r1", 0.0)
    assert joined(joining, 0.0) == [(0, ("l0", None)), (1, ("l1", "r1"))]
    assert joining.missing == (0, 1)


def test_late_camera_is_waited_for_and_then_its_frame_is_not_used() -> None:
    joining = Joining[str](2, late_s=LATE)
    joining.add(0, 0, "l0", 5.0)
    assert joining.due() == 5.0 + LATE
    assert joined(joining, 5.9) == []
    assert joined(joining, 6.0) == [(0, ("l0", None))]
    assert not joining.add(1, 0, "r0", 6.1)
    assert (joining.missing, joining.late) == ((0, 1), (0, 1))


def test_a_camera_that_was_late_is_waited_for_again() -> None:
    joining = Joining[str](2, late_s=LATE)
    joining.add(0, 0, "l0", 0.0)
    assert joined(joining, 2.0)
    joining.add(1, 0, "r0", 2.0)
    joining.add(0, 1, "l1", 2.1)
    assert joined(joining, 2.2) == []
    joining.add(1, 1, "r1", 2.2)
    assert joined(joining, 2.2) == [(1, ("l1", "r1"))]


def test_what_cannot_wait_any_longer_is_given_one_by_one() -> None:
    joining = Joining[str](2, late_s=LATE)
    for trigger in range(3):
        joining.add(0, trigger, f"l{trigger}", 0.0)
    assert joining.waiting(0) == 3
    joint = joining.force()
    assert joint is not None
    assert (joint.trigger, joint.items) == (0, ("l0", None))
    assert (joining.waiting(0), joining.waiting(1)) == (2, 0)
    joining.add(1, 1, "r1", 0.0)
    assert joined(joining, 0.0) == [(1, ("l1", "r1"))]
    assert joining.force() is not None
    assert joining.force() is None


def test_a_camera_that_has_ended_is_not_waited_for() -> None:
    joining = Joining[str](2, late_s=LATE)
    joining.end(1)
    joining.add(0, 0, "l0", 0.0)
    assert joined(joining, 0.0) == [(0, ("l0", None))]


def test_triggers_that_all_cameras_lost_are_counted_once() -> None:
    joining = Joining[str](2, late_s=LATE)
    for side in (0, 1):
        joining.add(side, 3, "x", 0.0)
    assert joined(joining, 0.0) == [(3, ("x", "x"))]
    assert (joining.lost, joining.missing) == (3, (0, 0))


@given(st.data())
def test_every_frame_is_given_once_in_order_or_was_too_late(data: st.DataObject) -> None:
    joining = Joining[tuple[int, int]](2, late_s=LATE)
    todo = [
        sorted(data.draw(st.sets(st.integers(0, 30)), label=f"triggers of camera {side}")) for side in (0, 1)
    ]
    all_of = sum(len(one) for one in todo)
    given_out: list[int] = []
    frames, now = 0, 0.0
    while any(todo):
        side = data.draw(st.sampled_from([side for side in (0, 1) if todo[side]]))
        trigger = todo[side].pop(0)
        joining.add(side, trigger, (side, trigger), now)
        now += data.draw(st.sampled_from([0.0, 0.3, 1.5]))
        for joint in joining.ready(now):
            given_out.append(joint.trigger)
            frames += sum(item is not None for item in joint.items)
            assert all(item in (None, (side, joint.trigger)) for side, item in enumerate(joint.items))
    for side in (0, 1):
        joining.end(side)
    for joint in joining.ready(now):
        given_out.append(joint.trigger)
        frames += sum(item is not None for item in joint.items)
    assert given_out == sorted(set(given_out))
    assert frames + sum(joining.late) == all_of
    assert frames + sum(joining.missing) == 2 * len(given_out)
    assert joining.due() is None


def test_trigger_without_a_frame_has_the_expected_time() -> None:
    timeline = Timeline(1000)
    assert timeline.at(0, None) is None
    assert timeline.at(1, 500) == 500
    assert timeline.at(2, None) == 1500
    assert timeline.at(4, None) == 3500
    assert timeline.at(5, 4600) == 4600
    assert timeline.at(6, None) == 5600
