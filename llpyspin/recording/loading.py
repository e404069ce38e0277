"""Recordings for analysis: numpy columns, pictures, and which picture belongs to which trigger."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from llpyspin.errors import LlpyspinError, MissingExtraError, RecordingError, UnknownCameraError
from llpyspin.frames.png import figure_of
from llpyspin.naming.constructors import checked_call
from llpyspin.naming.known import did_you_mean, hinted, named
from llpyspin.processes.closing import Closing
from llpyspin.recording.columns import ROW_DTYPE, columns_of
from llpyspin.recording.health.loadedhealth import health_columns
from llpyspin.recording.locating import find
from llpyspin.recording.pictures import Frames
from llpyspin.recording.rows import LOST
from llpyspin.recording.sidecar import read_sidecar

if TYPE_CHECKING:
    import os
    from pathlib import Path

    import numpy.typing as npt

    from llpyspin.recording.account.account import Account
    from llpyspin.recording.clockfit import ClockFit
    from llpyspin.recording.hostclock import HostClock
    from llpyspin.recording.rows import Row
    from llpyspin.recording.session import CameraRecord, Session

    Array = npt.NDArray[Any]

logger = logging.getLogger("llpyspin")

__all__ = ["Loaded", "Place", "Recording", "load"]


_INDICES = ("trigger", "seconds", "utc")


@hinted
class Place(NamedTuple):
    """Where a picture is: the file and its number in that file."""

    file: Path
    frame: int


@checked_call
def load(path: str | os.PathLike[str]) -> Loaded:
    """Open a recording for analysis.

    Parameters
    ----------
    path : path-like
        The folder of a session, or any file of a single recording.

    Returns
    -------
    Loaded
        A mapping of the cameras' names (and serial numbers) to :class:`Recording`.

    Raises
    ------
    RecordingError
        There is no recording at this path.
    """
    found = find(path)
    return Loaded(found.session, found.folder, found.path)


@named
class Loaded(Closing, Mapping[str, "Recording"]):
    """All cameras of a recording, by name or serial number.

    Attributes
    ----------
    session : Session
        Metadata of the recording.
    folder : Path
    """

    session: Session
    folder: Path

    def __init__(self, session: Session, folder: Path, path: Path) -> None:
        self.session = session
        self.folder = folder
        self._path = path
        self._recordings = {
            camera.name or camera.serial: Recording(camera, session, folder) for camera in session.cameras
        }
        self._by_serial = {each.serial: each for each in self._recordings.values()}

    @property
    def account(self) -> Account | None:
        """The account; None if the recording was killed (``llpyspin repair`` makes it) or is running."""
        return self.session.account

    def health(self) -> npt.NDArray[np.void]:
        """Return frames that waited, free disk space and load of the processors over time.

        Returns
        -------
        ndarray
            Structured, shape (n,), one element for each camera and time: ``host_timestamp_ns``, ``camera``,
            ``frames`` written, ``backlog``, ``spilled`` (frames), ``disk_free`` (bytes; -1: not known) and
            ``cpu_percent`` (of all processors; NaN: not known).  Empty for recordings without such a file.

        Raises
        ------
        RecordingError
            The file cannot be read.
        """
        return health_columns(self._path)

    def __getitem__(self, name: str) -> Recording:
        recording = self._recordings.get(name) or self._by_serial.get(name)
        if recording is None:
            near = did_you_mean(name, self, f"It has {', '.join(self)}")
            raise UnknownCameraError(f"this recording has no camera {name!r}. {near}")
        return recording

    def __iter__(self) -> Iterator[str]:
        return iter(self._recordings)

    def __len__(self) -> int:
        return len(self._recordings)

    def at(self, trigger: int) -> dict[str, Array | None]:
        """Return the pictures of one trigger by camera; None if a camera has no picture."""
        return {name: recording.at(trigger) for name, recording in self._recordings.items()}

    def close(self) -> None:
        """Close the videos that were opened."""
        for recording in self._recordings.values():
            recording.frames.close()

    def __repr__(self) -> str:
        return f"<recording in {self.folder}: {', '.join(self)}>"

    def _repr_html_(self) -> str | None:
        """What Jupyter shows: the first picture of each camera."""
        shown = [recording._repr_html_() for recording in self._recordings.values()]
        style = "display:flex;flex-wrap:wrap;gap:16px"
        return None if None in shown else f"<div style='{style}'>{''.join(map(str, shown))}</div>"


@named
class Recording:
    """One camera of a recording.

    Attributes
    ----------
    serial, name, role : str
    virtual : bool
        Whether the camera was virtual.
    files : tuple of Path
        The videos, in the order of their triggers.
    columns : ndarray
        Structured, one element for each trigger, shape (n,): the columns of the sidecar and ``part``, the
        index in ``files``.  For an empty cell in the sidecar, whole numbers are -1 and others NaN.
    """

    camera: CameraRecord
    serial: str
    name: str
    role: str
    virtual: bool
    files: tuple[Path, ...]
    columns: npt.NDArray[np.void]
    frames: Frames

    def __init__(self, camera: CameraRecord, session: Session, folder: Path) -> None:
        self.camera = camera
        self.serial, self.name, self.role = camera.serial, camera.name or camera.serial, camera.role
        self.virtual = camera.virtual
        self._wall_offset_ns = session.wall_offset_ns
        self._clock = _clock(session, camera.serial)
        self._host_clock = _host_clock(session, camera.host)
        segments = [(file, _rows(folder / file.sidecar)) for file in camera.files]
        segments.sort(key=lambda segment: segment[1][0].trigger if segment[1] else -1)
        self.files = tuple(folder / file.video for file, _ in segments)
        parts = [columns_of(rows, part) for part, (_, rows) in enumerate(segments)]
        self.columns = np.concatenate([np.empty(0, ROW_DTYPE), *parts])
        self._pictures = self.columns[self.columns["frame"] >= 0]
        self.frames = Frames(self.files, self._pictures["part"], self._pictures["frame"])
        """All pictures of all segments, as a sequence."""

    @property
    def triggers(self) -> npt.NDArray[np.int64]:
        """The trigger of each picture: ``triggers[n]`` is that of ``frames[n]``; shape (pictures,)."""
        return self._pictures["trigger"].copy()

    @property
    def blanks(self) -> npt.NDArray[np.bool_]:
        """Which pictures are blank and replace lost frames; shape (pictures,)."""
        marks: npt.NDArray[np.bool_] = self._pictures["state"] == LOST
        return marks

    @property
    def timestamps_ns(self) -> npt.NDArray[np.int64]:
        """Time of each picture in ns on the camera's clock; -1 for blanks; shape (pictures,)."""
        return self._stamps("camera_timestamp_ns")

    @property
    def timestamps(self) -> npt.NDArray[np.float64]:
        """Time of each picture in ms since the first one; NaN for blanks; shape (pictures,)."""
        stamps = self.timestamps_ns
        known = stamps >= 0
        result = np.full(len(stamps), np.nan)
        if known.any():
            result[known] = (stamps[known] - stamps[known][0]) / 1e6
        return result

    @property
    def host_ns(self) -> npt.NDArray[np.int64]:
        """Time of each picture in ns on the host's monotonic clock, by the fit of the camera's clock.

        -1 for blanks.  Without a fit (see ``account``), it is the arrival time.  In a recording of several
        hosts, it is on the clock of the host with the primary camera.
        """
        stamps = self.timestamps_ns if self._clock is not None else self._stamps("host_timestamp_ns")
        times = stamps if self._clock is None else self._clock.host_times(stamps)
        if self._host_clock is not None:
            times = self._host_clock.reference_times(times)
        return np.where(stamps >= 0, times, -1)

    @property
    def times(self) -> npt.NDArray[np.datetime64]:
        """The same as ``datetime64[ns]`` in UTC; NaT for blanks."""
        host = self.host_ns
        result = (host + self._wall_offset_ns).astype("datetime64[ns]")
        result[host < 0] = np.datetime64("NaT", "ns")
        return result

    def _stamps(self, name: str) -> npt.NDArray[np.int64]:
        stamps: npt.NDArray[np.int64] = np.where(self.blanks, -1, self._pictures[name])
        return stamps

    def number(self, trigger: int) -> int | None:
        """Return the index in ``frames`` of the picture of a trigger; None if there is no picture."""
        at = int(np.searchsorted(self._pictures["trigger"], trigger))
        if at < len(self._pictures) and self._pictures["trigger"][at] == trigger:
            return at
        return None

    def find(self, trigger: int) -> Place | None:
        """Return file and picture number of a trigger; None as in :meth:`number`."""
        number = self.number(trigger)
        if number is None:
            return None
        row = self._pictures[number]
        return Place(self.files[row["part"]], int(row["frame"]))

    def at(self, trigger: int) -> Array | None:
        """Return the picture of a trigger, (h, w) or (h, w, 3) in the order B, G, R, or None."""
        number = self.number(trigger)
        return None if number is None else self.frames[number]

    def to_pandas(self, index: str | None = None) -> Any:
        """Return the columns as a ``pandas.DataFrame`` with a row for each trigger; empty cells are NA.

        Parameters
        ----------
        index : {"trigger", "seconds", "utc"}, optional
            Column for the index; by default rows are numbered.  ``seconds`` are since the session's first
            trigger, on the camera's clock.  ``utc`` is when the frame arrived, on the host's clock.  Where a
            frame was lost, both are empty.

        Raises
        ------
        MissingExtraError
            pandas is not installed.
        ValueError
            There is no such index.
        """
        if index not in (None, *_INDICES):
            near = did_you_mean(index, _INDICES)
            allowed = f"one of {', '.join(_INDICES)}, or None"
            raise ValueError(f"index must be {allowed}, not {index!r}. {near}".removesuffix(". "))
        try:
            pandas: Any = importlib.import_module("pandas")
        except ImportError as error:
            raise MissingExtraError("this needs pandas: pip install pandas") from error
        frame = pandas.DataFrame({name: self.columns[name] for name in ROW_DTYPE.names or ()})
        for name in ROW_DTYPE.names or ():
            if ROW_DTYPE[name].kind == "i":
                frame[name] = frame[name].astype("Int64").mask(self.columns[name] < 0)
            elif ROW_DTYPE[name].kind == "U":
                frame[name] = frame[name].astype("category")
            elif ROW_DTYPE[name].kind == "M":
                frame[name] = frame[name].dt.tz_localize("UTC")
        return frame if index is None else frame.set_index(index)

    def __repr__(self) -> str:
        kind = "virtual camera" if self.virtual else "camera"
        return f"<{kind} {self.name}: {len(self.columns)} triggers, {len(self.frames)} pictures>"

    def _repr_html_(self) -> str | None:
        """What Jupyter shows: the first picture that is not blank; None, for ``repr()``, without any."""
        whole = np.flatnonzero(~self.blanks)
        if not len(whole):
            return None
        try:
            return figure_of(self.frames[int(whole[0])], repr(self).strip("<>"))
        except LlpyspinError:  # the file has gone, or cannot be decoded here
            return None


def _rows(sidecar: Path) -> list[Row]:
    """The rows of a file; none if its sidecar was deleted, so that the rest can be used."""
    try:
        return read_sidecar(sidecar)
    except FileNotFoundError:
        logger.warning("%s is not there: the pictures of its video have no rows", sidecar)
        return []
    except OSError as error:
        raise RecordingError(f"{sidecar} cannot be read: {error.strerror}") from error


def _host_clock(session: Session, host: str) -> HostClock | None:
    hosts = () if session.account is None else session.account.hosts
    return next((one.clock for one in hosts if one.name == host), None)


def _clock(session: Session, serial: str) -> ClockFit | None:
    if session.account is None:
        return None
    return next((one.clock for one in session.account.cameras if one.serial == serial), None)
