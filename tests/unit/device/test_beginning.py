"""How many exposures there were before the first frame, where its id began elsewhere."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

import llpyspin.virtual
from llpyspin.deadlines import Deadline
from llpyspin.device import Device
from llpyspin.device.beginning import Counted, exposures_before, exposures_since
from llpyspin.frames import FrameReader, FrameWriter
from llpyspin.frames.gaps import first_of_stream, lost_before_first
from llpyspin.roles import ClockSample, Role
from llpyspin.worker.pumping import Acquisition
from tests.unit.virtual_cameras import world

if TYPE_CHECKING:
    from collections.abc import Iterator

PERIOD_NS = 10_000_000


class First(NamedTuple):
    frame_id: int
    counted_before: int | None


@pytest.mark.parametrize(
    ("by_ids", "counted", "most", "found"),
    [
        (5, Counted(5, 5), None, None),  # ids and counter agree
        (5, Counted(2, 8), None, None),
        (5, Counted(0, 0), None, 0),
        (5, Counted(3, 3), None, 3),
        (5, Counted(0, 1), None, 0),
        (1, Counted(0, 0), None, None),  # one of them is off by one
        (5, Counted(6, 6), None, None),
        (40_000, Counted(3, 3), None, 3),
        (40_000, None, None, None),
        (1, None, 0, 0),  # the time proves it
        (1, None, 1, None),
        (5, Counted(3, 3), 2, 2),
        (5, Counted(-1, -1), None, 0),  # a counter that is off
    ],
)
def test_counter_and_time_tell_against_ids(
    by_ids: int, counted: Counted | None, most: int | None, found: int | None
) -> None:
    assert exposures_before(by_ids, counted, most) == found


@given(st.integers(0, 1000), st.integers(0, 400), st.integers(-(10**12), 10**12), st.integers(0, 10**6))
def test_number_of_exposures_since_lies_between_those_given(
    exposures: int, share: int, offset: int, unsure: int
) -> None:
    """Looked at so many exposures and a share (of 400) of a period later."""
    host = 10**15
    passed = exposures * PERIOD_NS + share * PERIOD_NS // 400
    looked = (host + passed - 1000, host + passed + 1000)
    clock = ClockSample(host + offset, host, unsure)
    for period_ns, least_ns in ((PERIOD_NS, None), (None, PERIOD_NS // 2)):
        since = exposures_since(host + offset, clock, looked, period_ns=period_ns, least_period_ns=least_ns)
        assert since.least <= exposures <= since.most
        if period_ns and 40 < share < 360 and unsure < 10**6 / 2:
            assert since.least == since.most


@pytest.mark.parametrize(
    ("first", "lost", "begun"),
    [
        (First(4, None), 3, 1),
        (First(4, 0), 0, 4),
        (First(4, 2), 2, 2),
        (First(40_000, None), 0, 40_000),
        (First(40_000, 7), 7, 39_993),
        (First(1, 5), 0, 1),  # a recording that begins with it
    ],
)
def test_first_frame_says_with_which_id_its_stream_began(first: First, lost: int, begun: int) -> None:
    assert lost_before_first(1, first) == lost
    assert first_of_stream(1, first) == begun


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    """A virtual camera whose ids begin with 60."""
    faults = [{"serial": "1001", "kind": "ids", "begin": 60}]
    with world(monkeypatch, "BFS-U3-16S2M", faults=faults), Device(llpyspin.virtual, 0) as device:
        device.set("framerate", 20)
        yield device


def test_counter_is_read_for_the_first_frame_alone_and_while_nobody_asks(late: Device) -> None:
    late.arm(Role("primary"))
    writer = FrameWriter()
    acquisition = Acquisition(late, writer)
    acquisition.start()
    with FrameReader(writer.address) as reader:
        late.fire()
        deadline = Deadline(10)
        while reader.newest < 2:
            assert not deadline.passed
        assert [reader.journal(index).counted_before for index in range(3)] == [0, None, None]  # type: ignore[union-attr]
        tally = late.tally()
    acquisition.stop()
    assert (tally.late, tally.before, tally.lost) == (60, 0, 0)
    writer.close()


def test_frames_go_on_while_somebody_keeps_the_nodes(late: Device) -> None:
    """The time since it was fired then tells alone."""
    late.arm(Role("primary"))
    writer = FrameWriter()
    acquisition = Acquisition(late, writer)
    acquisition.start()
    held, enough = threading.Event(), threading.Event()

    def keep() -> None:
        with late.asking:
            held.set()
            enough.wait(20)

    thread = threading.Thread(target=keep)
    thread.start()
    assert held.wait(5)
    late.fire()
    with FrameReader(writer.address) as reader:
        deadline = Deadline(10)
        while reader.newest < 3:
            assert not deadline.passed
    enough.set()
    thread.join()
    assert late.tally().lost == 0
    acquisition.stop()
    writer.close()
