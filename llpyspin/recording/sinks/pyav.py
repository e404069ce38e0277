"""Writes videos with PyAV."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from llpyspin.errors import RecordingError
from llpyspin.extras import library, with_environment
from llpyspin.recording.names import for_library
from llpyspin.recording.sinks.creating import FileSink, claimed, exact_rate, packed_tags
from llpyspin.recording.sinks.encoders import ENCODERS, threads
from llpyspin.recording.sinks.feeding import FULL_RANGE, feeder, matrix
from llpyspin.system.openfiles import opened
from llpyspin.system.priorities import never_raised

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from llpyspin.recording.sinks.encoders import Encoder
    from llpyspin.recording.sinks.picture import Array, Picture

__all__ = ["CONTAINERS", "FORMATS", "PyavSink", "begin"]

_HYBRID = "delay_moov+frag_every_frame+hybrid_fragmented+use_metadata_tags"
"""A fragment for each picture while it is written; closed in order, a regular file with one index.

Without ``delay_moov``, libav 62 ends the process where such a file is closed before its first picture.
"""
CONTAINERS: dict[str, tuple[str, dict[str, str]]] = {
    # A cluster is written when the first packet beyond it comes: a kill loses at most 10 ms, and one packet.
    ".mkv": ("matroska", {"cluster_time_limit": "10"}),
    ".mp4": ("mp4", {"movflags": _HYBRID}),
    ".mov": ("mov", {"movflags": _HYBRID}),
    ".avi": ("avi", {}),
}
"""By suffix: libav's container, and options that keep files whole when their writer is killed."""
_QUIET = {"SVT_LOG": "1"}  # SVT-AV1 talks on standard error otherwise
FORMATS = {suffix: form for suffix, (form, _) in CONTAINERS.items()}


def begin(
    target: Any,
    suffix: str,
    picture: Picture,
    encoder: Encoder,
    *,
    quality: float | None = None,
    options: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
) -> tuple[Any, Any]:
    """(container, stream), ready to encode into ``target``, a path or a file of Python.

    Raises what libav raises, and :class:`RecordingError` for settings that this encoder has not.
    """
    av = library("av", f"the encoder {encoder.name}")
    form, container_options = CONTAINERS[suffix]
    chosen = _settings(encoder, picture, quality, options or {})
    pixels = chosen.pop("pix_fmt", None) or encoder.pixels(picture, suffix)
    if pixels is None or not _holds(av, pixels, picture):
        raise RecordingError(f"{encoder.name} cannot hold pictures of {picture} (pix_fmt {pixels})")
    count = int(chosen.pop("threads", threads()))
    container = av.open(
        target, "w", format=form, container_options={**container_options, "flush_packets": "1"}
    )
    try:
        hardware = {}
        if encoder.device:
            from av.codec.hwaccel import HWAccel

            hardware["hwaccel"] = HWAccel(encoder.device)
        rate = exact_rate(picture.rate)
        stream = container.add_stream(encoder.name, rate=rate, **hardware)
        stream.width, stream.height, stream.pix_fmt = picture.width, picture.height, pixels
        stream.time_base = stream.codec_context.time_base = 1 / rate
        stream.codec_context.color_range = FULL_RANGE
        if picture.color and not pixels.startswith(("gbr", "bgr")):
            stream.codec_context.colorspace = matrix(pixels)
        stream.codec_context.thread_count = count
        stream.options = chosen
        comment = packed_tags(tags or {}, picture)
        container.metadata.update({**(tags or {}), "comment": comment, "encoder_used": encoder.name})
        with never_raised(), with_environment(_QUIET):
            container.start_encoding()
        if unknown := sorted(stream.options):  # what the encoder took is gone from them
            raise RecordingError(f"{encoder.name} has no option {', '.join(unknown)}")
        return container, stream
    except BaseException:
        container.close()
        raise


def _settings(
    encoder: Encoder, picture: Picture, quality: float | None, options: Mapping[str, Any]
) -> dict[str, str]:
    if quality is not None and encoder.lossless:
        raise RecordingError(f"{encoder.name} is lossless: it has no quality to choose")
    if quality is not None and not (quality == int(quality) and encoder.best <= quality <= encoder.worst):
        raise RecordingError(
            f"the quality of {encoder.name} is its quantiser, a whole number from {encoder.best} (best) "
            f"to {encoder.worst}, not {quality}"
        )
    chosen = encoder.settings(encoder.default if quality is None else int(quality), picture.rate)
    return {**chosen, **{name: str(value) for name, value in options.items()}}


def _holds(av: Any, pixels: str, picture: Picture) -> bool:
    components = av.VideoFormat(pixels).components
    if picture.color:
        return len(components) >= 3 and min(each.bits for each in components[:3]) >= picture.bits
    return pixels.startswith(("gray", "yuv", "nv12", "p010")) and components[0].bits >= picture.bits


class PyavSink(FileSink):
    """Encodes pictures into a container that stays readable whenever its writer dies."""

    def __init__(
        self,
        path: Path,
        picture: Picture,
        encoder_name: str,
        *,
        quality: float | None,
        options: Mapping[str, Any] | None,
        tags: Mapping[str, str] | None,
        overwrite: bool,
    ) -> None:
        encoder = ENCODERS[encoder_name]
        family = encoder.family
        super().__init__(path, picture, family if family == encoder.name else f"{family} ({encoder.name})")
        self._av = av = library("av", f"the encoder {encoder.name}")
        self._failures = (av.FFmpegError, OSError, ValueError)
        with claimed(path, overwrite=overwrite):
            try:
                self._container, self._stream = begin(
                    for_library(path),
                    path.suffix.lower(),
                    picture,
                    encoder,
                    quality=quality,
                    options=options,
                    tags=tags,
                )
            except (av.FFmpegError, OSError, ValueError) as error:
                raise RecordingError(f"{path} cannot be started with {encoder.name}: {error}") from error
        self._feeder = feeder(av, picture, self._stream.pix_fmt)
        self._time_base = self._stream.codec_context.time_base
        self._descriptor = opened(path, os.O_RDONLY)
        self._size = self.bytes
        self._muxed = 0
        self._kept = 0

    @property
    def bytes(self) -> int:
        # The file may be gone from its folder by the time it is closed.
        return os.fstat(self._descriptor).st_size if self._descriptor >= 0 else self._size

    def _put(self, image: Array) -> None:
        frame = self._feeder.frame(image)
        frame.pts = self.frames
        frame.time_base = self._time_base
        packets = self._stream.encode(frame)
        del frame
        self._feeder.encoded(image)
        for packet in packets:
            self._mux(packet)

    def _mux(self, packet: Any) -> None:
        self._container.mux_one(packet)
        # Containers write a packet, or several as one cluster, when they see the next.  So whenever the
        # file has grown, all packets before this one are in it; nothing is said of this one.
        if (size := self.bytes) != self._size:
            self._size, self._kept = size, self._muxed
        self._muxed += 1

    def _safe(self) -> int:
        return self._kept

    def _finish(self) -> None:
        try:
            for packet in self._stream.encode(None):
                if self._failed is None:
                    self._mux(packet)
        finally:
            try:
                self._container.close()
                if self._failed is None:
                    self._kept = self._muxed
            finally:
                self._size = self.bytes
                os.close(self._descriptor)
                self._descriptor = -1
