"""Frames between real processes, some of which are killed."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import threading
import time
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from llpyspin.errors import FrameTimeoutError, TooManyHeldError
from llpyspin.frames import EVERY, FrameReader, FrameWriter, NoFreeBuffer, StreamEnded
from tests.process import frame_children as children
from tests.process.conftest import shared_memory
from tests.slowly import but_slow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SPAWN = multiprocessing.get_context("spawn")
PATIENCE_S = 30.0


class Child:
    """A child process and the pipe to it."""

    def __init__(self, target: Callable[..., None], *arguments: Any) -> None:
        self.pipe, theirs = SPAWN.Pipe()
        self.process = SPAWN.Process(target=target, args=(theirs, *arguments))
        self.process.start()
        theirs.close()

    def hear(self) -> Any:
        assert self.pipe.poll(PATIENCE_S), "the child says nothing"
        return self.pipe.recv()

    def tell(self, words: Any = None) -> None:
        self.pipe.send(words)

    def kill(self) -> None:
        self.process.kill()
        self.process.join(PATIENCE_S)

    def end(self) -> None:
        self.kill()
        self.pipe.close()
        self.process.close()


@pytest.fixture(scope="module", autouse=True)
def helper_of_multiprocessing() -> None:
    """Its resource tracker stays for the life of this process: start it before processes are counted."""
    resource_tracker.ensure_running()


@pytest.fixture
def child() -> Iterator[Callable[..., Child]]:
    started: list[Child] = []

    def start(target: Callable[..., None], *arguments: Any) -> Child:
        started.append(Child(target, *arguments))
        return started[-1]

    yield start
    for each in started:
        each.end()


@pytest.fixture
def writer() -> Iterator[FrameWriter]:
    with FrameWriter(name="here") as writer:
        writer.begin(children.SMALL, 8, lent=False)
        yield writer


def publish(writer: FrameWriter, count: int) -> None:
    for _ in range(count):
        offset, buffer = writer.claim()
        children.fill(buffer, writer.published)
        children.show(writer, offset)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.001)


@pytest.mark.parametrize("copies", but_slow([False], [True]))
def test_100000_frames_arrive_whole_once_and_in_order(child: Callable[..., Child], copies: bool) -> None:
    source = child(children.write_frames, 100_000, True)
    with FrameReader(source.hear(), since=0) as reader:
        source.tell("go")
        for index in range(100_000):
            if copies:
                data, info, _ = reader.copy_next(PATIENCE_S, backlog=EVERY)
                assert children.is_whole(data, index)
            else:
                with reader.next(PATIENCE_S, backlog=EVERY) as frame:
                    info = frame.info
                    assert children.is_whole(frame.data, index)
            assert (info.index, info.missed) == (index, 0)


def test_several_readers_that_are_lapped_see_no_torn_frame_and_count_all(child: Callable[..., Child]) -> None:
    source = child(children.write_frames, 50_000, False)
    address = source.hear()
    readers = [child(children.read_every_frame, address, copies, 50_000) for copies in (True, True, False)]
    for reader in readers:
        assert reader.hear() == "ready"
    source.tell("go")
    for reader in readers:
        frames, missed, torn = reader.hear()
        assert torn == 0
        assert frames + missed == 50_000
        assert frames > 0


def test_frames_held_by_a_killed_reader_are_free_again(
    child: Callable[..., Child], writer: FrameWriter
) -> None:
    writer.begin(children.SMALL, 12, lent=False)
    holder = child(children.hold_and_hang, writer.address, 5)
    assert holder.hear() == "ready"
    publish(writer, 5)
    assert holder.hear() == [0, 1, 2, 3, 4]
    publish(writer, 20)
    with FrameReader(writer.address) as reader:
        with reader.at(2) as kept:
            assert children.is_whole(kept.data, 2)
        holder.kill()
        wait_until(lambda: writer.readers == 1)
        publish(writer, 12)
        assert [frame.info.index for frame in reader.recent(8)] == list(range(29, 37))


def test_readers_of_a_killed_writer_are_told_within_a_second(child: Callable[..., Child]) -> None:
    source = child(children.write_frames, 3, False)
    with FrameReader(source.hear(), since=0) as reader:
        source.tell("go")
        assert source.hear() == "done"
        killed = []

        def kill() -> None:
            wait_until(lambda: reader._words[reader._attachment.waiting] == 1)
            killed.append(time.monotonic())
            source.kill()

        for index in range(3):
            assert reader.copy_next(PATIENCE_S, backlog=EVERY)[1].index == index
        thread = threading.Thread(target=kill)
        thread.start()
        with pytest.raises(StreamEnded, match="gone"):
            reader.copy_next(PATIENCE_S)
        assert time.monotonic() - killed[0] < 1
        thread.join()
        with pytest.raises(StreamEnded):
            reader.next(PATIENCE_S)


def test_frames_of_a_killed_writer_can_still_be_read(child: Callable[..., Child]) -> None:
    source = child(children.write_frames, 5, False)
    with FrameReader(source.hear(), since=0) as reader:
        source.tell("go")
        assert source.hear() == "done"
        source.kill()
        frames = [reader.next(0, backlog=EVERY) for _ in range(3)]
        assert all(children.is_whole(frame.data, frame.info.index) for frame in frames)
        assert reader.at(4).info.index == 4


def test_a_frame_goes_to_another_process_by_name(child: Callable[..., Child], writer: FrameWriter) -> None:
    taker = child(children.take_by_name)
    with FrameReader(writer.address) as reader:
        publish(writer, 1)
        frame = reader.next(0)
        taker.tell(frame.token())
        assert taker.hear() == "taken"
        frame.release()
        publish(writer, 30)
        taker.tell("look")
        assert taker.hear() == (True, 0)


def test_a_held_frame_can_be_taken_by_others_at_any_moment(
    child: Callable[..., Child], writer: FrameWriter
) -> None:
    taker = child(children.take_again_and_again, writer.address, 20_000)
    with FrameReader(writer.address) as reader:
        assert taker.hear() == "ready"
        publish(writer, 1)
        frame = reader.next(0)
        taker.tell(frame.token())
        while not taker.pipe.poll():
            publish(writer, 50)  # the writer passes the held frame all the time
        assert taker.hear() == 20_000
        frame.release()


def test_10000_frames_taken_and_returned_by_processes_that_may_be_killed(
    child: Callable[..., Child], writer: FrameWriter
) -> None:
    writer.begin(children.SMALL, 24, lent=False)
    publish(writer, 24)
    steady = [child(children.take_and_return, writer.address, seed, 2500) for seed in range(4)]
    doomed = [child(children.hold_and_hang, writer.address, 4) for _ in range(3)]
    for each in steady + doomed:
        assert each.hear() == "ready"
    reports: list[tuple[int, int]] = []
    while len(reports) < 4:
        for each in [each for each in steady if each.pipe.poll()]:
            reports.append(each.hear())
            steady.remove(each)
        if doomed and doomed[-1].pipe.poll():
            doomed.pop().kill()
        with contextlib.suppress(NoFreeBuffer):
            publish(writer, 1)
    assert [taken for taken, _ in reports] == [2500] * 4
    assert [wrong for _, wrong in reports] == [0] * 4
    for each in doomed:
        each.kill()
    wait_until(lambda: writer.readers == 0)
    assert writer._shared.cells.tobytes().strip(b"\0") == b""
    publish(writer, 24)  # every buffer is free


def test_a_forked_child_can_neither_read_nor_keep_its_parents_place(
    child: Callable[..., Child], writer: FrameWriter
) -> None:
    forker = child(children.fork_while_reading, writer.address)
    assert forker.hear() == "ready"
    publish(writer, 1)
    words = [forker.hear(), forker.hear()]
    words.remove("forked")
    grandchild, said = words[0]
    try:
        assert said == "CameraClosedError False"
        publish(writer, 20)
        with FrameReader(writer.address) as reader:
            assert reader.at(0).info.index == 0  # what the grandchild released is still the parent's
        os.kill(forker.process.pid or 0, signal.SIGKILL)
        wait_until(lambda: writer.readers == 0)
        assert psutil.pid_exists(grandchild)
    finally:
        os.kill(grandchild, signal.SIGKILL)


def test_200_readers_that_come_and_go_leave_nothing_behind(writer: FrameWriter) -> None:
    def come_and_go(count: int) -> None:
        for _ in range(count):
            with FrameReader(writer.address) as reader:
                publish(writer, 1)
                reader.copy_next(0)
                with pytest.raises(FrameTimeoutError):
                    reader.next(0)
        wait_until(lambda: writer.readers == 0)

    come_and_go(3)
    gc.collect()
    me = psutil.Process()
    before = me.num_fds(), me.num_threads(), shared_memory()
    come_and_go(200)
    gc.collect()
    assert (me.num_fds(), me.num_threads(), shared_memory()) == before


def test_50_writers_that_come_and_go_leave_nothing_behind() -> None:
    def come_and_go() -> None:
        with FrameWriter() as writer:
            for size in (64, 5000):
                layout = children.Layout("Mono8", size, 1, size, size)
                writer.begin(layout, 4, lent=False)
                with FrameReader(writer.address) as reader:
                    publish_one = writer.claim()[0]
                    children.show(writer, publish_one)
                    reader.next(0).release()

    come_and_go()
    gc.collect()
    me = psutil.Process()
    before = me.num_fds(), me.num_threads(), shared_memory()
    for _ in range(50):
        come_and_go()
    gc.collect()
    assert (me.num_fds(), me.num_threads(), shared_memory()) == before


def test_holding_in_several_processes_leaves_the_camera_room(
    child: Callable[..., Child], writer: FrameWriter
) -> None:
    holder = child(children.hold_and_hang, writer.address, 3)
    assert holder.hear() == "ready"
    publish(writer, 3)
    assert holder.hear() == [0, 1, 2]
    with FrameReader(writer.address) as reader:
        publish(writer, 3)
        with pytest.raises(TooManyHeldError):
            [reader.at(index) for index in (3, 4, 5)]
        publish(writer, 10)
    holder.kill()
