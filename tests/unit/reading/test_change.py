"""After a change of what pictures are, no way of reading gives a frame from before it."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.deadlines import Deadline
from llpyspin.frames import FrameFlags, FrameInfo
from llpyspin.reading.change import SURELY_NS, Change
from tests.unit.published import Published, published

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def source() -> Iterator[Published]:
    with published() as made:
        made.camera.buffersize = 16
        yield made


def change(source: Published, **when: Any) -> None:
    """As a camera does that a setting of pictures was assigned."""
    made = Change(source.writer.address, source.writer.published, **when)
    source.camera._frames.skip_before(made)


def index_of(source: Published) -> int:
    info = source.camera.frame_info
    assert info is not None
    return info.index


def test_read_gives_no_frame_from_before_a_change(source: Published) -> None:
    source.publish(3)
    change(source)
    assert source.camera.read(timeout=0) == (False, None)
    source.publish(2)
    ok, image = source.camera.read()
    assert ok
    assert image is not None
    assert image[0, 0] == 3
    info = source.camera.frame_info
    assert info is not None
    assert (info.index, info.missed) == (3, 3)  # the skipped ones are counted
    source.camera.read()
    assert index_of(source) == 4


@pytest.mark.parametrize("way", ["grab", "request", "borrow", "iterate"])
def test_every_way_of_reading_passes_the_change(source: Published, way: str) -> None:
    camera = source.camera
    source.publish(2)
    change(source)
    source.publish(1)
    if way == "grab":
        assert camera.grab()
    elif way == "request":
        camera.request().release()
    elif way == "borrow":
        with camera.borrow():
            pass
    else:
        next(iter(camera))
    assert index_of(source) == 2


def test_asynchronous_reading_passes_the_change(source: Published) -> None:
    async def indices() -> tuple[int, int]:
        first = asyncio.ensure_future(source.camera.aread())
        while not first.done():  # until its place among the frames is there
            source.publish(1)
            await asyncio.sleep(0.002)
        source.publish(2)
        change(source)
        expected = source.writer.published
        source.publish(1)
        ok, _ = await source.camera.aread()
        assert ok
        return index_of(source), expected

    got, expected = asyncio.run(indices())
    assert got == expected


def test_job_gets_no_frame_that_was_under_way(source: Published) -> None:
    first = source.camera.submit()
    deadline = Deadline(10)
    while not first.done() and not deadline.passed:  # until its place among the frames is there
        source.publish(1)
        time.sleep(0.002)
    index = source.writer.published  # ends at ``index`` times 10 ms
    change(source, camera_ns=index * 10_000_000 + 5_000_000, host_ns=1)
    job = source.camera.submit(lambda request: request.info.index)
    source.publish(3)
    assert job.result(timeout=10) == index + 1


def test_frames_under_way_are_told_by_the_cameras_clock(source: Published) -> None:
    source.publish(1)  # ends at 0 ms
    change(source, camera_ns=25_000_000, host_ns=1)
    source.publish(2)  # end at 10 and 20 ms
    source.publish(1, exposure_us=10_000.0)  # ends at 30 ms, began at 20
    source.publish(1, exposure_us=10_000.0)  # began at 30 ms
    assert source.camera.read()[0]
    assert index_of(source) == 4


def test_hosts_clock_tells_where_the_cameras_clock_is_unknown(source: Published) -> None:
    change(source, host_ns=1_000_000)
    source.publish(1, host_timestamp_ns=1_100_000, exposure_us=200.0)
    source.publish(1, host_timestamp_ns=1_300_000, exposure_us=200.0)
    assert source.camera.read()[0]
    assert index_of(source) == 1


def test_read_waits_for_the_first_frame_after_the_change(source: Published) -> None:
    source.publish(1)
    change(source, camera_ns=15_000_000, host_ns=1)
    source.publish(1)
    found: list[int] = []
    reading = threading.Thread(target=lambda: (source.camera.read(), found.append(index_of(source))))
    reading.start()
    source.publish(1)
    reading.join(10)
    assert found == [2]


def test_change_of_other_frames_changes_nothing(source: Published) -> None:
    source.publish(2)
    source.camera._frames.skip_before(Change("of another process", 10))
    source.camera.read()
    assert index_of(source) == 0


def info(**fields: Any) -> FrameInfo:
    plain = FrameInfo(5, 5, 1000, 2000, FrameFlags.NONE, 0, float("nan"), 0.0, -1)
    return plain._replace(**fields)


@pytest.mark.parametrize(
    ("made", "frame", "past"),
    [
        (Change("a", 5), info(), True),
        (Change("a", 6), info(), False),
        (Change("a", 0, 1000, 9999), info(), True),
        (Change("a", 0, 1001, 9999), info(), False),
        (Change("a", 0, 1001, 9999), info(host_timestamp_ns=SURELY_NS + 9998), False),
        (Change("a", 0, 1001, 9999), info(host_timestamp_ns=SURELY_NS + 9999), True),
        (Change("a", 0, 1000, 9999), info(exposure_us=0.001), False),
        (Change("a", 0, None, 2000), info(), True),
        (Change("a", 0, None, 2001), info(), False),
    ],
)
def test_frame_is_past_a_change_if_its_exposure_began_after_it(
    made: Change, frame: FrameInfo, past: bool
) -> None:
    assert made.is_past(frame) is past


def test_read_ends_in_time_where_no_frame_is_past_the_change(source: Published) -> None:
    """As where the camera's clock was set back, and frames go on coming."""
    source.publish(3)
    change(source, camera_ns=10**15, host_ns=10**15)
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(0.01):
            source.publish(1)

    publishing = threading.Thread(target=go_on)
    publishing.start()
    try:
        assert source.camera.read(timeout=0.2) == (False, None)
    finally:
        over.set()
        publishing.join(10)
