"""A calibration take that is over: what was recorded and seen, and what was made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llpyspin.export.boardtake import RECORDING_FOLDER, SUMMARY_FILE
from llpyspin.naming.known import named
from llpyspin.recording.tree import to_tree, write_json
from llpyspin.rig.calibrating.takefiles import read_corners

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from llpyspin.display.boards.boardkind import Board
    from llpyspin.recording.session import Session
    from llpyspin.rig.calibrating.glance import Glance

__all__ = ["CalibrationTake"]


@named
@dataclass(frozen=True, repr=False)
class CalibrationTake:
    """What :meth:`llpyspin.rig.Rig.record_calibration` returns; ``print`` it.

    Attributes
    ----------
    folder : Path
        Has the recording, the tables of what was seen, and the exports.
    session : Session
        The recording, with its account.
    board : Board
        The calibration board.
    seen : Glance
        What was seen by each camera (``cameras``) and by each two of them (``pairs``), and the ``verdict``.
    exports : dict of str to Path
        The folders for other programs, by target.
    problems : tuple of str
        Why an export is missing, or why no board was looked for any more.
    """

    folder: Path
    session: Session
    board: Board
    seen: Glance
    exports: Mapping[str, Path] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def enough(self) -> bool:
        """Whether all criteria are met."""
        return self.seen.verdict.enough

    def corners(self) -> dict[str, dict[int, Any]]:
        """Read what was found: ``corners()["top"][trigger]`` is (numbers of the corners, their x and y)."""
        return read_corners(self.folder)

    def save(self) -> None:
        """Write all of it but the recording to ``calibration.json``."""
        write_json(self.folder / SUMMARY_FILE, self.tree())

    def tree(self) -> dict[str, Any]:
        """As in ``calibration.json``."""
        seen = self.seen
        return {
            "board": to_tree(self.board),
            "recording": RECORDING_FOLDER,
            "enough": self.enough,
            "missing": list(seen.verdict.missing),
            "criteria": to_tree(seen.criteria),
            "looks_by_cameras_that_saw_the_board": {str(key): count for key, count in seen.together.items()},
            "cameras": to_tree(seen.cameras),
            "pairs": to_tree(seen.pairs),
            "exports": {to: path.name for to, path in self.exports.items()},
            "problems": list(self.problems),
        }

    def __repr__(self) -> str:
        enough = "enough" if self.enough else "not enough"
        return f"<CalibrationTake in {self.folder}: {enough}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and Jupyter show at the prompt."""
        printer.text("CalibrationTake(...)" if cycle else str(self))

    def __str__(self) -> str:
        seen = self.seen
        width = max(len(camera.name) for camera in seen.cameras)
        lines = [f"{seen.verdict}.", f"Board: {self.board}."]
        lines += [f"  {each.name:<{width}}  {seen.camera_line(each)}" for each in seen.cameras]
        lines += [
            f"  {each.first} and {each.second}: {each.views} common views, {each.corners} shared corners"
            for each in seen.pairs
        ]
        lines += [f"For {to}: {path}" for to, path in self.exports.items()]
        return "\n".join([*lines, *self.problems])
