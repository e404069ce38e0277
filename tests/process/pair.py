"""What tests of primary and secondary cameras have in common."""

from __future__ import annotations

import contextlib
import json
import logging
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from llpyspin.deadlines import Deadline
from llpyspin.recording.sinks import open_video
from llpyspin.virtual import read_stamp
from tests.process.conftest import MONO, make_world

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator, Sequence

    from llpyspin import PrimaryCamera, SecondaryCamera
    from tests.process.conftest import World

SMALL = (0, 0, 64, 320)  # small pictures: the machine that runs the tests has other work
FAST = 100.0

SERIALS = ("20000001", "20000002")


def use_wired_pair(
    patch: pytest.MonkeyPatch, faults: Sequence[dict[str, Any]] = (), model: str = MONO
) -> World:
    """Have a world of two cameras, :data:`SERIALS`, the first wired to the second, with these faults."""
    world = make_world(model, model)
    first, second = SERIALS
    world.config.update(wires=[f"{first}:Line1 -> {second}:Line3"], faults=list(faults))
    patch.setenv("LLPYSPIN_VIRTUAL", json.dumps(world.config))
    return world


@contextlib.contextmanager
def wired_world() -> Iterator[World]:
    """The same without faults, for fixtures of a module."""
    with pytest.MonkeyPatch.context() as patch:
        yield use_wired_pair(patch)


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
