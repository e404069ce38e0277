"""What the child processes of the frame tests do; each gets the address of a writer, or makes one."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import LlpyspinError, TooManyHeldError
from llpyspin.frames import EVERY, FrameGone, FrameReader, FrameWriter, Layout

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

SMALL = Layout("Mono8", 64, 32, 64, 2048)


def show(writer: FrameWriter, offset: int) -> int:
    return writer.publish(
        offset, frame_id=writer.published, camera_timestamp_ns=0, host_timestamp_ns=time.monotonic_ns()
    )


def fill(buffer: memoryview, index: int) -> None:
    """Every byte pair of the frame says which one it is."""
    np.frombuffer(buffer, np.uint16)[:] = index % 65521


def is_whole(data: Any, index: int) -> bool:
    return bool(np.all(np.frombuffer(data, np.uint16) == index % 65521))


def write_frames(pipe: Connection, count: int, lossless: bool, buffers: int = 8) -> None:
    """Publish ``count`` frames as fast as possible once told to, and stay until told to end."""
    with FrameWriter(name="child") as writer:
        writer.begin(SMALL, buffers, lent=False)
        pipe.send(writer.address)
        pipe.recv()
        for index in range(count):
            if lossless and index >= buffers - 1:
                writer.wait_for_readers(index - buffers + 2, 30)
            offset, buffer = writer.claim()
            fill(buffer, index)
            show(writer, offset)
        pipe.send("done")
        pipe.recv()


def read_every_frame(pipe: Connection, address: str, copies: bool, count: int) -> None:
    """Read until ``count`` frames are accounted for; report (frames, missed, torn)."""
    frames = missed = torn = 0
    last = -1
    with FrameReader(address, since=0) as reader:
        pipe.send("ready")
        while frames + missed < count:
            if copies:
                data, info, _ = reader.copy_next(30, backlog=EVERY)
                whole = is_whole(data, info.index)
            else:
                with reader.next(30, backlog=EVERY) as frame:
                    info, whole = frame.info, is_whole(frame.data, frame.info.index)
            torn += not whole or info.index != last + info.missed + 1
            last = info.index
            frames += 1
            missed += info.missed
    pipe.send((frames, missed, torn))


def hold_and_hang(pipe: Connection, address: str, count: int) -> None:
    """Hold frames until killed."""
    reader = FrameReader(address)
    pipe.send("ready")
    frames = [reader.next(10, backlog=EVERY) for _ in range(count)]
    pipe.send([frame.info.index for frame in frames])
    signal.pause()


def take_and_return(pipe: Connection, address: str, seed: int, count: int) -> None:
    """Take frames by index, keep some for a while, give them back in random order; report what was wrong."""
    order = random.Random(seed)
    wrong = taken = 0
    with FrameReader(address) as reader:
        held = []
        pipe.send("ready")
        while taken < count:
            if len(held) >= order.randrange(1, 4):
                frame = held.pop(order.randrange(len(held)))
                wrong += not is_whole(frame.data, frame.info.index)
                frame.release()
                continue
            try:
                held.append(reader.at(reader.newest - order.randrange(3)))
                taken += 1
            except (FrameGone, TooManyHeldError):
                if held:
                    held.pop().release()
        for frame in held:
            wrong += not is_whole(frame.data, frame.info.index)
    pipe.send((taken, wrong))


def take_by_name(pipe: Connection) -> None:
    """Take the frame that is named, say so, and later tell its first bytes."""
    token = pipe.recv()
    with FrameReader(token.address) as reader:
        frame = reader.take(token)
        pipe.send("taken")
        pipe.recv()
        pipe.send((is_whole(frame.data, token.index), frame.info.index))


def take_again_and_again(pipe: Connection, address: str, count: int) -> None:
    """Take one frame, which another process holds, again and again; report how often that went well."""
    with FrameReader(address) as reader:
        pipe.send("ready")
        token = pipe.recv()
        well = 0
        for _ in range(count):
            with contextlib.suppress(FrameGone), reader.take(token) as frame:
                well += is_whole(frame.data, token.index)
        pipe.send(well)


def fork_while_reading(pipe: Connection, address: str) -> None:
    """Fork with a reader and a held frame; the grandchild says what it may do."""
    reader = FrameReader(address)
    pipe.send("ready")
    frame = reader.next(10)
    if os.fork() == 0:
        try:
            reader.next(0)
            said = "could read"
        except LlpyspinError as error:
            said = f"{type(error).__name__} {frame.held}"
        frame.release()
        pipe.send((os.getpid(), said))
        signal.pause()
    pipe.send("forked")
    signal.pause()
