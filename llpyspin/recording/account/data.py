"""The values of an account, by camera and for all cameras together."""

from __future__ import annotations

from dataclasses import dataclass, field

from llpyspin.errors import UnknownCameraError
from llpyspin.naming.known import did_you_mean, named
from llpyspin.recording.clockfit import ClockFit  # noqa: TC001 -- needed to read it from JSON
from llpyspin.recording.hostclock import HostClock  # noqa: TC001 -- needed to read it from JSON

__all__ = ["AccountData", "CameraAccount", "HostAccount", "Spread"]


@named
@dataclass(frozen=True)
class CameraAccount:
    """What became of every trigger at one camera.

    Attributes
    ----------
    serial, name, role : str
    virtual : bool
    files : tuple of str
        The videos, in order.
    triggers : int
        Rows in its sidecars, one for each trigger.
    first_trigger, last_trigger : int or None
    written, incomplete : int
    lost : dict
        By place: "sensor", "transport", "ring", "writer"; of what a function gave also "callback".
    blanks : int
        Lost frames for which a marked blank picture stands in the video.
    first_camera_ns, last_camera_ns, first_host_ns, last_host_ns : int or None
        Of the first and the last frame that came, on the camera's clock and on the host's monotonic clock.
    rate : float or None
        Triggers a second between them, by the camera's clock.
    requested_rate : float or None
        Triggers a second that were asked for; None: nobody named a rate.
    clock : ClockFit or None
    unnumbered : int
        Of those lost in transport, frames that the SDK delivered damaged and without their number.
    dropped : int
        Of those lost in transport, frames that the camera process dropped, because readers held all memory.
    unassigned : int
        Pictures at the end of its files that have no row: nothing proves which triggers they belong to.
    reasons : tuple of str
        Why its account does not add up; empty if it does.
    notes : tuple of str
        What else there is to know.
    unknown : bool
        Its computer was lost, and its files are not here: all numbers are missing, not 0.
    """

    serial: str
    name: str = ""
    role: str = "free"
    virtual: bool = False
    files: tuple[str, ...] = ()
    triggers: int = 0
    first_trigger: int | None = None
    last_trigger: int | None = None
    written: int = 0
    incomplete: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    blanks: int = 0
    first_camera_ns: int | None = None
    last_camera_ns: int | None = None
    first_host_ns: int | None = None
    last_host_ns: int | None = None
    rate: float | None = None
    requested_rate: float | None = None
    clock: ClockFit | None = None
    unnumbered: int = 0
    dropped: int = 0
    unassigned: int = 0
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unknown: bool = False

    @property
    def all_lost(self) -> int:
        """Lost frames in all places."""
        return sum(self.lost.values())

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name or self.serial

    @property
    def complete(self) -> bool:
        """Whether each of its triggers has a whole picture."""
        return self.triggers > 0 and self.written == self.triggers


@named
@dataclass(frozen=True)
class Spread:
    """How far apart the frames of one trigger are, with all timestamps on the host's clock by the fits.

    Attributes
    ----------
    frames : int
        Triggers compared, of which all cameras have a frame.
    every : int
        Every how many triggers one was compared.
    median_us, p99_us, most_us : float
        From the earliest to the latest camera.
    offsets_us : dict
        By serial: median of how much later than at the first camera.
    read_together : bool
        Whether all clocks were also read together with the host's.  If not, the times that frames take to
        arrive are contained.
    """

    frames: int
    every: int
    median_us: float
    p99_us: float
    most_us: float
    offsets_us: dict[str, float] = field(default_factory=dict)
    read_together: bool = False


@named
@dataclass(frozen=True)
class HostAccount:
    """What is known of one computer of a recording of several.

    Attributes
    ----------
    name : str
    source : str
        "files": its numbers come from its sidecars. "told": from what it said at the end, because its files
        are not here.  "unknown": it was lost.
    clock : HostClock or None
        Its clock by that of the first computer, from the triggers that both saw; None where there are none,
        and for the first computer.
    shift : float or None
        By how many periods its triggers come later than those of the first computer, by pings over the
        network; None: not known.
    """

    name: str
    source: str
    clock: HostClock | None = None
    shift: float | None = None


@dataclass(frozen=True)
class AccountData:
    """What became of every trigger at every camera, and whether it adds up.

    Attributes
    ----------
    first_trigger : int
        Number of the first trigger in the files.
    triggers : int or None
        From that one on; None: nobody knows how many there were.
    cameras : tuple of CameraAccount
    fill : bool
        Whether blank pictures stand for lost frames, so that picture n is trigger n.
    virtual : bool
        Whether the pictures are made up.
    spread : Spread or None
        None for a single camera.
    events : tuple of str
        What happened meanwhile.
    reasons : tuple of str
        Why the account does not add up: those of the cameras too.
    box_pulses : int or None
        Pulses that the pulse box counted since its start; None: there was no box, or its count is not known.
    killed : bool
        Whether the recording was killed: what came after its last rows is not known.
    hosts : tuple of HostAccount
        The computers that recorded it, if there were several; the first is that of the primary camera.
    """

    first_trigger: int = 0
    triggers: int | None = None
    cameras: tuple[CameraAccount, ...] = ()
    fill: bool = False
    virtual: bool = False
    spread: Spread | None = None
    events: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    killed: bool = False
    box_pulses: int | None = None
    hosts: tuple[HostAccount, ...] = ()

    @property
    def adds_up(self) -> bool:
        """Whether triggers = written + incomplete + lost for every camera, and every counter agrees."""
        return not self.reasons

    @property
    def complete(self) -> bool:
        """Whether the account adds up and every camera has a whole picture of each trigger.

        False as well where nobody knows what came last, because the recording was killed, and where there is
        no picture at all.
        """
        whole = bool(self.cameras) and all(camera.complete for camera in self.cameras)
        return whole and self.adds_up and not self.killed

    def camera(self, which: str) -> CameraAccount:
        """The account of one camera, by its serial number or name."""
        for camera in self.cameras:
            if which in (camera.serial, camera.name):
                return camera
        names = [name for camera in self.cameras for name in (camera.name, camera.serial)]
        near = did_you_mean(which, names, f"It has {', '.join(dict.fromkeys(names))}")
        raise UnknownCameraError(f"this account has no camera {which!r}. {near}")
