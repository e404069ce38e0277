"""What the main process gets to know about a call that failed."""

from __future__ import annotations

import os
import traceback

from llpyspin.errors import CallbackError, CallbackProcessError

__all__ = ["error_of"]


def error_of(
    failure: BaseException, camera: str, name: str, frame_id: int | None, what: str
) -> CallbackError:
    """The error that stands for an exception, with its traceback as far as it is the user's.

    Parameters
    ----------
    failure : BaseException
    camera, name : str
        Serial number of the camera, and name of the callback.
    frame_id : int or None
        Of the frame that it was called with.
    what : str
        What has raised: "it" or "its setup".
    """
    where = "" if frame_id is None else f" at frame {frame_id}"
    error: CallbackError
    if isinstance(failure, SystemExit):
        code = failure.code if isinstance(failure.code, int) else 0 if failure.code is None else 1
        error = CallbackProcessError(
            f"camera {camera}: the callback {name} called sys.exit({failure.code!r}){where}",
            camera=camera,
            frame_id=frame_id,
            exitcode=code,
        )
    else:
        error = CallbackError(
            f"camera {camera}: the callback {name} failed{where}, {what} raised {_said(failure)}"
            f"{_place(failure)}",
            camera=camera,
            frame_id=frame_id,
        )
    error.remote_traceback = _own_part(failure)
    return error


def _said(failure: BaseException) -> str:
    return traceback.format_exception_only(type(failure), failure)[-1].strip()


def _own_part(failure: BaseException) -> str:
    """The traceback without our own lines, which do not help the user."""
    trace = failure.__traceback__
    while trace is not None and trace.tb_next is not None and _ours(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(failure), failure, trace)).rstrip()


def _place(failure: BaseException) -> str:
    """The last line of the user's own code that was reached."""
    places = [place for place in traceback.extract_tb(failure.__traceback__) if not _ours(place.filename)]
    return f" ({places[-1].filename}, line {places[-1].lineno})" if places else ""


_OURS = [os.sep.join(("", "llpyspin", room, "")) for room in ("callbacks", "processed")]


def _ours(filename: str) -> bool:
    return any(folder in filename for folder in _OURS)
