"""A recording of Caliscope: ``cam_0.mp4``, ``cam_1.mp4`` … and ``timestamps.csv``.

A recording of a calibration board becomes a workspace: its videos are in ``calibration/extrinsic`` and
``calibration/intrinsic``, and the board in ``calibration/targets``.
"""

from __future__ import annotations

import os
import shutil
from pathlib import PurePath
from typing import TYPE_CHECKING

from llpyspin.display.boards.boardkind import CHARUCO
from llpyspin.export.boardfiles import caliscope_targets, write_toml
from llpyspin.export.csvfiles import write_cameras, write_table
from llpyspin.export.wanted import MP4_READERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llpyspin.display.boards.boardkind import Board
    from llpyspin.export.work import Work

__all__ = ["write"]

_CALIBRATION = PurePath("calibration")


def write(work: Work) -> None:
    """Write the videos by the number of the camera, and the time of each frame in seconds."""
    place = PurePath() if work.board is None else _CALIBRATION / _parts(work.board)[0]
    for number, (name, view) in enumerate(work.cameras()):
        work.video(view, str(place / f"cam_{number}"), MP4_READERS)
        work.table(view, f"frames/cam_{number}.csv")
        work.notes.append(f"cam_{number} is {name}")
    write_table(work.folder / place / "timestamps.csv", ("cam_id", "frame_time"), _times(work))
    if work.board is not None:
        _write_board(work, work.board)
    write_cameras(work.folder / "frames/cameras.csv", work.material)


def _parts(board: Board) -> tuple[str, ...]:
    """Folders that have the videos; the lenses and the places of the cameras come from the same pictures."""
    return ("extrinsic", "intrinsic") if board.kind == CHARUCO else ("intrinsic",)


def _write_board(work: Work, board: Board) -> None:
    """The board, and the videos once more where they have two uses, without a second copy."""
    first, *others = _parts(board)
    for other in others:
        (work.folder / _CALIBRATION / other).mkdir(parents=True)
        for video in (work.folder / _CALIBRATION / first).glob("cam_*.mp4"):
            _same_file(video, work.folder / _CALIBRATION / other / video.name)
    for name, values in caliscope_targets(board).items():
        write_toml(work.folder / _CALIBRATION / "targets" / name, values)
    if not others:
        work.notes.append("Caliscope uses a chessboard for lenses only, not for the places of the cameras")


def _same_file(file: Path, again: Path) -> None:
    """A second name of a file; a copy on a disk that knows no second names."""
    try:
        os.link(file, again)
    except OSError:
        shutil.copy2(file, again)


def _times(work: Work) -> Iterator[tuple[int, str]]:
    views = work.material.views
    zero = min(int(view.host_ns[0]) for view in views)
    for place in range(work.material.count):
        for number, view in enumerate(views):
            yield number, f"{(int(view.host_ns[place]) - zero) / 1e9:.9f}"
