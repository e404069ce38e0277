"""Everything that can go wrong, by who can mend it.

Every error of this package is a :class:`LlpyspinError`.  They travel between processes, so each can be
pickled with its attributes; an error that was raised in a camera process carries the text of the traceback
there in ``remote_traceback``.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "CallbackError",
    "CallbackHungError",
    "CallbackProcessError",
    "CameraClosedError",
    "CameraError",
    "CameraHungError",
    "CameraInUseError",
    "CameraLostError",
    "CameraNotFoundError",
    "CameraProcessError",
    "FrameTimeoutError",
    "FunctionError",
    "LlpyspinError",
    "MissingExtraError",
    "RecordingError",
    "RecordingExistsError",
    "RequestTimeoutError",
    "RigConfigError",
    "RigError",
    "SdkError",
    "SdkNotFoundError",
    "SettingError",
    "SettingLockedError",
    "SettingRangeError",
    "TooManyHeldError",
    "TooManyJobsError",
    "TooManyReadersError",
]


def _rebuild(cls: type[LlpyspinError], args: tuple[Any, ...], state: dict[str, Any]) -> LlpyspinError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class LlpyspinError(Exception):
    """Root of all errors of this package."""

    remote_traceback: str | None = None
    """Text of the traceback in the camera process, where the error came from there."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, dict(self.__dict__))


def without_traceback(error: BaseException) -> None:
    """Have an error that is kept hold nothing: tracebacks keep all that was in use where it was raised."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        link = waiting.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            link.__traceback__ = None
            waiting += [link.__cause__, link.__context__]


class SdkNotFoundError(LlpyspinError, ImportError):
    """The SDK that was asked for cannot be imported.  The text says how to get it."""


class MissingExtraError(LlpyspinError, ImportError):
    """An optional package is needed for this.  The text names the extra to install."""


class SettingError(LlpyspinError, ValueError):
    """A setting was refused; the camera keeps the old value.

    Attributes
    ----------
    setting : str
        Name of the setting or GenICam node.
    value : object
        What was asked for.
    """

    def __init__(self, message: str, *, setting: str = "", value: object = None) -> None:
        super().__init__(message)
        self.setting = setting
        self.value = value


class SettingRangeError(SettingError):
    """The value is of the wrong kind, out of its limits or off its increment; the text has the limits."""


class SettingLockedError(SettingError):
    """The setting is there, but cannot be written (or read) in the camera's present state."""


class CameraError(LlpyspinError):
    """Something is the matter with one camera.

    Attributes
    ----------
    camera : str
        Serial number, where it is known, else what was asked for.
    """

    def __init__(self, message: str, *, camera: str = "") -> None:
        super().__init__(message)
        self.camera = camera


class CameraNotFoundError(CameraError):
    """No camera of this serial number or index is connected."""


class CameraInUseError(CameraError):
    """Another process or program holds the camera."""


class CameraLostError(CameraError):
    """The camera was open and has gone: unplugged, without power, or reset."""


class CameraHungError(CameraError):
    """A call into the SDK did not come back in time; the camera process was ended."""


class CameraProcessError(CameraError):
    """The camera process died, or never came up.

    Attributes
    ----------
    exitcode : int or None
        As in :class:`subprocess.Popen`: negative for a signal.
    """

    def __init__(self, message: str, *, camera: str = "", exitcode: int | None = None) -> None:
        super().__init__(message, camera=camera)
        self.exitcode = exitcode


class CameraClosedError(CameraError):
    """The camera was closed by this program; open it again to use it."""


class SdkError(CameraError):
    """The SDK refused something for a reason that has no class of its own here.

    Attributes
    ----------
    errorcode : int
        The Spinnaker error code (``SPINNAKER_ERR_*``, negative).
    """

    def __init__(self, message: str, *, camera: str = "", errorcode: int = 0) -> None:
        super().__init__(message, camera=camera)
        self.errorcode = errorcode


class FrameTimeoutError(CameraError, TimeoutError):
    """No frame came within the time that was allowed."""


class RequestTimeoutError(CameraError, TimeoutError):
    """A request to the camera process was not answered in time."""


class RecordingError(LlpyspinError):
    """A recording cannot be begun, or went wrong; the text says what is on disk all the same."""


class RecordingExistsError(RecordingError, FileExistsError):
    """A file of that name exists, and was not to be overwritten."""


class RigConfigError(LlpyspinError, ValueError):
    """What a rig is to be makes no sense; the text says where and what would."""


class RigError(LlpyspinError):
    """Something went wrong with one or several cameras of a rig; the text has a line for each reason.

    Attributes
    ----------
    failures : dict of str to Exception
        What went wrong, by the camera's name.
    """

    def __init__(self, message: str, failures: dict[str, Exception] | None = None) -> None:
        self.failures = dict(failures or {})
        names: dict[str, list[str]] = {}
        for name, error in self.failures.items():
            names.setdefault(str(error), []).append(name)
        lines = [f"\n  {', '.join(those)}: {text}" for text, those in names.items()]
        super().__init__(message + "".join(lines))


class TooManyHeldError(CameraError):
    """So many frames are held at once that the camera would run out of buffers; give some back."""


class FunctionError(LlpyspinError, TypeError):
    """A function of the user's cannot be run in another process; the text says what in it cannot."""


class CallbackError(LlpyspinError):
    """The callback of a camera raised; ``remote_traceback`` has the traceback from its process.

    Attributes
    ----------
    camera : str
        Serial number of the camera.
    frame_id : int or None
        Of the frame that it was called with, where it was called.
    """

    def __init__(self, message: str, *, camera: str = "", frame_id: int | None = None) -> None:
        super().__init__(message)
        self.camera = camera
        self.frame_id = frame_id


class CallbackHungError(CallbackError, TimeoutError):
    """A call of the callback took too long; its process was killed."""


class CallbackProcessError(CallbackError):
    """The process of the callback ended or was killed.

    Attributes
    ----------
    exitcode : int or None
        As in :class:`subprocess.Popen`: negative for a signal.
    """

    def __init__(
        self, message: str, *, camera: str = "", frame_id: int | None = None, exitcode: int | None = None
    ) -> None:
        super().__init__(message, camera=camera, frame_id=frame_id)
        self.exitcode = exitcode


class TooManyJobsError(CameraError):
    """So many jobs wait for frames that something must be wrong: none is done, or none is waited for."""


class FrameAccessError(CameraError, PermissionError):
    """The frames belong to another user of this computer."""


class TooManyReadersError(CameraError):
    """A camera has as many readers, in this and other processes, as it takes (32); let one go first."""
