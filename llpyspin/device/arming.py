"""Arming of a camera in its role: armed, fired, held, counted, disarmed."""

from __future__ import annotations

import logging
import math
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from llpyspin.device.beginning import Counted, exposures_before, exposures_since
from llpyspin.device.exposing import check_timed, pulse_timing
from llpyspin.device.followlimit import follow_limit, sample_clock
from llpyspin.device.pacing import Pacer
from llpyspin.device.part import ACTION_MASK, Part
from llpyspin.device.supply import Supply
from llpyspin.errors import LlpyspinError, SettingError, SettingLockedError
from llpyspin.roles import Armed, Tally, lines_of

if TYPE_CHECKING:
    import threading

    from llpyspin.device.nodes import NodeMap
    from llpyspin.device.stream import Stream
    from llpyspin.roles import ClockSample, FollowLimit, PulseTiming, Role
    from llpyspin.settings import CameraInfo

__all__ = ["Arming"]

log = logging.getLogger(__name__)

ASKING_S = 0.5  # that the acquisition thread waits for whoever uses nodes; frames are in the SDK's buffers
LOOKS = 8  # at the counter, until no pulse was near


class Arming(ABC):
    """What :class:`~llpyspin.device.Device` has for synchronised recordings.

    The order is: :meth:`arm`, ``start``, :meth:`armed`, a primary's :meth:`fire` and :meth:`hold`, ``stop``,
    :meth:`disarm`.
    """

    info: CameraInfo
    _part: Part | None = None
    _supply: Supply | None = None
    _limit: FollowLimit
    _timing: PulseTiming
    _period_ns: int | None
    _before: tuple[int, int, int]
    _published: int
    _fired_ns: int | None = None
    _counted: int | None = None
    _proven = False
    asking: threading.RLock
    """Held by whoever uses nodes one after the other, such as a selector and what it selects."""

    @abstractmethod
    def _camera_nodes(self) -> NodeMap:
        """See the subclasses."""

    @abstractmethod
    def _running_stream(self) -> Stream:
        """See the subclasses."""

    @abstractmethod
    def _send_action(self, device_key: int, group_key: int, group_mask: int, at: int) -> None:
        """See the subclasses."""

    @property
    def role(self) -> Role | None:
        """What the camera is armed as; None if it is not."""
        return self._part.role if self._part is not None else None

    @property
    def last_host_ns(self) -> int | None:
        """When the newest frame came; touches no node."""
        return self._running_stream().last_host_ns

    @property
    def exposures_seen(self) -> int:
        """Exposures since arming of which the frame came or is known to be lost; touches no node."""
        counters = self._running_stream().counters
        return counters.delivered - self._published + counters.lost - self._before[1]

    def arm(self, role: Role) -> None:
        """Make the camera what ``role`` says; it must not be streaming, and exposes nothing yet.

        Raises
        ------
        SettingError
            The camera lacks a line, a trigger or an entry of one. It is unchanged.
        SettingLockedError
            It is streaming.
        """
        nodes, stream = self._camera_nodes(), self._running_stream()
        if stream.running:
            raise SettingLockedError("a camera cannot be armed while it is streaming")
        self.disarm()
        check_timed(nodes, role)
        lines = role.lines or lines_of(self.info.model)
        self._limit = follow_limit(nodes, may_switch=True, overlap=lines.overlap)
        rate = nodes.first("AcquisitionResultingFrameRate", "AcquisitionFrameRate")
        if role.kind == "secondary" or rate is None:
            self._period_ns = None
        else:
            self._period_ns = round(1e9 / float(rate.get()))
        if self._supply is None:
            self._supply = Supply(nodes)
        part = Part(nodes, role, lines, self._supply, self._pacer(role))
        part.take()
        self._timing = pulse_timing(nodes, role, lines)
        counters = stream.counters
        self._before = counters.incomplete, counters.lost, counters.dropped
        self._published = counters.delivered
        self._fired_ns = self._counted = None
        self._proven = False
        self._part = part

    def armed(self) -> Armed:
        """What others need to know of a camera that was armed and started."""
        part, limit = self._playing(), self._limit
        rate = limit.most_framerate if self._period_ns is None else 1e9 / self._period_ns
        return Armed(
            lines=part.lines,
            period_ns=self._period_ns,
            framerate=rate,
            exposure_us=limit.exposure_us,
            readout_us=limit.readout_us,
            most_framerate=limit.most_framerate,
            first_id=1 if self.info.interface == "GigE" else 0,
            published=self._published,
            buffers=self._running_stream().buffers,
            supply_switched=part.supply_switched,
            timing=self._timing,
            line_status=self._running_stream().line_chunk,
        )

    def fire(self) -> int:
        """Let a primary run and give pulses; returns the host's monotonic time (ns) just before."""
        part = self._playing()
        self._fired_ns = time.monotonic_ns()  # the first frame may come before the answer
        return part.fire()

    def hold(self) -> int:
        """Let a primary begin no further exposure; returns the host's monotonic time (ns) just after."""
        return self._playing().hold()

    def pulse(self) -> None:
        """Have a primary on hold expose once and so give one pulse."""
        self._playing().pulse()

    def tally(self) -> Tally:
        """What came and what did not since the camera was armed, by its own counters too."""
        part, stream = self._playing(), self._running_stream()
        counters = stream.counters
        incomplete, lost, dropped = self._before
        exposures, pulses = part.counts(self.exposures_seen)
        return Tally(
            published=counters.delivered,
            incomplete=counters.incomplete - incomplete,
            lost=counters.lost - lost,
            dropped=counters.dropped - dropped,
            exposures=exposures,
            pulses=pulses,
            last_frame_id=stream.last_frame_id,
            last_host_ns=stream.last_host_ns,
            since=self._published,
            late=stream.first_late,
            before=stream.first_before,
            counted=self._counted,
            proven=self._proven,
        )

    def disarm(self) -> None:
        """Switch the trigger off and put lines, counters and frame rate back; without effect if not armed.

        The stream must have ended, for a camera without a trigger runs.
        """
        part, self._part = self._part, None
        if part is not None:
            part.quiet()
            self._camera_nodes()  # raises if the camera has gone: nothing can be put back then
            part.leave()

    def end_supply(self) -> None:
        """Switch off the 3.3 V that arming has switched on."""
        supply, self._supply = self._supply, None
        if supply is not None:
            self._camera_nodes()
            supply.off()

    def follow_limit(self, overlap: str = "ReadOut") -> FollowLimit:
        """What rate the camera could follow as a secondary; see :class:`~llpyspin.roles.FollowLimit`."""
        nodes = self._camera_nodes()
        if self._part is not None:
            return self._limit
        return follow_limit(nodes, may_switch=not self._running_stream().running, overlap=overlap)

    def clock(self) -> ClockSample:
        """The camera's clock and the host's at one moment.

        Raises
        ------
        SettingError
            The camera's clock cannot be read.
        """
        return sample_clock(self._camera_nodes())

    # -- the first frame

    def exposures_before(self, late: int, timestamp_ns: int, host_ns: int) -> int | None:
        """How many exposures came before the first frame, whose id is ``late`` too large.

        None where its id is to be believed, as far as is known.  The acquisition thread calls this at most
        once a stream, and only where the first id is not the usual one. It uses nodes at no other time.
        """
        part = self._part
        if part is None or self.exposures_seen:
            return None
        counted = None
        if self.asking.acquire(timeout=ASKING_S):
            try:
                counted = self._counted_before(part, timestamp_ns)
            except LlpyspinError as error:
                log.info("exposures before the first frame cannot be counted: %s", str(error))
            finally:
                self.asking.release()
        if counted is not None and counted.least == counted.most:
            self._counted = counted.least
        most = self._most_before(host_ns)
        self._proven = most == 0
        return exposures_before(late, counted, most)

    def _counted_before(self, part: Part, timestamp_ns: int) -> Counted | None:
        """By the counter, less those since the first frame; read again where that came close to a pulse."""
        began_ns = timestamp_ns - round(1e3 * (self._limit.exposure_us or 0.0))
        least_ns = round(1e9 / self._limit.most_framerate) if self._limit.most_framerate > 0 else None
        clock, found = self.clock(), None
        for _ in range(LOOKS):
            before = time.monotonic_ns()
            exposures, _ = part.counts(0)
            if exposures is None:
                return None
            since = exposures_since(
                began_ns,
                clock,
                (before, time.monotonic_ns()),
                period_ns=self._period_ns or part.role.period_ns,
                least_period_ns=least_ns,
            )
            found = Counted(exposures - 1 - since.most, exposures - 1 - since.least)
            if found.least == found.most:
                break
        return found

    def _most_before(self, host_ns: int) -> int | None:
        """How many exposures there can have been since a primary was fired, before a frame that came then."""
        if self._fired_ns is None or not self._period_ns:
            return None
        frame_ns = 1e3 * ((self._limit.exposure_us or 0.0) + (self._limit.readout_us or 0.0))
        return max(0, math.floor((host_ns - self._fired_ns - frame_ns) / self._period_ns))

    def _pacer(self, role: Role) -> Pacer | None:
        """What sends the action commands, for the primary of a group that runs by them."""
        if (role.kind, role.sync) != ("primary", "ptp"):
            return None
        nodes = self._camera_nodes()
        queue = nodes.usable("ActionQueueSize")
        keys = role.group, role.group, ACTION_MASK

        def send(at: int) -> None:
            self._send_action(*keys, at)

        if self._period_ns is None:
            raise SettingError("this camera does not report its frame rate", setting="framerate")
        return Pacer(send, self.clock, self._period_ns, int(queue.get()) if queue is not None else 1)

    def _playing(self) -> Part:
        self._camera_nodes()
        if self._part is None:
            raise SettingError(f"camera {self.info.serial} is not armed", setting="kind")
        return self._part
