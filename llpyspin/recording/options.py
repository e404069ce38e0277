"""The options of a recording that users choose, and the settings of one writer process."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from llpyspin.errors import RecordingError, SettingRangeError
from llpyspin.naming.constructors import checked_arguments
from llpyspin.naming.known import named
from llpyspin.recording.names import reason_against, split
from llpyspin.recording.numbering import Anchor
from llpyspin.recording.sessiontime import Elapsed
from llpyspin.settings import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.recording.sinks import Picture

__all__ = ["CONTAINERS", "OVERFLOWS", "Overflow", "RecordingOptions", "WriterSpec"]

Overflow = Literal["spill", "drop", "stop"]
CONTAINERS = {"mkv": ".mkv", "mp4": ".mp4", "mov": ".mov", "avi": ".avi", "matroska": ".mkv"}
"""The suffix of each."""
OVERFLOWS: tuple[Overflow, ...] = ("spill", "drop", "stop")


@checked_arguments
@named
@dataclass(frozen=True)
class RecordingOptions:
    """Options of a recording.

    Parameters
    ----------
    codec : str, optional
        ``"h264"``, ``"ffv1"``, ``"raw"``, ``"tiff"``, ... or the exact name of an encoder.  None: by the
        suffix of the file, else the default for the pictures.
    container : {"mkv", "mp4", "mov", "avi", "matroska"}, optional
        Format of the files, as FFmpeg calls it.  None: by the suffix of the file, else that of the codec.
    quality : float, optional
        The codec's own constant quality; None: its default.
    overflow : {"spill", "drop", "stop"}
        What happens if the encoder is too slow.  "spill": raw frames go to a file beside the video and are
        encoded later.  "drop": frames are left out and marked as lost.  "stop": the recording ends with an
        error.
    fill : bool
        Whether a marked blank picture replaces each lost frame, so that picture n is trigger n.
    overwrite : bool
        Whether to replace existing files.
    segment_seconds : float, optional
        Length of each file in seconds.
    segment_bytes : int, optional
        Size in bytes after which a new file begins.
    options : mapping
        Options of the encoder, under its own names.
    spill_folder : str, optional
        Folder for frames that wait for the encoder; by default beside the video.
    line_status : bool
        Whether each frame must come with the levels of the camera's lines.  A camera that cannot send them is
        refused.  False: they are recorded if the camera sends them.

    Raises
    ------
    SettingRangeError
        One of the values is not allowed.
    """

    codec: str | None = None
    container: str | None = None
    quality: float | None = None
    overflow: str = "spill"
    fill: bool = False
    overwrite: bool = False
    segment_seconds: float | None = None
    segment_bytes: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    spill_folder: str | None = None
    line_status: bool = False

    def __post_init__(self) -> None:
        from llpyspin.recording.optiontypes import OptionTypes  # what costs is imported late
        from llpyspin.yamlfile.complaints import native
        from llpyspin.yamlfile.validating import Report, Scope

        report = Report()
        given = {name: getattr(self, name) for name in self.__dataclass_fields__}
        Scope(report, given).fields(OptionTypes)
        folder = self.spill_folder
        if not report and folder is not None and (reason := reason_against(os.fspath(folder))):
            require("spill_folder", folder, False, f"the path of a folder ({reason})")
        if report:
            first = report.mistakes[0]
            name = first.path.partition("[")[0]
            raise SettingRangeError(str(report), setting=name, value=getattr(self, name))
        for name, value in given.items():
            object.__setattr__(self, name, native(value))

    def suffix_of(self, name: str) -> str | None:
        """The suffix of a file that a user calls ``name``, with or without one; None: that of the codec.

        Raises
        ------
        RecordingError
            The suffix contradicts :attr:`container`.
        """
        given = split(name)[1]
        if self.container is None:
            return given or None
        wanted = CONTAINERS[self.container]
        if given and given != wanted:
            raise RecordingError(
                f"{name} ends in {given}, but container={self.container!r} makes {wanted} files. Leave out "
                f"one of them, or write {split(name)[0]}{wanted}"
            )
        return wanted

    def of_camera(self, sdk: str) -> RecordingOptions:
        """The same for a camera of this SDK: videos of the SDK are of the one that drives the camera."""
        if self.codec != "spinvideo":
            return self
        return replace(self, options={"sdk": sdk, **self.options})


@dataclass(frozen=True)
class WriterSpec:
    """The settings of one writer process.

    Parameters
    ----------
    address : str
        Of the camera's frames.
    path : str
        Of the video; without a suffix it gets that of its codec.
    picture : Picture
        Kind of the pictures, as :func:`llpyspin.frames.decode` gives them.
    color : bool
        Whether Bayer frames become colour pictures.
    serial, nickname : str
        Of the camera.
    virtual : bool
        Whether it is a virtual one; the video says so.
    replay_of : str
        Path of the recording that it replays; "" if it replays nothing.
    first_id : int
        The camera's number of the first exposure in its stream: 0 or 1.
    period_ns : int, optional
        From trigger to trigger, where that is known.
    next_trigger : int
        The first trigger to be accounted for.
    since : int, optional
        Index of the frame to begin with; None: the first one from now on.
    anchor : Anchor, optional
        For a camera that joins while triggers come.
    hold : bool
        Whether to wait for ``begin``, as a recording with a pre-trigger does.
    held : int
        How many frames the camera's memory must be able to keep for such a ``begin``, beside those that the
        writer holds while it encodes.
    returned : bool
        Whether the frames are those that a callback returned. Their process may be replaced by another, and
        what it left out is lost at the callback.
    wall_offset_ns : int, optional
        UTC (ns since 1970) minus the host's monotonic clock; as in the session, for the column ``utc``.
    elapsed : Elapsed, optional
        How long after the first trigger of the session a trigger came, for the column ``seconds``.
    zero_ns : int, optional
        The first trigger of the session on the camera's clock, for the same, where that is known already.
    session : str
        The session's id.
    started : str
        When the session started: date and time with zone.
    part : int
        Number of the first file: 0 for ``NAME.mkv``, 1 for ``NAME_001.mkv``, ...
    options : RecordingOptions
    """

    address: str
    path: str
    picture: Picture
    color: bool
    serial: str
    nickname: str
    virtual: bool
    first_id: int
    period_ns: int | None
    next_trigger: int = 0
    since: int | None = None
    anchor: Anchor | None = None
    hold: bool = False
    replay_of: str = ""
    held: int = 0
    returned: bool = False
    wall_offset_ns: int | None = None
    elapsed: Elapsed | None = None
    zero_ns: int | None = None
    session: str = ""
    started: str = ""
    part: int = 0
    options: RecordingOptions = field(default_factory=RecordingOptions)

    def __post_init__(self) -> None:
        if self.anchor is not None:  # a plain tuple after its way to another process
            object.__setattr__(self, "anchor", Anchor(*self.anchor))
        if self.elapsed is not None:
            object.__setattr__(self, "elapsed", Elapsed(*self.elapsed))
        object.__setattr__(self, "path", os.path.abspath(os.fspath(self.path)))
        for name in ("next_trigger", "held", "part"):
            value = getattr(self, name)
            require(name, value, isinstance(value, int) and value >= 0, "a whole number from 0")
