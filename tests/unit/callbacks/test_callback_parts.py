"""The parts of a callback's process, one by one: what it may be, its buffer, its queue, its output."""

from __future__ import annotations

import asyncio
import functools
import json
import linecache
import queue
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.callbacks.child.buffer import FrameBuffer
from llpyspin.callbacks.child.calling import Callback, check_function, result_of
from llpyspin.callbacks.child.figures import Figures
from llpyspin.callbacks.child.items import ItemQueue
from llpyspin.callbacks.child.output import Output, image_kind
from llpyspin.callbacks.child.spec import CallbackSpec
from llpyspin.errors import CallbackError, FunctionError, SettingRangeError
from llpyspin.frames import EVERY, FrameFlags, FrameReader, FrameWriter, Layout
from llpyspin.processes.functions import with_source
from llpyspin.processes.messages import Channel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LAYOUT = Layout("Mono8", 8, 6, 8, 48)


# -- what may be a callback


class Stateful:
    def __init__(self) -> None:
        self.said: list[str] = []

    def setup(self) -> None:
        self.said.append("setup")

    def __call__(self, buffer: object, queue: object) -> None:
        self.said.append("call")

    def close(self) -> None:
        self.said.append("close")


@pytest.mark.parametrize(
    ("function", "count"),
    [
        (lambda buffer: None, 1),
        (lambda buffer, queue: None, 2),
        (lambda buffer, queue, logger: None, 3),
        (lambda *all_of_them: None, 3),
        (lambda buffer, threshold=50: None, 1),
        (lambda buffer, queue=None, logger=None: None, 3),
        (lambda buffer, cb_queue=None, threshold=50: None, 2),
        (functools.partial(lambda factor, buffer, queue: None, 2), 2),
        (Stateful, 2),
        (Stateful(), 2),
        (Stateful().__call__, 2),
    ],
)
def test_a_callback_is_given_as_many_arguments_as_it_takes(function: Callable[..., Any], count: int) -> None:
    assert check_function(function) == count


def passing_on(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return inner


def with_image(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def inner(buffer: Any) -> Any:
        return function(buffer, 5)

    return inner


def with_queue(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def inner(buffer: Any, queue: Any, *rest: Any) -> Any:
        return function(buffer)

    return inner


class Wrapping:
    """A decorator that is an object."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any) -> Any:
        return self.__wrapped__(*args)  # type: ignore[attr-defined]


class Decorated:
    @passing_on
    def __call__(self, buffer: object, queue: object) -> None: ...

    @passing_on
    def look(self, buffer: object) -> None: ...


def one(buffer: object) -> None: ...


def two(buffer: object, queue: object) -> None: ...


def running(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def inner(buffer: Any) -> Any:
        return asyncio.run(function(buffer))

    return inner


async def later(buffer: object) -> None: ...


@pytest.mark.parametrize(
    ("function", "count"),
    [
        (passing_on(one), 1),
        (passing_on(passing_on(two)), 2),
        (with_image(two), 1),
        (passing_on(with_image(two)), 1),
        (with_queue(one), 2),
        (Wrapping(one), 1),
        (functools.partial(passing_on(lambda factor, buffer, queue: None), 2), 2),
        (Decorated, 2),
        (Decorated(), 2),
        (Decorated().look, 1),
        (functools.partial(Decorated().look), 1),
        (running(later), 1),
    ],
)
def test_a_decorated_callback_is_given_what_its_outermost_wrapper_takes(
    function: Callable[..., Any], count: int
) -> None:
    assert check_function(function) == count


def awaiting(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def inner(buffer: Any) -> Any:
        return function(buffer)

    return inner


class LateSetup:
    async def setup(self) -> None: ...

    def __call__(self, buffer: object) -> None: ...


class LateCall:
    async def __call__(self, buffer: object) -> None: ...


@functools.lru_cache
def cached(buffer: object) -> None: ...


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (awaiting(one), "one is an async function"),
        (LateSetup, r"setup\(\) of the callback LateSetup is an async function"),
        (LateSetup(), r"setup\(\) of the callback LateSetup is an async function"),
        (LateCall, "LateCall is an async function"),
        (LateCall(), "LateCall is an async function"),
        (functools.partial(LateCall().__call__), "is an async function"),
        (
            cached,
            r"cached is wrapped in functools\.lru_cache, .* Put the cache around a function that it calls",
        ),
        (passing_on(cached), "wrapped in functools.lru_cache"),
        (functools.partial(cached), "wrapped in functools.lru_cache"),
    ],
)
def test_functions_that_a_call_would_not_run_are_refused(function: Any, why: str) -> None:
    with pytest.raises(FunctionError, match=why):
        check_function(function)


def yielding(buffer: object) -> Iterator[None]:
    yield


class Uncallable:
    pass


class Demanding:
    def __init__(self, model: str) -> None: ...

    def __call__(self, buffer: object) -> None: ...


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (3, "can be called"),
        (lambda: None, "takes nothing"),
        (lambda a, b, c, d: None, "takes a, b, c, d"),
        (lambda buffer, *, model: None, "takes buffer, \\*, model|takes buffer, model"),
        (later, "async function"),
        (yielding, "'yield'"),
        (Uncallable, "without __call__"),
        (Demanding, "cannot be made without arguments"),
    ],
)
def test_what_cannot_be_a_callback_is_refused_in_words(function: Any, why: str) -> None:
    with pytest.raises(FunctionError, match=why):
        check_function(function)


def test_a_class_is_made_an_object_that_is_set_up_called_and_closed() -> None:
    callback = Callback(Stateful)
    callback.setup()
    callback([], None, None)
    callback.close()
    assert callback._made.said == ["setup", "call", "close"]
    assert callback.name == "Stateful"


def test_attributes_of_a_function_are_not_taken_for_its_setup() -> None:
    def function(buffer: object) -> None: ...

    function.setup = "mine"  # type: ignore[attr-defined]
    Callback(function).setup()


# -- what its results mean


GRAY = np.zeros((6, 8), np.uint8)


@pytest.mark.parametrize(
    ("returned", "outcome", "image", "data"),
    [
        (None, "passed", None, ""),
        (GRAY, "image", (6, 8), ""),
        (GRAY[:, :, None], "image", (6, 8), ""),
        (np.zeros((6, 8, 3), np.uint8), "image", (6, 8, 3), ""),
        (np.zeros((6, 8), np.uint16), "image", (6, 8), ""),
        ((GRAY, {"x": 1}), "image+data", (6, 8), '{"x":1}'),
        ((GRAY, None), "image", (6, 8), ""),
        ((None, [1]), "data", None, "[1]"),
        ((None, None), "passed", None, ""),
        ((1, 2), "data", None, "[1,2]"),
        ({"x": np.float32(0.5), "y": np.int64(3)}, "data", None, '{"x":0.5,"y":3}'),
        (np.array([1, 2]), "data", None, "[1,2]"),
        (np.float64(2.5), "data", None, "2.5"),
        (False, "data", None, "false"),
        ("left", "data", None, '"left"'),
        ({3, 1}, "data", None, "[1,3]"),
    ],
)
def test_what_a_callback_returns_is_an_image_or_data_or_both(
    returned: Any, outcome: str, image: tuple[int, ...] | None, data: str
) -> None:
    result = result_of(returned)
    assert result.outcome == outcome
    assert (None if result.image is None else result.image.shape) == image
    assert result.data == data


def test_a_mask_is_black_and_white() -> None:
    image = result_of(GRAY == 0).image
    assert image is not None and image.dtype == np.uint8 and image.max() == 255


def test_data_that_json_has_not_becomes_text() -> None:
    circle: list[Any] = []
    circle.append(circle)
    assert json.loads(result_of(circle).data) == "[[...]]"
    assert json.loads(result_of({"path": Uncallable}).data)["path"].startswith("<class")


def test_images_of_other_kinds_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"shape \(6, 8\) and dtype float64"):
        result_of(np.zeros((6, 8)))
    with pytest.raises(TypeError, match="a coroutine was returned"):
        result_of(later(None))
    with pytest.raises(ValueError, match="BGR order"):
        result_of(np.zeros((6, 8, 4), np.uint8))


def test_the_kind_of_images_is_given_as_a_shape_or_an_array() -> None:
    assert image_kind(None) is None
    assert image_kind((6, 8)) == LAYOUT
    color = image_kind(np.zeros((6, 8, 3), np.uint8))
    assert color is not None and (color.pixel_format, color.stride) == ("BGR8", 24)
    deep = image_kind(np.zeros((6, 8), np.uint16))
    assert deep is not None and deep.pixel_format == "Mono16"
    for wrong in ((6,), "large", (6, 8, 4), 5, (0, 3)):
        with pytest.raises(SettingRangeError, match="returns"):
            image_kind(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"buffer_length": 0},
        {"buffer_length": 2.0},
        {"buffer_length": 1001},
        {"every": 1},
        {"on_error": "restart"},
        {"timeout_s": 0},
        {"timeout_s": float("nan")},
        {"deadline_s": -1},
    ],
)
def test_options_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingRangeError) as caught:
        CallbackSpec("address", "12345678", "track", **wrong)
    assert caught.value.setting in wrong


# -- its buffer


@pytest.fixture
def camera() -> Iterator[FrameWriter]:
    with FrameWriter(name="12345678") as writer:
        writer.begin(LAYOUT, 16, lent=False)
        yield writer


def expose(writer: FrameWriter, frame_id: int, flags: int = 0) -> None:
    offset, memory = writer.claim()
    memory[:] = bytes([frame_id % 256]) * 48
    writer.publish(
        offset,
        frame_id=frame_id,
        camera_timestamp_ns=frame_id * 1000,
        host_timestamp_ns=frame_id * 1000 + 7,
        flags=flags,
    )


def test_the_buffer_has_the_newest_frames_oldest_first_where_they_lie(camera: FrameWriter) -> None:
    buffer = FrameBuffer(3, color=True, writable=False)
    with FrameReader(camera.address) as reader:
        for frame_id in range(5):
            expose(camera, frame_id)
            buffer.take(reader.next(1.0))
            assert len(buffer) == min(3, frame_id + 1)
        assert [int(image[0, 0]) for image in buffer] == [2, 3, 4]
        assert [info.frame_id for info in buffer.infos] == [2, 3, 4]
        assert buffer.info.frame_id == 4 and buffer.maxlen == 3
        assert not buffer[-1].flags.writeable and not buffer[-1].flags.owndata
        assert [image[0, 0] for image in buffer[1:]] == [3, 4]
        assert np.stack(buffer).shape == (3, 6, 8)
        assert buffer.copied == 0
        buffer.clear()
        assert len(buffer) == 0


def test_frames_in_the_buffer_are_not_overwritten(camera: FrameWriter) -> None:
    buffer = FrameBuffer(1, color=True, writable=False)
    with FrameReader(camera.address) as reader:
        expose(camera, 1)
        buffer.take(reader.next(1.0))
        for frame_id in range(2, 40):
            expose(camera, frame_id)
        assert buffer[-1].max() == 1
        buffer.clear()


def test_older_frames_of_a_long_buffer_are_copied_where_memory_is_short(camera: FrameWriter) -> None:
    buffer = FrameBuffer(6, color=True, writable=False)
    with FrameReader(camera.address) as reader:
        for frame_id in range(6):
            expose(camera, frame_id)
            buffer.take(reader.next(1.0))
            buffer.keep(2)
        assert buffer.copied == 4
        for frame_id in range(6, 40):
            expose(camera, frame_id)
        assert [int(image[0, 0]) for image in buffer] == [0, 1, 2, 3, 4, 5]
        assert not any(image.flags.writeable for image in buffer)
        buffer.clear()


def test_a_writable_frame_is_a_copy(camera: FrameWriter) -> None:
    buffer = FrameBuffer(2, color=True, writable=True)
    with FrameReader(camera.address) as reader:
        expose(camera, 3)
        buffer.take(reader.next(1.0))
        buffer[-1][:] = 9
        with reader.at(0) as frame:
            assert frame.data[0] == 3
        assert buffer.copied == 1


# -- its queue


class Ends:
    """Both ends of a queue in one process, each with a thread that receives."""

    def __init__(self, size: int) -> None:
        figures = Figures()
        ours, theirs = Channel.pair()
        up, down = (Figures.UP_PUT, Figures.UP_GOT), (Figures.DOWN_PUT, Figures.DOWN_GOT)
        self.channels = [ours, Channel(theirs)]
        self.child = ItemQueue(self.channels[0], size, figures, up, down)
        self.parent = ItemQueue(self.channels[1], size, figures, down, up)
        self.threads = [
            threading.Thread(target=self._receive, args=pair, daemon=True)
            for pair in zip(self.channels, (self.child, self.parent), strict=True)
        ]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def _receive(channel: Channel, end: ItemQueue) -> None:
        from llpyspin.processes.messages import ChannelClosed

        try:
            while True:
                end.receive(channel)
        except ChannelClosed:
            end.close(CallbackError("gone"))

    def close(self) -> None:
        for channel in self.channels:
            channel.shutdown()
        for thread in self.threads:
            thread.join(5)
        for channel in self.channels:
            channel.close()


@pytest.fixture
def ends() -> Iterator[Ends]:
    ends = Ends(3)
    yield ends
    ends.close()


def test_items_go_both_ways_in_order(ends: Ends) -> None:
    for item in ("a", {"b": np.arange(3)}, None):
        ends.child.put(item)
    ends.parent.put(1)
    assert ends.parent.get(timeout=5) == "a"
    assert ends.parent.get(timeout=5)["b"].tolist() == [0, 1, 2]
    assert ends.parent.get(timeout=5) is None
    assert ends.child.get(timeout=5) == 1
    assert ends.child.qsize() == ends.parent.qsize() == 0


def test_a_queue_is_bounded_by_what_the_other_end_has_not_got(ends: Ends) -> None:
    for item in range(3):
        ends.child.put(item)
    assert ends.child.full() and ends.child.qsize() == 3
    with pytest.raises(queue.Full):
        ends.child.put_nowait(3)
    with pytest.raises(queue.Full):
        ends.child.put(3, timeout=0.01)
    assert ends.parent.get(timeout=5) == 0
    ends.child.put(3, timeout=5)
    assert [ends.parent.get(timeout=5) for _ in range(3)] == [1, 2, 3]


def test_an_empty_queue_says_so_as_that_of_multiprocessing_does(ends: Ends) -> None:
    assert ends.parent.empty()
    with pytest.raises(queue.Empty):
        ends.parent.get_nowait()
    with pytest.raises(queue.Empty):
        ends.parent.get(timeout=0.01)


def test_who_waits_for_the_other_end_is_told_when_it_is_gone(ends: Ends) -> None:
    ends.child.put("last")
    assert ends.parent.get(timeout=5) == "last"
    threading.Timer(0.05, ends.close).start()
    with pytest.raises(CallbackError, match="gone"):
        ends.parent.get(timeout=5)
    with pytest.raises(CallbackError):
        ends.parent.put(1)


def test_what_had_come_is_got_after_the_end(ends: Ends) -> None:
    ends.child.put("kept")
    while ends.parent.empty():
        pass
    ends.parent.close(CallbackError("the callback failed"))
    assert ends.parent.get() == "kept"
    with pytest.raises(CallbackError, match="the callback failed"):
        ends.parent.get()


def test_items_that_are_too_large_are_refused(ends: Ends) -> None:
    with pytest.raises(ValueError, match="33 MiB"):
        ends.child.put(bytes(33 << 20))


# -- what it tells


def test_a_traceback_is_completed_with_code_that_only_this_process_has() -> None:
    linecache.cache["<cell 1>"] = (20, None, ["first\n", "    second(buffer)\n"], "<cell 1>")
    trace = (
        'Traceback (most recent call last):\n  File "<cell 1>", line 2, in track\n'
        '  File "/x.py", line 1, in f\n    there\nValueError: no'
    )
    assert with_source(trace) == (
        'Traceback (most recent call last):\n  File "<cell 1>", line 2, in track\n    second(buffer)\n'
        '  File "/x.py", line 1, in f\n    there\nValueError: no'
    )
    assert with_source(None) is None


# -- its output


def read_all(address: str, since: int) -> list[tuple[int, int, int]]:
    found = []
    with FrameReader(address, since=since) as reader:
        while reader.position <= reader.newest:
            try:
                _, info, _ = reader.copy_next(0.0, backlog=EVERY)
            except TimeoutError:
                break
            found.append((info.index, info.frame_id, info.missed))
    return found


def test_published_result_keeps_index_times_and_flags_of_its_frame(
    camera: FrameWriter,
) -> None:
    for frame_id in range(3):
        expose(camera, frame_id)
    figures = Figures()
    with FrameReader(camera.address) as source:
        output = Output("12345678", source, figures, layout=LAYOUT, buffers=8, first=source.position)
        for frame_id in range(3, 9):
            expose(camera, frame_id, flags=int(FrameFlags.VIRTUAL))
        for wanted in (4, 7):
            while (frame := source.next(1.0, backlog=EVERY)).info.frame_id < wanted:
                frame.release()
            image = np.full((6, 8), 100 + wanted, np.uint8)
            assert output.publish(image, frame.info, frame.layout)
            frame.release()
        info = source.next(1.0).info
        output.skip(info)
        assert read_all(output.address, 3) == [(4, 4, 1), (7, 7, 2)]
        with FrameReader(output.address, since=3) as reader:
            data, told, layout = reader.copy_next(0.0, backlog=EVERY)
            assert data[0] == 104 and layout == LAYOUT
            assert told.camera_timestamp_ns == 4000 and told.flags == FrameFlags.VIRTUAL
            skipped = reader.journal(8)
            assert skipped is not None and skipped.flags & FrameFlags.SKIPPED and skipped.frame_id == 8
        assert figures[Figures.NEXT] == 9 and figures[Figures.PUBLISHED] == 2
        output.close()


def test_recorded_frames_are_of_one_kind(camera: FrameWriter) -> None:
    with FrameReader(camera.address) as source:
        output = Output("12345678", source, Figures(), layout=None, buffers=0, first=0)
        expose(camera, 0)
        info, layout = source.next(1.0).info, LAYOUT
        assert not output.wanted
        with FrameReader(output.address):
            assert output.wanted
            assert output.publish(np.zeros((2, 2, 3), np.uint8), info, layout)
        output.fix(LAYOUT, 4)
        expose(camera, 1)
        info = source.next(1.0).info
        assert not output.fits(np.zeros((2, 2), np.uint8))
        with pytest.raises(ValueError, match=r"shape \(2, 2\) and dtype uint8, and what is recorded has"):
            output.publish(np.zeros((2, 2), np.uint8), info, layout)
        output.close()
