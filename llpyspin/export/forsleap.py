"""A session of sleap-anipose: a folder for each camera with one video; SLEAP opens each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.export.calibration import copied_calibration
from llpyspin.export.wanted import READERS
from llpyspin.export.work import plain

if TYPE_CHECKING:
    from llpyspin.export.work import Work

__all__ = ["write"]


def write(work: Work) -> None:
    """Write NAME/NAME-SESSION.mp4 for each camera, and tables beside the folders."""
    session = plain(work.material.name)
    for name, view in work.cameras():
        work.video(view, f"{name}/{name}-{session}", READERS)
        work.table(view, f"{name}.csv")
    if work.calibration is not None:
        copied_calibration(work, "calibration.toml")
