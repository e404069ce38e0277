"""Waiting for handles of Windows; these tests need its Python."""

from __future__ import annotations

import sys
import threading
import time

import pytest

if sys.platform != "win32":
    pytest.skip("handles are what Windows has", allow_module_level=True)

from llpyspin.system.bells import Bell
from llpyspin.system.windows.winhandles import ready_handles

PATIENCE_S = 20.0


def test_more_handles_than_one_call_takes_are_waited_for() -> None:
    bells = [Bell() for _ in range(150)]
    handles = [bell.descriptor for bell in bells]
    assert ready_handles(handles, 0.02) == []
    for place in (3, 70, 149):
        bells[place].ring()
    assert ready_handles(handles, PATIENCE_S) == [handles[place] for place in (3, 70, 149)]
    assert ready_handles(handles, 0) == []
    timer = threading.Timer(0.1, bells[149].ring)
    timer.start()
    assert ready_handles(handles, PATIENCE_S) == [handles[149]]
    timer.join()
    for bell in bells:
        bell.close()


def test_no_handles_take_the_whole_time() -> None:
    before = time.perf_counter()
    assert ready_handles([], 0.05) == []
    assert time.perf_counter() - before >= 0.045


def test_closed_handle_is_refused() -> None:
    bell = Bell()
    handle = bell.descriptor
    bell.close()
    with pytest.raises(OSError, match="cannot wait for handles"):
        ready_handles([handle], PATIENCE_S)
