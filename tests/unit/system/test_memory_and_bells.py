"""Shared memory, bells, and waiting for several things."""

from __future__ import annotations

import asyncio
import gc
import mmap
import os
import subprocess
import sys
import threading

import pytest

from llpyspin.system.bells import Bell
from llpyspin.system.descriptors import above_standard_streams
from llpyspin.system.doors import Door, enter
from llpyspin.system.sharedmemory import SharedMemory, round_to_pages
from llpyspin.system.waiting import LoopWatch, Watch, wait

PATIENCE_S = 20.0


def test_memory_is_seen_by_everybody_who_maps_it() -> None:
    made = SharedMemory.new("test", 100)
    other = SharedMemory(os.dup(made.descriptor), made.size)
    written, read = made.map(writable=True), other.map(writable=False)
    made.close()
    made.close()
    other.close()
    written[3] = 7
    assert bytes(read[:5]) == b"\0\0\0\7\0"
    assert read.readonly
    assert len(read) == 100


@pytest.mark.parametrize("size", [0, 50, 200])
def test_size_of_memory_cannot_be_changed(size: int) -> None:
    made = SharedMemory.new("test", 100)
    with pytest.raises(PermissionError):
        os.ftruncate(made.descriptor, size)
    made.close()


def test_memory_goes_with_its_last_view() -> None:
    made = SharedMemory.new("llpyspin-last-view", 100)
    view = made.map(writable=True)
    made.close()
    assert "llpyspin-last-view" in _maps()
    del view
    assert "llpyspin-last-view" not in _maps()


def _maps() -> str:
    with open("/proc/self/maps") as file:
        return file.read()


def test_memory_that_nobody_closed_has_no_descriptor_left() -> None:
    made = SharedMemory.new("llpyspin-left", 100)
    descriptor = made.descriptor
    del made
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


@pytest.mark.parametrize(("size", "pages"), [(0, 0), (1, 1), (mmap.PAGESIZE, 1), (mmap.PAGESIZE + 1, 2)])
def test_sizes_are_rounded_up_to_pages(size: int, pages: int) -> None:
    assert round_to_pages(size) == pages * mmap.PAGESIZE


def test_memory_never_takes_the_place_of_a_standard_stream() -> None:
    code = (
        "import os\n"
        "from llpyspin.system.sharedmemory import SharedMemory\n"
        "os.close(0)\n"
        "made = SharedMemory.new('test', 10)\n"
        "assert made.descriptor > 2, made.descriptor\n"
        "assert len(made.map(writable=True)) == 10\n"
        "try: os.fstat(0)\n"
        "except OSError: print('closed')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "closed\n"


def test_descriptor_above_the_standard_streams_stays_as_it_is() -> None:
    read, write = os.pipe()
    assert above_standard_streams(read) == read
    os.close(read)
    os.close(write)


def test_bell_that_was_rung_before_wakes_once() -> None:
    bell = Bell()
    assert not bell.wait(0)
    bell.ring()
    bell.ring()
    assert bell.wait(0)
    assert not bell.wait(0)
    bell.silence()
    bell.close()


def test_bell_wakes_a_thread_that_waits() -> None:
    bell = Bell()
    woken: list[bool] = []
    thread = threading.Thread(target=lambda: woken.append(bell.wait(PATIENCE_S)))
    thread.start()
    bell.ring()
    thread.join()
    assert woken == [True]
    bell.close()


def test_closed_bell_rings_nothing_else() -> None:
    bell = Bell()
    late = bell.descriptor
    bell.close()
    bell.close()
    other = Bell()
    assert other.descriptor == late  # the system gives the number out again
    bell.ring()
    assert not other.wait(0)
    other.close()


def test_wait_gives_what_is_ready_and_silences_bells() -> None:
    first, second = Bell(), Bell()
    assert wait([first, second], 0) == []
    second.ring()
    assert wait([first, second], PATIENCE_S) == [second]
    assert wait([first, second], 0) == []
    first.ring()
    second.ring()
    assert wait([first, second], None) == [first, second]
    first.close()
    second.close()


def test_watch_tells_the_bell_from_the_end_of_the_connection() -> None:
    door, bell = Door("test"), Bell()
    mine = enter(door.address, PATIENCE_S)
    theirs = door.let_in()
    assert theirs is not None
    watch = Watch(bell, mine)
    assert watch.wait(0) == (False, False)
    theirs.send(b"said", seconds=0)
    assert watch.wait(0) == (False, False)
    bell.ring()
    assert wait([watch], PATIENCE_S) == [watch]
    assert watch.wait(PATIENCE_S) == (True, False)
    assert watch.wait(0) == (False, False)
    theirs.close()
    assert watch.wait(PATIENCE_S) == (False, True)
    watch.close()
    watch.close()
    with pytest.raises(ValueError, match="closed"):
        watch.wait(0)
    for each in (mine, door, bell):
        each.close()


def test_event_loop_calls_while_a_source_is_ready() -> None:
    async def calls() -> int:
        bell, called = Bell(), asyncio.Event()
        count = 0

        def call() -> None:
            nonlocal count
            count += 1
            bell.silence()
            called.set()

        watch = LoopWatch(asyncio.get_running_loop(), bell, call)
        bell.ring()
        await asyncio.wait_for(called.wait(), PATIENCE_S)
        watch.end()
        bell.ring()
        await asyncio.sleep(0)
        bell.close()
        return count

    assert asyncio.run(calls()) == 1
