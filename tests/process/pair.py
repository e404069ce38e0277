"""What tests of primary and secondary cameras have in common."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import psutil

from llpyspin.deadlines import Deadline
from llpyspin.recording.sinks import open_video
from llpyspin.virtual import read_stamp

if TYPE_CHECKING:
    import pathlib

    import pytest

    from llpyspin import PrimaryCamera, SecondaryCamera

SMALL = (0, 0, 64, 320)  # small pictures: the machine that runs the tests has other work
FAST = 100.0


def run_until(camera: PrimaryCamera | SecondaryCamera, frames: int) -> None:
    """Wait until so many frames have come."""
    deadline = Deadline(20)
    while camera.count_of_frames() < frames:
        assert not deadline.passed
        time.sleep(0.005)


def numbers(path: str | pathlib.Path) -> list[int]:
    """The frame numbers in the pixels of a video."""
    video = open_video(path)
    try:
        return [read_stamp(image).frame for image in video]
    finally:
        video.close()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def gone(pid: int) -> bool:
    deadline = Deadline(15)
    while not deadline.passed:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.01)
    return False
