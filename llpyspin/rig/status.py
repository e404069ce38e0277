"""How a rig is, and how its recording goes: plain data."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llpyspin.errors import LlpyspinError
from llpyspin.naming.known import named
from llpyspin.recording.progress import CameraProgress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.recording.status import WriterStatus
    from llpyspin.rig.member import Member
    from llpyspin.rig.run import RigRun

__all__ = ["CameraStatus", "RigStatus", "progress_of", "rig_status", "state_of"]


@named
@dataclass(frozen=True)
class CameraStatus:
    """One camera.

    Attributes
    ----------
    name, serial, role : str
    state : str
        "open", "primed", "running", "recording", "finishing", "done", "lost", "recovering".
    triggers : int
        Accounted for in its files so far; without a recording, seen so far.
    frames : int
        Whole ones in its files so far; without a recording, that came.
    incomplete : int
    lost : dict of str to int
        By place.
    rate : float
        Frames a second lately, Hz.
    backlog, spilled : int
        Frames that wait to be encoded; of these, on disk.
    bytes : int
        Of its videos.
    disk_free : int or None
        Bytes.
    segments : int
        Files so far.
    failure : str
        Why it gives no frames, or its writer writes none; else "".
    """

    name: str
    serial: str
    role: str
    state: str
    triggers: int = 0
    frames: int = 0
    incomplete: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    rate: float = 0.0
    backlog: int = 0
    spilled: int = 0
    bytes: int = 0
    disk_free: int | None = None
    segments: int = 0
    failure: str = ""

    @property
    def all_lost(self) -> int:
        """Lost frames in all places."""
        return sum(self.lost.values())

    def progress(self, left_s: float | None, bytes_a_second: float) -> CameraProgress:
        """The same for people."""
        if self.state == "finishing":
            left_s = self.backlog / self.rate if self.rate > 0 else None
        disk_s = None
        if self.disk_free is not None and bytes_a_second > 0:
            disk_s = self.disk_free / bytes_a_second
        return CameraProgress(
            self.name,
            self.state,
            self.frames,
            self.rate,
            self.all_lost + self.incomplete,
            self.backlog,
            self.disk_free,
            disk_s,
            left_s,
        )


@named
@dataclass(frozen=True)
class RigStatus:
    """The rig.

    Attributes
    ----------
    state : str
        "closed", "open", "primed", "running", "recording", "stopping".
    seconds : float
        Since the trigger; 0 before.
    triggers : int
        The highest that any camera has seen, and 1.
    cameras : dict of str to CameraStatus
    folder : str
        Of the session; "" without one.
    events : tuple of str
        What went wrong, or was mended, so far.
    stop_reason : str
        Why the recording ends, as by its budget; "" as long as it goes on.
    """

    state: str
    seconds: float
    triggers: int
    cameras: dict[str, CameraStatus]
    folder: str = ""
    events: tuple[str, ...] = ()
    stop_reason: str = ""

    def __str__(self) -> str:
        lines = [f"{self.state}, {self.seconds:.1f} s, {self.triggers} triggers"]
        lines += [f"  {camera.progress(None, 0.0).line()}" for camera in self.cameras.values()]
        return "\n".join([*lines, *(f"  {event}" for event in self.events)])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and Jupyter show at the prompt."""
        printer.text("RigStatus(...)" if cycle else str(self))


def state_of(members: Mapping[str, Member], run: RigRun | None) -> str:
    """``state`` of :class:`RigStatus`."""
    if not members:
        return "closed"
    if run is None:
        return "open"
    if run.stopping.is_set():
        return "stopping"
    if run.begun is None:
        return "primed"
    return "recording" if run.plan.folder is not None else "running"


def rig_status(members: Mapping[str, Member], run: RigRun | None, folder: str) -> RigStatus:
    """The status of a rig's cameras now; asks their writers, and blocks some milliseconds."""
    state = state_of(members, run)
    cameras: dict[str, CameraStatus] = {}
    triggers = 0
    for name, member in members.items():
        writers = []
        for recorder in member.writers.segments:
            with contextlib.suppress(LlpyspinError):  # dead: the watch tells of it
                writers.append(recorder.status())
        stint = member.stint  # another thread may end it meanwhile
        if stint is not None:
            with contextlib.suppress(LlpyspinError):
                stint.follower.catch_up()
            triggers = max(triggers, stint.follower.next_trigger)
        cameras[name] = _camera_status(member, state, writers)
    return RigStatus(
        state=state,
        seconds=_seconds_since(run.begun) if run is not None else 0.0,
        triggers=triggers,
        cameras=cameras,
        folder=folder,
        events=tuple(event.text for event in run.events) if run is not None else (),
        stop_reason=run.reason if run is not None else "",
    )


def progress_of(status: RigStatus, end: float | None) -> list[CameraProgress]:
    """The cameras for people; ``end``: when it is over, on the monotonic clock.  The disk fills as so far."""
    left_s = None if end is None else max(0.0, end - time.monotonic())
    written = sum(camera.bytes for camera in status.cameras.values())
    since = status.seconds
    speed = written / since if since > 0.5 else 0.0
    return [camera.progress(left_s, speed) for camera in status.cameras.values()]


def _seconds_since(begun_ns: int | None) -> float:
    """Seconds since a moment on the host's monotonic clock; 0 if it was not yet."""
    return 0.0 if begun_ns is None else (time.monotonic_ns() - begun_ns) / 1e9


def _camera_status(member: Member, state: str, writers: list[WriterStatus]) -> CameraStatus:
    """The status of one camera, from those of its writers, oldest first."""
    stint = member.stint
    failure = str(member.failure or "")
    if member.failure is not None and state in ("primed", "running", "recording"):
        state = "recovering" if member.recovering else "lost"
    if not writers:
        seen = 0 if stint is None else stint.follower.next_trigger
        lost = 0 if stint is None else stint.follower.lost
        return CameraStatus(
            name=member.name,
            serial=member.serial,
            role=str(member.config.role),
            state=state,
            triggers=seen,
            frames=seen - lost,
            lost={"transport": lost} if lost else {},
            rate=0.0 if stint is None else stint.follower.rate(),
            failure=failure,
        )
    newest = writers[-1]
    if state == "stopping":
        state = "done" if all(writer.done for writer in writers) else "finishing"
    lost_in: dict[str, int] = {}
    for writer in writers:
        for place, count in writer.lost.items():
            lost_in[place] = lost_in.get(place, 0) + count
    return CameraStatus(
        name=member.name,
        serial=member.serial,
        role=str(member.config.role),
        state=state,
        triggers=sum(writer.triggers for writer in writers),
        frames=sum(writer.written for writer in writers),
        incomplete=sum(writer.incomplete for writer in writers),
        lost=lost_in,
        rate=newest.rate,
        backlog=sum(writer.backlog for writer in writers),
        spilled=sum(writer.spilled for writer in writers),
        bytes=sum(writer.bytes for writer in writers),
        disk_free=newest.disk_free,
        segments=sum(len(writer.files) for writer in writers),
        failure=failure or str(newest.error or ""),
    )
