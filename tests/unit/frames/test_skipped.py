"""Frames that a process between a camera and a reader leaves out: accounted for, without pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llpyspin.errors import FrameTimeoutError
from llpyspin.frames import EVERY, FrameFlags, FrameReader, FrameWriter, Layout
from llpyspin.recording.numbering import Numbering
from llpyspin.recording.rows import CALLBACK

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYOUT = Layout("Mono8", 8, 8, 8, 64)


@pytest.fixture
def writer() -> Iterator[FrameWriter]:
    with FrameWriter(name="stage", first=100) as writer:
        writer.begin(LAYOUT, 8, lent=False)
        yield writer


def show(writer: FrameWriter, frame_id: int, lost_before: int = 0) -> None:
    offset, memory = writer.claim()
    memory[:] = bytes([frame_id % 256]) * 64
    writer.publish(
        offset,
        frame_id=frame_id,
        camera_timestamp_ns=frame_id * 1000,
        host_timestamp_ns=frame_id * 1000,
        lost_before=lost_before,
    )


def skip(writer: FrameWriter, frame_id: int, lost_before: int = 0) -> None:
    writer.skip(
        frame_id=frame_id,
        camera_timestamp_ns=frame_id * 1000,
        host_timestamp_ns=frame_id * 1000,
        lost_before=lost_before,
    )


def test_frames_may_keep_the_indices_that_they_have_elsewhere(writer: FrameWriter) -> None:
    with FrameReader(writer.address, since=100) as reader:
        show(writer, 7)
        with reader.next(1.0) as frame:
            assert frame.info.index == 100 and frame.info.missed == 0
        assert reader.journal(99) is None and reader.journal(98) is None


def test_readers_count_skipped_frames_and_those_lost_before_them(
    writer: FrameWriter,
) -> None:
    with FrameReader(writer.address) as reader:
        show(writer, 0)
        skip(writer, 1)
        skip(writer, 4, lost_before=2)
        show(writer, 6, lost_before=1)
        assert reader.copy_next(1.0, backlog=EVERY)[1].missed == 0
        data, info, _ = reader.copy_next(1.0, backlog=EVERY)
        assert (info.index, info.frame_id, info.missed, data[0]) == (103, 6, 5, 6)
        skipped = reader.journal(102)
        assert skipped is not None and (skipped.frame_id, skipped.missed) == (4, 2)
        assert skipped.flags & FrameFlags.SKIPPED and not info.flags & FrameFlags.SKIPPED


def test_a_skipped_frame_at_the_end_is_no_frame_to_wait_for(writer: FrameWriter) -> None:
    with FrameReader(writer.address) as reader:
        skip(writer, 0)
        writer.wake()
        with pytest.raises(FrameTimeoutError):
            reader.next(0.01)
        assert reader.position == 101
        show(writer, 1)
        assert reader.copy_next(1.0)[1].missed == 1


def test_reaching_back_passes_over_skipped_frames(writer: FrameWriter) -> None:
    with FrameReader(writer.address) as reader:
        for frame_id in range(6):
            (show if frame_id % 2 else skip)(writer, frame_id)
        assert [frame.info.frame_id for frame in reader.recent(3)] == [1, 3, 5]


def test_nothing_is_known_of_frames_that_were_jumped_over(writer: FrameWriter) -> None:
    with FrameReader(writer.address) as reader:
        show(writer, 0)
        writer.jump(9000)
        show(writer, 8900)
        assert reader.copy_next(1.0, backlog=EVERY)[1].index == 100
        info = reader.copy_next(1.0, backlog=EVERY)[1]
        assert (info.index, info.missed) == (9000, 8899)
        assert reader.journal(8999) is None
        with pytest.raises(ValueError, match="published already"):
            writer.jump(5)


def test_rows_name_callback_for_skipped_and_transport_for_lost_frames(
    writer: FrameWriter,
) -> None:
    with FrameReader(writer.address) as reader:
        show(writer, 0)
        skip(writer, 1)
        skip(writer, 3, lost_before=1)
        show(writer, 4)
        first, second = (reader.copy_next(1.0, backlog=EVERY)[1] for _ in range(2))
        numbering = Numbering(first_id=0, period_ns=1000)
        rows = numbering.frame(first)
        rows += numbering.frame(second, [reader.journal(101), reader.journal(102)])
    told = [(row.trigger, row.state, row.where) for row in rows]
    assert told == [
        (0, "written", ""),
        (1, "lost", "callback"),
        (2, "lost", "transport"),
        (3, "lost", "callback"),
        (4, "written", ""),
    ]


def test_frames_of_a_process_that_died_unread_are_lost_at_the_callback(writer: FrameWriter) -> None:
    """Nothing is known of the frames before the first one of the process that takes over."""
    numbering = Numbering(first_id=0, period_ns=1000, unread=CALLBACK)
    with FrameReader(writer.address) as reader:
        show(writer, 0)
        numbering.frame(reader.copy_next(1.0, backlog=EVERY)[1])
    with FrameWriter(name="next", first=103) as another, FrameReader(another.address) as reader:
        another.begin(LAYOUT, 8, lent=False)
        show(another, 3)
        info = reader.copy_next(1.0, backlog=EVERY)[1]
        assert info.index == 103
        rows = numbering.frame(info, [reader.journal(index) for index in (101, 102)])
    told = [(row.trigger, row.state, row.where, row.frame_id) for row in rows]
    assert told == [(1, "lost", CALLBACK, 1), (2, "lost", CALLBACK, 2), (3, "written", "", 3)]
