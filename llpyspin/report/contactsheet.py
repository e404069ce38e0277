"""The contact sheet: which triggers it shows, and their pictures as small JPEG files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from llpyspin.errors import LlpyspinError
from llpyspin.extras import library
from llpyspin.recording.account.verdict import counted
from llpyspin.recording.pictures import Frames
from llpyspin.report.tracks import FATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from llpyspin.report.tracks import Run, Track

    Array = npt.NDArray[Any]

__all__ = ["MOST_CAMERAS", "MOST_LOSSES", "Chosen", "Tile", "choose_moments", "thumbnail", "tiles_of"]

MOST_LOSSES = 4
"""So many losses are shown: the longest ones."""
MOST_CAMERAS = 16
WIDE = 320
_QUALITY = 78


class Chosen(NamedTuple):
    """A trigger to show, and why."""

    trigger: int
    why: str


class Tile(NamedTuple):
    """A picture as JPEG; or, without data, why there is none."""

    data: bytes
    text: str


def choose_moments(tracks: Sequence[Track]) -> tuple[list[Chosen], int]:
    """First, middle and last trigger, and before, in and after the longest losses; and losses not shown."""
    known = [track for track in tracks if len(track.rows)]
    if not known:
        return [], 0
    first = min(int(track.rows["trigger"][0]) for track in known)
    last = max(int(track.rows["trigger"][-1]) for track in known)
    losses = [(track.label, run) for track in known for run in track.runs()]
    longest = sorted(losses, key=lambda each: (-each[1].length, each[1].first))[:MOST_LOSSES]
    why: dict[int, list[str]] = {}
    for trigger, text in ((first, "first"), ((first + last) // 2, "middle"), (last, "last")):
        why.setdefault(trigger, []).append(text)
    for label, run in longest:
        for trigger, text in _around(label, run):
            if first <= trigger <= last:
                why.setdefault(trigger, []).append(text)
    return [Chosen(trigger, "; ".join(why[trigger])) for trigger in sorted(why)], len(losses) - len(longest)


def _around(label: str, run: Run) -> list[tuple[int, str]]:
    what = f"{label}: {counted(run.length, 'frame')} {_missing(run.fate)}"
    return [
        (run.first - 1, f"before the loss of {label}"),
        (run.first, what),
        (run.first + run.length, f"after the loss of {label}"),
    ]


def _missing(fate: str) -> str:
    return "incomplete" if fate == "incomplete" else f"lost ({fate})"


def tiles_of(track: Track, triggers: Sequence[int]) -> list[Tile]:
    """The pictures of one camera, one for each trigger."""
    frames = Frames(track.files, track.rows["part"].astype(np.int64), track.rows["frame"])
    try:
        return [_tile(track, frames, trigger) for trigger in triggers]
    finally:
        frames.close()


def _tile(track: Track, frames: Frames, trigger: int) -> Tile:
    at = int(np.searchsorted(track.rows["trigger"], trigger))
    if at >= len(track.rows) or track.rows["trigger"][at] != trigger:
        return Tile(b"", "no row for this trigger")
    fate = FATES[int(track.rows["fate"][at])]
    if fate in FATES[2:]:
        return Tile(b"", f"lost ({fate})")
    if track.rows["frame"][at] < 0:
        return Tile(b"", f"{fate}, without a picture")
    try:
        data = thumbnail(frames[at])
    except LlpyspinError as error:
        return Tile(b"", f"cannot be read: {error}")
    return Tile(data, "picture" if fate == "written" else "incomplete picture")


def thumbnail(image: Array, wide: int = WIDE) -> bytes:
    """A picture of (height, width) or (height, width, 3) in BGR order, at most ``wide`` pixels wide, as JPEG.

    Of more than 8 bits the eight from the brightest pixel down are shown.
    """
    pictures = library("PIL.Image", "the contact sheet of a report", extra="report")
    if image.dtype != np.uint8:
        bits = int(image.max(initial=0)).bit_length()
        image = (image >> max(0, bits - 8)).astype(np.uint8)
    pixels = np.ascontiguousarray(image[..., ::-1] if image.ndim == 3 else image)
    picture = pictures.fromarray(pixels)
    picture.thumbnail((wide, 4 * wide))
    memory = io.BytesIO()
    picture.save(memory, "JPEG", quality=_QUALITY)
    return memory.getvalue()
