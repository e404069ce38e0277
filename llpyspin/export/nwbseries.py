"""The time series of an NWB file: the videos, and what cameras sent with each frame."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.export.outcome import LINKED, ExportedVideo
from llpyspin.export.wanted import BROWSERS, probe
from llpyspin.extras import library

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from llpyspin.export.material import View
    from llpyspin.export.work import Work

__all__ = ["Clip", "add_series", "clip_of"]

_SENT = (
    ("line_status", "n.a.", "Levels of all GPIO lines: bit n is line n, 1 is high."),
    ("frame_id", "n.a.", "The camera's own number of the frame."),
    ("exposure_us", "microseconds", "Exposure time of the frame."),
    ("gain_db", "decibels", "Gain of the frame."),
)
"""Columns of the rows that become time series, with unit and description."""


@dataclass(frozen=True)
class Clip:
    """The videos of one camera in the file.

    Attributes
    ----------
    files : list of str
        Paths, as they are seen from the folder of the NWB file.
    starts : list of int
        The first frame of each.
    places : ndarray of int
        For each frame its place among the triggers.
    """

    files: list[str]
    starts: list[int]
    places: npt.NDArray[np.int64]


def clip_of(work: Work, name: str, view: View) -> Clip:
    """Make the video of a camera, or name the recording's own files where they are to be linked."""
    if work.link and (own := _own_files(work, view)) is not None:
        return own
    made = work.video(view, name, BROWSERS)
    return Clip([made.file], [0], np.arange(work.material.count))


def _own_files(work: Work, view: View) -> Clip | None:
    """The recording's own files, where each has the pictures of its rows and no others; else None."""
    parts = probe(view)
    if not all(part.whole and part.codec in BROWSERS.links for part in parts):
        return None
    counts = [part.count for part in parts]
    starts = np.cumsum([0, *counts[:-1]]).tolist()
    places = np.flatnonzero(view.pictures)
    files = [os.path.relpath(part.path.resolve(), work.folder.resolve()) for part in parts]
    blanks = int(np.count_nonzero(view.blanks[places]))
    work.videos.append(ExportedVideo(view.name, ", ".join(files), len(places), blanks, LINKED))
    return Clip(files, starts, places)


def add_series(work: Work, file: Any, name: str, view: View, clip: Clip, device: Any, zero_ns: int) -> None:
    """Add the videos of a camera, the trigger of each frame, and what the camera sent with it."""
    image = library("pynwb.image", "an export to nwb", extra="nwb")
    seconds = (view.host_ns - zero_ns) / 1e9
    videos = image.ImageSeries(
        name=name,
        description=f"Video of the {view.label}. {_MASK}",
        format="external",
        external_file=clip.files,
        starting_frame=clip.starts,
        timestamps=seconds[clip.places],
        control=_control(view)[clip.places],
        control_description=list(_CONTROL),
        device=device,
        unit="n.a.",
    )
    file.add_acquisition(videos)
    base = library("pynwb.base", "an export to nwb", extra="nwb")
    triggers = np.asarray(view.columns["trigger"])[clip.places]
    file.add_acquisition(
        base.TimeSeries(
            name=f"{name}_trigger",
            description=f"Number of the trigger of each frame of {name}: the same moment for all cameras.",
            data=triggers,
            unit="n.a.",
            timestamps=videos,
        )
    )
    for made in _sent(base, name, view, seconds):
        file.add_acquisition(made)


_CONTROL = (
    "picture",
    "damaged picture (incomplete frame)",
    "blank picture: the frame was lost; its time is that of its trigger",
)
_MASK = "The dataset control says which frames are damaged or blank."


def _control(view: View) -> npt.NDArray[np.uint8]:
    damaged = view.columns["state"] == "incomplete"
    return np.where(view.blanks, 2, np.where(damaged, 1, 0)).astype(np.uint8)


def _sent(base: Any, name: str, view: View, seconds: npt.NDArray[np.float64]) -> Sequence[Any]:
    """A time series of each value that the camera sent, with the times of the frames that have it."""
    found = []
    for column, unit, description in _SENT:
        values = view.columns[column]
        there = view.measured & (np.isfinite(values) if values.dtype.kind == "f" else values >= 0)
        if there.any():
            found.append(
                base.TimeSeries(
                    name=f"{name}_{column}",
                    description=f"{description}{_moment(view) if column == 'line_status' else ''}",
                    data=np.asarray(values)[there],
                    unit=unit,
                    timestamps=seconds[there],
                )
            )
    return found


def _moment(view: View) -> str:
    """When the levels were read."""
    early = view.record.armed.get("line_status") == "LineStatusAll"
    return f" They are those at the {'beginning of the frame' if early else 'end of the exposure'}."
