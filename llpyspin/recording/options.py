"""The options of a recording that users choose, and the settings of one writer process."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from llpyspin.recording.names import reason_against
from llpyspin.recording.numbering import Anchor
from llpyspin.settings import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.recording.sinks import Picture

__all__ = ["OVERFLOWS", "Overflow", "RecordingOptions", "WriterSpec"]

Overflow = Literal["spill", "drop", "stop"]
OVERFLOWS: tuple[Overflow, ...] = ("spill", "drop", "stop")


@dataclass(frozen=True)
class RecordingOptions:
    """Options of a recording.

    Parameters
    ----------
    codec : str, optional
        ``"h264"``, ``"ffv1"``, ``"raw"``, ``"tiff"``, ... or the exact name of an encoder.  None: by the
        suffix of the file, else the default for the pictures.
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

    Raises
    ------
    SettingRangeError
        One of the values is not allowed.
    """

    codec: str | None = None
    quality: float | None = None
    overflow: str = "spill"
    fill: bool = False
    overwrite: bool = False
    segment_seconds: float | None = None
    segment_bytes: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    spill_folder: str | None = None

    def __post_init__(self) -> None:
        require("codec", self.codec, self.codec is None or _is_text(self.codec), "the name of a codec")
        require("quality", self.quality, self.quality is None or _is_number(self.quality), "a number")
        require("overflow", self.overflow, self.overflow in OVERFLOWS, "'spill', 'drop' or 'stop'")
        for name in ("fill", "overwrite"):
            value = getattr(self, name)
            require(name, value, isinstance(value, bool), "True or False")
        seconds, size = self.segment_seconds, self.segment_bytes
        require(
            "segment_seconds",
            seconds,
            seconds is None or (_is_number(seconds) and seconds >= 0.1),
            "a number of seconds from 0.1",
        )
        require(
            "segment_bytes",
            size,
            size is None or (isinstance(size, int) and not isinstance(size, bool) and size >= 1 << 20),
            "a whole number of bytes from 1048576 (1 MiB)",
        )
        known = hasattr(self.options, "keys") and all(_is_text(name) for name in self.options)
        require("options", self.options, known, "a mapping of names to values")
        folder = self.spill_folder
        require(
            "spill_folder",
            folder,
            folder is None or isinstance(folder, (str, os.PathLike)),
            "the path of a folder",
        )
        if folder is not None and (reason := reason_against(os.fspath(folder))):
            require("spill_folder", folder, False, f"the path of a folder ({reason})")
        object.__setattr__(self, "options", dict(self.options))
        if folder is not None:
            object.__setattr__(self, "spill_folder", os.fspath(folder))

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
    held: int = 0
    returned: bool = False
    part: int = 0
    options: RecordingOptions = field(default_factory=RecordingOptions)

    def __post_init__(self) -> None:
        if self.anchor is not None:  # a plain tuple after its way to another process
            object.__setattr__(self, "anchor", Anchor(*self.anchor))
        object.__setattr__(self, "path", os.path.abspath(os.fspath(self.path)))
        for name in ("next_trigger", "held", "part"):
            value = getattr(self, name)
            require(name, value, isinstance(value, int) and value >= 0, "a whole number from 0")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < math.inf
