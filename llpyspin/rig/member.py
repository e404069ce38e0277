"""One camera of a rig: the steps of a recording, each with its deadline, and what is known of it meanwhile.

This is where the rig meets the cameras' own steps, which users do not see.
"""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraClosedError, FrameTimeoutError, LlpyspinError
from llpyspin.frames import FrameReader, StreamEnded
from llpyspin.priming import RECORDING_S, depth, picture_of, spare_memory
from llpyspin.process import OPEN_S, REQUEST_S
from llpyspin.recorder import Recorder
from llpyspin.recording.numbering import Anchor, Numbering
from llpyspin.recording.options import WriterSpec
from llpyspin.recording.session import CameraRecord, FileRecord
from llpyspin.rig.following import Follower
from llpyspin.rig.opening import open_camera
from llpyspin.roles import lines_of

if TYPE_CHECKING:
    from llpyspin.callbackfiles import CallbackFiles
    from llpyspin.processor import Processing
    from llpyspin.recording.options import RecordingOptions
    from llpyspin.rig.config import CameraConfig, RigConfig
    from llpyspin.roles import Armed, ClockSample, FollowLimit, Lines, Tally
    from llpyspin.synchronised import SynchronisedCamera

__all__ = ["Member", "Stint"]

QUIET_S = 0.3  # besides two periods, an exposure and a read-out: how late a frame may come on a busy machine
MOST_S = 3.0
CLOCK_S = 2.0
LATE_JOIN_S = 6.0  # of frames that come before the clocks are read and a writer has started
CERTAIN = 0.05  # of a period: how far off the reading of a clock may be
NO_PERIOD_NS = 33_000_000  # where none is known


@dataclass
class Stint:
    """A camera's part in a recording from being armed to being disarmed, or lost.

    Attributes
    ----------
    armed : Armed
    first_trigger : int
        Number of the first pulse after arming.
    period_ns : int or None
        From pulse to pulse.
    follower : Follower
    reader, sentry : FrameReader
        For ``rig.read()``, and to see the stream end.
    anchor : Anchor or None
        For a camera that came in while pulses were coming.
    tally : Tally or None
        At its end.
    """

    armed: Armed
    first_trigger: int
    period_ns: int | None
    follower: Follower
    reader: FrameReader
    sentry: FrameReader
    anchor: Anchor | None = None
    tally: Tally | None = None

    @property
    def joined(self) -> bool:
        """Whether the camera was armed while pulses were coming."""
        return self.anchor is not None

    def close(self) -> None:
        self.reader.close()
        self.sentry.close()


class Member:
    """One camera of a rig.

    Attributes
    ----------
    camera : SynchronisedCamera
        Another object after the camera was opened again.
    stint : Stint or None
        None while it is not armed.
    recorder : Recorder or None
        Of the present segment.
    finished : list of Recorder
        Of earlier segments; some may still be writing.
    failure : Exception or None
        Why it gives no frames now.
    """

    def __init__(self, config: CameraConfig, rig: RigConfig) -> None:
        self.config = config
        self._rig = rig
        self.camera: SynchronisedCamera = open_camera(config, rig)
        self.info = self.camera.info
        self.stint: Stint | None = None
        self.recorder: Recorder | None = None
        self.finished: list[Recorder] = []
        self.returned: list[Recorder] = []
        """Of what a callback returned, beside the camera's own."""
        self.callbacks: CallbackFiles | None = None
        self.failure: Exception | None = None
        self.clocks: list[ClockSample] = []
        self.settings: dict[str, Any] = {}
        self.recovering = False
        self.stints = 0
        """How often it was armed in this recording."""
        self.lag_ns: int | None = None
        """How much later its timestamps are than the primary's of the same trigger."""
        self._kept_callbacks: tuple[Processing, ...] = ()
        self._kept: dict[Path, FileRecord] = {}

    @property
    def name(self) -> str:
        return self.config.name

    @property
    def serial(self) -> str:
        return self.info.serial

    @property
    def primary(self) -> bool:
        return self.config.role == "primary"

    @property
    def alive(self) -> bool:
        return self.camera.isOpened()

    # -- before

    def follow_limit(self) -> FollowLimit:
        limit: FollowLimit = self._ask("follow_limit")
        return limit

    def framerate(self) -> float:
        """Of a primary, Hz, with its present settings."""
        return float(self._ask("get", "resulting_framerate"))

    def lines(self) -> Lines | None:
        """The lines that the configuration changes, else None: those of the model."""
        if not self.config.lines:
            return None
        changes: dict[str, Any] = dict(self.config.lines)
        return dataclasses.replace(lines_of(self.info.model), **changes)

    def buffers(
        self, rate: float, pre_trigger: float | None, sharing: int, seconds: float = RECORDING_S
    ) -> int:
        """Frames of memory to arm with, where ``sharing`` cameras share what this machine has."""
        spare = spare_memory()
        payload = int(self._ask("node_get", "PayloadSize"))
        return depth(
            payload,
            rate,
            seconds=seconds,
            pre_trigger=pre_trigger,
            available=None if spare is None else spare // sharing,
        )

    def note_settings(self) -> dict[str, Any]:
        self.settings = self.camera.settings()
        return self.settings

    def check_stream(self) -> None:
        """Raise what has become of the camera, if it gives no more frames; asks nobody, and does not wait."""
        stint = self._armed()
        if not self.alive:
            self._ask("ping")  # raises how its process died
        try:
            stint.sentry.next(0.0).release()
        except FrameTimeoutError:
            return
        except StreamEnded:
            self._ask("ping")  # raises how its process died
            raise
        except LlpyspinError:
            process = self.camera._process
            if process is not None:
                process.lost = True
            raise

    def _ask(self, operation: str, *arguments: Any, timeout_s: float = REQUEST_S) -> Any:
        return self.camera._ask(operation, *arguments, timeout_s=timeout_s)

    # -- arming and disarming

    def arm(
        self,
        *,
        rate: float,
        period_ns: int | None,
        first_trigger: int,
        pre_trigger: float | None = None,
        sharing: int = 1,
        group: int = 1,
        anchor_of: Any = None,
    ) -> Armed:
        """Be armed and followed; ``anchor_of`` (of the armed camera) is for one that joins later."""
        seconds = RECORDING_S if anchor_of is None else LATE_JOIN_S
        armed = self.camera._arm(
            buffer_count=self.buffers(rate, pre_trigger, sharing, seconds),
            lines=self.lines(),
            sync=self._rig.sync,
            group=group,
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
            address = self.camera._address
            reader, sentry = FrameReader(address), FrameReader(address)
            follower = Follower(reader, numbering, armed.published)
            self.stint = Stint(armed, first_trigger, period_ns, follower, reader, sentry, anchor)
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
            read = self.camera.clock_or_none()
            if not read:
                return None
            if best is None or read[0].uncertainty_ns < best.uncertainty_ns:
                best = read[0]
        self.clocks.append(best)
        return best

    def fire(self) -> int:
        return self.camera._fire()

    def hold(self) -> None:
        self.camera._hold()

    def pulse(self, count: int, interval_s: float) -> None:
        self._ask("pulse", count, interval_s)

    def tally(self) -> Tally:
        return self.camera._tally()

    def drain(self, exposures: int | None) -> Tally:
        """Wait until the frames under way have come, of that many exposures since arming if that is known."""
        stint = self._armed()
        period_s = 0.0 if stint.period_ns is None else stint.period_ns / 1e9
        exposure_s = (stint.armed.exposure_us + (stint.armed.readout_us or 0.0)) / 1e6
        quiet_s = min(MOST_S, QUIET_S + exposure_s + 2 * period_s)
        stint.tally = self.camera._drain(quiet_s, quiet_s + MOST_S, exposures)
        return stint.tally

    def disarm(self) -> None:
        """End the stream; its frames stay readable until the camera is armed again, or closed."""
        try:
            self.camera._disarm()
        finally:
            self.end_stint()

    def disarm_quietly(self) -> None:
        """The same for a camera of which something worse is known already."""
        with contextlib.suppress(LlpyspinError):
            self.camera._disarm()
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
        stint, camera = self._armed(), self.camera
        roi = camera.roi
        fields: dict[str, Any] = {
            "address": camera._address,
            "path": str(path),
            "picture": picture_of(
                camera.pixel_format, roi.height, roi.width, convert=camera.convert, rate=rate
            ),
            "color": camera.convert,
            "serial": self.serial,
            "nickname": self.name,
            "virtual": self.info.virtual,
            "first_id": stint.armed.first_id,
            "period_ns": stint.period_ns,
            "next_trigger": stint.first_trigger,
            "since": stint.armed.published,
            "options": options.of_camera(self.info.sdk),
        }
        return WriterSpec(**{**fields, **more})

    def start_recorder(
        self,
        path: Path,
        options: RecordingOptions,
        rate: float,
        **more: Any,
    ) -> Recorder:
        """A writer process whose files are open; ``more`` are fields of :class:`WriterSpec`."""
        spec = self.spec(path, options, rate, **more)
        callbacks = self.callbacks
        if callbacks is None:
            callbacks = self.callbacks = self.camera._begin_callbacks(spec)
        else:  # another segment, after the camera or a writer was lost
            callbacks.go_on(spec)
        main = callbacks.main_spec()
        recorder = Recorder(main, callbacks.host(main))
        if self.recorder is not None:
            self.finished.append(self.recorder)
        self.recorder = recorder
        callbacks.watch(recorder)
        second = callbacks.second_spec()
        if second is not None:
            self.returned.append(Recorder(second, callbacks.host(second)))
            callbacks.watch(self.returned[-1])
        return recorder

    def begin(self, trigger: int, index: int) -> None:
        """Have the files, which wait for that, begin with a frame; see :meth:`Recorder.begin`."""
        assert self.callbacks is not None
        for recorder in (self.recorder, *self.returned[-1:]):
            if recorder is not None:
                self.callbacks.before_the_beginning(recorder.spec, index)
                recorder.begin(trigger, index)

    @property
    def recorders(self) -> list[Recorder]:
        """All of this recording, in the order of their files."""
        return [*self.finished, *([self.recorder] if self.recorder is not None else [])]

    def describe(self, rate: float, settings_file: str) -> CameraRecord:
        """What the session says of the camera when it is armed."""
        armed, camera = self._armed().armed, self.camera
        roi = camera.roi
        return CameraRecord(
            serial=self.serial,
            name=self.name,
            role=str(self.config.role),
            model=self.info.model,
            interface=self.info.interface,
            virtual=self.info.virtual,
            settings={
                "exposure": armed.exposure_us,
                "framerate": armed.framerate if self.primary else None,
                "roi": tuple(roi),
                "pixel_format": camera.pixel_format,
                **self.config.settings,
            },
            settings_file=settings_file,
            lines=dataclasses.asdict(armed.lines),
            armed={name: value for name, value in dataclasses.asdict(armed).items() if name != "lines"},
            picture={"height": roi.height, "width": roi.width, "rate": rate},
            published=armed.published,
            **self.written(),
        )

    def keep_files(self, recorder: Recorder) -> None:
        """Take note of what a writer has written."""
        for file in recorder.files:
            sidecar = Path(file.sidecar)
            self._kept[sidecar] = FileRecord(Path(file.path).name, sidecar.name, file.part)

    def forget_recorders(self) -> None:
        """Be without a recording."""
        self.recorder, self.finished, self.returned = None, [], []
        self.camera._forget_callbacks()
        self.callbacks = None
        self._kept.clear()
        self.stints = 0
        self.clocks.clear()
        self.lag_ns = None

    def written(self) -> dict[str, Any]:
        """Fields of :class:`CameraRecord` that change as the recording goes."""
        for recorder in self.recorders:
            self.keep_files(recorder)
        # A writer removes files that it has nothing for.
        there = [record for sidecar, record in self._kept.items() if sidecar.exists()]
        return {
            "files": tuple(sorted(there, key=lambda record: record.part)),
            "sink": self.recorder.sink if self.recorder is not None else "",
            "notes": self.recorder.notes if self.recorder is not None else (),
            "clocks": tuple(self.clocks),
            "callback": self._callback(),
        }

    def _callback(self) -> str:
        """Whose results the camera's own files have, if not what the camera gave."""
        returned = self.recorder is not None and self.recorder.spec.returned
        return self.callbacks.returned_by if returned and self.callbacks is not None else ""

    def end_recorders(self) -> None:
        """End writers that are still there, and be without a recording."""
        for recorder in (*self.recorders, *self.returned):
            recorder.close()
        if self.callbacks is not None:
            self.callbacks.after_the_end(self.clocks)
        self.forget_recorders()

    def check_alive(self) -> None:
        """Raise what has become of the camera, if it is not there; one that can be opened again is."""
        self.failure = None
        if not self.alive:
            self.let_go()
            config = dataclasses.replace(self.config, device=self.serial)
            self.take(open_camera(config, self._rig))

    # -- going and coming back

    def let_go(self) -> None:
        """Give up a camera that is lost."""
        self.disarm_quietly()
        self._kept_callbacks += self.camera._lend_callbacks()
        with contextlib.suppress(LlpyspinError):
            self.camera.release()

    def take(self, camera: SynchronisedCamera) -> None:
        """Have a camera that was opened again, with the settings that it had."""
        self.camera = camera
        if self.settings:
            camera._ask("restore", self.settings, timeout_s=OPEN_S)
        kept, self._kept_callbacks = self._kept_callbacks, ()
        camera._adopt_callbacks(kept)

    # -- the end

    def close(self) -> None:
        """Close the camera and end its writers, whatever state they are in."""
        for recorder in self.recorders:
            recorder.close()
        for recorder in self.returned:
            recorder.close()
        for processing in self._kept_callbacks:
            processing.end_quietly()
        if self.stint is not None:
            self.disarm_quietly()
        self.camera.release()
