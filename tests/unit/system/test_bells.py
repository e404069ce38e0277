"""Bells, memory and lives as they are on every system: also run with the Python of Windows."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from llpyspin.system.bells import Bell
from llpyspin.system.lives import ParentLife, wait_for_end
from llpyspin.system.sharedmemory import SharedMemory, round_to_pages

PATIENCE_S = 20.0


def test_rung_bell_wakes_once() -> None:
    bell = Bell()
    assert not bell.wait(0)
    bell.ring()
    bell.ring()
    assert bell.wait(0)
    assert not bell.wait(0)
    bell.close()


def test_silenced_bell_wakes_nobody() -> None:
    bell = Bell()
    bell.ring()
    bell.silence()
    bell.silence()
    assert not bell.wait(0)
    bell.close()


def test_bell_waits_as_long_as_it_was_told() -> None:
    bell = Bell()
    before = time.perf_counter()
    assert not bell.wait(0.05)
    assert time.perf_counter() - before >= 0.045
    bell.close()


def test_thread_is_woken_by_a_bell() -> None:
    bell = Bell()
    woken: list[bool] = []
    thread = threading.Thread(target=lambda: woken.append(bell.wait(PATIENCE_S)))
    thread.start()
    bell.ring()
    thread.join(PATIENCE_S)
    assert woken == [True]
    bell.close()


def test_bell_may_be_rung_after_it_was_closed() -> None:
    bell = Bell()
    bell.close()
    bell.close()
    bell.ring()


def test_readers_of_memory_see_what_is_written() -> None:
    made = SharedMemory.new("test", 100)
    written, read = made.map(writable=True), made.map(writable=False)
    made.close()
    made.close()
    written[3] = 7
    assert bytes(read[:5]) == b"\0\0\0\7\0"
    assert len(read) == 100
    assert read.format == written.format == "B"
    with pytest.raises(TypeError):
        read[0] = 1


def test_slice_keeps_memory_mapped() -> None:
    made = SharedMemory.new("test", round_to_pages(100_000))
    view = made.map(writable=True)
    view[-2:] = b"ab"
    made.close()
    last = view[-2:]
    del view, made
    assert bytes(last) == b"ab"


def test_end_of_a_child_is_noticed() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    before = time.perf_counter()
    wait_for_end(child.pid, 0.05)
    assert child.poll() is None
    assert time.perf_counter() - before >= 0.045
    child.kill()
    assert wait_for_end(child.pid, PATIENCE_S)
    assert child.wait(PATIENCE_S) != 0
    child.stdin.close()


def test_process_that_is_younger_is_no_parent() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert ParentLife(child.pid).over
    finally:
        child.communicate(timeout=PATIENCE_S)


def test_living_parent_is_not_over() -> None:
    code = (
        "import sys\n"
        "from llpyspin.system.lives import ParentLife\n"
        "life = ParentLife(int(sys.argv[1]))\n"
        "print(life.can_be_waited_for, life.over)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(os.getpid())], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["True", "False"]
