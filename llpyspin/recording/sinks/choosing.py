"""Which sink a recording gets: what was asked for, tried out before anything depends on it."""

from __future__ import annotations

import functools
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.errors import LlpyspinError, RecordingError
from llpyspin.recording.sinks.encoders import ENCODERS, FAMILIES
from llpyspin.recording.sinks.feeding import feeder
from llpyspin.recording.sinks.files import library
from llpyspin.recording.sinks.hdf5 import Hdf5Sink
from llpyspin.recording.sinks.picture import Choice
from llpyspin.recording.sinks.pyav import CONTAINERS, PyavSink, begin
from llpyspin.recording.sinks.raw import RawSink
from llpyspin.recording.sinks.tiff import TiffSink

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.recording.sinks.encoders import Encoder
    from llpyspin.recording.sinks.picture import Picture, Sink

__all__ = ["CODECS", "choose", "open_sink"]

_SUFFIXES = {
    "raw": (".raw",),
    "tiff": (".tif", ".tiff"),
    "hdf5": (".h5", ".hdf5"),
}
"""Files of the kinds that are not PyAV's; the first is the one they get unasked."""
_LIBRARIES = {"tiff": ("tifffile", "TIFF"), "hdf5": ("h5py", "HDF5")}
CODECS = (*FAMILIES, *_SUFFIXES)
"""What may be asked for, beside the exact names of encoders."""
_BY_SUFFIX = {suffix: codec for codec, suffixes in _SUFFIXES.items() for suffix in suffixes}
_PROBE_FRAMES = 3


def choose(codec: str | None, picture: Picture, suffix: str | None = None) -> Choice:
    """What can write such pictures here; encoders are tried by encoding a few of this size.

    Parameters
    ----------
    codec : str or None
        One of :data:`CODECS` or the exact name of an encoder.  None: what the suffix says, else H.264 for
        8 bits and FFV1, which loses nothing, for more.
    picture : Picture
        Kind of the pictures.
    suffix : str or None
        Of the file, if it has one already.

    Raises
    ------
    RecordingError
        Nothing does, with all that was tried; or the suffix is not one of this codec.
    MissingExtraError
        The package that it needs is not installed.
    """
    suffix = suffix.lower() if suffix else None
    if codec is None:
        codec = _BY_SUFFIX.get(suffix or "") or _default(picture, suffix)
    if codec in _SUFFIXES:
        if suffix is not None and suffix not in _SUFFIXES[codec]:
            raise RecordingError(f"{codec} makes {' or '.join(_SUFFIXES[codec])} files, not {suffix}")
        if codec in _LIBRARIES:
            library(*_LIBRARIES[codec])
        return Choice(codec, suffix or _SUFFIXES[codec][0])
    return _encoder(codec, picture, suffix or ".mkv")


def _default(picture: Picture, suffix: str | None) -> str:
    if picture.bits > 8:
        return "ffv1"
    return "mjpeg" if suffix == ".avi" else "h264"


def _encoder(codec: str, picture: Picture, suffix: str) -> Choice:
    names = FAMILIES.get(codec) or ((codec,) if codec in ENCODERS else ())
    if not names:
        raise RecordingError(f"there is no codec {codec!r}; there are {', '.join((*CODECS, *ENCODERS))}")
    if suffix not in CONTAINERS:
        raise RecordingError(f"{codec} goes into {', '.join(CONTAINERS)} files, not {suffix}")
    notes: list[str] = []
    for name in names:
        reason = probe(name, picture, suffix)
        if reason is None:
            return Choice(name, suffix, tuple(notes))
        notes.append(f"{name}: {reason}")
    raise RecordingError(f"no encoder for {codec} of {picture} works here: {'; '.join(notes)}")


@functools.lru_cache(maxsize=256)
def probe(name: str, picture: Picture, suffix: str) -> str | None:
    """Why this encoder cannot write such pictures here; None if it did."""
    av = library("av", f"the encoder {name}")
    encoder = ENCODERS[name]
    if name not in av.codecs_available:
        return "not in this build of PyAV"
    pixels = encoder.pixels(picture)
    if pixels is None:
        return f"has no format of {picture.bits} bits"
    level = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)  # the reason is in libav's log, not in its error
    try:
        with av.logging.Capture() as log:
            return _trial(av, picture, suffix, encoder, log)
    finally:
        av.logging.set_level(level)


def _trial(
    av: Any, picture: Picture, suffix: str, encoder: Encoder, log: list[tuple[int, str, str]]
) -> str | None:
    try:
        container, stream = begin(io.BytesIO(), suffix, picture, encoder)
        try:
            _encode_a_few(av, container, stream, picture)
        finally:
            container.close()
    except (av.FFmpegError, OSError, ValueError, LlpyspinError) as error:
        said = [message.strip().rstrip(".") for _, _, message in log]
        reason = said[0] if said else getattr(error, "strerror", None) or str(error)
        return " ".join(reason.split()) or type(error).__name__
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
    """Begin the file ``path``, whose suffix is that of ``choice``.

    Parameters
    ----------
    quality : float or None
        The codec's own constant quantiser: lower is better; None for the default.
    options : mapping or None
        For the encoder or the library that writes, by its names.
    tags : mapping of str to str, or None
        Kept in the file, as far as its format has a place for them.
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
    if path.suffix.lower() != choice.suffix:
        raise RecordingError(f"{path} should end in {choice.suffix}")
    if choice.codec == "raw":
        _nothing("raw", quality, options)
        return RawSink(path, picture, tags or {}, overwrite=overwrite)
    if choice.codec in ("tiff", "hdf5"):
        _nothing(choice.codec, quality, None)
        kind = TiffSink if choice.codec == "tiff" else Hdf5Sink
        return kind(path, picture, options or {}, tags or {}, overwrite=overwrite)
    return PyavSink(
        path, picture, choice.codec, quality=quality, options=options, tags=tags, overwrite=overwrite
    )


def _nothing(kind: str, quality: float | None, options: Mapping[str, Any] | None) -> None:
    if quality is not None:
        raise RecordingError(f"{kind} is lossless: it has no quality to choose")
    if options:
        raise RecordingError(f"{kind} has no option {', '.join(sorted(options))}")
