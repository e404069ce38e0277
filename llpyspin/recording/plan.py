"""Checks the arguments of ``prime()`` before any camera is touched."""

from __future__ import annotations

import logging
import math
import numbers
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import MOST_S
from llpyspin.errors import (
    ArgumentError,
    ArgumentTypeError,
    RecordingError,
    RecordingExistsError,
    SettingRangeError,
    UnknownArgumentError,
)
from llpyspin.naming.known import did_you_mean
from llpyspin.recording.foreign import exists
from llpyspin.recording.metadata import checked_metadata
from llpyspin.recording.names import beside, check_name, full_path

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterable, Mapping

    from llpyspin.recording.options import RecordingOptions
    from llpyspin.recording.sinks import Picture

__all__ = [
    "Plan",
    "check_path",
    "check_seconds",
    "is_number",
    "picture_of",
    "plan_of",
    "pre_trigger_of",
]

logger = logging.getLogger("llpyspin")

BACKENDS = {
    "spinnaker": "spinvideo",
    "pyspin": "spinvideo",
    "opencv": "opencv",
    "ffmpeg": "h264",
}
"""What parallel-pyspin 1.0 called them, in small letters, and the codec that comes nearest."""


@dataclass(frozen=True)
class Plan:
    """A recording that was asked for."""

    path: pathlib.Path
    options: RecordingOptions
    pre_trigger: float | None
    metadata: Mapping[str, Any] = field(default_factory=dict)


def plan_of(
    path: str | os.PathLike[str] | None,
    *,
    pre_trigger: float | None = None,
    backend: str | None = None,
    bitrate: float | None = None,
    timeout: float | None = None,
    metadata: Mapping[str, Any] | None = None,
    **chosen: Any,
) -> Plan | None:
    """The recording that the arguments of ``prime`` ask for; None where they ask for none.

    Parameters
    ----------
    path
        The video; see :func:`check_path`.
    pre_trigger
        Seconds.
    backend, bitrate, timeout
        As in parallel-pyspin 1.0.
    metadata
        What the user says of the recording.
    chosen
        Fields of :class:`llpyspin.recording.options.RecordingOptions`.

    Raises
    ------
    RecordingError, RecordingExistsError, SettingRangeError, TypeError, ValueError
        Whatever can be known to be wrong before a camera is touched.
    """
    _check_timeout(timeout)
    if path is None:
        given = {"pre_trigger": pre_trigger, "backend": backend, "bitrate": bitrate, "metadata": metadata}
        given |= chosen
        useless = [name for name, value in given.items() if value is not None]
        if useless:
            raise ArgumentError(f"{', '.join(useless)}: only for a recording, which needs a path")
        return None
    if backend is not None:
        chosen["codec"] = _codec_of(backend, chosen.get("codec"))
    if bitrate is not None:
        _take_bitrate(bitrate, chosen)
    from llpyspin.recording.options import RecordingOptions

    _check_names(chosen, RecordingOptions.__dataclass_fields__)
    said = checked_metadata(metadata)
    options = RecordingOptions(**{name: value for name, value in chosen.items() if value is not None})
    checked = check_path(path, overwrite=options.overwrite)
    options.suffix_of(checked.name)
    return Plan(checked, options, pre_trigger_of(pre_trigger), said)


def _check_names(chosen: Iterable[str], fields: Iterable[str]) -> None:
    known = (*fields, "pre_trigger", "metadata", "backend", "bitrate", "timeout")
    for name in chosen:
        if name not in known:
            raise UnknownArgumentError(
                f"a recording has no option {name!r}. {did_you_mean(name, known)}".rstrip()
            )


def check_path(path: str | os.PathLike[str], *, overwrite: bool) -> pathlib.Path:
    """The absolute path of a video that can be written there, as far as that can be known beforehand.

    Raises
    ------
    RecordingExistsError
        It, or one of the files that go beside it, is there, and ``overwrite`` is False.
    RecordingError
        Its folder is not there or cannot be written to, or it is a folder itself.
    """
    if not isinstance(path, (str, os.PathLike)) or isinstance(os.fspath(path), bytes):
        raise ArgumentTypeError(f"the path of a recording must be a str or a pathlib.Path, not {path!r}")
    full = full_path(path)
    folder = full.parent
    if full.name in ("", ".."):
        raise RecordingError(f"cannot record to {str(path)!r}: this is not a valid file name")
    check_name(full)
    if os.path.isdir(full):
        raise RecordingError(f"cannot record to {full}: that is a folder. Pass the name of a file in it")
    if not os.path.isdir(folder):
        raise RecordingError(f"cannot record to {full}: there is no folder {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise RecordingError(f"cannot record to {full}: the folder {folder} cannot be written to")
    there = next((each for each in (full, beside(full, ".csv"), beside(full, ".json")) if exists(each)), None)
    if there is not None and not overwrite:
        raise RecordingExistsError(f"{there} already exists. Choose another name, or set overwrite=True")
    return full


def check_seconds(seconds: object) -> None:
    """Refuse what is no time to record for; None is without end."""
    number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if seconds is not None and not (number and 0 < seconds <= MOST_S):  # type: ignore[operator]
        order = ". A camera has record(path, seconds), a rig has record(seconds, folder)"
        hint = order if isinstance(seconds, (str, os.PathLike)) else ""
        raise SettingRangeError(
            f"seconds must be a positive number up to 1e6, or None, not {seconds!r}{hint}",
            setting="seconds",
            value=seconds,
        )


def picture_of(pixel_format: str, height: int, width: int, *, convert: bool, rate: float) -> Picture:
    """What a writer gets of frames of a pixel format, as :func:`llpyspin.frames.decode` makes them."""
    from llpyspin.recording.sinks import Picture

    bits = next((bits for bits in (16, 14, 12, 10) if str(bits) in pixel_format), 8)
    color = not pixel_format.startswith("Mono") and (convert or not pixel_format.startswith("Bayer"))
    return Picture(height=height, width=width, color=color, bits=bits, rate=rate)


def _codec_of(backend: str, codec: str | None) -> str:
    if codec is not None:
        raise ArgumentError(f"codec={codec!r} and backend={backend!r}: pass only one of them")
    if not isinstance(backend, str) or backend.lower() not in BACKENDS:
        raise ArgumentError(f"backend is 'Spinnaker', 'OpenCV' or 'FFmpeg', not {backend!r}. Or pass codec=")
    return BACKENDS[backend.lower()]


def _take_bitrate(bitrate: float, chosen: dict[str, Any]) -> None:
    """The bit rate is for videos of the SDK; elsewhere it had no effect in parallel-pyspin, and has none."""
    if not is_number(bitrate) or not 0 < bitrate < math.inf:
        raise ArgumentError(f"bitrate must be a number of bits per second above 0, not {bitrate!r}")
    if chosen.get("codec") != "spinvideo":
        logger.warning("bitrate has no effect here: the quality is constant, see quality=")
        return
    options = dict(chosen.get("options") or {})
    if "bitrate" in options:
        raise ArgumentError("bitrate= and options={'bitrate': ...}: give one of them")
    chosen["options"] = {**options, "bitrate": int(bitrate)}


def pre_trigger_of(pre_trigger: float | None) -> float | None:
    """Seconds of a pre-trigger; None where there is to be none.

    Raises
    ------
    SettingRangeError
        It is no number of seconds.
    """
    if pre_trigger is None:
        return None
    if not is_number(pre_trigger) or not 0 <= pre_trigger < math.inf:
        raise SettingRangeError(
            f"pre_trigger must be a number of seconds from 0, not {pre_trigger!r}",
            setting="pre_trigger",
            value=pre_trigger,
        )
    return float(pre_trigger) or None


def _check_timeout(timeout: float | None) -> None:
    """In parallel-pyspin 1.0 the ms for one image; nothing here waits for ever, so it has no effect."""
    if timeout is None:
        return
    if not is_number(timeout) or not timeout >= 0:
        raise ArgumentError(f"timeout must be a number of milliseconds from 0, not {timeout!r}")


def is_number(value: object) -> bool:
    """Whether a value is a real number, of Python or of NumPy."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)
