"""A session of sleap-anipose: a folder for each camera with one video; SLEAP opens each of them.

Videos of a calibration board are in folders ``calibration_images``, and the board is in ``board.toml``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.export.boardfiles import sleap_board, write_toml
from llpyspin.export.calibration import copied_calibration
from llpyspin.export.wanted import MP4_READERS, READERS
from llpyspin.export.work import plain

if TYPE_CHECKING:
    from llpyspin.export.work import Work

__all__ = ["write"]


def write(work: Work) -> None:
    """Write NAME/NAME-SESSION.mp4 for each camera, and tables beside the folders."""
    session = plain(work.material.name)
    for name, view in work.cameras():
        if work.board is None:
            work.video(view, f"{name}/{name}-{session}", READERS)
        else:
            work.video(view, f"{name}/calibration_images/{session}-{name}-calibration", MP4_READERS)
        work.table(view, f"{name}.csv")
    if work.calibration is not None:
        copied_calibration(work, "calibration.toml")
    if work.board is not None:
        write_toml(work.folder / "board.toml", sleap_board(work.board))
