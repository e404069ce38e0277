"""How ``llpyspin record --calibration`` records a calibration board, and shows what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.errors import RigConfigError
from llpyspin.rig.folder import SessionFolder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.cli.results import Output
    from llpyspin.rig import Rig

__all__ = ["check_calibration", "record_board", "tell_take"]

LONGEST_S = 300.0


def check_calibration(*, report: bool, overwrite: bool | None) -> None:
    """Refuse options that a calibration take does not have.

    Raises
    ------
    RigConfigError
    """
    if report:
        raise RigConfigError(
            "--calibration makes no report. Leave out --report, and make it afterwards: llpyspin report "
            "FOLDER/recording"
        )
    if overwrite:
        raise RigConfigError("--calibration needs a new folder. Leave out --overwrite")


def record_board(
    rig: Rig,
    board: str,
    sizes: Mapping[str, Any],
    output: Output,
    *,
    seconds: float | None,
    out: str | None,
    options: Mapping[str, Any],
) -> int:
    """Record a calibration board; gives the exit status, 0 if it was enough."""
    output.note(
        "Move the board in front of the cameras: to all parts of each picture, tilted, and in view of "
        "several cameras at once."
    )
    rig.record_calibration(
        SessionFolder.free_name() if out is None else out,
        board,
        **sizes,
        seconds=LONGEST_S if seconds is None else seconds,
        progress=not output.quiet,
        **options,
    )
    return tell_take(rig, output)


def tell_take(rig: Rig, output: Output) -> int:
    """Show what was seen; 0 if it was enough."""
    take = rig.calibration
    if take is None:
        return 1
    output.result(f"{take}\nRecorded to {take.folder}", {"folder": take.folder, **take.tree()})
    return 0 if take.enough else 1
