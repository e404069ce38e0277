"""``record_calibration()`` of a rig."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from llpyspin.display.boards.boardkind import Board
    from llpyspin.display.boards.criteria import Criteria
    from llpyspin.rig.calibrating.calibrationtake import CalibrationTake
    from llpyspin.rig.runs import Runs

__all__ = ["RecordsCalibrations"]


class RecordsCalibrations(ABC):
    """A rig that can record a calibration board."""

    @abstractmethod
    def _opened(self) -> Runs:
        """Its cameras; raises where they are closed."""

    @property
    def calibration(self) -> CalibrationTake | None:
        """The last calibration take, also after Ctrl-C; None before the first."""
        return self._opened().take

    def record_calibration(
        self,
        out: str | os.PathLike[str],
        board: str | Board = "charuco_7x5",
        *,
        square_mm: float | None = None,
        marker_mm: float | None = None,
        dictionary: str | None = None,
        legacy: bool = False,
        seconds: float | None = 300.0,
        until_enough: bool = True,
        criteria: Criteria | None = None,
        window: bool | None = None,
        progress: bool = True,
        exports: Sequence[str] = ("caliscope", "anipose", "sleap"),
        **options: Any,
    ) -> CalibrationTake:
        """Record a calibration board that you move in front of the cameras.

        A process of its own looks for the board in the newest frames, and never costs a recording a frame.  A
        window, the terminal or the notebook shows which cameras see the board, which parts of each picture
        lack it, and which cameras lack common views.  The take ends when it is enough, at ``seconds``, by
        Ctrl-C, or when the window is closed.  Other programs compute the calibration from the exports.

        Parameters
        ----------
        out : path-like
            New or empty folder.  It gets ``recording``, the tables ``looks.csv`` and ``corners.csv``,
            ``calibration.json``, and a folder for each export.
        board : str or Board
            Kind, and squares along the width and the height: "charuco_7x5" or "chessboard_10x7".
        square_mm : float, optional
            Side of a square, measured on the printed board.  Default: 30.
        marker_mm : float, optional
            Side of a marker.  Default: 0.75 of a square.
        dictionary : str, optional
            Of the markers, as OpenCV calls it.  Default: "DICT_5X5_100".
        legacy : bool
            True: a board that was printed by OpenCV before 4.6.
        seconds : float or None
            Longest time.  None: no limit.
        until_enough : bool
            Whether to end when all criteria are met.
        criteria : Criteria, optional
            What is enough.
        window : bool, optional
            Default: a window where there is a screen.
        progress : bool
            Whether to show the maps in the terminal or the notebook.
        exports : sequence of str
            "caliscope", "anipose", "sleap".
        options
            As for :meth:`prime`.

        Returns
        -------
        CalibrationTake

        Raises
        ------
        ArgumentError, SettingRangeError
            There is no such board or export.
        MissingExtraError
            OpenCV is missing or too old; or ``window=True``, and there can be none.
        RigError, RecordingError, RecordingExistsError
            As :meth:`record`.
        """
        # with all exports, and only for this
        from llpyspin.rig.calibrating.takerun import record_take, request_of

        runs = self._opened()
        sizes = {"square_mm": square_mm, "marker_mm": marker_mm, "dictionary": dictionary, "legacy": legacy}
        request = request_of(
            out,
            board,
            sizes,
            seconds=seconds,
            until_enough=until_enough,
            criteria=criteria,
            window=window,
            progress=progress,
            exports=tuple(exports),
            options=options,
        )
        return record_take(self, runs, request)  # type: ignore[arg-type]  # a rig is what it needs
