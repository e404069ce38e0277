"""H.264 in MP4, one video for each camera: for browsers, players and archives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.export.wanted import BROWSERS

if TYPE_CHECKING:
    from llpyspin.export.work import Work

__all__ = ["write"]


def write(work: Work) -> None:
    """Write NAME.mp4 and NAME.csv for each camera."""
    for view in work.material.views:
        work.video(view, view.name, BROWSERS)
        work.table(view, f"{view.name}.csv")
