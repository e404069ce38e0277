"""One call of a function in a worker process of ``map()``, and its result or error."""

from __future__ import annotations

import pickle
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.errors import (
    CallbackError,
    CallbackHungError,
    CallbackProcessError,
    CameraHungError,
    CameraProcessError,
    LlpyspinError,
)
from llpyspin.processes.child import ChildProcess
from llpyspin.processes.functions import with_source
from llpyspin.reading.mapworker import RETURNED

if TYPE_CHECKING:
    from llpyspin.frames import Frame, FrameInfo

__all__ = ["OVER", "Caller", "Outcome", "WorkerProcess"]

END_S = 0.5


class Outcome(NamedTuple):
    """What came of one frame."""

    value: Any = None
    info: FrameInfo | None = None
    error: BaseException | None = None


OVER = Outcome()
"""No frame comes any more."""


class WorkerProcess(ChildProcess):
    """A child that calls the function of one ``map()``."""

    _module = "llpyspin.reading.mapworker"
    _what = "worker process of map()"
    _where = "worker process of map()"
    _again = "What it wrote, if anything, is in this program's error output"
    _stuck = "its worker process was killed"

    def close(self, *, timeout_s: float = END_S) -> None:
        """Have it end; a call that it is in the middle of is not waited for any longer than that."""
        super().close(timeout_s=timeout_s)


class Caller:
    """Has workers call a function.

    Parameters
    ----------
    name : str
        Of the function.
    camera : str
        Of the camera that its frames come from.
    timeout_s : float
        How long a call may take.
    """

    def __init__(self, name: str, camera: str, timeout_s: float) -> None:
        self._name = name
        self._camera = camera
        self._timeout_s = timeout_s

    def outcome(self, process: WorkerProcess, frame: Frame) -> Outcome:
        """Have a worker work on a held frame, which is given back afterwards; blocks for that long."""
        info = frame.info
        with frame:
            try:
                state, packed, trace = process.request("apply", *frame.token(), timeout_s=self._timeout_s)
                value = pickle.loads(packed)
            except LlpyspinError as error:
                return Outcome(None, info, error if process.alive else self._told(error, info.frame_id))
            except Exception as error:  # noqa: BLE001 - whatever the user's classes raise when they are made
                return Outcome(None, info, self._unusable(error, info.frame_id))
        if state == RETURNED:
            return Outcome(value, info)
        return Outcome(None, info, self._raised(value, trace, info.frame_id))

    def _raised(self, original: BaseException | None, trace: str, frame_id: int) -> CallbackError:
        error = CallbackError(
            f"{self._name}() raised {trace.splitlines()[-1]}", camera=self._camera, frame_id=frame_id
        )
        error.remote_traceback = with_source(trace)
        error.__cause__ = original
        if sys.version_info >= (3, 11):
            error.add_note(f"In the worker process:\n{error.remote_traceback}")
        return error

    def _unusable(self, cause: Exception, frame_id: int) -> CallbackError:
        error = CallbackError(
            f"what {self._name}() returned cannot be made here: {type(cause).__name__}: {cause}",
            camera=self._camera,
            frame_id=frame_id,
        )
        error.__cause__ = cause
        return error

    def _told(self, error: LlpyspinError, frame_id: int) -> BaseException:
        """What became of a worker, in the words of functions instead of those of cameras."""
        if isinstance(error, CameraHungError):
            return CallbackHungError(
                f"{self._name}() took longer than {self._timeout_s:.3g} s. Its process was killed",
                camera=self._camera,
                frame_id=frame_id,
            )
        if isinstance(error, CameraProcessError):
            return CallbackProcessError(
                str(error), camera=self._camera, frame_id=frame_id, exitcode=error.exitcode
            )
        return error
