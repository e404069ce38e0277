"""One acquisition, from start to stop: a thread that does what is due and sleeps in between.

All times are camera times in ns.  Nothing depends on when the thread runs: each action has the time at which
it was due. So a busy host makes images late, but neither loses a trigger nor shifts a frame.
"""

from __future__ import annotations

import heapq
import itertools
import math
import sys
import threading
import traceback
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from llpyspin.virtual.clock import CameraClock, host_ns
from llpyspin.virtual.peripherals import Event, Peripherals, is_pulse
from llpyspin.virtual.shutter import Exposure, Programme, Shutter

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.virtual.sequence import Sequence

__all__ = ["Acquisition"]

_CAMERA_MEMORY = 16
"""Frames that a camera keeps when the link stands still."""
_LOOK_AGAIN_S = 0.002  # for a free buffer, while frames wait for one in the camera
_TOO_LATE_NS = 1_000_000_000
_MOST_UNSEEN = 2000
"""Frames of which the pulses are given when the host stood still; a wire keeps no more."""
LONGEST_S = 3600.0  # of one wait: an edge may be announced for later than a wait can be
RETRY_S = 0.002  # until edges are sent again that another camera was too busy to take
_SELECTORS = ("acquisition", "burst", "frame")


class Acquisition:
    """A streaming camera.

    Parameters
    ----------
    sequence : Sequence
    peripherals : Peripherals
    clock : CameraClock
    lock : threading.Condition
        Guards the peripherals and everything here.
    deliver : callable
        ``deliver(exposure, tag)``: bring the image of an exposure to the host; called without the lock.
    endless : bool
        Free-running without any limit: a frame is exposed when the one before has been delivered.
    misses : callable
        ``misses(number)``: whether the sensor is blind for this pulse of the trigger FrameStart.
    exposed : callable
        ``exposed(exposure)``: told of each exposure whose end is known; called with the lock held.
    no_buffer : callable
        ``no_buffer()``: whether the host has no free buffer, so that the camera keeps its frames.
    shutter : callable
        ``shutter(programme, now)``: what decides when exposures start.
    """

    def __init__(
        self,
        sequence: Sequence,
        peripherals: Peripherals,
        clock: CameraClock,
        lock: threading.Condition,
        deliver: Callable[[Exposure, Any], None],
        *,
        endless: bool,
        misses: Callable[[int], bool] = lambda number: False,
        exposed: Callable[[Exposure], None] = lambda exposure: None,
        no_buffer: Callable[[], bool] = lambda: False,
        shutter: Callable[[Programme, int], Shutter] = Shutter,
    ) -> None:
        self.sequence = sequence
        self._no_buffer, self._misses, self._exposed = no_buffer, misses, exposed
        self._pulses = 0
        self.on_exposure_end: Callable[[Exposure], None] | None = None
        """Called, without the lock, when an exposure has ended."""
        self._stalled_until = 0
        self.queue_length = _CAMERA_MEMORY
        """Most frames that the camera keeps; a shutter that leaves out none waits until one has left."""
        self.overflowed = 0
        """Frames that the camera could not keep."""
        self._lock, self._clock, self._peripherals = lock, clock, peripherals
        self._deliver, self._endless, self._running = deliver, endless, True
        self._shutter = shutter(sequence.step.programme, clock.now())
        self._agenda: list[tuple[int, int, str, Any]] = []  # (time, order, what, of what)
        self._order = itertools.count()
        self._leaving: deque[tuple[Exposure, Any]] = deque()
        self._held_back = False
        self._thread: threading.Thread | None = None
        self.on_failure: Callable[[], None] = lambda: None
        self._hold_level(sequence.step.programme)
        peripherals.waiting_for_trigger = self._waiting
        now = clock.now()
        for event in [*peripherals.levels(now), *peripherals.ahead(now)]:
            self._put(event.at, "event", event)
        for at, line, level in peripherals.edges_ahead():
            self._put(at, "edge", (line, level))
        self._trigger_wait(True, now)

    # -- life

    def begin(self, name: str) -> None:
        """Work in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop, at once."""
        with self._lock:
            self._running = False
            self._lock.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._peripherals.waiting_for_trigger = lambda at: False
        with self._lock:
            self._leave_lines(self._clock.now())

    def _leave_lines(self, now: int) -> None:
        """Signals that the acquisition held end with it; what is on its way to the inputs still comes."""
        closed = self._shutter.close(now)
        if closed is not None:
            self._peripherals.exposure_ended(closed)
        self._peripherals.connector.drive("FrameTriggerWait", [(False, now)])
        coming = [(at, *edge) for at, _, what, edge in self._agenda if what == "edge"]
        self._agenda.clear()
        self._peripherals.keep_edges(coming)

    @property
    def in_line(self) -> bool:
        """Whether there is no thread: the client makes the frames, by :meth:`produce`."""
        return self._thread is None

    @property
    def queued(self) -> int:
        """Frames that are read out and wait in the camera; with the lock held."""
        now = self._clock.now()
        return sum(exposure.ready is not None and exposure.ready <= now for exposure, _ in self._leaving)

    @property
    def missed_triggers(self) -> int:
        return self._shutter.missed

    # -- from outside; all with the lock held

    def apply(self, sequence: Sequence, *, endless: bool) -> None:
        """Go on with other settings."""
        now = self._clock.now()
        sequence.go_on_from(self.sequence)
        self.sequence, self._endless = sequence, endless
        self._shutter.apply(sequence.step.programme, now)
        self._hold_level(sequence.step.programme)
        for event in self._peripherals.levels(now):
            self._put(event.at, "event", event)
        self._lock.notify_all()

    def halt(self) -> None:
        """AcquisitionStop: the exposure that is under way is the last one."""
        self._shutter.halt()
        self._lock.notify_all()

    def resume(self) -> None:
        """AcquisitionStart: expose again, and count the frames of the acquisition anew."""
        self._shutter.resume(self._clock.now())
        self._lock.notify_all()

    def stall(self, duration: int) -> None:
        """Let nothing leave the camera for a while."""
        self._stalled_until = self._clock.now() + duration
        self._lock.notify_all()

    def schedule(self, event: Event) -> None:
        """Have an event happen at its time."""
        self._put(event.at, "event", event)
        self._lock.notify_all()

    def schedule_edge(self, line: int, level: bool, at: int) -> None:
        """Have an input line change at a time."""
        self._put(at, "edge", (line, level))
        self._lock.notify_all()

    def produce(self) -> None:
        """Expose and deliver a frame in the caller's thread, for an endless acquisition without one."""
        with self._lock:
            leaving = self._leaving.popleft() if self._leaving else None
            if leaving is None and self._expose(self._clock.now()):
                leaving = self._leaving.popleft()
        if leaving is not None:
            self._deliver(*leaving)

    @property
    def over(self) -> bool:
        """Whether no further frame will come by itself."""
        return self._shutter.finished and not self._leaving

    # -- the thread

    def _run(self) -> None:
        try:
            self._work()
        except Exception:  # noqa: BLE001 - outermost line of the thread: the client must notice that it ended
            sys.stderr.write(f"llpyspin: a virtual camera is lost by an error:\n{traceback.format_exc()}")
            self.on_failure()

    def _work(self) -> None:
        while True:
            with self._lock:
                job = self._wait_for_job()
            if job is None:
                return
            job()

    def _wait_for_job(self) -> Callable[[], None] | None:
        """Do what is due, sleep until something is; come back with what is to be done without the lock."""
        while self._running:
            sent = self._peripherals.connector.send_waiting()
            at = self._next_time()
            ahead_s = math.inf if at is None else (self._clock.to_host(at) - host_ns()) / 1e9
            if not sent:
                ahead_s = min(ahead_s, RETRY_S)
            if self._held_back:
                ahead_s = min(ahead_s, _LOOK_AGAIN_S)
            if at is None or ahead_s > 0:
                self._lock.wait(min(ahead_s, LONGEST_S))
                continue
            job = self._step(at)
            if job is not None:
                return job
        return None

    def _next_time(self) -> int | None:
        times = [self._agenda[0][0]] if self._agenda else []
        due = self._shutter.due()
        most = 1 if self._endless else self.queue_length if self._shutter.waits_for_all else math.inf
        if due is not None and len(self._leaving) < most:
            times.append(self._clock.now() if self._endless else due)
        self._held_back = bool(self._leaving) and self._no_buffer()
        if self._leaving and not self._held_back:
            times.append(self._departure())
        return min(times, default=None)

    def _departure(self) -> int:
        ready = self._leaving[0][0].ready
        assert ready is not None
        return max(ready, self._stalled_until)

    def _step(self, at: int) -> Callable[[], None] | None:
        if self._agenda and self._agenda[0][0] <= at:
            _, _, what, content = heapq.heappop(self._agenda)
            return self._do(at, what, content)
        if self._leaving and not self._held_back and self._departure() <= at:
            return partial(self._deliver, *self._leaving.popleft())
        self._expose(at)
        return None

    def _put(self, at: int, what: str, content: Any) -> None:
        heapq.heappush(self._agenda, (at, next(self._order), what, content))

    # -- what is done

    def _do(self, at: int, what: str, content: Any) -> Callable[[], None] | None:
        if what == "edge":
            line, level = content
            changed = self._peripherals.input_changed(line, level, at)
            if changed is not None:
                self._happen(changed)
        elif what == "fire":
            self._fire(at, *content)
        elif what == "ended":
            self._happen(Event(at, "ExposureEnd", True))
            return partial(self.on_exposure_end, content) if self.on_exposure_end is not None else None
        else:
            self._happen(content)
        return None

    def _happen(self, event: Event) -> None:
        """An event reaches the triggers and the counters."""
        for selector in _SELECTORS:
            trigger = getattr(self._shutter.programme, selector)
            if not trigger.on or trigger.source != event.name:
                continue
            if trigger.delay:
                self._put(event.at + trigger.delay, "fire", (selector, event))
            else:
                self._fire(event.at, selector, event)
        for following in self._peripherals.happened(event):
            self._put(following.at, "event", following)

    def _fire(self, at: int, selector: str, event: Event) -> None:
        """An edge or a pulse of its source reaches a trigger."""
        shutter, programme = self._shutter, self._shutter.programme
        trigger = getattr(programme, selector)
        by_level = programme.by_width or (trigger.by_level and not event.pulse)
        if selector == "frame" and by_level:
            active = trigger.active(event.rising)
            if programme.by_width:
                self._by_width(active, at)
            else:
                self._began(shutter.level(active, at))
        elif event.pulse or trigger.fires(event.rising):
            if selector == "acquisition":
                shutter.arm(at)
            elif selector == "burst":
                shutter.burst(at)
            else:
                number, self._pulses = self._pulses, self._pulses + 1
                if self._misses(number):
                    shutter.pass_by()
                else:
                    self._began(shutter.trigger(at))

    def _by_width(self, active: bool, at: int) -> None:
        if active:
            self._began(self._shutter.trigger(at))
            return
        closed = self._shutter.close(at)
        if closed is not None:
            self._exposed(closed)
            self._peripherals.exposure_ended(closed)
            self._ended(closed)

    def _expose(self, at: int) -> bool:
        """Start the exposure that is due by itself; whether there was one."""
        shutter = self._shutter
        if self._endless:
            shutter.catch_up(at)
        else:
            late = self._clock.now() - at
            if late > _TOO_LATE_NS and not (shutter.programme.frame.on or shutter.waits_for_all):
                self._catch_up(late // shutter.programme.timing.period)
        exposure = shutter.advance(max(at, shutter.due() or at))
        self._began(exposure)
        return exposure is not None

    def _catch_up(self, frames: int) -> None:
        """The host stood still for that many frames: exposed, with their pulses, and lost."""
        shutter = self._shutter
        shutter.skip(max(0, frames - _MOST_UNSEEN))
        for _ in range(min(frames, _MOST_UNSEEN)):
            due = shutter.due()
            if due is not None:
                self._began(shutter.advance(due), kept=False)

    def _began(self, exposure: Exposure | None, *, kept: bool = True) -> None:
        if exposure is None:
            return
        self.sequence.frame_began()
        peripherals = self._peripherals
        if exposure.end is not None:
            self._exposed(exposure)  # before its pulse goes out: who is killed in between has said so
        peripherals.exposure_began(exposure)
        self._trigger_wait(False, exposure.start)
        if peripherals.listens_to("ExposureStart"):
            self._put(exposure.start, "event", Event(exposure.start, "ExposureStart", True))
        if exposure.end is not None:
            self._ended(exposure, kept=kept)
        if self.sequence.turn():
            self._shutter.go_on(self.sequence.step.programme)

    def _ended(self, exposure: Exposure, *, kept: bool = True) -> None:
        """The end of the exposure is known: it may be told of, and the image will leave the camera."""
        assert exposure.end is not None
        self._trigger_wait(True, self._shutter.free_at())
        if self.on_exposure_end is not None or self._peripherals.listens_to("ExposureEnd"):
            self._put(exposure.end, "ended", exposure)
        if not kept or len(self._leaving) >= self._room():
            self.overflowed += 1
            return
        self._leaving.append((exposure, self.sequence.exposing.tag))

    def _room(self) -> int:
        """Frames that may wait in the camera; few while the link stands still."""
        return _CAMERA_MEMORY if self._stalled_until > self._clock.now() else self.queue_length

    def _trigger_wait(self, waits: bool, at: int) -> None:
        """The signal FrameTriggerWait changes, for whoever listens to it."""
        if waits and not self._shutter.waits_for_trigger():
            return
        if self._peripherals.connector.drives("FrameTriggerWait"):
            self._peripherals.connector.drive("FrameTriggerWait", [(waits, at)])
        if self._peripherals.listens_to("FrameTriggerWait"):
            self._put(at, "event", Event(at, "FrameTriggerWait", waits))

    def _hold_level(self, programme: Programme) -> None:
        trigger = programme.frame
        if trigger.on and trigger.by_level and is_pulse(trigger.source):
            self._shutter.hold(active=False)
        elif trigger.on and trigger.by_level:
            level = self._peripherals.signal(trigger.source, self._clock.now())
            self._shutter.hold(trigger.active(level))

    def _waiting(self, at: int) -> bool:
        return self._running and self._shutter.waits_for_trigger() and at >= self._shutter.free_at()
