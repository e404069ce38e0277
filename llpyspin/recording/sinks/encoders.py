"""The video encoders of PyAV, with their settings.  A new encoder gets its row here.

All have a constant quantiser, so the quality does not depend on the declared frame rate (no bit rate, no
``crf`` of x264). No picture depends on later ones, and none is held back if the encoder allows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llpyspin.system.resources import processors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.recording.sinks.picture import Picture

__all__ = ["ENCODERS", "FAMILIES", "INDEXED", "Encoder"]

INDEXED = (".mp4", ".mov")
"""Files with one index, which is in memory until they are closed; in them programs expect gray as 4:2:0."""

_PREDICTING = ("h264", "h265", "av1")
"""Families whose pictures need earlier ones; those that other programs expect in MP4 are the same."""
_LAMBDA = 118  # libav's FF_QP2LAMBDA


@dataclass(frozen=True)
class Encoder:
    """One encoder of libav.

    Attributes
    ----------
    name, family : str
        libav's name; and what it makes: "h264", "h265", "av1", "ffv1", "mjpeg".
    gray, color : tuple of (int, str)
        Bits and pixel format, fewest bits first: the first that has room is taken.
    odd : tuple of (int, str)
        As ``color``, for odd widths or heights; empty if it takes them as they are.
    quantiser : tuple of str
        Options whose value is the constant quantiser; ``name*factor`` multiplies it.
    best, worst, default : int
        Range of the quantiser; all 0 for an encoder without loss.
    options : mapping
        What else it is told.
    device : str
        Kind of hardware device that pictures are handed to first, "" for none.
    """

    name: str
    family: str
    gray: tuple[tuple[int, str], ...]
    color: tuple[tuple[int, str], ...]
    odd: tuple[tuple[int, str], ...] = ()
    quantiser: tuple[str, ...] = ()
    best: int = 0
    worst: int = 0
    default: int = 0
    options: Mapping[str, str] = field(default_factory=dict)
    device: str = ""

    @property
    def lossless(self) -> bool:
        return not self.quantiser

    def pixels(self, picture: Picture, suffix: str) -> str | None:
        """The pixel format for such pictures in such a file; None if there is none with so many bits.

        Gray gets neutral colour planes in MP4 and MOV: not every program that plays those knows gray.  Odd
        sizes have no such planes.
        """
        uneven = picture.width % 2 or picture.height % 2
        formats = self.gray
        if picture.color:
            formats = self.odd if uneven and self.odd else self.color
        elif suffix in INDEXED and self.family in _PREDICTING and not uneven:
            formats = self.color
        return next((name for bits, name in formats if bits >= picture.bits), None)

    def settings(self, quantiser: int, rate: float) -> dict[str, str]:
        """All options, for this quantiser; a picture that needs no other comes at least once a second."""
        chosen = dict(self.options)
        for option in self.quantiser:
            name, _, factor = option.partition("*")
            chosen[name] = str(quantiser * int(factor or 1))
        if self.family in _PREDICTING:
            chosen["g"] = str(min(250, max(1, round(rate))))
        if self.name == "libx265":
            chosen["x265-params"] = f"qp={quantiser}:log-level=none:keyint={chosen['g']}:{_X265}"
        return chosen


_GRAY_OR_420 = ((8, "gray"), (10, "gray10le"))
_420 = ((8, "yuv420p"), (10, "yuv420p10le"))
_444 = ((8, "yuv444p"), (10, "yuv444p10le"))
_NV12 = ((8, "nv12"),)
_NV12_P010 = ((8, "nv12"), (10, "p010le"))
_X265 = "bframes=0:rc-lookahead=0:scenecut=0:repeat-headers=0:info=0"
_FFV1_GRAY = tuple((bits, f"gray{bits}le") for bits in (9, 10, 12, 14, 16))
_FFV1_COLOR = tuple((bits, f"gbrp{bits}le") for bits in (9, 10, 12, 14, 16))
_NVENC = {"preset": "p1", "tune": "ull", "rc": "constqp", "zerolatency": "1", "delay": "0", "bf": "0"}
_QSV = {"preset": "veryfast", "async_depth": "1", "bf": "0", "flags": "+qscale"}
_AMF = {"usage": "ultralowlatency", "rc": "cqp", "bf": "0"}
_VAAPI = {"rc_mode": "CQP", "bf": "0", "async_depth": "1"}


def _hardware(family: str, codec: str, ten: bool, worst: int = 51, default: int = 18) -> list[Encoder]:
    nv12 = _NV12_P010 if ten else _NV12
    amf = ("qp_i", "qp_p")
    return [
        Encoder(f"{codec}_nvenc", family, nv12, nv12, (), ("qp",), 0, worst, default, _NVENC),
        Encoder(
            f"{codec}_qsv", family, nv12, nv12, (), (f"global_quality*{_LAMBDA}",), 1, worst, default, _QSV
        ),
        Encoder(f"{codec}_amf", family, nv12, nv12, (), amf, 0, worst, default, _AMF),
        Encoder(f"{codec}_vaapi", family, nv12, nv12, (), ("qp",), 1, worst, default, _VAAPI, "vaapi"),
    ]


_ALL = [
    *_hardware("h264", "h264", ten=False),
    Encoder(
        "libx264",
        "h264",
        _GRAY_OR_420,
        _420,
        _444,
        ("qp",),
        0,
        51,
        18,
        {"preset": "ultrafast", "tune": "zerolatency"},
    ),
    *_hardware("h265", "hevc", ten=True),
    Encoder(
        "libx265",
        "h265",
        (*_GRAY_OR_420, (12, "gray12le")),
        (*_420, (12, "yuv420p12le")),
        (*_444, (12, "yuv444p12le")),
        ("qp",),
        0,
        51,
        18,
        {"preset": "ultrafast", "tune": "zerolatency"},
    ),
    *_hardware("av1", "av1", ten=True, worst=255, default=80),
    Encoder(
        "libsvtav1",
        "av1",
        _420,
        _420,
        (),
        ("qp",),
        1,
        63,
        20,
        # In low delay (pred-struct=1) SVT-AV1 4.1 and 4.2 stop for good in one of five recordings of 150
        # pictures, with any number of threads.  With these parameters it keeps 11 pictures back.
        {"preset": "12", "svtav1-params": "pred-struct=2:scd=0:hierarchical-levels=2:lookahead=0:lp=1"},
    ),
    Encoder(
        "ffv1",
        "ffv1",
        ((8, "gray"), *_FFV1_GRAY),
        ((8, "bgr0"), *_FFV1_COLOR),
        options={"level": "3", "g": "1"},
    ),
    Encoder("mjpeg", "mjpeg", ((8, "yuvj420p"),), ((8, "yuvj422p"),), (), ("qmin", "qmax"), 1, 31, 3, {}),
]

ENCODERS = {encoder.name: encoder for encoder in _ALL}
FAMILIES = {
    family: tuple(encoder.name for encoder in _ALL if encoder.family == family)
    for family in ("h264", "h265", "av1", "ffv1", "mjpeg")
}
"""Encoders of each kind, in the order in which they are tried: hardware first."""


def threads() -> int:
    """Threads that one encoder may use: the processors this process may run on, at most eight."""
    return max(1, min(8, processors()))
