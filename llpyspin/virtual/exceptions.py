"""The exception of PySpin, with the SDK's text for each error code."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["SpinnakerException", "not_implemented", "raise_error", "raise_if"]

ERROR = -1001
NOT_INITIALIZED = -1002
NOT_IMPLEMENTED = -1003
RESOURCE_IN_USE = -1004
ACCESS_DENIED = -1005
INVALID_HANDLE = -1006
NO_DATA = -1008
INVALID_PARAMETER = -1009
IO_ERROR = -1010
TIMEOUT = -1011
ABORT = -1012
INVALID_BUFFER = -1013
NOT_AVAILABLE = -1014
INVALID_ADDRESS = -1015


class SpinnakerException(Exception):
    """What every call of the SDK raises.

    Attributes
    ----------
    errorcode : int
        One of ``SPINNAKER_ERR_*``, ``GENICAM_ERR_*`` or ``SPINNAKER_ERR_IM_*`` (negative).
    message : str
        ``Spinnaker: <text> [<code>]``, as ``str()`` gives it.
    fullmessage : str
        The same with the place that raised it.
    """

    def __init__(self, text: str, errorcode: int = ERROR, where: str = "llpyspin.virtual") -> None:
        self.errorcode = errorcode
        self.message = f"Spinnaker: {text} [{errorcode}]"
        self.fullmessage = f"{self.message} ({where})"
        self._made_of = (text, errorcode, where)
        super().__init__(self.message)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, self._made_of


def _rebuild(text: str, errorcode: int, where: str) -> SpinnakerException:
    return SpinnakerException(text, errorcode, where)


# tracebacks name the class as those of the vendor's module do
SpinnakerException.__module__ = "_PySpin"


def raise_error(text: str, errorcode: int) -> NoReturn:
    """Raise ``Spinnaker: <text> [<errorcode>]``."""
    raise SpinnakerException(text, errorcode)


def raise_if(error: Exception | None) -> None:
    """Raise an error, if there is one.

    No frame keeps it: by its traceback it would keep the client's camera alive, and so the System.
    """
    if error is not None:
        try:
            raise error
        finally:
            del error


def not_implemented(what: str) -> NoReturn:
    """Refuse a name of the PySpin surface that virtual cameras do not have a behaviour for."""
    raise SpinnakerException(f"{what} is not implemented by virtual cameras.", NOT_IMPLEMENTED)
