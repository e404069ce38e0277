"""What a reader of frames is told, case by case, with writer and reader in one process."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import select
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.deadlines import Deadline
from llpyspin.errors import (
    CameraClosedError,
    CameraLostError,
    FrameTimeoutError,
    LlpyspinError,
    TooManyHeldError,
    TooManyReadersError,
)
from llpyspin.frames import (
    EVERY,
    Frame,
    FrameFlags,
    FrameGone,
    FrameReader,
    FrameWriter,
    Layout,
    StreamEnded,
    decode,
    records,
)
from llpyspin.system.descriptors import close_all
from llpyspin.system.doors import Connection, NoRoom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llpyspin.system.waiting import Watch

SMALL = Layout("Mono8", 8, 8, 8, 64)
LARGE = Layout("Mono8", 100, 100, 100, 10_000)


@pytest.fixture
def writer() -> Iterator[FrameWriter]:
    with FrameWriter(name="12345678") as writer:
        writer.begin(SMALL, 8, lent=False)
        yield writer


@pytest.fixture
def reader(writer: FrameWriter) -> Iterator[FrameReader]:
    with FrameReader(writer.address) as reader:
        yield reader


def publish(writer: FrameWriter, count: int = 1, **more: Any) -> None:
    """Frames whose bytes all are their index."""
    for _ in range(count):
        offset, buffer = writer.claim()
        buffer[:] = bytes([writer.published % 256]) * len(buffer)
        show(writer, offset, **more)


def show(writer: FrameWriter, offset: int, **more: Any) -> int:
    index = writer.published
    arguments = {"frame_id": 7 + index, "camera_timestamp_ns": 10 * index, "host_timestamp_ns": 20 * index}
    return writer.publish(offset, **(arguments | more))


def test_frames_come_with_all_that_was_said_of_them(writer: FrameWriter, reader: FrameReader) -> None:
    publish(
        writer, flags=FrameFlags.VIRTUAL | FrameFlags.RESTARTED, exposure_us=99.5, gain_db=-1.5, line_status=9
    )
    data, info, layout = reader.copy_next(0)
    assert info == (0, 7, 0, 0, FrameFlags.VIRTUAL | FrameFlags.RESTARTED, 0, 99.5, -1.5, 9)
    assert info.flags is FrameFlags.VIRTUAL | FrameFlags.RESTARTED
    assert layout == SMALL
    assert data.dtype == np.uint8
    assert data.shape == (64,)


def test_what_the_camera_does_not_say_is_nan_or_minus_one(writer: FrameWriter, reader: FrameReader) -> None:
    publish(writer)
    info = reader.next(0).info
    assert np.isnan(info.exposure_us)
    assert np.isnan(info.gain_db)
    assert info.line_status == -1


@pytest.mark.parametrize(
    ("backlog", "first", "missed"), [(1, 4, 4), (2, 4, 4), (4, 4, 4), (5, 0, 0), (EVERY, 0, 0)]
)
def test_no_more_than_the_backlog_is_worked_off_in_order(
    writer: FrameWriter, reader: FrameReader, backlog: int, first: int, missed: int
) -> None:
    publish(writer, 5)
    infos = [reader.copy_next(0, backlog=backlog)[1] for _ in range(5 - first)]
    assert [info.index for info in infos] == list(range(first, 5))
    assert [info.missed for info in infos] == [missed] + [0] * (4 - first)


def test_a_lapped_reader_is_told_exactly_what_it_missed(writer: FrameWriter, reader: FrameReader) -> None:
    publish(writer, 20)
    _, info, _ = reader.copy_next(0, backlog=EVERY)
    assert (info.index, info.missed) == (12, 12)  # all eight buffers have a frame


def test_lapped_reader_learns_its_missed_frames_after_a_journal_wrap(
    writer: FrameWriter, reader: FrameReader
) -> None:
    publish(writer, records.JOURNAL + 100, lost_before=2)
    _, info, _ = reader.copy_next(0, backlog=EVERY)
    assert info.index == records.JOURNAL + 92
    assert info.missed == info.index + 2 * (info.index + 1)


def test_a_late_reader_that_skips_to_the_newest_frame_loses_no_more(
    writer: FrameWriter, reader: FrameReader
) -> None:
    publish(writer, 20)  # eight fit into memory, and six may wait
    assert reader.copy_next(0, backlog=6)[1][:] >= (19,)
    seen = []
    for _ in range(4):  # a reader as fast as the camera that stays some frames behind
        publish(writer, 3)
        seen += [reader.copy_next(0, backlog=6)[1] for _ in range(3)]
    assert [info.index for info in seen] == list(range(20, 32))
    assert not any(info.missed for info in seen)


def test_reader_with_too_long_a_backlog_skips_to_the_newest_frame(
    writer: FrameWriter, reader: FrameReader
) -> None:
    publish(writer, 20)
    info = reader.copy_next(0, backlog=100)[1]
    assert (info.index, info.missed) == (19, 19)
    writer.skip()
    publish(writer, 2)
    assert [reader.copy_next(0, backlog=100)[1].index for _ in range(2)] == [21, 22]


def test_frames_lost_on_the_way_count_as_missed(writer: FrameWriter, reader: FrameReader) -> None:
    publish(writer)
    publish(writer, lost_before=5)
    publish(writer, lost_before=1)
    assert reader.copy_next(0, backlog=EVERY)[1].missed == 0
    assert reader.copy_next(0)[1].missed == 1 + 5 + 1


def test_incomplete_frames_count_as_missed_where_they_are_not_wanted(
    writer: FrameWriter, reader: FrameReader
) -> None:
    publish(writer)
    publish(writer, 2, flags=FrameFlags.INCOMPLETE)
    publish(writer)
    with FrameReader(writer.address, since=0) as other:
        infos = [other.copy_next(0, backlog=EVERY)[1] for _ in range(4)]
        assert [bool(info.flags & FrameFlags.INCOMPLETE) for info in infos] == [False, True, True, False]
    infos = [reader.copy_next(0, backlog=EVERY, incomplete=False)[1] for _ in range(2)]
    assert [(info.index, info.missed) for info in infos] == [(0, 0), (3, 2)]


def test_a_reader_begins_with_the_next_frame_or_where_it_is_told(writer: FrameWriter) -> None:
    publish(writer, 12, lost_before=1)
    with FrameReader(writer.address) as reader, FrameReader(writer.address, since=2) as early:
        with pytest.raises(FrameTimeoutError):
            reader.next(0)
        info = early.next(0, backlog=EVERY).info
        assert (info.index, info.missed) == (4, 2 + 3)  # frames 2 and 3, and what was lost before 2, 3 and 4
    with pytest.raises(ValueError, match="does not reach back"):
        FrameReader(writer.address, since=1000)


def test_a_held_frame_is_never_overwritten(writer: FrameWriter, reader: FrameReader) -> None:
    publish(writer)
    frame = reader.next(0)
    publish(writer, 50)
    assert bytes(frame.data) == bytes(64)
    frame.release()
    publish(writer, 1)
    with pytest.raises(FrameGone, match="not in memory any more"):
        reader.at(0)


def test_frames_cannot_be_written_by_readers(writer: FrameWriter, reader: FrameReader) -> None:
    publish(writer)
    with reader.next(0) as frame:
        assert frame.data.readonly
        array = np.frombuffer(frame.data, np.uint8)
        assert not array.flags.writeable
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True


def test_an_array_may_outlive_the_frame_that_it_looks_at(writer: FrameWriter, reader: FrameReader) -> None:
    publish(writer)
    with reader.next(0) as frame:
        array = np.frombuffer(frame.data, np.uint8)
    assert not frame.held
    publish(writer, 20)
    assert array[0] > 0  # a later frame: documented, and no crash


def test_so_many_frames_can_be_held_that_the_camera_still_has_room(
    writer: FrameWriter, reader: FrameReader
) -> None:
    publish(writer, 7)
    with contextlib.ExitStack() as held, pytest.raises(TooManyHeldError, match="Release some"):
        for _ in range(7):
            held.enter_context(reader.next(0, backlog=EVERY))
    publish(writer, 3)
    frames = reader.recent(3)
    assert [frame.info.index for frame in frames] == [7, 8, 9]
    with pytest.raises(TooManyHeldError):
        reader.recent(8)
    publish(writer, 20)
    assert [bytes(frame.data)[0] for frame in frames] == [7, 8, 9]


def test_readers_that_have_gone_take_no_room_from_those_that_are_there(
    writer: FrameWriter, reader: FrameReader
) -> None:
    def room() -> int:
        publish(writer, 7)
        held: list[Frame] = []
        with contextlib.suppress(TooManyHeldError):
            while True:
                held.append(reader.next(0, backlog=EVERY))
        for frame in held:
            frame.release()
        return len(held)

    others = [FrameReader(writer.address) for _ in range(4)]
    for other in others[:-1]:
        other.close()
    deadline = Deadline(5)
    while len(writer._shared.rows) > 2 and not deadline.passed:
        time.sleep(0.001)
    beside_one = room()
    others[-1].close()
    while len(writer._shared.rows) > 1 and not deadline.passed:
        time.sleep(0.001)
    assert room() == beside_one + 1


def test_reading_copies_never_fails_for_want_of_room(writer: FrameWriter, reader: FrameReader) -> None:
    with FrameReader(writer.address) as holder:
        publish(writer, 5)
        frames = [holder.next(0, backlog=EVERY) for _ in range(4)]
        with pytest.raises(TooManyHeldError):
            reader.next(0)
        publish(writer)
        assert reader.copy_next(0)[1].index == 5
        assert len(frames) == 4


def test_frames_are_found_by_index_and_by_the_number_of_the_camera(
    writer: FrameWriter, reader: FrameReader
) -> None:
    publish(writer, 5)
    assert reader.newest == 4
    assert reader.unread == 5
    assert reader.at(2).info.frame_id == 9
    assert reader.at_frame_id(10).info.index == 3
    assert reader.unread == 5  # looking back is not reading
    with pytest.raises(FrameGone, match="number 99"):
        reader.at_frame_id(99)
    with pytest.raises(FrameGone, match="not been published"):
        reader.at(5)
    with pytest.raises(FrameGone):
        reader.at(-1)


def test_another_reader_takes_a_frame_by_its_token(writer: FrameWriter, reader: FrameReader) -> None:
    publish(writer)
    mine = reader.next(0)
    with FrameReader(writer.address) as other, FrameWriter() as elsewhere:
        theirs = other.take(pickle.loads(pickle.dumps(mine.token())))
        mine.release()
        publish(writer, 20)
        assert bytes(theirs.data) == bytes(64)
        with FrameReader(elsewhere.address) as stranger, pytest.raises(ValueError, match="token"):
            stranger.take(theirs.token())


def test_a_held_frame_can_be_taken_however_old_it_is(writer: FrameWriter, reader: FrameReader) -> None:
    publish(writer)
    frame = reader.next(0)
    publish(writer, records.JOURNAL + 10)
    for size in range(1, 10):
        writer.begin(Layout("Mono8", size, 1, size, size), 4, lent=False)
        publish(writer, 2)
    with FrameReader(writer.address) as other:
        taken = other.take(frame.token())
        assert (taken.info.index, taken.info.frame_id, bytes(taken.data)) == (0, 7, bytes(64))
        frame.release()
        taken.release()
        publish(writer)
    with FrameReader(writer.address) as late, pytest.raises(FrameGone):
        late.take(frame.token())


def test_the_copy_goes_into_an_array_that_fits(writer: FrameWriter, reader: FrameReader) -> None:
    publish(writer, 3)
    out = np.full((8, 8), 77, np.uint8)
    data, _, _ = reader.copy_next(0, backlog=EVERY, out=out)
    assert data is out
    assert not out.any()
    for unfit in (np.zeros(63, np.uint8), np.zeros((8, 16), np.uint8)[:, ::2]):
        data, info, _ = reader.copy_next(0, backlog=EVERY, out=unfit)
        assert data is not unfit
        assert np.all(data == info.index)
        assert not unfit.any()


def test_copies_in_hand_are_never_written_again(writer: FrameWriter, reader: FrameReader) -> None:
    images: list[Any] = []
    for index in range(60):
        publish(writer)
        data, info, layout = reader.copy_next(0)
        view = [data, decode(data, layout), data[10:20], memoryview(data), data.reshape(8, 8).T][index % 5]
        images.append((info.index, view))
        del data
        if index % 17 == 0:
            del images[::3]
    for index, image in images:
        assert np.all(np.asarray(image) == index)
    assert len(images) > 10


def test_copies_that_were_let_go_leave_their_memory_to_the_next(
    writer: FrameWriter, reader: FrameReader
) -> None:
    places = set()
    for _ in range(40):
        publish(writer)
        image = reader.copy_next(0)[0].reshape(8, 8)
        places.add(image.ctypes.data)
    assert len(places) == 2  # the one in hand and the one before


def test_unread_frames_of_an_older_format_come_first(writer: FrameWriter, reader: FrameReader) -> None:
    publish(writer, 2)
    frame = reader.next(0, backlog=EVERY)
    writer.begin(LARGE, 4, lent=False)
    publish(writer, 2)
    layouts = [reader.copy_next(0, backlog=EVERY)[2] for _ in range(3)]
    assert layouts == [SMALL, LARGE, LARGE]
    assert bytes(frame.data) == bytes(64)


def test_old_formats_are_read_to_their_end_while_the_new_one_overruns(
    writer: FrameWriter, reader: FrameReader
) -> None:
    publish(writer, 10)  # laps the reader by two
    writer.begin(LARGE, 4, lent=False)
    publish(writer, 3)
    writer.begin(SMALL, 8, lent=False)
    publish(writer, 20)
    infos = [reader.copy_next(0, backlog=EVERY)[1] for _ in range(8 + 3 + 8)]
    assert [info.index for info in infos] == [*range(2, 10), *range(10, 13), *range(25, 33)]
    assert [info.missed for info in infos if info.missed] == [2, 12]


def test_an_idle_reader_does_not_keep_old_memory_for_ever(writer: FrameWriter, reader: FrameReader) -> None:
    for size in range(1, 20):
        writer.begin(Layout("Mono8", size, 1, size, size), 4, lent=False)
        publish(writer, 2)
    assert len(writer._shared.blocks) <= 3
    data, info, _ = reader.copy_next(0, backlog=EVERY)
    assert (data.size, info.index, info.missed) == (17, 32, 32)


def test_the_same_memory_is_used_again_when_the_format_stays(
    writer: FrameWriter, reader: FrameReader
) -> None:
    publish(writer, 3)
    writer.end()
    writer.begin(SMALL, 8, lent=False)
    publish(writer)
    assert [reader.copy_next(0, backlog=EVERY)[1].index for _ in range(4)] == [0, 1, 2, 3]
    assert len(writer._shared.blocks) == 1


def test_a_failure_comes_after_the_frames_that_are_there(writer: FrameWriter, reader: FrameReader) -> None:
    publish(writer)
    writer.fail(CameraLostError("pulled out", camera="12345678"))
    assert reader.copy_next(0)[1].index == 0
    for _ in range(2):
        with pytest.raises(CameraLostError, match="pulled out") as caught:
            reader.copy_next(5)
        assert caught.value.camera == "12345678"
    writer.begin(SMALL, 8, lent=False)
    publish(writer)
    assert reader.copy_next(0)[1].index == 1


def test_a_failure_with_an_endless_text_is_told_all_the_same(
    writer: FrameWriter, reader: FrameReader
) -> None:
    writer.fail(CameraLostError("x" * 200_000))
    with pytest.raises(LlpyspinError, match="xxx"):
        reader.copy_next(5)


def test_a_pause_is_waited_out_and_named(writer: FrameWriter, reader: FrameReader) -> None:
    writer.end()
    with pytest.raises(FrameTimeoutError, match="not streaming"):
        reader.next(0)
    writer.begin(SMALL, 8, lent=False)
    with pytest.raises(FrameTimeoutError, match=r"within 0\S* s$"):
        reader.next(0)


def test_the_end_of_the_writer_comes_after_the_frames_that_are_there() -> None:
    writer = FrameWriter()
    writer.begin(SMALL, 8, lent=False)
    with FrameReader(writer.address) as reader:
        publish(writer)
        writer.close()
        assert reader.next(0).info.index == 0
        with pytest.raises(StreamEnded):
            reader.next(5)
        with pytest.raises(StreamEnded, match="no camera process"):
            FrameReader(writer.address)


def test_more_readers_than_there_are_places_for_are_refused(writer: FrameWriter) -> None:
    with contextlib.ExitStack() as readers:
        for _ in range(records.MAX_READERS):
            last = readers.enter_context(FrameReader(writer.address))
        with pytest.raises(TooManyReadersError, match="32 places"):
            FrameReader(writer.address)
        publish(writer)
        assert last.next(0).info.index == 0


def test_a_waiting_reader_is_woken_by_a_frame_a_failure_and_an_interrupt(
    writer: FrameWriter, reader: FrameReader
) -> None:
    def soon(action: Any, *arguments: Any) -> threading.Thread:
        def run() -> None:
            while not writer._words[reader._attachment.waiting]:  # until it has said that it waits
                pass
            action(*arguments)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    thread = soon(publish, writer)
    assert reader.copy_next(20)[1].index == 0
    thread.join()
    thread = soon(writer.fail, CameraLostError("gone"))
    with pytest.raises(CameraLostError):
        reader.copy_next(20)
    thread.join()
    writer.begin(SMALL, 8, lent=False)
    thread = soon(reader.interrupt)
    with pytest.raises(StreamEnded, match="interrupted"):
        reader.copy_next(20)
    thread.join()
    assert reader.interrupted


def test_the_descriptor_is_readable_when_a_frame_may_be_there(
    writer: FrameWriter, reader: FrameReader
) -> None:
    for _ in range(3):
        with pytest.raises(FrameTimeoutError):
            reader.next(0)
        assert select.select([reader], [], [], 0)[0] == []
        publish(writer, 2)
        assert select.select([reader], [], [], 0)[0] == [reader]
        reader.copy_next(0, backlog=EVERY)
        reader.copy_next(0, backlog=EVERY)


def test_asyncio_can_wait_for_frames(writer: FrameWriter, reader: FrameReader) -> None:
    async def collect() -> list[int]:
        loop = asyncio.get_running_loop()
        indices: list[int] = []
        done = asyncio.Event()

        def read() -> None:
            with contextlib.suppress(FrameTimeoutError):
                while True:
                    indices.append(reader.copy_next(0, backlog=EVERY)[1].index)
            if len(indices) == 5:
                done.set()

        loop.add_reader(reader.fileno(), read)
        read()
        for _ in range(5):
            loop.call_soon(publish, writer)
        await asyncio.wait_for(done.wait(), 20)
        loop.remove_reader(reader.fileno())
        return indices

    assert asyncio.run(collect()) == [0, 1, 2, 3, 4]


class _Meddling:
    """A watch during whose first look something happens."""

    def __init__(self, watch: Watch, happens: Callable[[], object]) -> None:
        self._watch = watch
        self._happens: Callable[[], object] | None = happens

    def wait(self, seconds: float) -> tuple[bool, bool]:
        happens, self._happens = self._happens, None
        if happens is not None:
            happens()
        return self._watch.wait(seconds)

    def close(self) -> None:
        self._watch.close()


def test_frame_that_arrives_before_the_wait_wakes_the_reader(
    writer: FrameWriter, reader: FrameReader
) -> None:
    attachment = reader._attachment
    attachment.watch = _Meddling(attachment.watch, lambda: publish(writer))  # type: ignore[assignment]
    assert reader.copy_next(0)[1].index == 0


def test_who_only_looks_for_frames_is_told_that_the_writer_is_gone() -> None:
    with FrameWriter(name="gone") as writer:
        writer.begin(SMALL, 4, lent=False)
        reader = FrameReader(
            writer.address
        )  # has the memory from the writer's thread, which waits again then
        with pytest.raises(FrameTimeoutError):
            reader.copy_next(0)
        writer._server.stop()
        writer.abandon()  # without a word, as when it is killed
        assert select.select([reader.fileno()], [], [], 20)[0]
        with pytest.raises(StreamEnded, match="is gone"):
            reader.copy_next(0)
        reader.close()


def test_a_source_can_wait_for_its_readers(writer: FrameWriter, reader: FrameReader) -> None:
    publish(writer, 4)
    writer.wait_for_readers(0, 0)
    with pytest.raises(FrameTimeoutError, match="did not get to frame 2"):
        writer.wait_for_readers(2, 0)
    thread = threading.Thread(target=lambda: [reader.copy_next(0, backlog=EVERY) for _ in range(2)])
    thread.start()
    writer.wait_for_readers(2, 20)
    thread.join()
    with FrameReader(writer.address, since=0) as slow:
        with pytest.raises(FrameTimeoutError):
            writer.wait_for_readers(2, 0)
        slow.close()
        writer.wait_for_readers(2, 20)  # who has gone is not waited for


def test_a_reader_that_stands_aside_is_not_waited_for_until_it_reads_again(
    writer: FrameWriter, reader: FrameReader
) -> None:
    publish(writer, 2)
    reader.stand_aside()
    writer.wait_for_readers(2, 0)
    reader.at(1).release()
    writer.wait_for_readers(2, 0)
    assert reader.next(0, backlog=EVERY).info.index == 0
    with pytest.raises(FrameTimeoutError):
        writer.wait_for_readers(2, 0)


def test_epoll_that_is_closed_under_a_waiting_reader_is_no_raw_error(writer: FrameWriter) -> None:
    reader = FrameReader(writer.address)
    attachment = reader._attachment
    attachment.watch = _Meddling(attachment.watch, reader.close)  # type: ignore[assignment]
    with pytest.raises(CameraClosedError):
        reader.next(1)


def test_writer_without_room_for_one_more_bell_says_so(
    writer: FrameWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("llpyspin.frames.readerrows.Bell", full)
    with pytest.raises(TooManyReadersError, match="Too many open files"):
        FrameReader(writer.address)
    monkeypatch.undo()
    FrameReader(writer.address).close()


def test_reader_without_room_for_the_memory_says_so(
    writer: FrameWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(writer)
    receive = Connection.receive

    def full(self: Connection, seconds: float) -> tuple[bytes, list[int]]:
        words, came = receive(self, seconds)
        if b"pixel_bytes" in words:
            close_all(came)
            raise NoRoom(24, "too many open files")
        return words, came

    monkeypatch.setattr(Connection, "receive", full)
    with pytest.raises(NoRoom, match="too many open files"):
        FrameReader(writer.address)


def test_a_closed_reader_says_so_and_holds_nothing(writer: FrameWriter) -> None:
    publish(writer, 2)
    reader = FrameReader(writer.address)
    publish(writer, 1)
    frame = reader.next(0)
    reader.close()
    reader.close()
    assert not frame.held
    frame.release()
    for use in (lambda: reader.next(0), lambda: reader.copy_next(0), lambda: reader.at(0), reader.fileno):
        with pytest.raises(CameraClosedError):
            use()
    publish(writer, 8)  # every buffer, also the one that was held


@pytest.mark.parametrize("timeout", [float("nan"), float("inf"), -1])
def test_times_to_wait_must_be_finite(reader: FrameReader, timeout: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        reader.next(timeout)
    with pytest.raises(ValueError, match="finite"):
        reader.copy_next(timeout)


def test_what_makes_no_sense_is_refused(writer: FrameWriter, reader: FrameReader) -> None:
    with pytest.raises(ValueError, match="backlog"):
        reader.next(0, backlog=0)
    with pytest.raises(ValueError, match="not claimed"):
        show(writer, 0)
    with pytest.raises(ValueError, match="buffers"):
        writer.begin(SMALL, 2, lent=False)
    with pytest.raises(ValueError, match="buffers"):
        writer.begin(SMALL, records.MAX_BUFFERS + 1, lent=False)
    with pytest.raises(ValueError, match="not enough"):
        writer.begin(LARGE, 4, lent=False, block_bytes=4096)
    with pytest.raises(ValueError, match="width"):
        Layout("Mono8", 0, 1, 1, 1)
    with pytest.raises(ValueError, match="do not fit"):
        Layout("Mono8", 8, 8, 8, 63)
    with FrameWriter() as idle, pytest.raises(ValueError, match="begin"):
        idle.claim()


class TestLent:
    """The SDK fills our memory, wherever it likes."""

    @pytest.fixture
    def memory(self, writer: FrameWriter) -> memoryview:
        return writer.begin(SMALL, 8, lent=True, block_bytes=8 * 1000, reserve=3)

    def deliver(self, writer: FrameWriter, memory: memoryview, buffer: int) -> int:
        offset = buffer * 1000 + 8
        memory[offset : offset + 64] = bytes([writer.published]) * 64
        return show(writer, offset)

    def test_frames_are_read_where_the_sdk_put_them(self, writer: FrameWriter, memory: memoryview) -> None:
        with FrameReader(writer.address) as reader:
            self.deliver(writer, memory, 5)
            memory[5008] = 99
            with reader.next(0) as frame:
                assert frame.data[0] == 99  # one and the same memory

    def test_all_but_the_reserve_is_kept_and_the_oldest_goes_back_first(
        self, writer: FrameWriter, memory: memoryview
    ) -> None:
        with FrameReader(writer.address) as reader:
            returned = []
            for buffer in [3, 1, 4, 0, 5, 2, 6, 7]:
                self.deliver(writer, memory, buffer)
                returned.append(writer.retire())
            assert returned == [[], [], [], [], [], [3008], [1008], [4008]]
            assert writer.lent_out() == [8, 5008, 2008, 6008, 7008]
            assert [frame.info.index for frame in reader.recent(4)] == [4, 5, 6, 7]
            with pytest.raises(FrameGone):
                reader.at(2)

    def test_a_held_image_does_not_go_back(self, writer: FrameWriter, memory: memoryview) -> None:
        with FrameReader(writer.address) as reader:
            self.deliver(writer, memory, 0)
            frame = reader.next(0)
            for buffer in range(1, 6):
                self.deliver(writer, memory, buffer)
            assert writer.retire() == [1008]
            assert writer.retire(keep=0) == [2008, 3008, 4008, 5008]
            assert bytes(frame.data) == bytes(64)
            frame.release()
            assert writer.retire(keep=0) == [8]

    def test_what_the_sdk_cannot_have_done_is_refused(self, writer: FrameWriter, memory: memoryview) -> None:
        self.deliver(writer, memory, 0)
        with pytest.raises(ValueError, match="not retired"):
            self.deliver(writer, memory, 0)
        with pytest.raises(ValueError, match="does not lie"):
            show(writer, len(memory) - 63)
        with pytest.raises(ValueError, match="SDK owns"):
            writer.claim()
        for buffer in range(1, 8):
            self.deliver(writer, memory, buffer)
        with pytest.raises(ValueError, match="more than the 8 buffers"):
            show(writer, 500)

    def test_each_start_makes_new_memory_and_leaves_the_old_alone(
        self, writer: FrameWriter, memory: memoryview
    ) -> None:
        with FrameReader(writer.address) as reader:
            self.deliver(writer, memory, 0)
            old = reader.next(0)
            again = writer.begin(SMALL, 8, lent=True, block_bytes=8 * 1000, reserve=3)
            again[:] = b"\xff" * len(again)
            assert bytes(old.data) == bytes(64)
