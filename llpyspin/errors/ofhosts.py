"""Errors of host processes, which own the cameras of a computer."""

from __future__ import annotations

from llpyspin.errors.roots import LlpyspinError

__all__ = [
    "HostError",
    "HostLostError",
    "HostMessageError",
    "HostRestartedError",
    "HostStateError",
    "HostTimeoutError",
    "HostUnreachableError",
    "HostVersionError",
    "LeaseError",
]


class HostError(LlpyspinError):
    """An error of a host process.

    Attributes
    ----------
    host : str
        What the host is called, or the folder of its socket.
    """

    __module__ = "llpyspin.errors"

    def __init__(self, message: str, *, host: str = "") -> None:
        super().__init__(message)
        self.host = host


class HostUnreachableError(HostError):
    """No host process can be reached, or its folder cannot be used; the text says why."""

    __module__ = "llpyspin.errors"


class HostTimeoutError(HostError, TimeoutError):
    """The host process did not answer in time, and may go on.  The same request again gets its answer."""

    __module__ = "llpyspin.errors"


class HostLostError(HostError):
    """A host of a rig does not answer any more."""

    __module__ = "llpyspin.errors"


class HostRestartedError(HostError):
    """Another host process runs there now, without the session of the one that was meant."""

    __module__ = "llpyspin.errors"


class HostStateError(HostError):
    """The host process cannot do this now; the text says what it does, and what to do."""

    __module__ = "llpyspin.errors"


class HostMessageError(HostError):
    """A message to or from a host process is none, or too large."""

    __module__ = "llpyspin.errors"


class HostVersionError(HostError):
    """The host process has another version of llpyspin, or of its protocol.

    Attributes
    ----------
    ours, theirs : str
        Versions of llpyspin, with the protocol: ``"0.4.0 (protocol 1)"``.
    """

    __module__ = "llpyspin.errors"

    def __init__(self, message: str, *, host: str = "", ours: str = "", theirs: str = "") -> None:
        super().__init__(message, host=host)
        self.ours = ours
        self.theirs = theirs


class LeaseError(HostError):
    """Somebody else controls the host, or nobody does.

    Attributes
    ----------
    holder : str
        Who controls it; "" for nobody.
    number : int
        Of the present lease; 0 for none.
    silent_s : float
        Since the last word of the holder.
    """

    __module__ = "llpyspin.errors"

    def __init__(
        self, message: str, *, host: str = "", holder: str = "", number: int = 0, silent_s: float = 0.0
    ) -> None:
        super().__init__(message, host=host)
        self.holder = holder
        self.number = number
        self.silent_s = silent_s
