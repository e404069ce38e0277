"""Tables only: one for each camera with a row for each trigger, and one of the cameras."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from llpyspin.export.csvfiles import write_cameras

if TYPE_CHECKING:
    from llpyspin.export.work import Work

__all__ = ["write"]


def write(work: Work) -> None:
    """Write NAME.csv for each camera, cameras.csv, and health.csv where the recording has it."""
    for view in work.material.views:
        work.table(view, f"frames/{view.name}.csv")
    write_cameras(work.folder / "cameras.csv", work.material)
    if work.material.health is not None:
        shutil.copyfile(work.material.health, work.folder / "health.csv")
