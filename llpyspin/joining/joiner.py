"""The entry of a joining process: one thread puts frames of several cameras side by side and publishes them.

The pictures are frames like any camera's, for reading, showing, processing and recording. Their number is
that of the trigger, their time that of the first camera.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import LlpyspinError
from llpyspin.frames import FrameFlags, FrameWriter, NoFreeBuffer, decode
from llpyspin.joining.rules import Joining, Timeline
from llpyspin.joining.side import Part, Side
from llpyspin.joining.spec import JoinStatus
from llpyspin.processes.serving import Requests, serve
from llpyspin.recording.blank import blank
from llpyspin.recording.sinks.picture import Picture
from llpyspin.system.bells import Bell
from llpyspin.system.waiting import wait

if TYPE_CHECKING:
    import numpy.typing as npt

    from llpyspin.frames import Layout
    from llpyspin.joining.rules import Joint
    from llpyspin.joining.spec import JoinSpec
    from llpyspin.system.waiting import Watch

__all__ = ["JoinService", "Joiner", "main"]

LATE_S = 1.0  # how long a camera's frame is waited for; one that has stopped delays the pictures by that
IDLE_S = 1.0  # between two looks where nothing comes
CROWDED_S = 0.05  # … and where frames wait unread
FINISH_S = 8.0
LEAVE_S = 5.0
SHOWN = 20  # triggers that are named


def main(descriptor: int, parent: int) -> None:
    """Serve the parent process over the channel ``descriptor`` until it closes it, or dies."""
    serve(JoinService(), descriptor, parent, leave_s=LEAVE_S, check=lambda: None)


class JoinService(Requests):
    """The requests that a joining process answers, one method each."""

    def __init__(self) -> None:
        self._writer: FrameWriter | None = None
        self._joiner: Joiner | None = None
        self.serial = ""

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
        self._sides: list[Side] = []
        try:
            for side in spec.sides:
                self._sides.append(Side(side, spec.period_ns))
            writer.begin(spec.layout, spec.buffers, lent=False)
        except BaseException:
            self._close_readers()
            raise
        self._joining: Joining[Part] = Joining(len(self._sides), late_s=LATE_S)
        self._blanks = [_blank(spec.layout, side.width) for side in spec.sides]
        self._finishing = False
        self._bell = Bell()
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
            self._bell.ring()
        self._thread.join(timeout_s)
        done = not self._thread.is_alive()
        if done:
            self._bell.close()
        return done

    # -- the thread

    def _run(self) -> None:
        try:
            while True:
                finishing, given = self._finishing, self._joining.next_trigger
                waits = [self._take(number, side) for number, side in enumerate(self._sides)]
                if finishing and not any(waits):
                    break
                if finishing:  # all frames are there: whoever waits does so for some that do not exist
                    if self._joining.next_trigger == given:
                        self._force()
                    continue
                due = self._joining.due()
                first = self._sides[0].error
                if first is not None and due is None and not self._failed:
                    self._failed = True  # without the first camera there are no pulses, and so no pictures
                    self._writer.fail(first)
                most_s = CROWDED_S if any(waits) else IDLE_S
                wait_s = most_s if due is None else min(most_s, max(0.0, due - time.monotonic()))
                self._wait(waits, wait_s)
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

    def _wait(self, waits: list[bool], seconds: float) -> None:
        """Wait for a frame of a camera that is not ahead of the others, or for the end."""
        sources: list[Bell | Watch] = [self._bell]
        for side, waits_for_other in zip(self._sides, waits, strict=True):
            if side.error is None and not waits_for_other:
                sources.append(side.reader.source)
        wait(sources, seconds)

    def _take(self, number: int, side: Side) -> bool:
        """Take what has come of one camera; whether more is left where it lies, for want of the other one."""
        over = side.error is not None
        paused = False
        while not (paused := self._must_wait(number, side)) and (arrived := side.arrived()) is not None:
            trigger, part = arrived
            if not self._joining.add(number, trigger, part, time.monotonic()):
                part.frame.release()
            self._give()
        if side.error is not None and not over:
            self._joining.end(number)
        self._give()
        return paused

    def _must_wait(self, number: int, side: Side) -> bool:
        """Whether no more frames of a camera can be held for the other one."""
        while self._joining.waiting(number) >= side.most:
            if not side.crowded:
                return True
            self._force()
        return False

    def _force(self) -> None:
        joint = self._joining.force()
        if joint is not None:
            self._hand_on(joint)

    def _give(self) -> None:
        for joint in self._joining.ready(time.monotonic()):
            self._hand_on(joint)

    def _hand_on(self, joint: Joint[Part]) -> None:
        self._publish(joint)
        for part in joint.items:
            if part is not None:
                part.frame.release()

    def _publish(self, joint: Joint[Part]) -> None:
        first = joint.items[0]
        stamp_ns = self._timeline.at(joint.trigger, None if first is None else first.info.camera_timestamp_ns)
        if stamp_ns is None:
            return  # before the first frame of the first camera there is no clock: counted as lost
        try:
            offset, memory = self._writer.claim()
        except NoFreeBuffer:
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

    def _draw(self, memory: memoryview, joint: Joint[Part]) -> bool:
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
