"""The status of a writer process: plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from llpyspin.naming.known import named

if TYPE_CHECKING:
    from llpyspin.errors import LlpyspinError
    from llpyspin.recording.rows import Row

__all__ = ["Opened", "RecordedFile", "State", "WriterResult", "WriterStatus"]

State = Literal["holding", "recording", "finishing", "done"]


@named
@dataclass(frozen=True)
class RecordedFile:
    """One video with its sidecar.

    Attributes
    ----------
    path, sidecar : str
    part : int
        0 for the first file of a recording, then 1, 2, ...
    frames : int
        Pictures in it.
    first_trigger, last_trigger : int or None
        Of its rows; None before the first.
    """

    path: str
    sidecar: str
    part: int
    frames: int = 0
    first_trigger: int | None = None
    last_trigger: int | None = None


@dataclass(frozen=True)
class Opened:
    """What a writer says once its files are open: the files, what encodes, and what was tried before that."""

    files: tuple[RecordedFile, ...]
    sink: str
    notes: tuple[str, ...]


@named
@dataclass(frozen=True)
class WriterStatus:
    """How a recording goes.

    Attributes
    ----------
    state : {"holding", "recording", "finishing", "done"}
        Waiting for ``begin``; reading frames; all are read, and the last ones are encoded; files closed.
    triggers : int
        Accounted for so far: ``written + incomplete + sum(lost.values())``.
    written, incomplete : int
        Frames in the files that would be there if the writer were killed now.
    lost : dict of str to int
        By place: "sensor", "transport", "ring", "writer"; of what a function gave also "callback".
    blanks : int
        Pictures that stand for lost frames.
    frames : int
        Read from the camera.
    backlog : int
        Frames that the camera's process has published and that are not encoded yet.
    spilled, spilled_bytes : int
        How many of those wait on disk.
    rate : float
        Pictures written a second, over the last second or so.
    bytes : int
        Of all videos.
    disk_free : int
        Bytes free for the present video.
    stream_ended : str
        Why no more frames come, where the camera's process has ended the stream; else "".
    error : LlpyspinError or None
        Why frames are not written (any more).
    notes : tuple of str
        What else there is to say.
    doubts : tuple of str
        Where the numbers of triggers are not certain.
    files : tuple of RecordedFile
    spill_file : str
        The file with frames that were never encoded, where there is one at the end; else "".
    """

    state: State = "holding"
    triggers: int = 0
    written: int = 0
    incomplete: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    blanks: int = 0
    frames: int = 0
    backlog: int = 0
    spilled: int = 0
    spilled_bytes: int = 0
    rate: float = 0.0
    bytes: int = 0
    disk_free: int = 0
    stream_ended: str = ""
    error: LlpyspinError | None = None
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    files: tuple[RecordedFile, ...] = ()
    spill_file: str = ""

    @property
    def done(self) -> bool:
        """Whether all files are closed."""
        return self.state == "done"


@named
@dataclass(frozen=True)
class WriterResult:
    """What became of a recording: the last status, and the first and the last row of its account."""

    status: WriterStatus
    first: Row | None
    last: Row | None

    @property
    def files(self) -> tuple[RecordedFile, ...]:
        return self.status.files
