"""A recording of Caliscope: ``cam_0.mp4``, ``cam_1.mp4`` … and ``timestamps.csv``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.export.csvfiles import write_cameras, write_table
from llpyspin.export.wanted import MP4_READERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llpyspin.export.work import Work

__all__ = ["write"]


def write(work: Work) -> None:
    """Write the videos by the number of the camera, and the time of each frame in seconds."""
    for number, (name, view) in enumerate(work.cameras()):
        work.video(view, f"cam_{number}", MP4_READERS)
        work.table(view, f"frames/cam_{number}.csv")
        work.notes.append(f"cam_{number} is {name}")
    write_table(work.folder / "timestamps.csv", ("cam_id", "frame_time"), _times(work))
    write_cameras(work.folder / "frames/cameras.csv", work.material)


def _times(work: Work) -> Iterator[tuple[int, str]]:
    views = work.material.views
    zero = min(int(view.host_ns[0]) for view in views)
    for place in range(work.material.count):
        for number, view in enumerate(views):
            yield number, f"{(int(view.host_ns[place]) - zero) / 1e9:.9f}"
