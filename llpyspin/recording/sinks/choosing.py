"""Chooses the codec of a recording and tries it before anything depends on it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import LlpyspinError, RecordingError
from llpyspin.extras import library
from llpyspin.recording.names import reason_against
from llpyspin.recording.sinks.codecnames import CODECS, codec_mistake
from llpyspin.recording.sinks.encoders import ENCODERS, FAMILIES
from llpyspin.recording.sinks.feeding import feeder
from llpyspin.recording.sinks.hdf5 import Hdf5Sink
from llpyspin.recording.sinks.kinds import FORMATS, format_of_suffix
from llpyspin.recording.sinks.opencv import OpencvSink
from llpyspin.recording.sinks.outside import trial
from llpyspin.recording.sinks.picture import Choice, check_options
from llpyspin.recording.sinks.pyav import CONTAINERS, PyavSink, begin
from llpyspin.recording.sinks.raw import RawSink
from llpyspin.recording.sinks.skvideo import SkvideoSink
from llpyspin.recording.sinks.spinvideo import SpinvideoSink
from llpyspin.recording.sinks.tiff import TiffSink
from llpyspin.system.priorities import never_raised

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llpyspin.recording.sinks.encoders import Encoder
    from llpyspin.recording.sinks.picture import Picture, Sink

__all__ = ["CODECS", "choose", "open_sink"]

SUFFIXES = tuple({*CONTAINERS, *(suffix for each in FORMATS.values() for suffix in each.suffixes)})
"""Of all videos that can be made."""
_PROBE_FRAMES = 3
_ANY = ".mkv"
"""Files that take each codec; and what encoders make unasked."""


@never_raised()
def choose(
    codec: str | None,
    picture: Picture,
    suffix: str | None = None,
    *,
    quality: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> Choice:
    """What can write such pictures here; encoders are tried by encoding a few of this size.

    Takes some tens of milliseconds for each encoder that is tried.

    Parameters
    ----------
    codec : str or None
        One of :data:`CODECS` or the exact name of an encoder.  None: what the suffix says, else H.264 for
        8 bits and FFV1, which loses nothing, for more.
    picture : Picture
        Kind of the pictures.
    suffix : str or None
        Of the file, if it has one already.
    quality, options
        As for :func:`open_sink`: what works with them is chosen.

    Raises
    ------
    RecordingError
        Nothing does, with all that was tried; or the suffix is not one of this codec.
    MissingExtraError
        The package that it needs is not installed.
    """
    suffix = suffix.lower() if suffix else None
    if codec is None:
        codec = format_of_suffix(suffix) or _default(picture, suffix)
    known = FORMATS.get(codec)
    if known is None:
        return _encoder(codec, picture, suffix or _ANY, quality, options or {})
    if suffix is None:
        suffix = ".mkv" if codec == "opencv" and picture.bits > 8 else known.suffixes[0]
    if mistake := codec_mistake(codec, suffix):
        raise RecordingError(mistake)
    choice = Choice(codec, suffix)
    if known.library is not None:
        library(*known.library)
    if known.outside:
        reason = trial(
            lambda path: open_sink(path, picture, choice, quality=quality, options=options), picture, suffix
        )
        if reason is not None:
            raise RecordingError(f"{codec} cannot be used here: {reason}")
    return choice


def _default(picture: Picture, suffix: str | None) -> str:
    if picture.bits > 8:
        return "ffv1"
    return "mjpeg" if suffix == ".avi" else "h264"


def _encoder(
    codec: str, picture: Picture, suffix: str, quality: float | None, options: Mapping[str, Any]
) -> Choice:
    names = FAMILIES.get(codec) or ((codec,) if codec in ENCODERS else ())
    if mistake := codec_mistake(codec, suffix):
        raise RecordingError(mistake)
    notes: list[str] = []
    reason: str | None = None
    for name in names:
        reason = _probe(ENCODERS[name], picture, suffix, quality, options)
        if reason is None:
            return Choice(name, suffix, tuple(notes))
        notes.append(f"{name}: {reason}")
    if reason is not None and reason.startswith(f"the quality of {names[-1]} "):
        raise RecordingError(reason)  # which is not for want of encoders
    if suffix != _ANY and any(
        _probe(ENCODERS[name], picture, _ANY, quality, options) is None for name in names
    ):
        raise RecordingError(
            f"{codec} cannot be written into {suffix} files ({'; '.join(notes)}). Use {_ANY} files "
            f'(container="{_ANY[1:]}"), or another codec'
        )
    raise RecordingError(f"no encoder for {codec} of {picture} works here: {'; '.join(notes)}")


def _probe(
    encoder: Encoder, picture: Picture, suffix: str, quality: float | None, options: Mapping[str, Any]
) -> str | None:
    """Why this encoder cannot write such pictures here; None if it did."""
    av = library("av", f"the encoder {encoder.name}")
    if encoder.name not in av.codecs_available:
        return "not in this build of PyAV"
    if encoder.pixels(picture, suffix) is None:
        return f"has no format of {picture.bits} bits"
    level = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)  # the reason is in libav's log, not in its error
    log: list[tuple[int, str, str]] = []
    try:
        with av.logging.Capture() as log:
            container, stream = begin(
                io.BytesIO(), suffix, picture, encoder, quality=quality, options=options
            )
            with container:
                _encode_a_few(av, container, stream, picture)
    except (av.FFmpegError, OSError, ValueError, LlpyspinError) as error:
        said = [message.strip().rstrip(".") for _, _, message in log]
        reason = said[0] if said else getattr(error, "strerror", None) or str(error)
        return " ".join(reason.split()) or type(error).__name__
    finally:
        av.logging.set_level(level)
    return None


def _encode_a_few(av: Any, container: Any, stream: Any, picture: Picture) -> None:
    feed = feeder(av, picture, stream.pix_fmt)
    ramp = np.arange(picture.nbytes // picture.dtype.itemsize, dtype=np.int64) % (1 << picture.bits)
    image = ramp.astype(picture.dtype).reshape(picture.shape)
    muxed = 0
    for number in range(_PROBE_FRAMES):
        frame = feed.frame(image)
        frame.pts, frame.time_base = number, stream.codec_context.time_base
        packets = stream.encode(frame)
        container.mux(packets)
        muxed += len(packets)
    packets = stream.encode(None)
    container.mux(packets)
    if muxed + len(packets) != _PROBE_FRAMES:
        raise RecordingError(f"{_PROBE_FRAMES} pictures gave {muxed + len(packets)}")


@never_raised()
def open_sink(
    path: str | Path,
    picture: Picture,
    choice: Choice,
    *,
    quality: float | None = None,
    options: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    overwrite: bool = False,
) -> Sink:
    """Create the file ``path`` with the suffix of ``choice``, and return its sink.

    Parameters
    ----------
    quality : float or None
        The codec's own: a constant quantiser (lower is better) for encoders of PyAV; None for the default.
    options : mapping or None
        For the encoder or the library that writes, by its names.
    tags : mapping of str to str, or None
        Kept in the file, if its format has a place for them.
    overwrite : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    RecordingExistsError
        There is such a file; it is a ``FileExistsError`` too.
    RecordingError
        It cannot be begun; nothing of it is left.
    """
    path = Path(path)
    options, tags = options or {}, tags or {}
    if path.suffix.lower() != choice.suffix:
        raise RecordingError(f"{path} should end in {choice.suffix}")
    if reason := reason_against(str(path)):
        raise RecordingError(f"{str(path)!r} cannot be written: {reason}")
    codec = choice.codec
    if codec in FORMATS:
        if FORMATS[codec].own and quality is not None:
            raise RecordingError(f"{codec} is lossless: it has no quality to choose")
        return SINKS[codec](path, picture, quality, options, tags, overwrite)
    return PyavSink(path, picture, codec, quality=quality, options=options, tags=tags, overwrite=overwrite)


def _raw(
    path: Path, picture: Picture, options: Mapping[str, Any], tags: Mapping[str, str], over: bool
) -> Sink:
    check_options("raw", options)
    return RawSink(path, picture, tags, overwrite=over)


SINKS: dict[str, Callable[..., Sink]] = {
    "raw": lambda path, picture, _, options, tags, over: _raw(path, picture, options, tags, over),
    "tiff": lambda path, picture, _, options, tags, over: TiffSink(
        path, picture, options, tags, overwrite=over
    ),
    "hdf5": lambda path, picture, _, options, tags, over: Hdf5Sink(
        path, picture, options, tags, overwrite=over
    ),
    "opencv": lambda path, picture, quality, options, _, over: OpencvSink(
        path, picture, quality, options, overwrite=over
    ),
    "skvideo": lambda path, picture, quality, options, tags, over: SkvideoSink(
        path, picture, quality, options, tags, overwrite=over
    ),
    "spinvideo": lambda path, picture, quality, options, _, over: SpinvideoSink(
        path, picture, quality, options, overwrite=over
    ),
}
"""How to begin a file of each kind in ``FORMATS``."""
