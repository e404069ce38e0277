"""Frames that are held, handed over and reached back for, with writer and readers in one process."""

from __future__ import annotations

import gc
import pickle
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.errors import (
    CameraClosedError,
    CameraProcessError,
    FrameTimeoutError,
    SettingRangeError,
    TooManyHeldError,
)
from llpyspin.frames import FrameFlags, FrameGone, StreamEnded
from llpyspin.frames import passing as handing
from tests.unit.published import Published, published

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llpyspin.reading.request import HeldFrame

PATIENCE_S = 20.0


@pytest.fixture
def source() -> Iterator[Published]:
    with published() as made:
        made.camera.buffersize = 16
        yield made


def requested(source: Published, **account: Any) -> HeldFrame:
    source.publish(**account)
    return source.camera.request()


def kept(source: Published, index: int) -> bool:
    """Whether anybody holds the frame."""
    return source.writer._shared.kept(index + 1)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.001)


def test_a_request_is_the_frame_where_it_lies_with_its_account(source: Published) -> None:
    with requested(source, exposure_us=5.0) as request:
        assert request.image.shape == (30, 40)
        assert not request.image.flags.writeable
        assert np.shares_memory(np.asarray(request), request.image)
        assert (request.info.frame_id, request.info.exposure_us) == (100, 5.0)
        assert source.camera.frame_info == request.info
        assert "HeldFrame 100" in repr(request)
        assert kept(source, 0)
    assert not kept(source, 0)


def test_requests_and_reads_share_their_place_in_the_stream(source: Published) -> None:
    source.publish(3)
    with source.camera.request() as first:
        _, image = source.camera.read()
        with source.camera.request() as third:
            assert [int(each[0, 0]) for each in (first.image, image, third.image)] == [0, 1, 2]  # type: ignore[index]


def test_a_held_frame_stays_as_it_is_while_the_camera_goes_on(source: Published) -> None:
    request = requested(source)
    source.publish(100)
    assert (request.image == 0).all()
    copy = request.copy()
    request.release()
    request.release()
    source.publish(16)
    assert (copy == 0).all()
    assert copy.flags.writeable


def test_a_released_request_says_so(source: Published) -> None:
    request = requested(source)
    request.release()
    assert not request.held
    for use in (lambda: request.image, request.copy, request.handle, lambda: np.asarray(request)):
        with pytest.raises(ValueError, match="frame 100 was released"):
            use()
    assert request.info.frame_id == 100


def test_a_request_converts_to_an_array_as_numpy_asks(source: Published) -> None:
    with requested(source) as request:
        assert np.asarray(request, dtype=np.float32).dtype == np.float32
        assert np.array(request).flags.writeable
        with pytest.raises(ValueError, match="without a copy"):
            request.__array__(np.float32, copy=False)


def test_a_forgotten_request_goes_back_once_no_array_of_it_is_left(source: Published) -> None:
    image = requested(source).image[5:]
    gc.collect()
    assert kept(source, 0)
    source.publish(50)
    assert (image == 0).all()
    del image
    gc.collect()
    assert not kept(source, 0)


def test_any_thread_may_release_a_request(source: Published) -> None:
    request = requested(source)
    thread = threading.Thread(target=request.release)
    thread.start()
    thread.join()
    assert not kept(source, 0)


def test_a_request_outlives_the_camera(source: Published) -> None:
    request = requested(source)
    source.camera.release()
    assert (request.image == 0).all()
    request.release()


def test_no_frame_is_an_error_of_its_kind(source: Published) -> None:
    with pytest.raises(FrameTimeoutError):
        source.camera.request(timeout=0.01)
    source.vanish()
    with pytest.raises(CameraProcessError):
        source.camera.request(timeout=PATIENCE_S)
    source.camera.release()
    for ask in (source.camera.request, lambda: source.camera.recent(1), lambda: source.camera.at(100)):
        with pytest.raises(CameraClosedError):
            ask()


def test_the_camera_keeps_memory_for_itself(source: Published) -> None:
    held = []
    with pytest.raises(TooManyHeldError):
        for _ in range(16):
            held.append(requested(source))
    assert len(held) >= 8
    source.publish(50)  # it goes on
    held.pop().release()
    held.append(requested(source))


# -- handed over


def test_a_pickled_request_is_the_same_memory(source: Published) -> None:
    request = requested(source, exposure_us=5.0, gain_db=1.0)
    other = pickle.loads(pickle.dumps(request))
    assert other.info == request.info
    assert (other.image == request.image).all()
    request.release()
    source.publish(50)
    assert (other.image == 0).all()
    other.release()
    until(lambda: not kept(source, 0))


def test_hand_over_still_makes_a_handle_and_warns(source: Published) -> None:
    request = requested(source)
    with pytest.warns(DeprecationWarning, match=r"hand_over\(\) is handle\(\) now"):
        name = pickle.dumps(request.hand_over())
    with pickle.loads(name) as other:
        assert (other.image == request.image).all()
    request.release()


def test_a_frame_on_its_way_is_kept_though_its_request_was_released(source: Published) -> None:
    request = requested(source)
    name = pickle.dumps(request.handle())
    request.release()
    source.publish(50)
    other = pickle.loads(name)
    assert (other.image == 0).all()
    other.release()
    until(lambda: not kept(source, 0))


def test_a_frame_that_nobody_takes_goes_back_after_its_time(source: Published) -> None:
    request = requested(source)
    name = pickle.dumps(request.handle(timeout=0.05))
    request.release()
    assert kept(source, 0)
    until(lambda: not kept(source, 0))
    source.publish(50)
    with pytest.raises(FrameGone):
        pickle.loads(name)


def test_a_short_time_is_kept_to_while_a_long_one_runs(source: Published) -> None:
    first, second = requested(source), requested(source)
    names = [first.handle(timeout=1000), second.handle(timeout=0.05)]
    first.release()
    second.release()
    until(lambda: not kept(source, 1))
    assert kept(source, 0)
    pickle.loads(pickle.dumps(names[0])).release()
    until(lambda: not kept(source, 0))


def test_what_is_taken_twice_is_kept_for_the_first(source: Published) -> None:
    request = requested(source)
    name = pickle.dumps(request)
    request.release()
    pickle.loads(name).release()
    until(lambda: not kept(source, 0))
    source.publish(50)
    with pytest.raises(FrameGone):
        pickle.loads(name)


def test_frames_are_passed_again_after_the_socket_became_unreachable(
    source: Published,
) -> None:
    """As when the process moves to another network namespace, where such names are others."""
    with requested(source) as request:
        name = pickle.dumps(request.handle())
        giver = handing._giver
        there = giver._address
        giver._address = "nobody-is-there"
        pickle.loads(pickle.dumps(request)).release()
        assert giver._address not in (there, "nobody-is-there")
    until(lambda: sum(thread.name == "llpyspin-giver" for thread in threading.enumerate()) == 1)
    assert kept(source, 0)  # for the one who was offered it first
    pickle.loads(name).release()


def test_a_frame_of_a_camera_that_is_gone_cannot_be_taken() -> None:
    with published() as source:
        request = requested(source)
        name = pickle.dumps(request)
        request.release()
    with pytest.raises(StreamEnded):
        pickle.loads(name)


def test_names_that_nobody_takes_are_not_given_out_without_end(
    source: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing, "MOST_OFFERS", 3 + len(handing._giver._offers))
    with requested(source) as request:
        names = [request.handle(timeout=0.2) for _ in range(3)]
        with pytest.raises(TooManyHeldError, match="no process has taken them"):
            request.handle()
        del names
    until(lambda: not kept(source, 0))


# -- reached back for


def test_the_newest_frames_come_oldest_first_whoever_has_read_them(source: Published) -> None:
    source.publish(6)
    source.camera.read()
    recent = source.camera.recent(3)
    assert [int(each.image[0, 0]) for each in recent] == [3, 4, 5]
    source.publish(50)
    assert [int(each.image[0, 0]) for each in recent] == [3, 4, 5]
    assert all(each.held for each in recent)
    _, image = source.camera.read()
    assert image is not None
    assert int(image[0, 0]) > 5  # reading goes on from where it was, as far as there is memory


def test_damaged_frames_are_not_among_the_recent(source: Published) -> None:
    source.publish(2)
    source.publish(1, flags=FrameFlags.INCOMPLETE)
    source.publish(1)
    assert [each.info.frame_id for each in source.camera.recent(3)] == [100, 101, 103]


def test_fewer_are_there_at_the_beginning(source: Published) -> None:
    assert source.camera.recent(5) == []
    source.publish(2)
    assert len(source.camera.recent(5)) == 2


def test_more_than_the_camera_can_spare_are_refused_and_none_is_held(source: Published) -> None:
    source.publish(16)
    with pytest.raises(TooManyHeldError):
        source.camera.recent(16)
    assert not any(kept(source, index) for index in range(16))


@pytest.mark.parametrize("count", [0, -1, 1.5, True, "2"])
def test_a_number_of_frames_is_a_whole_one(source: Published, count: Any) -> None:
    with pytest.raises(SettingRangeError, match="whole number from 1"):
        source.camera.recent(count)


def test_a_frame_is_found_by_the_cameras_number(source: Published) -> None:
    source.publish(10)
    with source.camera.at(107) as request:
        assert int(request.image[0, 0]) == 7
    with source.camera.at(np.int64(108)) as request:  # type: ignore[arg-type]
        assert request.info.frame_id == 108


@pytest.mark.parametrize("frame_id", [99, 110])
def test_a_frame_that_is_not_there_is_said_to_be_gone(source: Published, frame_id: int) -> None:
    source.publish(10)
    with pytest.raises(FrameGone, match=str(frame_id)):
        source.camera.at(frame_id)
    source.publish(50)
    with pytest.raises(FrameGone):
        source.camera.at(105)


def test_a_frame_id_is_a_whole_number(source: Published) -> None:
    with pytest.raises(TypeError, match="whole number"):
        source.camera.at("7")  # type: ignore[arg-type]


def test_reaching_back_does_not_wait_for_a_read_that_waits(source: Published) -> None:
    source.publish(3)
    for _ in range(3):
        source.camera.read()
    thread = threading.Thread(target=source.camera.read, kwargs={"timeout": PATIENCE_S})
    thread.start()
    row = source.writer._shared.rows[0]
    until(lambda: source.writer._shared.words[row.waiting] == 1)
    assert source.camera.recent(1)[0].info.frame_id == 102
    assert thread.is_alive()
    source.publish()
    thread.join()
