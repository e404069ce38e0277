"""The frames of two cameras side by side in one picture, as the joining process makes them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraLostError, FrameTimeoutError
from llpyspin.frames import EVERY, FrameFlags, FrameReader, FrameWriter, Layout, decode
from llpyspin.joining.joiner import Joiner, JoinService
from llpyspin.joining.spec import JoinSpec, SideSpec
from llpyspin.recording.blank import is_blank

if TYPE_CHECKING:
    from collections.abc import Iterator

HEIGHT, LEFT, RIGHT = 40, 48, 64
PERIOD = 10_000_000
WAIT_S = 10.0


def mono(width: int) -> Layout:
    return Layout("Mono8", width, HEIGHT, width, width * HEIGHT)


class Camera:
    """Publishes frames of one brightness."""

    def __init__(self, width: int, first_id: int = 0) -> None:
        self.writer = FrameWriter(name=f"camera-{width}")
        self.writer.begin(mono(width), 30, lent=False)
        self.first_id = first_id
        self.side = SideSpec(self.writer.address, f"camera-{width}", 0, first_id, width)

    def take(self, trigger: int, *, flags: FrameFlags = FrameFlags.NONE) -> None:
        offset, memory = self.writer.claim()
        memory[:] = bytes([10 + trigger]) * len(memory)
        self.writer.publish(
            offset,
            frame_id=self.first_id + trigger,
            camera_timestamp_ns=1_000_000 + trigger * PERIOD,
            host_timestamp_ns=5_000_000 + trigger * PERIOD,
            flags=flags,
            exposure_us=100.0,
        )


@dataclasses.dataclass
class Pair:
    left: Camera
    right: Camera
    writer: FrameWriter
    joiner: Joiner
    reader: FrameReader

    def pictures(self, count: int) -> list[tuple[Any, np.ndarray[Any, Any]]]:
        found = []
        for _ in range(count):
            data, info, layout = self.reader.copy_next(WAIT_S, backlog=EVERY)
            found.append((info, decode(data, layout)))
        return found


@pytest.fixture
def pair() -> Iterator[Pair]:
    left, right, writer = Camera(LEFT), Camera(RIGHT, first_id=1), FrameWriter(name="both")
    spec = JoinSpec((left.side, right.side), mono(LEFT + RIGHT), PERIOD, color=True, buffers=12)
    joiner = Joiner(spec, writer)
    reader = FrameReader(writer.address, since=0)
    yield Pair(left, right, writer, joiner, reader)
    joiner.finish(WAIT_S)
    reader.close()
    for each in (left.writer, right.writer, writer):
        each.close()


def test_the_frames_of_a_trigger_lie_side_by_side(pair: Pair) -> None:
    for trigger in range(3):
        pair.left.take(trigger)
        pair.right.take(trigger)
    for trigger, (info, picture) in enumerate(pair.pictures(3)):
        assert picture.shape == (HEIGHT, LEFT + RIGHT)
        assert (picture == 10 + trigger).all()
        assert (info.frame_id, info.camera_timestamp_ns) == (trigger, 1_000_000 + trigger * PERIOD)
        assert not info.flags & FrameFlags.INCOMPLETE


def test_missing_partner_leaves_a_blank_part_that_is_counted(pair: Pair) -> None:
    pair.left.take(0)
    pair.right.take(0)
    pair.left.take(1)
    pair.right.take(2)
    pair.left.take(2)
    info, picture = pair.pictures(3)[1]
    assert (picture[:, :LEFT] == 11).all()
    assert is_blank(picture[:, LEFT:])
    assert info.flags & FrameFlags.INCOMPLETE
    pair.joiner.finish(WAIT_S)
    status = pair.joiner.status()
    assert (status.missing, status.which, status.incomplete) == ((0, 1), ((), (1,)), 1)


def test_a_picture_without_the_first_camera_has_the_time_of_its_trigger(pair: Pair) -> None:
    for trigger in (0, 2):
        pair.left.take(trigger)
    for trigger in (0, 1, 2):
        pair.right.take(trigger)
    stamps = [info.camera_timestamp_ns for info, _ in pair.pictures(3)]
    assert stamps == [1_000_000, 1_000_000 + PERIOD, 1_000_000 + 2 * PERIOD]


def test_triggers_that_both_cameras_lost_leave_a_gap_in_the_numbers(pair: Pair) -> None:
    for trigger in (0, 3):
        pair.left.take(trigger)
        pair.right.take(trigger)
    infos = [info for info, _ in pair.pictures(2)]
    assert [info.frame_id for info in infos] == [0, 3]
    assert infos[1].missed == 2
    assert pair.joiner.status().lost == 2


def test_a_damaged_frame_makes_the_picture_a_damaged_one(pair: Pair) -> None:
    pair.left.take(0)
    pair.right.take(0, flags=FrameFlags.INCOMPLETE)
    ((info, _),) = pair.pictures(1)
    assert info.flags & FrameFlags.INCOMPLETE


def test_a_camera_that_has_gone_is_not_waited_for(pair: Pair) -> None:
    pair.right.writer.close()
    deadline = Deadline(WAIT_S)
    pair.left.take(0)
    ((_, picture),) = pair.pictures(1)
    assert not deadline.passed
    assert is_blank(picture[:, LEFT:])
    assert pair.joiner.status().ended[1]


def test_readers_get_the_error_of_the_first_camera_after_the_last_picture(pair: Pair) -> None:
    pair.left.take(0)
    pair.right.take(0)
    pair.left.writer.fail(CameraLostError("gone", camera="left"))
    pair.pictures(1)
    with pytest.raises(CameraLostError, match="gone"):
        pair.reader.next(WAIT_S)


def test_what_has_come_is_joined_to_the_end(pair: Pair) -> None:
    for trigger in range(5):
        pair.left.take(trigger)
    assert pair.joiner.finish(WAIT_S)
    status = pair.joiner.status()
    assert (status.published, status.missing) == (5, (0, 5))


def test_more_frames_than_can_be_held_wait_for_a_camera_that_is_behind(pair: Pair) -> None:
    for trigger in range(18):  # of 30 that there is memory for, a third of them held
        pair.left.take(trigger)
    with pytest.raises(FrameTimeoutError):
        pair.reader.next(0.1)
    for trigger in range(18):
        pair.right.take(trigger)
        [(info, _)] = pair.pictures(1)  # one by one: there is memory for 12
        assert (info.frame_id, info.flags & FrameFlags.INCOMPLETE) == (trigger, 0)


def test_no_frame_is_lost_for_a_camera_that_has_nothing(pair: Pair) -> None:
    for trigger in range(60):
        pair.left.take(trigger)
        if trigger >= 21:  # with a third of 30 held, and more than another one unread
            pair.reader.next(WAIT_S, backlog=EVERY).release()
    assert pair.joiner.finish(WAIT_S)
    status = pair.joiner.status()
    assert (status.published, status.missing, status.lost) == (60, (0, 60), 0)


def test_frames_that_waited_unread_find_their_partners_at_the_end(pair: Pair) -> None:
    for trigger in range(18):
        pair.left.take(trigger)
    with pytest.raises(FrameTimeoutError):
        pair.reader.next(0.1)
    for trigger in range(18):
        pair.right.take(trigger)
    assert pair.joiner.finish(WAIT_S)
    assert (pair.joiner.status().published, pair.joiner.status().missing) == (18, (0, 0))


def test_held_pictures_stay_unchanged_while_more_are_joined(pair: Pair) -> None:
    held = []
    for trigger in range(20):
        pair.left.take(trigger)
        pair.right.take(trigger)
        if trigger < 8:
            held.append(pair.reader.next(WAIT_S, backlog=EVERY))
    pair.joiner.finish(WAIT_S)
    status = pair.joiner.status()
    assert (status.published, status.lost) == (20, 0)
    assert [frame.info.frame_id for frame in held] == list(range(8))
    assert all(frame.data[0] == 10 + number for number, frame in enumerate(held))


def test_deep_pictures_keep_their_bits() -> None:
    layout = Layout("Mono12", 8, 4, 16, 64)
    cameras = [FrameWriter(name="a"), FrameWriter(name="b")]
    for camera in cameras:
        camera.begin(layout, 12, lent=False)
    sides = tuple(SideSpec(camera.address, camera.address, 0, 0, 8) for camera in cameras)
    service = JoinService()
    address = service.do_open("both")
    with FrameReader(address) as reader:
        service.do_begin(JoinSpec(sides, Layout("Mono12", 16, 4, 32, 128), PERIOD, color=True, buffers=8))
        for value, camera in zip((4095, 7), cameras, strict=True):
            offset, memory = camera.claim()
            memory[:] = np.full((4, 8), value, "<u2").tobytes()
            camera.publish(offset, frame_id=0, camera_timestamp_ns=1, host_timestamp_ns=1)
        data, _, joined = reader.copy_next(WAIT_S)
    picture = decode(data, joined)
    assert picture.dtype == np.uint16
    assert set(picture[:, :8].flat) == {4095}
    assert set(picture[:, 8:].flat) == {7}
    assert service.do_finish().published == 1
    service.do_close()
    for camera in cameras:
        camera.close()


def test_joining_begins_anew_with_the_index_that_follows() -> None:
    left, right = Camera(LEFT), Camera(RIGHT)
    service = JoinService()
    service.do_open("both")
    for _ in range(2):
        since = tuple(
            dataclasses.replace(camera.side, since=camera.writer.published) for camera in (left, right)
        )
        service.do_begin(JoinSpec(since, mono(LEFT + RIGHT), PERIOD, color=True, buffers=8))
        left.take(0, flags=FrameFlags.RESTARTED)
        right.take(0, flags=FrameFlags.RESTARTED)
        status = service.do_finish()
        assert status.published - status.first == 1
    assert service.do_published() == 2
    service.do_close()
    left.writer.close()
    right.writer.close()
