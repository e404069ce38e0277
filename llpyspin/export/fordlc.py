"""Videos for DeepLabCut, in one folder, with the camera in the name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.export.wanted import READERS
from llpyspin.export.work import plain

if TYPE_CHECKING:
    from llpyspin.export.work import Work

__all__ = ["write"]


def write(work: Work) -> None:
    """Write SESSION_NAME.mp4 for each camera, and tables in a folder of their own."""
    session = plain(work.material.name)
    for name, view in work.cameras():
        work.video(view, f"{session}_{name}", READERS)
        work.table(view, f"frames/{name}.csv")  # DeepLabCut writes its own CSV files beside the videos
