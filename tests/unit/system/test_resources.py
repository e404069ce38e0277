"""What the machine gives this program, by whom else can say so."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from llpyspin.system.resources import processors, spare_memory, whole_memory
from llpyspin.system.users import this_user, user_name


def test_spare_memory_is_less_than_the_machine_has() -> None:
    spare = spare_memory()
    assert spare is not None
    assert 0 < spare <= whole_memory()


def test_processors_are_those_that_this_process_may_use() -> None:
    allowed = os.sched_getaffinity(0)
    one = {min(allowed)}
    os.sched_setaffinity(0, one)
    try:
        assert processors() == 1
    finally:
        os.sched_setaffinity(0, allowed)
    assert processors() == len(allowed)


def test_user_is_named_with_the_number() -> None:
    assert user_name(0) == "root (0)"
    assert user_name(4_000_000_123) == "4000000123"
    assert str(this_user()) in user_name(this_user())


@pytest.mark.parametrize("signal", ["SIGINT", "SIGTERM"])
def test_process_that_is_asked_to_end_goes_on(signal: str) -> None:
    code = (
        "import os, signal\n"
        "from llpyspin.system.interrupts import ignore_interrupts, when_terminated\n"
        "ignore_interrupts()\n"
        "when_terminated(lambda: print('asked'))\n"
        f"os.kill(os.getpid(), signal.{signal})\n"
        "print('on')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.split() == (["asked", "on"] if signal == "SIGTERM" else ["on"])
