"""The exception of PySpin, made from what rotpy raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from rotpy.system import SpinnakerAPIException

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SpinnakerException", "call", "cannot", "fail"]

ERROR = -1001
NOT_INITIALIZED = -1002
NOT_IMPLEMENTED = -1003
RESOURCE_IN_USE = -1004
INVALID_PARAMETER = -1009
INVALID_BUFFER = -1013
NOT_AVAILABLE = -1014
GENICAM_LOGICAL = -2005
GENICAM_ACCESS = -2006


class SpinnakerException(Exception):
    """What every call of the SDK raises.

    Attributes
    ----------
    errorcode : int
        One of ``SPINNAKER_ERR_*`` (negative).
    message : str
        ``Spinnaker: <text> [<code>]``, as ``str()`` gives it.
    fullmessage : str
        The same with the place in the vendor's library that raised it.
    """

    def __init__(self, message: str, fullmessage: str = "", errorcode: int = ERROR) -> None:
        super().__init__(message)
        self.message = message
        self.fullmessage = fullmessage or message
        self.errorcode = errorcode

    def __reduce__(self) -> tuple[Any, ...]:
        return SpinnakerException, (self.message, self.fullmessage, self.errorcode)


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call into rotpy; what it raises becomes a :class:`SpinnakerException`."""
    try:
        return function(*arguments)
    except SpinnakerAPIException as error:
        failure = SpinnakerException(error.spin_what, error.spin_full_msg, error.spin_error_code)
    except RuntimeError as error:  # a C++ exception that is not the SDK's own
        failure = SpinnakerException(f"Spinnaker: {error} [{ERROR}]")
    # The SDK cannot end while anything holds a camera of rotpy, and tracebacks live long: so the exception
    # is raised outside of the handler, without rotpy's as its context, and from a frame that holds nothing.
    del function, arguments
    raise failure


def fail(text: str, errorcode: int) -> NoReturn:
    """Raise ``Spinnaker: <text> [<errorcode>]``."""
    raise SpinnakerException(f"Spinnaker: {text} [{errorcode}]", errorcode=errorcode)


def cannot(what: str) -> NoReturn:
    """Refuse what PySpin has and rotpy gives no way to."""
    fail(f"{what} cannot be reached through rotpy.", NOT_IMPLEMENTED)
