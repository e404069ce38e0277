"""The folder of a calibration take, seen by an export: its recording, and the board that was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.display.boards.boardkind import Board
from llpyspin.errors import RecordingError, SettingError
from llpyspin.recording.foreign import exists
from llpyspin.recording.tree import from_tree, read_json

if TYPE_CHECKING:
    import os

__all__ = ["RECORDING_FOLDER", "SUMMARY_FILE", "take_in"]

RECORDING_FOLDER, SUMMARY_FILE = "recording", "calibration.json"


def take_in(path: str | os.PathLike[str]) -> tuple[Path, Board] | None:
    """The recording and the board of a calibration take; None where the path is not the folder of one.

    Raises
    ------
    RecordingError
        ``calibration.json`` is damaged.
    """
    folder = Path(path).expanduser()
    summary = folder / SUMMARY_FILE
    if not exists(summary):
        return None
    found = read_json(summary).get("board")
    board = found if isinstance(found, dict) else {}
    try:
        return folder / RECORDING_FOLDER, from_tree(Board, board, f"the board in {summary}")
    except SettingError as error:
        raise RecordingError(f"the board in {summary} is not what it should be: {error}") from error
