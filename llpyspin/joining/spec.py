"""Settings and status of a joining process: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llpyspin.naming.known import named

if TYPE_CHECKING:
    from llpyspin.frames import Layout

__all__ = ["JoinSpec", "JoinStatus", "SideSpec"]


@dataclass(frozen=True)
class SideSpec:
    """One camera whose frames become a part of each picture.

    Parameters
    ----------
    address : str
        Of its frames.
    serial : str
    since : int
        Index of its first frame (``Armed.published``).
    first_id : int
        Its number of the first exposure (``Armed.first_id``).
    width : int
        Of its part, in pixels.
    """

    address: str
    serial: str
    since: int
    first_id: int
    width: int


@dataclass(frozen=True)
class JoinSpec:
    """What is to be joined.

    Parameters
    ----------
    sides : tuple of SideSpec
        From left to right; the first one's clock is that of the pictures.
    layout : Layout
        Of the pictures.
    period_ns : int
        From trigger to trigger.
    color : bool
        Whether Bayer frames become colour.
    buffers : int
        Pictures there is memory for.
    """

    sides: tuple[SideSpec, ...]
    layout: Layout
    period_ns: int
    color: bool
    buffers: int


@named
@dataclass(frozen=True)
class JoinStatus:
    """How it goes, since ``begin``.

    Attributes
    ----------
    first, published : int
        Index of the first picture, and of the next one.
    incomplete : int
        Pictures of which a part is missing or was damaged.
    lost : int
        Triggers without a picture up to the newest one: no camera had a frame, or there was no memory.
    dropped : int
        Of those, for want of memory: readers held all of it.
    missing : tuple of int
        For each camera, how many pictures lack its part.
    late : tuple of int
        For each camera, how many frames came after their picture had been made without them.
    which : tuple of tuple of int
        For each camera, the triggers of the first pictures that lack its part.
    ended : tuple of str
        For each camera, why no more frames come; "" while they may.
    failure : str
        Why nothing is joined any more; "" if all is well.
    """

    first: int = 0
    published: int = 0
    incomplete: int = 0
    lost: int = 0
    dropped: int = 0
    missing: tuple[int, ...] = ()
    late: tuple[int, ...] = ()
    which: tuple[tuple[int, ...], ...] = ()
    ended: tuple[str, ...] = ()
    failure: str = ""
