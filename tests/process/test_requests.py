"""Frames that several processes hold, some of which are killed."""

from __future__ import annotations

import multiprocessing
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

import pytest

from benchmarks._holders import hold_frames
from llpyspin import PrimaryCamera, SecondaryCamera, VideoStream
from llpyspin.virtual import read_stamp

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from llpyspin.reading.request import HeldFrame
    from tests.process.conftest import World


@pytest.fixture(scope="module", autouse=True)
def helper_of_multiprocessing() -> None:
    """Its resource tracker stays for the life of this process: start it before processes are counted."""
    resource_tracker.ensure_running()


def test_held_frames_survive_killed_holders_without_leak_or_overwrite(world: World) -> None:
    roi = (0, 0, 240, 320)
    with VideoStream(world.serials[0], sdk="virtual", framerate="max", roi=roi) as cap:
        outcome = hold_frames(cap, 400, holders=3, kill_every=150)
    assert (outcome.sent, outcome.killed, outcome.wrong, outcome.leaked) == (400, 2, 0, 0)
    assert outcome.returned + outcome.with_killed == 400
    assert outcome.returned > 350


def _double(pipe: Connection) -> None:
    """Say what is in the frames that come."""
    while (request := pipe.recv()) is not None:
        with request:
            pipe.send((read_stamp(request.image).frame, request.info, request.image.flags.writeable))


def test_primary_and_secondary_cameras_give_requests_as_well(world: World) -> None:
    first, second = world.serials
    context = multiprocessing.get_context("spawn")
    pipe, theirs = context.Pipe()
    child = context.Process(target=_double, args=(theirs,), daemon=True)
    child.start()
    with PrimaryCamera(first, sdk="virtual", framerate=100) as primary:
        primary.trigger()
        requests: list[HeldFrame] = [primary.request() for _ in range(3)]
        for request in requests:
            pipe.send(request)
            frame, info, writeable = pipe.recv()
            assert frame == info.frame_id == request.info.frame_id
            assert not writeable
            request.release()
        image = primary.submit().result(5)
        assert read_stamp(image).frame > requests[-1].info.frame_id
        last = primary.recent(1)[0]
        assert primary.at(last.info.frame_id).info.index == last.info.index
        shapes = primary.map(lambda image: image.shape)
        assert next(shapes) == (1080, 1440)
        shapes.close()
    with SecondaryCamera(second, sdk="virtual", primed=False) as secondary:
        assert secondary.recent(1) == []
    pipe.send(None)
    child.join(20)
    assert child.exitcode == 0
    child.close()
    pipe.close()
