"""Calls into the SDK, and what its failures mean.

An exception of the SDK has a traceback, which keeps camera and node pointers alive. A single one of them
makes the SDK refuse to shut down, or abort the process.  So none leaves this package: :func:`call` turns each
into an :class:`SdkFailure`, which is plain data.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from llpyspin.errors import CameraLostError, LlpyspinError, SdkError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Code", "SdkFailure", "call", "call_again", "camera_error", "failure_of", "means_lost"]

log = logging.getLogger(__name__)

AGAIN_S = 3.0
"""An access to a register that failed later than this is not tried again: the SDK has tried long enough."""

_REGISTER = ("Error writing to device", "Error reading from device")
_GONE = (
    "Camera has been removed from the list",
    "Camera has been disconnected",
    "Stream has been aborted",
    "[SN:Unknown]",  # a device that has gone has no serial number any more, whatever the code
    *_REGISTER,  # once tried again
)


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
    GENICAM_TIMEOUT = -2007


class SdkFailure(Exception):
    """The SDK refused a call: its code, and its text without the file names of its sources."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text

    def __str__(self) -> str:
        return self.text

    def text_has(self, phrases: tuple[str, ...]) -> bool:
        return any(phrase in self.text for phrase in phrases)


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


def call_again(sdk: Any, function: Callable[..., Any], *args: Any) -> Any:
    """The same for an access to a register of the camera that does no harm if it is made twice.

    On a busy network one of them may fail though the camera is well: it is tried once more, if it failed
    within ``AGAIN_S``.
    """
    began = time.monotonic()
    try:
        return call(sdk, function, *args)
    except SdkFailure as failure:
        passing = failure.code == Code.GENICAM_TIMEOUT or failure.text_has(_REGISTER)
        if not passing or time.monotonic() - began > AGAIN_S:
            raise
        log.info("%s; trying once more", failure.text)
    return call(sdk, function, *args)


def means_lost(failure: SdkFailure) -> bool:
    """Whether this is how the SDK says that a camera, which was open, has gone."""
    return failure.code in (Code.INVALID_HANDLE, Code.ACCESS_DENIED) or failure.text_has(_GONE)


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
