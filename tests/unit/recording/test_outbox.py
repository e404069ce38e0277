"""Notices that wait: bounded, joined, counted, in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from llpyspin.recording.notices.notice import EVENTS, FLOODS, Notice
from llpyspin.recording.notices.outbox import Outbox


def lost(count: int = 1, camera: str = "top", time: str = "1") -> Notice:
    return Notice("frame_lost", f"{count} frames", camera, time=time, first=time, count=count)


def test_many_lost_frames_become_one_notice() -> None:
    outbox = Outbox(gap_s=30)
    outbox.put(lost(time="1"))
    assert outbox.take(0.0) == lost(time="1")
    for number in range(1000):
        outbox.put(lost(time=str(2 + number)))
        assert outbox.take(0.001 * number) is None
    assert outbox.wait_s(1.0) == 29.0
    joined = outbox.take(30.0)
    assert joined is not None
    assert (joined.count, joined.first, joined.time) == (1000, "2", "1001")
    assert outbox.take(31.0) is None


def test_cameras_are_not_joined_with_each_other() -> None:
    outbox = Outbox()
    outbox.put(lost(camera="top"))
    outbox.put(lost(camera="side"))
    assert [outbox.take(0.0), outbox.take(0.0)] == [lost(camera="top"), lost(camera="side")]


def test_events_that_stand_alone_never_wait_and_stay_as_they_are() -> None:
    outbox = Outbox()
    for folder in ("a", "b"):
        outbox.put(Notice("finished", "whole", folder=folder))
    assert [each.folder for each in (outbox.take(0.0), outbox.take(0.0)) if each] == ["a", "b"]


def test_last_round_waits_for_nothing() -> None:
    outbox = Outbox(gap_s=30)
    outbox.put(lost())
    assert outbox.take(0.0) is not None
    outbox.put(lost())
    assert outbox.take(0.0) is None
    assert outbox.take(0.0, last=True) == lost()


def test_what_is_left_out_stands_in_the_next_notice() -> None:
    outbox = Outbox(most=1)
    outbox.put(lost())
    outbox.put(Notice("started", "a"))
    outbox.put(Notice("stopped", "b"))
    assert outbox.left_out == 2
    taken = outbox.take(0.0)
    assert taken is not None
    assert (taken.event, taken.left_out, outbox.left_out) == ("frame_lost", 2, 0)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from(EVENTS), st.sampled_from(["", "top"]), st.integers(1, 5)),
            st.floats(0, 50),
            st.booleans(),
        ),
        max_size=80,
    ),
    st.integers(1, 6),
)
def test_nothing_is_sent_twice_or_forgotten(steps: list[object], most: int) -> None:
    """What was put was taken, was left out, or waits; and never do more wait than allowed."""
    outbox, now, put, taken, sent = Outbox(most=most, gap_s=10), 0.0, 0, 0, dict[tuple[str, str], float]()

    def take(*, last: bool) -> None:
        nonlocal taken
        while (notice := outbox.take(now, last=last)) is not None:
            taken += (notice.count if notice.event in FLOODS else 1) + notice.left_out
            key = notice.event, notice.camera
            if notice.event in FLOODS:
                assert last or now >= sent.get(key, -100.0) + 10
                sent[key] = now

    for step in steps:
        if isinstance(step, tuple):
            outbox.put(Notice(step[0], "", step[1], count=step[2]))
            put += step[2] if step[0] in FLOODS else 1
        elif isinstance(step, bool):
            take(last=step)
        elif isinstance(step, float):
            now += step
        assert len(outbox) <= most
    take(last=True)
    assert len(outbox) == 0
    assert outbox.wait_s(now) is None
    assert taken + outbox.left_out == put
