"""The table of targets: what a recording can be exported to.  A new target is a module and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llpyspin.export import foranipose, forcaliscope, forcsv, fordlc, formp4, fornwb, forsleap

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.export.work import Work

__all__ = ["TARGETS", "Target"]


class Target(NamedTuple):
    """One of them.

    Attributes
    ----------
    write : callable
        Writes all files of a :class:`Work` into its folder.
    what : str
        For people.
    videos : bool
        Whether it has videos, which can be linked and have a quality.
    several : bool
        Whether it compares cameras picture by picture: results of callbacks are left out.
    calibrated : bool
        Whether it takes a calibration.
    """

    write: Callable[[Work], None]
    what: str
    videos: bool = True
    several: bool = False
    calibrated: bool = False


TARGETS: dict[str, Target] = {
    "mp4": Target(formp4.write, "H.264 in MP4 for browsers, players and archives"),
    "nwb": Target(fornwb.write, "an NWB file with its videos", calibrated=True),
    "caliscope": Target(forcaliscope.write, "a recording of Caliscope", several=True),
    "anipose": Target(foranipose.write, "a project of Anipose", several=True, calibrated=True),
    "sleap": Target(forsleap.write, "a session of SLEAP and sleap-anipose", several=True, calibrated=True),
    "dlc": Target(fordlc.write, "videos for DeepLabCut", several=True),
    "csv": Target(forcsv.write, "tables of triggers and times, without videos", videos=False),
}
"""By name."""
