"""Writer and readers against a plain model of what must be true, in random orders of events."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from llpyspin.errors import FrameTimeoutError, TooManyHeldError
from llpyspin.frames import (
    EVERY,
    Frame,
    FrameFlags,
    FrameGone,
    FrameReader,
    FrameWriter,
    Layout,
    NoFreeBuffer,
    records,
)

BUFFERS = 6


@dataclass
class Truth:
    """One frame as it was published."""

    content: int
    payload: int
    lost_so_far: int
    flags: FrameFlags
    generation: int


@dataclass
class Cursor:
    """What a reader has been told."""

    reader: FrameReader
    next: int = 0
    accounted: int = 0  # frames got or missed, with the lost ones
    held: list[Frame] = field(default_factory=list)


class FramesMachine(RuleBasedStateMachine):
    """Frames are published, read, held, given back and reached back for, in any order."""

    frames = Bundle("frames")

    @initialize()
    def start(self) -> None:
        self.truth: list[Truth] = []
        self.lost = 0
        self.most_held = 0  # buffers that were not there for new frames, at some time
        self.generation = 0
        self.writer = FrameWriter(name="model")
        self.size = 64
        self.begin(64)
        self.cursors = [Cursor(FrameReader(self.writer.address, since=0)) for _ in range(2)]

    def teardown(self) -> None:
        if hasattr(self, "writer"):
            for cursor in self.cursors:
                cursor.reader.close()
            self.writer.close()

    @rule(size=st.sampled_from([64, 5000]))
    def begin(self, size: int) -> None:
        if size != self.size:
            self.generation += 1
            self.most_held = 0
        self.size = size
        self.writer.begin(Layout("Mono8", size, 1, size, size), BUFFERS, lent=False)

    @rule(count=st.integers(1, 9), lost=st.sampled_from([0, 0, 3]), bad=st.booleans())
    def publish(self, count: int, lost: int, bad: bool) -> None:
        flags = FrameFlags.INCOMPLETE if bad else FrameFlags.NONE
        for _ in range(count):
            try:
                offset, buffer = self.writer.claim()
            except NoFreeBuffer:
                assert sum(len(cursor.held) for cursor in self.cursors) >= BUFFERS
                return
            content = len(self.truth) % 251
            buffer[:] = bytes([content]) * len(buffer)
            self.lost += lost
            index = self.writer.publish(
                offset,
                frame_id=1000 + len(self.truth),
                camera_timestamp_ns=-5,
                host_timestamp_ns=7,
                flags=flags,
                lost_before=lost,
            )
            assert index == len(self.truth)
            self.truth.append(Truth(content, self.size, self.lost, flags, self.generation))

    @rule(who=st.integers(0, 1), backlog=st.sampled_from([1, 2, 4, EVERY]), incomplete=st.booleans())
    def read_a_copy(self, who: int, backlog: int, incomplete: bool) -> None:
        cursor = self.cursors[who]
        try:
            data, info, layout = cursor.reader.copy_next(0, backlog=backlog, incomplete=incomplete)
        except FrameTimeoutError:
            self.nothing_was_there(cursor, backlog, incomplete)
            return
        truth = self.truth[info.index]
        assert layout.payload == data.size == truth.payload
        assert np.all(data == truth.content)
        self.account(cursor, info.index, info.missed, backlog, incomplete)

    @rule(
        target=frames, who=st.integers(0, 1), backlog=st.sampled_from([1, 3, EVERY]), incomplete=st.booleans()
    )
    def hold_the_next(self, who: int, backlog: int, incomplete: bool) -> object:
        cursor = self.cursors[who]
        try:
            frame = cursor.reader.next(0, backlog=backlog, incomplete=incomplete)
        except FrameTimeoutError:
            self.nothing_was_there(cursor, backlog, incomplete)
            return multiple()
        except TooManyHeldError:
            assert sum(len(each.held) for each in self.cursors) >= 1
            return multiple()
        self.account(cursor, frame.info.index, frame.info.missed, backlog, incomplete)
        cursor.held.append(frame)
        return (who, frame)

    @rule(target=frames, who=st.integers(0, 1), back=st.integers(0, 12))
    def reach_back(self, who: int, back: int) -> object:
        cursor = self.cursors[who]
        index = len(self.truth) - 1 - back
        if index < 0:
            with pytest.raises(FrameGone):
                cursor.reader.at(len(self.truth))
            return multiple()
        try:
            frame = cursor.reader.at(index)
        except FrameGone:
            since = sum(truth.generation == self.generation for truth in self.truth[index:])
            assert since > BUFFERS - self.most_held or self.truth[index].generation < self.generation
            return multiple()
        except TooManyHeldError:
            assert sum(len(each.held) for each in self.cursors) >= 1
            return multiple()
        assert frame.info.frame_id == 1000 + index
        cursor.held.append(frame)
        return (who, frame)

    @rule(held=consumes(frames))
    def give_back(self, held: tuple[int, Frame]) -> None:
        who, frame = held
        self.cursors[who].held.remove(frame)
        frame.release()
        frame.release()  # once more does nothing
        assert not frame.held
        with pytest.raises(ValueError, match="released"):
            frame.data[0]

    @invariant()
    def held_frames_stay_as_they_were(self) -> None:
        cursors = getattr(self, "cursors", [])
        held = {frame.info.index for cursor in cursors for frame in cursor.held}
        if cursors:
            here = [index for index in held if self.truth[index].generation == self.generation]
            self.most_held = max(self.most_held, len(here))
        for cursor in cursors:
            for frame in cursor.held:
                truth = self.truth[frame.info.index]
                assert frame.held
                assert bytes(frame.data) == bytes([truth.content]) * truth.payload

    def account(self, cursor: Cursor, index: int, missed: int, backlog: int, incomplete: bool) -> None:
        assert index >= cursor.next
        assert incomplete or not self.truth[index].flags
        assert len(self.truth) - index <= backlog
        cursor.accounted += missed + 1
        assert cursor.accounted == index + 1 + self.truth[index].lost_so_far
        cursor.next = index + 1

    def nothing_was_there(self, cursor: Cursor, backlog: int, incomplete: bool) -> None:
        unread = self.truth[cursor.next :]
        kept = min(backlog, BUFFERS - self.most_held)
        late = len(unread) > kept
        there = unread[-1:] if late and backlog != EVERY else unread[-kept:]  # a late reader wants the newest
        assert all(self.may_be_gone(truth) or (truth.flags and not incomplete) for truth in there)
        cursor.next = len(self.truth)

    def may_be_gone(self, truth: Truth) -> bool:
        """Frames of an older generation go with its memory."""
        return truth.generation < self.generation


FramesMachine.TestCase.settings = settings(max_examples=80, stateful_step_count=50, deadline=None)


class TestAgainstAModel(FramesMachine.TestCase):  # type: ignore[misc, name-defined]
    """The machine as it is."""


class TestAgainstAModelWithAShortJournal(FramesMachine.TestCase):  # type: ignore[misc, name-defined]
    """The same where the journal wraps all the time."""

    @pytest.fixture(autouse=True)
    def short_journal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(records, "JOURNAL", 16)


def test_a_frame_that_is_forgotten_gives_itself_back() -> None:
    layout = Layout("Mono8", 8, 8, 8, 64)
    with FrameWriter() as writer, contextlib.ExitStack() as stack:
        writer.begin(layout, 4, lent=False)
        reader = stack.enter_context(FrameReader(writer.address))
        for _ in range(100):
            offset, _ = writer.claim()
            writer.publish(offset, frame_id=0, camera_timestamp_ns=0, host_timestamp_ns=0)
            reader.next(0)
        assert reader.at(99).info.index == 99


def test_a_late_reader_passes_over_frames_before_an_incomplete_one() -> None:
    machine = FramesMachine()
    machine.start()
    try:
        machine.publish(2, 0, False)
        machine.publish(2, 0, True)
        machine.hold_the_next(0, 3, False)
        assert machine.cursors[0].next == 4
    finally:
        machine.teardown()


@pytest.mark.parametrize("backlog", [2, EVERY])
@pytest.mark.parametrize("changes", [1, 2, 3, 4, 5])
def test_a_frame_of_an_old_generation_may_be_gone_beside_an_incomplete_one(
    changes: int, backlog: int
) -> None:
    machine = FramesMachine()
    machine.start()
    try:
        machine.publish(1, 0, False)
        for change in range(changes):
            machine.begin(64 if change % 2 else 5000)
        machine.publish(1, 0, True)
        machine.read_a_copy(0, backlog, False)
        machine.hold_the_next(1, backlog, False)
        assert [cursor.next for cursor in machine.cursors] in ([1, 1], [1, 2], [2, 1], [2, 2])
        machine.read_a_copy(0, backlog, True)
        assert machine.cursors[0].next == 2
    finally:
        machine.teardown()
