"""One camera of a rig: the steps of a recording, each with its deadline, and what is known of it meanwhile.

This is where the rig meets the cameras' own steps, which users do not see.
"""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraClosedError, FrameTimeoutError, LlpyspinError
from llpyspin.frames import FrameReader, StreamEnded
from llpyspin.frames.buffers import RECORDING_S, recording_buffers
from llpyspin.processes.child import REQUEST_S
from llpyspin.recording.numbering import Anchor, Numbering
from llpyspin.rig.follower import Follower
from llpyspin.rig.held import HeldSettings
from llpyspin.rig.opening import open_camera
from llpyspin.rig.stint import Stint
from llpyspin.rig.writers import Writers
from llpyspin.roles import lines_of
from llpyspin.sync.describing import camera_record, writer_spec
from llpyspin.sync.pulses import most_exposures
from llpyspin.sync.station import acquisition_of

if TYPE_CHECKING:
    from pathlib import Path

    from llpyspin.callbacks.callback import CameraCallback
    from llpyspin.camera.opened import Keeper
    from llpyspin.recording.options import RecordingOptions, WriterSpec
    from llpyspin.recording.session import CameraRecord
    from llpyspin.rig.config import CameraConfig, RigConfig
    from llpyspin.roles import Armed, ClockSample, FollowLimit, Lines, Tally
    from llpyspin.sync.acquisition import Acquisition
    from llpyspin.sync.camera import SynchronisedCamera

__all__ = ["Member"]

QUIET_S = 0.3  # besides two periods, an exposure and a read-out: how late a frame may come on a busy machine
MOST_S = 3.0
CLOCK_S = 2.0
LATE_JOIN_S = 6.0  # of frames that come before the clocks are read and a writer has started
CERTAIN = 0.05  # of a period: how far off the reading of a clock may be
NO_PERIOD_NS = 33_000_000  # where none is known


class Member:
    """One camera of a rig.

    Attributes
    ----------
    camera : SynchronisedCamera
        Another object after the camera was opened again.
    held : HeldSettings
    stint : Stint or None
        None while it is not armed.
    writers : Writers
        Those of the present recording.
    failure : Exception or None
        Why it gives no frames now.
    """

    def __init__(self, config: CameraConfig, rig: RigConfig, keeper: Keeper) -> None:
        self.config = config
        self._rig = rig
        self._keeper = keeper
        self.camera: SynchronisedCamera = open_camera(config, rig, keeper)
        self.info = self.camera.info
        self.stint: Stint | None = None
        self.writers = Writers()
        self.failure: Exception | None = None
        self.clocks: list[ClockSample] = []
        self.held = HeldSettings(self.camera, primary=self.primary)
        self.recovering = False
        self.stints = 0  # how often it was armed in this recording
        self.lag_ns: int | None = None  # how much later its timestamps are than the primary's of a trigger
        self._kept_callbacks: tuple[CameraCallback, ...] = ()

    @property
    def name(self) -> str:
        return self.config.name

    @property
    def serial(self) -> str:
        return self.info.serial

    @property
    def _acquisition(self) -> Acquisition:
        return acquisition_of(self.camera)

    @property
    def primary(self) -> bool:
        return self.config.role == "primary"

    @property
    def alive(self) -> bool:
        return self.camera.isOpened()

    # -- before

    def takes_part(self) -> bool:
        """Whether it is armed, and gives frames as far as is known."""
        return self.stint is not None and self.failure is None

    def follow_limit(self) -> FollowLimit:
        lines = self.lines() or lines_of(self.info.model)
        limit: FollowLimit = self._ask("follow_limit", lines.overlap)
        return limit

    def framerate(self) -> float:
        """Of a primary, Hz, with its present settings."""
        return float(self._ask("get", "resulting_framerate"))

    def check_rate(self) -> None:
        """Refuse a primary that runs slower than it was asked to."""
        camera = self.camera
        self._acquisition.requested.check(self.name, self.framerate(), camera.exposure)

    @property
    def requested_framerate(self) -> float | None:
        """Hz that were asked for, of a primary or of a box outside; None: nobody named a rate."""
        if self.primary:
            return self.camera.requested_framerate
        return self._rig.framerate if self._rig.external else None

    def lines(self) -> Lines | None:
        """The lines that the configuration changes, else None: those of the model."""
        if not self.config.lines:
            return None
        changes: dict[str, Any] = dict(self.config.lines)
        return dataclasses.replace(lines_of(self.info.model), **changes)

    def buffers(
        self, rate: float, pre_trigger: float | None, available: int | None, seconds: float = RECORDING_S
    ) -> int:
        """Buffers to arm with, in the bytes that are there for this camera."""
        payload = int(self._ask("node_get", "PayloadSize"))
        return recording_buffers(
            payload,
            rate,
            seconds=seconds,
            pre_trigger=pre_trigger,
            available=available,
        )

    def check_stream(self) -> None:
        """Raise what has become of the camera, if it gives no more frames; asks nobody, and does not wait."""
        stint = self._armed()
        if not self.alive:
            self._ask("ping")  # raises how its process died
        with self._acquisition.explaining():
            try:
                stint.sentry.next(0.0).release()
            except FrameTimeoutError:
                return
            except StreamEnded:
                raise
            except LlpyspinError:
                process = self._acquisition.source.process
                if process is not None:
                    process.lost = True
                raise
            finally:
                stint.sentry.stand_aside()  # it wants to know of the end, not the frames

    def _ask(self, operation: str, *arguments: Any, timeout_s: float = REQUEST_S) -> Any:
        return self._acquisition.ask(operation, *arguments, timeout_s=timeout_s)

    # -- arming and disarming

    def arm(
        self,
        *,
        rate: float,
        period_ns: int | None,
        first_trigger: int,
        pre_trigger: float | None = None,
        available: int | None = None,
        group: int = 1,
        anchor_of: Any = None,
    ) -> Armed:
        """Be armed and followed; ``anchor_of`` (of the armed camera) is for one that joins later."""
        seconds = RECORDING_S if anchor_of is None else LATE_JOIN_S
        armed = self._acquisition.arm(
            buffer_count=self.buffers(rate, pre_trigger, available, seconds),
            lines=self.lines(),
            sync=self._rig.sync,
            group=group,
            period_ns=period_ns,
        )
        try:
            if self.primary:
                period_ns = armed.period_ns
            sample = self.clock(period_ns)
            anchor: Anchor | None = None
            if anchor_of is not None and sample is not None:
                anchor = anchor_of(sample)
            numbering = Numbering(
                first_id=armed.first_id, period_ns=period_ns, next_trigger=first_trigger, anchor=anchor
            )
            address = self._acquisition.address
            reader, sentry = _readers(address)
            follower = Follower(reader, numbering, armed.published)
            self.stint = Stint(armed, first_trigger, period_ns, follower, reader, sentry, anchor, sample)
        except BaseException:
            self.disarm_quietly()
            raise
        self.failure = None
        self.stints += 1
        return armed

    def clock(self, period_ns: int | None = None) -> ClockSample | None:
        """Its clock and the host's read together, well enough to tell pulses of that period apart.

        Reads again, for 2 s at most, where a busy machine or network took too long, and gives the best; None
        for a camera whose clock cannot be read.
        """
        wanted_ns = (period_ns or NO_PERIOD_NS) * CERTAIN
        deadline = Deadline(CLOCK_S)
        best: ClockSample | None = None
        while best is None or (best.uncertainty_ns > wanted_ns and not deadline.passed):
            read = self._acquisition.clock()
            if read is None:
                return None
            if best is None or read.uncertainty_ns < best.uncertainty_ns:
                best = read
        self.clocks.append(best)
        return best

    def fire(self) -> int:
        return self._acquisition.fire()

    def hold(self) -> int:
        """Have a primary begin no further exposure; gives the host's monotonic time (ns) just after."""
        return self._acquisition.hold()

    def most_exposures(self, held_ns: int) -> int | None:
        """How many exposures can have begun before it was held; None where nobody can tell."""
        return most_exposures(self._acquisition, None, held_ns)

    def pulse(self, count: int, interval_s: float) -> None:
        self._ask("pulse", count, interval_s)

    def tally(self) -> Tally:
        return self._acquisition.tally()

    def drain(self, exposures: int | None, under_way_s: float = 0.0) -> Tally:
        """Wait until the frames under way have come, of that many exposures since arming if that is known.

        ``under_way_s``: so long after the last frame one may still come of what the camera was told before.
        """
        stint = self._armed()
        period_s = 0.0 if stint.period_ns is None else stint.period_ns / 1e9
        frame_s = stint.armed.frame_s(period_s * 1e6)  # a pulse is shorter than a period
        quiet_s = min(MOST_S, QUIET_S + under_way_s + 2 * period_s) + frame_s
        stint.tally = self._acquisition.drain(quiet_s, quiet_s + MOST_S, exposures)
        return stint.tally

    def disarm(self) -> None:
        """End the stream; its frames stay readable until the camera is armed again, or closed."""
        try:
            self._acquisition.disarm()
        finally:
            self.end_stint()

    def disarm_quietly(self) -> None:
        """The same for a camera of which something worse is known already."""
        with contextlib.suppress(LlpyspinError):
            self._acquisition.disarm()
        self.end_stint()

    def end_stint(self) -> None:
        stint, self.stint = self.stint, None
        if stint is not None:
            stint.close()

    def _armed(self) -> Stint:
        if self.stint is None:
            raise CameraClosedError(f"{self.name} is not armed", camera=self.serial)
        return self.stint

    # -- recording

    def spec(
        self,
        path: Path,
        options: RecordingOptions,
        rate: float,
        **more: Any,
    ) -> WriterSpec:
        """What a writer of this camera is to be told."""
        stint = self._armed()
        known = {"nickname": self.name, "period_ns": stint.period_ns, "next_trigger": stint.first_trigger}
        return writer_spec(self._acquisition, stint.armed, path, options, rate, **{**known, **more})

    def start_recorder(
        self,
        path: Path,
        options: RecordingOptions,
        rate: float,
        *,
        same_stream: bool = False,
        **more: Any,
    ) -> None:
        """Have a writer process whose files are open; ``more`` are fields of :class:`WriterSpec`."""
        with self._acquisition.explaining():
            self.writers.start(self.camera, self.spec(path, options, rate, **more), same_stream=same_stream)

    def describe(self, rate: float, settings_file: str) -> CameraRecord:
        """What the session says of the camera when it is armed."""
        armed, camera = self._armed().armed, self.camera
        roi = camera.roi
        settings = {
            **self.held.present().values,
            "exposure": armed.exposure_us,
            "framerate": armed.framerate if self.primary else None,
            "requested_framerate": self.requested_framerate,
        }
        picture = {"height": roi.height, "width": roi.width, "rate": rate}
        return camera_record(
            self._acquisition,
            armed,
            self.name,
            settings,
            picture,
            settings_file=settings_file,
            **self.written(),
        )

    def written(self) -> dict[str, Any]:
        """Fields of :class:`CameraRecord` that change as the recording goes."""
        return {**self.writers.written(), "clocks": tuple(self.clocks)}

    def forget_recording(self) -> None:
        """Be without a recording."""
        self.writers = Writers()
        self._acquisition.callbacks.files = None
        self.stints = 0
        self.clocks.clear()
        self.lag_ns = None

    def end_recording(self) -> None:
        """End writers that are still there, and be without a recording."""
        self.writers.end(self.clocks)
        self.forget_recording()

    def check_alive(self) -> None:
        """Raise what has become of the camera, if it is not there; one that can be opened again is."""
        self.failure = None
        if not self.alive:
            self.let_go()
            self.take(self.opened_again())

    # -- going and coming back

    def let_go(self) -> None:
        """Give up a camera that is lost."""
        self.disarm_quietly()
        self.writers.follow_no_more()
        self._kept_callbacks += self._acquisition.callbacks.lend()
        with contextlib.suppress(LlpyspinError):
            self.camera.release()

    def opened_again(self) -> SynchronisedCamera:
        """The same camera, opened as another object, which :meth:`take` makes this member's."""
        config = dataclasses.replace(self.config, device=self.serial)  # an index may be another's now
        return open_camera(config, self._rig, self._keeper)

    def take(self, camera: SynchronisedCamera) -> None:
        """Have a camera that was opened again, with the settings that it had."""
        self.camera = camera
        self.held.move_to(camera)
        kept, self._kept_callbacks = self._kept_callbacks, ()
        self._acquisition.callbacks.adopt(kept, self._acquisition.address)

    # -- the end

    def close(self) -> None:
        """Close the camera and end its writers, whatever state they are in."""
        self.writers.close()
        for callback in self._kept_callbacks:
            callback.end_quietly()
        if self.stint is not None:
            self.disarm_quietly()
        self.camera.release()


def _readers(address: str) -> tuple[FrameReader, FrameReader]:
    """Nobody waits for them: they only look."""
    first = FrameReader(address, aside=True)
    try:
        return first, FrameReader(address, aside=True)
    except BaseException:
        first.close()
        raise
