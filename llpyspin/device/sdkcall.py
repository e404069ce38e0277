"""Calls into the SDK, and what its failures mean.

An exception of the SDK keeps alive, through its traceback, the camera and node pointers of the frames it
passed; a single one of those makes the SDK refuse to shut down (or abort the process).  So none leaves this
package: :func:`call` turns each into an :class:`SdkFailure`, which is plain data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.errors import CameraLostError, LlpyspinError, SdkError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Code", "SdkFailure", "call", "camera_error", "failure_of", "means_lost"]


class Code:
    """The error codes of Spinnaker and GenICam that make a difference here."""

    NOT_INITIALIZED = -1002
    RESOURCE_IN_USE = -1004
    ACCESS_DENIED = -1005
    INVALID_HANDLE = -1006
    TIMEOUT = -1011
    INVALID_BUFFER = -1013
    BUSY = -1022
    INVALID_ARGUMENT = -2001
    OUT_OF_RANGE = -2002
    ACCESS = -2006


class SdkFailure(Exception):
    """The SDK refused a call: its code, and its text without the file names of its sources."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text

    def __str__(self) -> str:
        return self.text


def failure_of(error: Any) -> SdkFailure:
    """Plain data from an exception of the SDK."""
    code = getattr(error, "errorcode", 0)
    return SdkFailure(code if isinstance(code, int) else 0, str(error).split(" (file '")[0].strip())


def call(sdk: Any, function: Callable[..., Any], *args: Any) -> Any:
    """Call into the SDK; its exceptions come out as :class:`SdkFailure`."""
    try:
        return function(*args)
    except sdk.SpinnakerException as error:
        failure = failure_of(error)
    del function, args  # bound methods of SDK objects, which the traceback would keep
    raise failure


def means_lost(failure: SdkFailure) -> bool:
    """Whether this is how the SDK says that a camera, which was open, has gone."""
    # A device that has gone has no serial number any more, whatever the code.
    gone = ("removed from the list", "no longer valid", "[SN:Unknown]")
    return failure.code in (Code.INVALID_HANDLE, Code.ACCESS_DENIED) or any(w in failure.text for w in gone)


def camera_error(failure: SdkFailure, doing: str, camera: str = "") -> LlpyspinError:
    """The error for a failure that is not about a setting's value."""
    if means_lost(failure):
        return CameraLostError(
            f"camera {camera} was lost while {doing}: unplugged, without power, or taken over by another "
            f"program ({failure.text})",
            camera=camera,
        )
    return SdkError(
        f"camera {camera}: the SDK failed while {doing}: {failure.text}",
        camera=camera,
        errorcode=failure.code,
    )
