"""What virtual cameras replay, as they see it: recordings, videos and pictures are read by who stands above.

Nothing here knows a file.  Whoever can read recordings hands over a function with :func:`provide`; it opens
a path as :class:`Footage`. By default that is the one that the package itself names.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

import llpyspin

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "DAMAGED",
    "LOST",
    "SENT",
    "SHOT",
    "UNEXPOSED",
    "CameraFootage",
    "Footage",
    "Geometry",
    "Pictures",
    "Reel",
    "open_footage",
    "provide",
]

Array = np.ndarray[Any, Any]

SENT, DAMAGED, LOST, UNEXPOSED = range(4)
"""Fates of a trigger: its frame arrives whole, or damaged, or is lost; or the camera did not expose."""

SHOT = np.dtype(
    [
        ("fate", np.uint8),
        ("end_ns", np.int64),
        ("exposure_us", np.float64),
        ("gain_db", np.float64),
        ("line_status", np.int64),
        ("picture", np.int64),
    ]
)
"""One trigger: its fate, the recorded timestamp of the end of exposure, and what came with the frame.

Whole numbers are -1 and others NaN where nobody knows them.  ``picture`` is the index in :class:`Pictures`.
"""


@dataclass(frozen=True)
class Geometry:
    """What is fixed because the pictures are.

    ``formats`` are the pixel formats in which the camera can send the pictures; it begins with the first.
    """

    width: int
    height: int
    formats: tuple[str, ...] = ("Mono8",)
    offset_x: int = 0
    offset_y: int = 0
    rate: float = 30.0


class Pictures(Protocol):
    """The pictures of one camera, which one thread reads in order."""

    def __getitem__(self, index: int) -> Array:
        """(h, w), or (h, w, 3) in the order B, G, R.

        Raises
        ------
        LlpyspinError
            It cannot be read.
        """

    def close(self) -> None:
        """Close the files."""


class Reel(Protocol):
    """The triggers and pictures of one camera, opened."""

    @property
    def shots(self) -> Array:
        """(n,) of :data:`SHOT`, one for each trigger."""

    @property
    def pictures(self) -> Pictures:
        """Those of the shots."""


@dataclass(frozen=True)
class CameraFootage:
    """One camera of a recording: what is known without reading it all.

    ``open`` reads the rest when the camera is opened. It raises an LlpyspinError for what cannot be read.
    """

    serial: str
    model: str
    interface: str
    color: bool
    geometry: Geometry
    open: Callable[[], Reel]
    name: str = ""
    clock_ppm: float = 0.0


@dataclass(frozen=True)
class Footage:
    """A recording, a video or a folder of pictures.  ``wires`` are as in the file of a virtual world."""

    path: str
    cameras: tuple[CameraFootage, ...]
    wires: tuple[str, ...] = field(default=())


_provided: list[Callable[[str, float | None], Footage]] = []


def provide(opener: Callable[[str, float | None], Footage] | None) -> None:
    """Hand over the function ``opener(path, rate)`` that opens footage; None: the package's own again."""
    _provided[:] = [] if opener is None else [opener]


def open_footage(path: str, rate: float | None) -> Footage:
    """Open what is at a path; ``rate`` is that of pictures without timestamps.

    Raises
    ------
    LlpyspinError
        It cannot be replayed; the text says why.
    """
    if _provided:
        return _provided[0](path, rate)
    module, _, name = llpyspin.FOOTAGE.partition(":")
    opened: Footage = getattr(importlib.import_module(module), name)(path, rate)
    return opened
