"""The JSON file of a recording: ``session.json`` in a folder, or ``NAME.json`` beside a single video."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import platform
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin.errors import RecordingError
from llpyspin.naming.known import named
from llpyspin.recording.account.account import Account  # noqa: TC001 -- needed to read it from JSON
from llpyspin.recording.boxrecord import BoxRecord  # noqa: TC001 -- needed to read it from JSON
from llpyspin.recording.foreign import is_plain_name
from llpyspin.recording.sessionparts import Event, FileRecord, HostRecord, Pulse
from llpyspin.recording.sessiontime import in_utc
from llpyspin.recording.tree import from_tree, read_json, to_tree, write_json
from llpyspin.roles import ClockSample, Tally  # noqa: TC001 -- needed to read it from JSON
from llpyspin.system.users import login_name
from llpyspin.system.wallclock import wall_clock

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

__all__ = [
    "COMPLETE",
    "KILLED",
    "RECORDING",
    "REPAIRED",
    "SESSION_FILE",
    "UNPROVEN",
    "CameraRecord",
    "Event",
    "FileRecord",
    "HostRecord",
    "Pulse",
    "Session",
    "local_time",
    "new_id",
    "versions",
    "wall_offset_ns",
]

SESSION_FILE = "session.json"
RECORDING, COMPLETE, REPAIRED = STATES = "recording", "complete", "repaired"
KILLED = "killed"
UNPROVEN = "unproven"
"""Events of cameras of which nothing proves which triggers their frames belong to."""
"""The event of a recording that somebody killed, and that was repaired."""

_PACKAGES = ("llpyspin", "numpy", "av", "tifffile", "h5py", "opencv-python", "opencv-python-headless")


@named
@dataclass(frozen=True)
class CameraRecord:
    """One camera of a recording.

    Attributes
    ----------
    serial, name, model, interface : str
    role : str
        "primary", "secondary" or "free".
    virtual : bool
        It does not exist: the pictures are made up, or those of an older recording.
    replay_of : str
        Path of the recording that the virtual camera replayed; "" if it replayed nothing.
    files : tuple of FileRecord
        Those known when this was written; further segments are found by their names.
    settings : dict
        What the camera was set to, by name.
    settings_file : str
        Name of the file with all of its nodes, in the same folder; empty: there is none.
    lines : dict
        The GPIO lines used.
    armed : dict
        What the camera said when it was armed: rate, exposure, first frame id, ...
    picture : dict
        Height, width, color and bits of the pictures, and the rate that the files declare.
    sink : str
        What wrote the files.
    notes : tuple of str
        What was tried before it and did not work, and the like.
    doubts : tuple of str
        Where the numbers of its triggers are not certain.
    tally : Tally or None
        The counters at the end; None where the camera was not there any more.
    published : int
        What ``Armed.published`` was when the tally began.
    callback : str
        Name of the function whose results the files have; empty: they have what the camera gave.
    clocks : tuple of ClockSample
        The camera's clock and the host's, read together.
    pulse : Pulse or None
        The last one that the primary knows, where it is recorded alone; or the first one of a pulse box.
    host : str
        Name of the computer that recorded it, one of ``Session.hosts``; empty: there is only one.
    """

    serial: str
    name: str = ""
    role: str = "free"
    model: str = ""
    interface: str = ""
    virtual: bool = False
    replay_of: str = ""
    files: tuple[FileRecord, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    settings_file: str = ""
    lines: dict[str, Any] = field(default_factory=dict)
    armed: dict[str, Any] = field(default_factory=dict)
    picture: dict[str, Any] = field(default_factory=dict)
    sink: str = ""
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    tally: Tally | None = None
    published: int = 0
    callback: str = ""
    clocks: tuple[ClockSample, ...] = ()
    pulse: Pulse | None = None
    host: str = ""

    def replace(self, **changes: Any) -> CameraRecord:
        """The same with other values of some fields."""
        return dataclasses.replace(self, **changes)


@named
@dataclass(frozen=True, repr=False)
class Session:
    """A recording of one or more cameras.

    Attributes
    ----------
    cameras : tuple of CameraRecord
    state : str
        "recording" until the account is made: a file that still says so is of a recording that is going on,
        or was killed.  Then "complete", or "repaired".
    name : str
    started : str
        Date and time with zone; in UTC in :attr:`started_utc`.
    wall_offset_ns : int
        What to add to timestamps of the host's monotonic clock for ns since 1970 (UTC), as at the start.
    first_trigger : int
        Number of the first trigger in the files; more than 0 after a pre-trigger.
    triggers : int or None
        How many there were from that one on; None: nobody knows.
    fill : bool
        Whether blank pictures stand for lost frames, so that picture n is trigger n.
    sync : str
        "lines", "ptp" or "none".
    versions, options : dict
    wiring : tuple of str
        As ``"12345678:Line1 -> 87654321:Line3"``.
    events : tuple of Event
    box : BoxRecord or None
        The pulse box that sent the pulses, if the rig had one.
    account : Account or None
        At the end.
    folder : Path or None
        Where its files are now; :attr:`recorded_in` is where they were written.
    host, recorded_in, user : str
        Where it was recorded, and by whom: name of the computer, folder there (``folder`` in the JSON file),
        login name.
    id : str
        Unique for each recording; it is in the metadata of its videos too.  "" in files of older versions.
    hosts : tuple of HostRecord
        The computers that recorded it, if there were several; each has a folder of its own in this one.
    wall_clock : dict
        What the system said of its wall clock: whether something keeps it right, and how far off it may be.
    metadata : dict
        What the user said of it, as ``record(..., metadata={...})`` and the rig's YAML file have it.
    """

    cameras: tuple[CameraRecord, ...] = ()
    state: str = RECORDING
    name: str = ""
    started: str = field(default_factory=lambda: local_time())
    wall_offset_ns: int = field(default_factory=lambda: wall_offset_ns())
    first_trigger: int = 0
    triggers: int | None = None
    fill: bool = False
    sync: str = "lines"
    versions: dict[str, Any] = field(default_factory=lambda: versions())
    options: dict[str, Any] = field(default_factory=dict)
    wiring: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    box: BoxRecord | None = None
    account: Account | None = None
    host: str = ""
    recorded_in: str = ""
    user: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    hosts: tuple[HostRecord, ...] = ()
    wall_clock: dict[str, Any] = field(default_factory=dict)
    format: int = 1
    folder: Path | None = field(default=None, compare=False, repr=False)

    @property
    def virtual(self) -> bool:
        """Whether any of the cameras is virtual."""
        return any(camera.virtual for camera in self.cameras)

    @property
    def started_utc(self) -> str:
        """:attr:`started` in UTC, as ``"2026-03-01T13:05:59.123+00:00"``; "" where it is not known."""
        return in_utc(self.started)

    @property
    def of_writers(self) -> dict[str, Any]:
        """Fields of :class:`~llpyspin.recording.options.WriterSpec` that all writers of the session share."""
        return {"wall_offset_ns": self.wall_offset_ns, "session": self.id, "started": self.started}

    @property
    def subject(self) -> str:
        """``metadata["subject"]`` as text; "" where there is none."""
        return str(self.metadata.get("subject") or "")

    @property
    def notes(self) -> str:
        """``metadata["notes"]`` as text; "" where there is none."""
        return str(self.metadata.get("notes") or "")

    def __str__(self) -> str:
        cameras = ", ".join(camera.name or camera.serial for camera in self.cameras)
        subject = f", subject {self.subject}" if self.subject else ""
        title = f"Session {self.name or 'without a name'} of {self.started}{subject}, {self.state}: {cameras}"
        return title if self.account is None else f"{title}\n\n{self.account}"

    def __repr__(self) -> str:
        cameras = ", ".join(camera.name or camera.serial for camera in self.cameras)
        account = self.account
        if account is None:
            how = "without an account yet"
        else:
            missing = sum(camera.all_lost + camera.incomplete for camera in account.cameras)
            how = f"{'unknown' if account.triggers is None else account.triggers} triggers, {missing} missing"
            how += "" if account.adds_up else ", the account does not add up"
        return f"<Session {self.name or 'without a name'} of {self.started}, {self.state}: {cameras}, {how}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and Jupyter show at the prompt."""
        printer.text("Session(...)" if cycle else str(self))

    def replace(self, **changes: Any) -> Session:
        """The same with other values of some fields."""
        return dataclasses.replace(self, **changes)

    def recorded_here(self, folder: Path, wall_offset_ns: int | None = None) -> Session:
        """The same, recorded in this folder, on this computer, by this user; with the offset of its rows."""
        offset = self.wall_offset_ns if wall_offset_ns is None else wall_offset_ns
        return self.replace(
            host=platform.node(),
            recorded_in=str(folder.absolute()),
            user=login_name(),
            wall_clock=wall_clock(),
            wall_offset_ns=offset,
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the JSON file, whole or not at all (an older one is replaced).

        Raises
        ------
        RecordingError
            It cannot be written.
        """
        tree = {**to_tree(self), "virtual": self.virtual, "started_utc": self.started_utc}
        tree["folder"] = tree.pop("recorded_in")  # where the files are now follows from where this file is
        if self.account is not None:
            # For those who read the file without this package:
            tree["account"]["adds_up"] = self.account.adds_up
            tree["account"]["complete"] = self.account.complete
        write_json(path, tree)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Session:
        """Read the JSON file again.

        Raises
        ------
        RecordingError
            There is none, or it is not one of a recording.
        """
        path = Path(path)
        return cls.of_tree(read_json(path), str(path)).replace(folder=path.absolute().parent)

    @classmethod
    def of_tree(cls, tree: Mapping[str, Any], what: str) -> Session:
        """The session that a JSON file holds, without the folder that it is in; ``what`` names the file.

        Raises
        ------
        RecordingError
            It is not one of a recording.
        """
        if not isinstance(tree.get("cameras"), list) or "state" not in tree:
            raise RecordingError(f"{what} is not the account of a recording")
        written_as = tree.get("format", 1)
        if isinstance(written_as, int) and written_as > 1:
            raise RecordingError(f"{what} was written by a newer llpyspin than this one")
        fields = {name: each for name, each in tree.items() if name != "folder"}
        fields["recorded_in"] = tree.get("folder", "")
        session = from_tree(cls, fields, what)
        session.check(what)
        return session

    def check(self, what: str) -> None:
        """Refuse what no recording says of itself; ``what`` names the file.

        Raises
        ------
        RecordingError
            A file's name leads out of the folder, a number is impossible, or the state is none.
        """
        for host in self.hosts:
            if not is_plain_name(host.name) or host.name.startswith("."):
                raise RecordingError(f"{what} names the host {host.name!r}, which is no name of a folder")
        for name in self._file_names():
            if not is_plain_name(name):
                raise RecordingError(f"{what} names {name!r}, which is not a file in its own folder")
        if unknown := {camera.host for camera in self.cameras} - {"", *(host.name for host in self.hosts)}:
            raise RecordingError(
                f"{what} has cameras of {sorted(unknown)[0]!r}, which is none of its computers"
            )
        if self.state not in STATES:
            raise RecordingError(f"{what} has the state {self.state!r}; there are {', '.join(STATES)}")
        counts = [self.first_trigger, self.triggers or 0]
        counts += [
            count
            for camera in self.cameras
            for file in camera.files
            for count in (file.part, file.unassigned)
        ]
        if min(counts) < 0:
            raise RecordingError(f"{what} has a negative number of triggers, pictures or files")

    def _file_names(self) -> Iterator[str]:
        """Names of all files, without the folder of the computer that wrote them."""
        for camera in self.cameras:
            named = [name for file in camera.files for name in (file.video, file.sidecar)]
            for name in [*named, *[camera.settings_file] * bool(camera.settings_file)]:
                yield name.removeprefix(f"{camera.host}/") if camera.host else name


def new_id() -> str:
    """An id that no other recording has."""
    return str(uuid.uuid4())


def local_time() -> str:
    """Date and time now, with zone."""
    return datetime.now().astimezone().isoformat(timespec="milliseconds")


def wall_offset_ns() -> int:
    """Wall-clock time minus monotonic time, now, in ns."""
    before = time.monotonic_ns()
    wall = time.time_ns()
    return wall - (before + time.monotonic_ns()) // 2


def versions(sdk: str = "", sdk_version: str = "") -> dict[str, str]:
    """Of everything that may matter to a recording, by name."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    if sdk:
        found["sdk"] = f"{sdk} {sdk_version}".strip()
    return found
