"""Opening and closing again and again leaves nothing behind."""

from __future__ import annotations

import gc
import os
import threading
from typing import TYPE_CHECKING

import psutil
import pytest

from llpyspin import VideoStream
from tests.process.conftest import descendants, shared_memory

if TYPE_CHECKING:
    from tests.process.conftest import World


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_hundred_open_and_close_cycles_grow_nothing(world: World) -> None:
    def state() -> tuple[int, int, int, int]:
        gc.collect()
        descriptors = len(os.listdir("/proc/self/fd"))
        return descriptors, threading.active_count(), len(descendants()), len(shared_memory())

    def cycle() -> None:
        with VideoStream(world.serials[0], sdk="virtual") as cap:
            assert cap.read()[0]

    for _ in range(5):
        cycle()
    before, memory = state(), psutil.Process().memory_info().rss
    for _ in range(200):
        cycle()
    assert state() == before
    assert psutil.Process().memory_info().rss - memory < 8 * 2**20
