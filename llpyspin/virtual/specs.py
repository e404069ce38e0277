"""Cameras and wires of a virtual world, as they are configured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llpyspin.virtual._seam import Model
    from llpyspin.virtual.footage import CameraFootage

__all__ = ["CameraSpec", "Replay", "Wire"]


@dataclass(frozen=True)
class CameraSpec:
    """One camera of a world."""

    serial: str
    model: Model
    name: str = ""
    clock_ppm: float = 0.0
    footage: CameraFootage | None = None
    """What it replays; None: it sees a painted scene."""


@dataclass(frozen=True)
class Wire:
    """A wire from an output line to an input line."""

    source: str
    source_line: str
    target: str
    target_line: str
    pull_up: str = "Line2"
    """What lifts an output that can only pull down: a line of the camera (its 3.3 V), or "external"."""


@dataclass(frozen=True)
class Replay:
    """What a world replays, and how.

    Attributes
    ----------
    path : str
        "" if it replays nothing.
    paced : bool
        Whether frames come at the recorded times; False: as fast as they are read.
    repeat : bool
        Whether the recording begins again when it is over.
    """

    path: str = ""
    paced: bool = True
    repeat: bool = False
