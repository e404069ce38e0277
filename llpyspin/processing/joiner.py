"""What a joining process runs: one thread puts the frames of several cameras side by side and publishes them.

The pictures are frames like any camera's: their number is that of the trigger, their time is the first
camera's, and whoever reads, shows, processes or records frames does so with these.
"""

from __future__ import annotations

import os
import select
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import FrameTimeoutError, LlpyspinError, TooManyHeldError
from llpyspin.frames import EVERY, FrameFlags, FrameReader, FrameWriter, NoFreeSlot, decode
from llpyspin.frames.records import CELLS
from llpyspin.processing.joining import Joining, Timeline
from llpyspin.processing.joinspec import JoinStatus
from llpyspin.recording.blank import blank
from llpyspin.recording.handover import Copied
from llpyspin.recording.numbering import Numbering
from llpyspin.recording.sinks.picture import Picture
from llpyspin.serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from llpyspin.frames import FrameInfo, Layout
    from llpyspin.processing.joining import Joint
    from llpyspin.processing.joinspec import JoinSpec, SideSpec
    from llpyspin.recording.handover import Held

__all__ = ["JoinService", "Joiner", "main"]

LATE_S = 1.0  # how long a camera's frame is waited for; one that has stopped delays the pictures by that
SHARE = 3  # a third of a camera's memory may wait for the other one
LEAST, MOST = 2, CELLS - 8
IDLE_S = 1.0  # between two looks where nothing comes
FINISH_S = 8.0
LEAVE_S = 5.0
SHOWN = 20  # triggers that are named


def main(descriptor: int, parent: int) -> None:
    """Serve the parent process over the socket ``descriptor`` until it closes it, or dies."""
    serve(JoinService(), descriptor, parent, leave_s=LEAVE_S, check=lambda: None)


class JoinService:
    """The requests that a joining process answers, one method each."""

    def __init__(self) -> None:
        self._writer: FrameWriter | None = None
        self._joiner: Joiner | None = None
        self.serial = ""

    def answer(self, operation: str, arguments: tuple[Any, ...]) -> Any:
        return getattr(self, f"do_{operation}")(*arguments)

    def do_open(self, name: str) -> str:
        """Gives the address of the pictures that will come."""
        self.serial = name
        self._writer = FrameWriter(name=name)
        return self._writer.address

    def do_published(self) -> int:
        """How many pictures were published, which is the index of the next one."""
        return 0 if self._writer is None else self._writer.published

    def do_begin(self, spec: JoinSpec) -> None:
        """Join the frames of cameras that are armed and wait for their first trigger."""
        if self._joiner is not None:
            self._joiner.finish(0.0)
        assert self._writer is not None
        self._joiner = Joiner(spec, self._writer)

    def do_status(self) -> JoinStatus:
        return JoinStatus() if self._joiner is None else self._joiner.status()

    def do_finish(self) -> JoinStatus:
        """Join what has come, once the cameras were stopped, and end."""
        if self._joiner is not None:
            self._joiner.finish(FINISH_S)
        return self.do_status()

    def do_close(self) -> None:
        if self._joiner is not None:
            self._joiner.finish(1.0)
        if self._writer is not None:
            self._writer.close()


class _Part:
    """A frame and what is known of it."""

    __slots__ = ("frame", "info")

    def __init__(self, frame: Held, info: FrameInfo) -> None:
        self.frame = frame
        self.info = info


class _Side:
    """The frames of one camera, in order and with their triggers."""

    def __init__(self, spec: SideSpec, period_ns: int) -> None:
        self.width = spec.width
        self.reader = FrameReader(spec.address, since=spec.since)
        self._numbering = Numbering(first_id=spec.first_id, period_ns=period_ns)
        self._next = spec.since
        self.error: LlpyspinError | None = None

    @property
    def ended(self) -> str:
        """Why no more frames come; "" while they may."""
        return "" if self.error is None else str(self.error)

    def arrived(self) -> Iterator[tuple[int, _Part]]:
        """Trigger and frame of all that have come; then the reader waits for the next one."""
        while self.error is None:
            try:
                part = self._read()
            except FrameTimeoutError:
                return
            except LlpyspinError as error:  # the camera has gone, or is closed
                self.error = error
                return
            index = part.info.index
            lapped = [self.reader.journal(passed) for passed in range(self._next, index)]
            self._next = index + 1
            yield self._numbering.frame(part.info, lapped)[-1].trigger, part

    def _read(self) -> _Part:
        try:
            frame = self.reader.next(0, backlog=EVERY)
            return _Part(frame, frame.info)
        except TooManyHeldError:
            data, info, layout = self.reader.copy_next(0, backlog=EVERY)
            return _Part(Copied(data, layout), info)


class Joiner:
    """Joins from now on until :meth:`finish`.

    Parameters
    ----------
    spec : JoinSpec
    writer : FrameWriter
        Nobody else publishes with it meanwhile.

    Raises
    ------
    StreamEnded
        One of the cameras is gone.
    """

    def __init__(self, spec: JoinSpec, writer: FrameWriter) -> None:
        self._spec = spec
        self._writer = writer
        self._first = writer.published
        self._last_trigger = -1
        self._incomplete = self._dropped = 0
        self._failed = False
        self._failure = ""
        self._which: list[list[int]] = [[] for _ in spec.sides]
        self._timeline = Timeline(spec.period_ns)
        self._sides: list[_Side] = []
        try:
            for side in spec.sides:
                self._sides.append(_Side(side, spec.period_ns))
            writer.begin(spec.layout, spec.slots, lent=False)
        except BaseException:
            self._close_readers()
            raise
        most = min(side.reader.slots for side in self._sides) // SHARE
        self._joining: Joining[_Part] = Joining(
            len(self._sides), late_s=LATE_S, most=max(LEAST, min(MOST, most))
        )
        self._blanks = [_blank(spec.layout, side.width) for side in spec.sides]
        self._finishing = False
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="joining", daemon=True)
        self._thread.start()

    def status(self) -> JoinStatus:
        """How it goes; never blocks."""
        published = self._writer.published
        return JoinStatus(
            first=self._first,
            published=published,
            incomplete=self._incomplete,
            lost=self._last_trigger + 1 - (published - self._first),
            dropped=self._dropped,
            missing=self._joining.missing,
            late=self._joining.late,
            which=tuple(tuple(triggers) for triggers in self._which),
            ended=tuple(side.ended for side in self._sides),
            failure=self._failure,
        )

    def finish(self, timeout_s: float) -> bool:
        """Join what has come until now, and end; whether that was done in time.  Again does nothing."""
        if not self._finishing:
            self._finishing = True
            os.eventfd_write(self._wake, 1)
        self._thread.join(timeout_s)
        done = not self._thread.is_alive()
        if done and self._wake >= 0:
            os.close(self._wake)
            self._wake = -1
        return done

    # -- the thread

    def _run(self) -> None:
        try:
            poll = select.poll()
            poll.register(self._wake, select.POLLIN)
            for side in self._sides:
                poll.register(side.reader.fileno(), select.POLLIN)
            while True:
                finishing = self._finishing
                for number, side in enumerate(self._sides):
                    self._take(number, side, poll)
                if finishing:
                    break
                due = self._joining.due()
                first = self._sides[0].error
                if first is not None and due is None and not self._failed:
                    self._failed = True  # without the first camera there are no pulses, and so no pictures
                    self._writer.fail(first)
                wait_s = IDLE_S if due is None else min(IDLE_S, max(0.0, due - time.monotonic()))
                poll.poll(wait_s * 1000)
            for number in range(len(self._sides)):
                self._joining.end(number)
            self._give()
        except Exception as error:  # noqa: BLE001 - outermost line of the thread: readers must learn of it
            self._failure = f"{type(error).__name__}: {error}"
            self._writer.fail(LlpyspinError(f"the pictures cannot be joined: {self._failure}"))
        else:
            if not self._failed:
                self._writer.end()
        finally:
            self._close_readers()

    def _take(self, number: int, side: _Side, poll: select.poll) -> None:
        over = side.error is not None
        for trigger, part in side.arrived():
            if not self._joining.add(number, trigger, part, time.monotonic()):
                part.frame.release()
            self._give()
        if side.error is not None and not over:
            poll.unregister(side.reader.fileno())
            self._joining.end(number)
        self._give()

    def _give(self) -> None:
        for joint in self._joining.ready(time.monotonic()):
            self._publish(joint)
            for part in joint.items:
                if part is not None:
                    part.frame.release()

    def _publish(self, joint: Joint[_Part]) -> None:
        first = joint.items[0]
        stamp_ns = self._timeline.at(joint.trigger, None if first is None else first.info.camera_timestamp_ns)
        if stamp_ns is None:
            return  # before the first frame of the first camera there is no clock: counted as lost
        try:
            offset, memory = self._writer.claim()
        except NoFreeSlot:
            self._dropped += 1
            return
        whole = self._draw(memory, joint)
        there = [part.info for part in joint.items if part is not None]
        flags = FrameFlags.NONE
        for info in there:
            flags |= info.flags & (FrameFlags.VIRTUAL | FrameFlags.INCOMPLETE)
        if not whole:
            flags |= FrameFlags.INCOMPLETE
        if self._last_trigger < 0:
            flags |= FrameFlags.RESTARTED
        self._incomplete += bool(flags & FrameFlags.INCOMPLETE)
        lost = joint.trigger - self._last_trigger - 1
        self._last_trigger = joint.trigger
        self._writer.publish(
            offset,
            frame_id=joint.trigger,
            camera_timestamp_ns=stamp_ns,
            host_timestamp_ns=max(info.host_timestamp_ns for info in there),
            flags=flags,
            exposure_us=there[0].exposure_us,
            gain_db=there[0].gain_db,
            line_status=there[0].line_status,
            lost_before=lost,
        )

    def _draw(self, memory: memoryview, joint: Joint[_Part]) -> bool:
        """Put the parts side by side; whether all of them are there."""
        spec = self._spec
        picture = decode(memory, spec.layout)
        column = 0
        for number, (part, side) in enumerate(zip(joint.items, spec.sides, strict=True)):
            target = picture[:, column : column + side.width]
            column += side.width
            if part is None:
                target[:] = self._blanks[number]
                if len(self._which[number]) < SHOWN:
                    self._which[number].append(joint.trigger)
            else:
                target[:] = decode(part.frame.data, part.frame.layout, color=spec.color)
        return None not in joint.items

    def _close_readers(self) -> None:
        for side in self._sides:
            side.reader.close()


def _blank(layout: Layout, width: int) -> npt.NDArray[Any]:
    """What stands in the place of a part that is missing."""
    one = decode(bytes(layout.payload), layout)
    bits = 8 if one.dtype == np.uint8 else next(b for b in (16, 14, 12, 10) if str(b) in layout.pixel_format)
    return blank(Picture(height=layout.height, width=width, color=one.ndim == 3, bits=bits))
