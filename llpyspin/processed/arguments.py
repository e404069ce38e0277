"""The arguments of a ProcessedRecorder, checked before any camera is opened.

They are those of ProcessedPiRecorder; what each becomes here is in :class:`Arguments`."""

from __future__ import annotations

import logging
import math
import os
import pathlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from llpyspin.callbacks.child.calling import check_function
from llpyspin.deadlines import MOST_S
from llpyspin.display.overlay import Overlay
from llpyspin.errors import RecordingError, SettingRangeError
from llpyspin.recording.metadata import checked_metadata
from llpyspin.recording.names import full_path
from llpyspin.recording.plan import check_path, is_number
from llpyspin.settings import require

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Arguments", "region", "rounded_up"]

logger = logging.getLogger("llpyspin")

SUFFIXES = (".tif", ".tiff")
STEP, STEREO_STEP = 16, 32  # pixels; resolutions are multiples of these, as they were there
MOST_COMPRESSION = 9
MOST_BUFFER = 1000
CB_TYPES = ("2Proc", "3Proc")
DISPLAYS = ("camera_reader", "file_writer")
ON_ERROR = ("stop", "end", "continue")


@dataclass(frozen=True)
class Arguments:
    """See :class:`llpyspin.processed.ProcessedRecorder`, which has them by the same names.

    Raises
    ------
    SettingRangeError, RecordingError, RecordingExistsError, TypeError
        Whatever can be known to be wrong.
    """

    tif_path: str | os.PathLike[str] | None
    x_resolution: int
    y_resolution: int
    scale_factor: float
    framerate: float
    rec_length: float
    display: bool
    display_proc: str | None
    stereo: bool
    timestamp: bool
    report_Hz: bool
    monitor_qs: bool
    callback: Any
    cb_type: str | None
    blocking: bool
    write_vid: bool
    tif_compression: int
    buffer_length: int
    Hz_buffer: int
    log_file: str | os.PathLike[str] | None
    cb_log: str | os.PathLike[str] | None = None
    bgra: bool = True
    on_error: str = "stop"
    overwrite: bool = False
    allow_lower_rate: bool = False
    metadata: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        for name in ("x_resolution", "y_resolution"):
            self._whole(name, 0, None, "pixels")
        self._whole("buffer_length", 1, MOST_BUFFER, "frames")
        self._whole("Hz_buffer", 2, None, "frames")
        self._whole("tif_compression", 0, MOST_COMPRESSION, "zlib's levels")
        self._number("scale_factor", above=0.0)
        self._number("framerate", least=0.0)
        self._number("rec_length", least=0.0, most=MOST_S)
        for name in _FLAGS:
            value = getattr(self, name)
            self._require(name, value in (True, False), "True or False")  # 0 and 1 of old scripts, too
        self._one_of("cb_type", (None, *CB_TYPES))
        self._one_of("on_error", ON_ERROR)
        object.__setattr__(self, "metadata", checked_metadata(self.metadata))
        self._check_callback()
        if self.display and self.display_proc not in (None, *DISPLAYS):
            logger.warning(
                "display_proc %r is not one of %s: nothing is displayed",
                self.display_proc,
                ", ".join(DISPLAYS),
            )
        if self.path is not None:
            check_path(self.path, overwrite=self.overwrite)
        for name in ("log_file", "cb_log"):
            self._check_log(name)

    # -- what they come to --------------------------------------------------------------------------------

    @property
    def path(self) -> pathlib.Path | None:
        """The file to write; None: none is written."""
        if self.tif_path is None or not self.write_vid:
            return None
        if not isinstance(self.tif_path, (str, os.PathLike)) or not os.fspath(self.tif_path):
            raise RecordingError(f"tif_path must be the path of a file, or None, not {self.tif_path!r}")
        path = full_path(self.tif_path)
        if not path.suffix:
            return path.with_name(path.name + SUFFIXES[0])
        if path.suffix.lower() not in SUFFIXES:
            raise RecordingError(
                f"{path} should end in {' or '.join(SUFFIXES)}. PrimaryCamera.prime() makes other files"
            )
        return path.with_suffix(path.suffix.lower())

    @property
    def codec_options(self) -> Mapping[str, Any]:
        """For the TIFF writer."""
        if self.tif_compression == 0:
            return {"compression": "none"}
        return {"compression": "deflate", "level": self.tif_compression}

    @property
    def overlay(self) -> Overlay | None:
        """What is written into the frames; None: nothing."""
        overlay = Overlay(
            timestamp=bool(self.timestamp),
            report_hz=bool(self.report_Hz),
            monitor_queues=bool(self.monitor_qs),
            hz_buffer=self.Hz_buffer,
        )
        return overlay or None

    @property
    def where(self) -> Literal["process", "writer"]:
        """In which process a callback runs; without a file there is no writer that could run it."""
        return "writer" if self.cb_type == "2Proc" and self.path is not None else "process"

    @property
    def needs_stage(self) -> bool:
        """Whether anything happens to frames between the camera and the file."""
        return (
            self.callback is not None
            or self.scale_factor != 1
            or self.overlay is not None
            or self.log_file is not None
        )

    @property
    def shows(self) -> str | None:
        """What is displayed: "camera_reader", the camera's frames; "file_writer", those written; or None."""
        return self.display_proc if self.display and self.display_proc in DISPLAYS else None

    # -- checks -------------------------------------------------------------------------------------------

    def _check_callback(self) -> None:
        if self.callback is False:
            object.__setattr__(self, "callback", None)
        elif self.callback is not None:
            check_function(self.callback)

    def _check_log(self, name: str) -> None:
        path = getattr(self, name)
        if path is None:
            return
        if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
            raise RecordingError(f"{name} must be the path of a file, or None, not {path!r}")
        folder = pathlib.Path(path).expanduser().absolute().parent
        if not os.path.isdir(folder):
            raise RecordingError(f"cannot write the {name} {os.fspath(path)}: there is no folder {folder}")

    def _whole(self, name: str, least: int, most: int | None, what: str) -> None:
        value = getattr(self, name)
        whole = is_number(value) and float(value).is_integer()
        holds = whole and value >= least and (most is None or value <= most)
        up_to = "" if most is None else f" to {most}"
        self._require(name, holds, f"a whole number from {least}{up_to} ({what})")
        object.__setattr__(self, name, int(value))

    def _number(
        self, name: str, *, least: float = -math.inf, most: float = math.inf, above: float = -math.inf
    ) -> None:
        value = getattr(self, name)
        holds = is_number(value) and math.isfinite(value) and least <= value <= most and value > above
        limit = f"above {above:g}" if math.isinf(least) else f"from {least:g}"
        self._require(name, holds, f"a number {limit}" + ("" if math.isinf(most) else f" to {most:g}"))

    def _one_of(self, name: str, choices: tuple[str | None, ...]) -> None:
        known = ", ".join(repr(choice) for choice in choices)
        self._require(name, getattr(self, name) in choices, f"one of {known}")

    def _require(self, name: str, holds: bool, what: str) -> None:
        require(name, getattr(self, name), holds, what)


_FLAGS = (
    *("display", "stereo", "timestamp", "report_Hz", "monitor_qs", "blocking", "write_vid"),
    *("bgra", "overwrite", "allow_lower_rate"),
)


def rounded_up(pixels: int, step: int) -> int:
    """The next multiple of ``step``."""
    return -(-pixels // step) * step


def region(
    arguments: Arguments, most: tuple[int, int], increments: tuple[int, int, int, int]
) -> tuple[int, int, int, int]:
    """The region (y, x, height, width) of each camera for the requested resolution.

    It lies in the middle of the image.  Resolutions are rounded up to multiples of 16 pixels, and the width
    of two cameras together to one of 32. If only that makes one larger than the sensor, it is the sensor's.
    0 is all.

    Parameters
    ----------
    arguments : Arguments
    most : tuple of int
        (height, width) that the camera has.
    increments : tuple of int
        Of y, x, height and width.

    Raises
    ------
    SettingRangeError
        More was asked for than there is.
    """
    cameras = 2 if arguments.stereo else 1
    asked = {
        "y_resolution": (arguments.y_resolution, STEP, 1),
        "x_resolution": (arguments.x_resolution, STEREO_STEP if arguments.stereo else STEP, cameras),
    }
    sizes: list[int] = []
    for (name, (pixels, step, parts)), limit in zip(asked.items(), most, strict=True):
        if pixels > limit * parts:
            raise SettingRangeError(
                f"{name} is up to {limit * parts} pixels with "
                f"{'these cameras' if parts > 1 else 'this camera'}, not {pixels}",
                setting=name,
                value=pixels,
            )
        sizes.append(min(rounded_up(pixels, step) // parts, limit) if pixels else limit)
    step_y, step_x, step_h, step_w = (max(1, step) for step in increments)
    height = min(rounded_up(sizes[0], step_h), most[0] // step_h * step_h)
    width = min(rounded_up(sizes[1], step_w), most[1] // step_w * step_w)
    y = (most[0] - height) // 2 // step_y * step_y
    x = (most[1] - width) // 2 // step_x * step_x
    return y, x, height, width
