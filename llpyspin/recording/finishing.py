"""Waits for a writer to finish its files, for as long as it makes progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraHungError

if TYPE_CHECKING:
    from llpyspin.recording.recorder import Recorder
    from llpyspin.recording.status import WriterStatus

__all__ = ["SHOW_S", "await_written"]

SHOW_S = 1.0  # after which it is shown how far the writers are
LOOK_S = 0.25
STUCK_S = 30.0  # without any progress, after which a writer counts as stuck


def await_written(recorder: Recorder, deadline: Deadline) -> WriterStatus | None:
    """Wait until a writer has closed all its files.

    Parameters
    ----------
    recorder : Recorder
        It was asked to finish.
    deadline : Deadline
        Until when to wait, whatever progress it makes.

    Returns
    -------
    WriterStatus or None
        How far it is where the deadline passed; None: it is done.

    Raises
    ------
    CameraHungError
        It made no progress for 30 s, and was ended.
    CameraProcessError
        It is gone.
    """
    patience = Deadline(STUCK_S)
    last: tuple[object, ...] = ()
    while not recorder.wait(min(LOOK_S, deadline.remaining())):
        status = recorder.status()
        now = _far(status)
        if now != last:
            last, patience = now, Deadline(STUCK_S)
        if patience.passed:
            recorder.close()
            raise CameraHungError(
                f"the writer of {recorder.spec.path} made no progress for {STUCK_S:.0f} s and was ended; "
                f"{status.written} frames are in the file, {status.backlog} are not",
                camera=recorder.spec.serial,
            )
        if deadline.passed:
            return status
    return None


def _far(status: WriterStatus) -> tuple[object, ...]:
    return (
        status.state,
        status.triggers,
        status.written,
        status.incomplete,
        status.bytes,
        status.backlog,
        status.spilled,
    )
