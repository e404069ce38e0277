"""A source of frames in a process of its own: no camera, only frames from memory, at any rate."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks._movie import movie
from benchmarks._tools import RING, cpu_seconds, pace, ring
from llpyspin.frames import FrameWriter, Layout
from llpyspin.system.sharedmemory import round_to_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

PATIENCE_S = 30.0
_SPAWN = multiprocessing.get_context("spawn")


class Source:
    """The source's side in this process: its address, and the commands that it obeys."""

    def __init__(self, pipe: Connection, pid: int, layout: Layout) -> None:
        self._pipe = pipe
        self.process = psutil.Process(pid)
        self.layout = layout
        self.address: str = self.answer()

    def ask(self, command: str, *arguments: Any) -> None:
        """Have it do something; :meth:`answer` waits until it is done."""
        self._pipe.send((command, *arguments))

    def answer(self) -> Any:
        if not self._pipe.poll(2 * PATIENCE_S):
            raise TimeoutError("the source of frames does not answer")
        return self._pipe.recv()


@contextlib.contextmanager
def source(width: int, height: int, buffers: int, *, scenes: int = 0, lent: bool = False) -> Iterator[Source]:
    """Start a source of Mono8 frames that all readers find at its ``address``.

    They are noise, or with ``scenes`` so many pictures of a test movie, again and again.  A source copies
    each frame into the shared memory.  With ``lent`` the frames lie there already, as those of an SDK that
    fills memory which it was lent: nothing is copied, and the source does what a camera process does then.
    """
    layout = Layout("Mono8", width, height, width, width * height)
    ours, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=_run, args=(theirs, layout, buffers, scenes, lent), daemon=True)
    process.start()
    theirs.close()
    try:
        assert process.pid is not None
        yield Source(ours, process.pid, layout)
    finally:
        ours.close()
        process.join(5)
        process.kill()
        process.join(5)


def _run(pipe: Connection, layout: Layout, buffers: int, scenes: int, lent: bool) -> None:
    pictures = movie(layout.width, layout.height, scenes) if scenes else ring(layout.payload)
    frames = [picture.reshape(-1).data for picture in pictures]
    commands: dict[str, Callable[..., Any]] = {"saturate": _saturate, "paced": _paced}
    with FrameWriter(name="source") as writer:
        publish = (_Lent if lent else _Copied)(writer, layout, buffers, frames)
        pipe.send(writer.address)
        with contextlib.suppress(EOFError):
            while True:
                command, *arguments = pipe.recv()
                pipe.send(commands[command](writer, publish, buffers, *arguments))


def _saturate(
    writer: FrameWriter, publish: Callable[[], None], buffers: int, count: int, ahead: int | None = None
) -> float:
    """Publish without a pause, but at most ``ahead`` frames that a reader has not read; CPU seconds."""
    cpu = cpu_seconds()
    first = writer.published
    room = buffers - 2 if ahead is None else ahead
    allowed = first + room
    for index in range(first, first + count):
        if index >= allowed:
            needed = index - (buffers if ahead is None else ahead) // 2
            writer.wait_for_readers(needed, PATIENCE_S)
            allowed = needed + room
        publish()
    writer.wait_for_readers(first + count, PATIENCE_S)
    return cpu_seconds() - cpu


def _paced(writer: FrameWriter, publish: Callable[[], None], buffers: int, count: int, rate: float) -> float:
    """Publish ``rate`` frames a second whether they are read or not, as a camera does; CPU seconds."""
    cpu = cpu_seconds()
    for _ in pace(count, rate):
        publish()
    return cpu_seconds() - cpu


class _Copied:
    """What a camera process does for a frame that the SDK has in a buffer of its own: one copy."""

    def __init__(self, writer: FrameWriter, layout: Layout, buffers: int, frames: list[memoryview]) -> None:
        self._writer, self._frames = writer, itertools.cycle(frames)
        writer.begin(layout, buffers, lent=False)

    def __call__(self) -> None:
        ready = time.monotonic_ns()
        offset, buffer = self._writer.claim()
        buffer[:] = next(self._frames)
        _publish(self._writer, offset, ready)


class _Lent:
    """What it does for a frame that the SDK has put into memory which it was lent."""

    def __init__(self, writer: FrameWriter, layout: Layout, buffers: int, frames: list[memoryview]) -> None:
        self._writer = writer
        size = round_to_pages(layout.payload)
        block = writer.begin(layout, buffers, lent=True, block_bytes=buffers * size)
        for buffer, frame in zip(range(buffers), itertools.cycle(frames), strict=False):
            block[buffer * size : buffer * size + layout.payload] = frame
        self._filled = deque(buffer * size for buffer in range(buffers))

    def __call__(self) -> None:
        ready = time.monotonic_ns()
        _publish(self._writer, self._filled.popleft(), ready)
        self._filled += self._writer.retire()


def _publish(writer: FrameWriter, offset: int, ready: int) -> None:
    writer.publish(
        offset,
        frame_id=writer.published,
        camera_timestamp_ns=ready,
        host_timestamp_ns=ready,
        exposure_us=1000.0,
        gain_db=0.0,
    )


@contextlib.contextmanager
def queue_of_arrays(width: int, height: int, count: int) -> Iterator[Any]:
    """A process that puts ``count`` arrays into a bounded ``multiprocessing.Queue``; the queue."""
    queue = _SPAWN.Queue(RING)
    process = _SPAWN.Process(target=_fill_queue, args=(queue, width * height, count), daemon=True)
    process.start()
    try:
        yield queue
    finally:
        process.join(5)
        process.kill()
        process.join(5)
        queue.close()


def _fill_queue(queue: Any, size: int, count: int) -> None:
    frames = ring(size)
    for number in range(count):
        queue.put(frames[number % RING])
