"""All errors of the package.

Every error is a :class:`LlpyspinError`.  Errors are sent between processes, so each can be pickled with its
attributes.  An error from a camera process has the text of its traceback in ``remote_traceback``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.errors.ofhosts import (
    HostError,
    HostLostError,
    HostMessageError,
    HostRestartedError,
    HostStateError,
    HostTimeoutError,
    HostUnreachableError,
    HostVersionError,
    LeaseError,
)
from llpyspin.errors.roots import LlpyspinError
from llpyspin.errors.roots import without_traceback as without_traceback

if TYPE_CHECKING:
    from llpyspin.system.holders import Holder

__all__ = [
    "ArgumentError",
    "ArgumentTypeError",
    "BudgetError",
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
    "CertificateError",
    "FrameReleasedError",
    "FrameTimeoutError",
    "FunctionError",
    "HostError",
    "HostLostError",
    "HostMessageError",
    "HostRestartedError",
    "HostStateError",
    "HostTimeoutError",
    "HostUnreachableError",
    "HostVersionError",
    "LeaseError",
    "LlpyspinError",
    "MissingExtraError",
    "NoSuchPictureError",
    "NotInNotebookError",
    "NotSendableError",
    "OutputExistsError",
    "PulseBoxError",
    "RecordingError",
    "RecordingExistsError",
    "ReleaseError",
    "RequestTimeoutError",
    "RigConfigError",
    "RigError",
    "RigSettingError",
    "SdkError",
    "SdkNotFoundError",
    "ServeError",
    "SettingError",
    "SettingLockedError",
    "SettingRangeError",
    "SeveralError",
    "TooManyHeldError",
    "TooManyJobsError",
    "TooManyReadersError",
    "UnknownArgumentError",
    "UnknownCameraError",
    "UnknownImportError",
    "UnknownNameError",
]


class SdkNotFoundError(LlpyspinError, ImportError):
    """The requested SDK cannot be imported.  The text says how to install it."""


class MissingExtraError(LlpyspinError, ImportError):
    """An optional package is missing.  The text names the extra to install."""


class ArgumentError(LlpyspinError, ValueError):
    """An argument has a value that is not allowed; the text says what is."""


class ArgumentTypeError(LlpyspinError, TypeError):
    """An argument has the wrong type, or arguments exclude each other."""


class NotSendableError(LlpyspinError, TypeError):
    """The object belongs to the process that made it: it cannot be copied, pickled or sent to another."""


class UnknownCameraError(LlpyspinError, KeyError):
    """A rig, a session or an account has no camera of this name; the text lists its cameras."""

    __str__ = Exception.__str__  # KeyError shows its text with quotes


class NoSuchPictureError(LlpyspinError, IndexError):
    """A recording has no picture of this number."""


class OutputExistsError(LlpyspinError, FileExistsError):
    """A file or folder that is to be written exists, and is not to be overwritten."""


class ServeError(LlpyspinError):
    """A live page cannot be served; the text says why, as when the port is in use."""


class CertificateError(LlpyspinError):
    """TLS certificates of a cluster cannot be made or used, or have ended."""


class NotInNotebookError(LlpyspinError, RuntimeError):
    """Something that needs a notebook was called elsewhere."""


class FrameReleasedError(LlpyspinError, ValueError):
    """The frame was released already."""


class UnknownNameError(LlpyspinError, AttributeError):
    """An object has no attribute of this name, or it cannot be assigned.  The text has the nearest name."""


class UnknownImportError(LlpyspinError, ImportError):
    """A module has nothing of this name, and it was to be imported.  The text has the nearest name."""


class UnknownArgumentError(LlpyspinError, TypeError):
    """A constructor, method or function has no argument of this name.  The text has the nearest name."""


class SettingError(LlpyspinError, ValueError):
    """The camera refused a setting and keeps the old value.

    Attributes
    ----------
    setting : str
        Name of the setting or GenICam node.
    value : object
        The refused value.
    """

    def __init__(self, message: str, *, setting: str = "", value: object = None) -> None:
        super().__init__(message)
        self.setting = setting
        self.value = value


class SettingRangeError(SettingError):
    """The value has the wrong type, is outside the limits, or off the increment; the text has the limits."""


class SettingLockedError(SettingError):
    """The setting exists, but cannot be written (or read) in the camera's present state."""


class CameraError(LlpyspinError):
    """An error of one camera.

    Attributes
    ----------
    camera : str
        Serial number if it is known, else the device that you passed.
    """

    def __init__(self, message: str, *, camera: str = "") -> None:
        super().__init__(message)
        self.camera = camera


class CameraNotFoundError(CameraError):
    """No connected camera has this serial number or index."""


class CameraInUseError(CameraError):
    """Another program, or another object of this program, has opened the camera; the text says which.

    Attributes
    ----------
    holders : tuple of llpyspin.system.holders.Holder
        Processes that hold the camera, as far as this user can see: ``pid``, ``program`` (the process id of
        the program) and ``command``.
    """

    def __init__(self, message: str, *, camera: str = "", holders: tuple[Holder, ...] = ()) -> None:
        super().__init__(message, camera=camera)
        self.holders = holders


class CameraLostError(CameraError):
    """The open camera has disappeared: unplugged, without power, or reset."""


class CameraHungError(CameraError):
    """A call into the SDK did not return in time; the camera process was ended."""


class CameraProcessError(CameraError):
    """The camera process died, or did not start.

    Attributes
    ----------
    exitcode : int or None
        As in :class:`subprocess.Popen`: negative for a signal.
    """

    def __init__(self, message: str, *, camera: str = "", exitcode: int | None = None) -> None:
        super().__init__(message, camera=camera)
        self.exitcode = exitcode


class CameraClosedError(CameraError):
    """This program has closed the camera.  Open it again to use it."""


class SdkError(CameraError):
    """The SDK refused something for a reason that has no error class here.

    Attributes
    ----------
    errorcode : int
        The Spinnaker error code (``SPINNAKER_ERR_*``, negative).
    """

    def __init__(self, message: str, *, camera: str = "", errorcode: int = 0) -> None:
        super().__init__(message, camera=camera)
        self.errorcode = errorcode


class FrameTimeoutError(CameraError, TimeoutError):
    """No frame arrived within the timeout."""


class RequestTimeoutError(CameraError, TimeoutError):
    """The camera process did not answer a request in time."""


class RecordingError(LlpyspinError):
    """A recording cannot be started, or failed; the text says what is on disk."""


class BudgetError(RecordingError):
    """A recording does not begin: its budget would end it at once.  ``limit`` is the name of that limit."""

    limit = ""


class RecordingExistsError(RecordingError, OutputExistsError):
    """A file or session of that name exists, and ``overwrite`` is False, or another recording writes it."""


class RigConfigError(LlpyspinError, ValueError):
    """The description of a rig has mistakes; the text has a line for each: where, and what is allowed.

    Attributes
    ----------
    mistakes : tuple of Mistake
        Each with ``file``, ``line``, ``column``, ``path``, ``value``, ``allowed``, ``nearest`` and ``text``.
        Empty where the file could not be read.
    """

    def __init__(self, message: str, *, mistakes: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.mistakes = mistakes


class PulseBoxError(LlpyspinError):
    """The pulse box does not answer, has gone or started anew, or is something else.

    Attributes
    ----------
    port : str
        Where it is, or was, connected.
    """

    def __init__(self, message: str, *, port: str = "") -> None:
        super().__init__(message)
        self.port = port


class SeveralError(LlpyspinError):
    """One or several cameras failed; the text has a line for each reason.

    Attributes
    ----------
    failures : dict of str to Exception
        Error of each failed camera, by its name.
    """

    def __init__(self, message: str, failures: dict[str, Exception] | None = None) -> None:
        self.failures = dict(failures or {})
        names: dict[str, list[str]] = {}
        for name, error in self.failures.items():
            names.setdefault(str(error), []).append(name)
        lines = [f"\n  {', '.join(those)}: {text}" for text, those in names.items()]
        super().__init__(message + "".join(lines))


class RigError(SeveralError):
    """One or several cameras of a rig failed; ``failures`` has the error of each, by its name."""


class ReleaseError(SeveralError):
    """``release_all()`` could not end or close everything; ``failures`` has the error of each object."""


class RigSettingError(RigError, SettingError):
    """Some cameras of a rig refused a setting; all cameras have the values again that they had before.

    ``failures`` has the error of each that refused; the text also has what the cameras hold now.
    """

    def __init__(
        self,
        message: str,
        failures: dict[str, Exception] | None = None,
        *,
        setting: str = "",
        value: object = None,
    ) -> None:
        RigError.__init__(self, message, failures)
        self.setting = setting
        self.value = value


class TooManyHeldError(CameraError):
    """Too many frames are held at once; the camera would run out of buffers.  Release some."""


class FunctionError(LlpyspinError, TypeError):
    """A function cannot be run in another process; the text names the part that cannot be sent."""


class CallbackError(LlpyspinError):
    """The callback of a camera raised an exception; ``remote_traceback`` has its traceback.

    Attributes
    ----------
    camera : str
        Serial number of the camera.
    frame_id : int or None
        Frame with which it was called; None if it was not called.
    """

    def __init__(self, message: str, *, camera: str = "", frame_id: int | None = None) -> None:
        super().__init__(message)
        self.camera = camera
        self.frame_id = frame_id


class CallbackHungError(CallbackError, TimeoutError):
    """A call of the callback took longer than ``timeout_s``; its process was killed."""


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
    """Too many jobs wait for frames (1024).  Wait for results before you submit more."""


class FrameAccessError(CameraError, PermissionError):
    """The frames belong to another user of this computer."""


class TooManyReadersError(CameraError):
    """The camera has 32 readers, in this and other processes, and accepts no more.  Close one first."""
