"""Requests and replies between the user's process and its children, and the channel for them.

A request is answered exactly once, with a value or with an error.  Messages are small pickled tuples behind
a four-byte length on a stream that only the two processes share; pixels never come this way.
"""

from __future__ import annotations

import io
import pickle
import struct
import traceback
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.errors import LlpyspinError, SdkError, SettingRangeError
from llpyspin.system.pipes import End

if TYPE_CHECKING:
    from llpyspin.deadlines import Deadline

__all__ = [
    "WAIT_S",
    "Channel",
    "ChannelClosed",
    "NotUnderstood",
    "Reply",
    "Request",
    "pack",
    "portable_error",
    "unpack",
]

WAIT_S = 0.25  # for one request that waits for something; those of other threads come in between

_LENGTH = struct.Struct("!I")
_MOST = 64 * 2**20  # bytes; a longer message is a sign of a broken stream, not of a long answer


class ChannelClosed(Exception):
    """The process at the other end has closed the channel, or is dead."""


class NotUnderstood(Exception):
    """A message came that is none; the next one can be received."""


class Request(NamedTuple):
    """One thing asked of the camera process.

    ``arguments`` are packed by themselves, so that a request whose arguments make no sense over there can
    still be answered.
    """

    number: int
    operation: str
    arguments: bytes


class Reply(NamedTuple):
    """The one answer to a request: ``error`` is None, or what to raise."""

    number: int
    value: Any
    error: LlpyspinError | ValueError | TypeError | None


class _Packer(pickle.Pickler):
    """Values of the user's own classes travel as the number, text or tuple that they are.

    The camera process has not the user's modules: an ``IntEnum`` for the binning would be unknown there.
    """

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, int):
            return int, (int.__int__(value),)
        if isinstance(value, float):
            return float, (float.__float__(value),)
        if isinstance(value, str):
            return str, (str.__str__(value),)
        if isinstance(value, tuple):
            return tuple, (list(value),)
        return NotImplemented


def pack(arguments: tuple[Any, ...]) -> bytes:
    """The arguments of a request as bytes.

    Raises
    ------
    SettingRangeError
        There is something among them that cannot leave the process.
    """
    packed = io.BytesIO()
    try:
        _Packer(packed, protocol=5).dump(arguments)
    except Exception as error:
        raise _not_understood(arguments, error) from error
    return packed.getvalue()


def unpack(packed: bytes) -> tuple[Any, ...]:
    """What :func:`pack` packed.

    Raises
    ------
    SettingRangeError
        This process does not know the class of one of the values.
    """
    try:
        return tuple(pickle.loads(packed))
    except Exception as error:
        raise _not_understood((), error) from error


def _not_understood(arguments: tuple[Any, ...], error: Exception) -> SettingRangeError:
    kinds = ", ".join(type(value).__name__ for value in arguments[-1:])
    what = f"a value of type {kinds}" if kinds else "this value"
    return SettingRangeError(
        f"{what} means nothing to the camera process ({type(error).__name__}: {error}); settings are "
        "numbers, texts, tuples of them, or None"
    )


def portable_error(error: BaseException, camera: str = "") -> LlpyspinError | ValueError | TypeError:
    """An error that can be pickled and raised in another process, with the traceback of this one as text.

    Python's own words for a wrong argument stay as they are; whatever else is not ours, and might not be
    importable there, becomes an :class:`SdkError`.
    """
    portable: LlpyspinError | ValueError | TypeError
    text = "".join(traceback.format_exception(error)).rstrip()
    if isinstance(error, LlpyspinError):
        portable = error
    elif type(error) is ValueError:
        portable = ValueError(str(error))
    elif type(error) is TypeError:
        portable = TypeError(str(error))
    else:
        kind = type(error).__name__
        code = getattr(error, "errorcode", 0)
        portable = SdkError(f"{kind} in the camera process: {error}", camera=camera, errorcode=int(code))
    if getattr(portable, "remote_traceback", None) is None:  # else it came from yet another process
        portable.remote_traceback = text  # type: ignore[union-attr]
    return portable


def _opened(body: bytes) -> tuple[Any, ...]:
    try:
        message = pickle.loads(body)
    except Exception as error:  # bytes that are no pickle raise anything
        raise NotUnderstood(f"{len(body)} bytes are no message: {type(error).__name__}: {error}") from error
    if not isinstance(message, tuple):
        raise NotUnderstood(f"a message is a tuple, not {type(message).__name__}")
    return message


class Channel:
    """One end of the conversation.  One thread at a time may receive, and one may send."""

    def __init__(self, end: End) -> None:
        self._end = end
        self._pending = b""
        self._pieces: list[bytes] = []

    @classmethod
    def pair(cls) -> tuple[Channel, End]:
        """A channel, and what becomes its other end in a child."""
        ours, theirs = End.pair()
        return cls(ours), theirs

    @property
    def descriptor(self) -> int:
        return self._end.descriptor

    def has_room(self) -> bool:
        """Whether a short message can be sent just now without waiting."""
        return self._end.has_room()

    def send(self, message: tuple[Any, ...], deadline: Deadline | None = None) -> None:
        """Send one message; waits until ``deadline`` at most when the other end does not read.

        Raises
        ------
        ChannelClosed
            Nobody is there any more.
        TimeoutError
            The other end did not take it in time.
        """
        body = pickle.dumps(tuple(message), protocol=5)
        try:
            seconds = None if deadline is None else max(deadline.remaining(), 1e-3)
            self._end.send(_LENGTH.pack(len(body)) + body, seconds)
        except TimeoutError:
            raise
        except OSError as error:
            raise ChannelClosed(str(error)) from error

    def receive(self, deadline: Deadline | None = None) -> tuple[Any, ...]:
        """The next message as a plain tuple; ``deadline`` None waits for as long as the other end lives.

        Raises
        ------
        ChannelClosed
            The other end is gone.
        TimeoutError
            No complete message came in time.  What came of it is kept for the next call.
        NotUnderstood
            What came is no message of ours.
        """
        while True:
            if self._pieces:
                if not self._pieces[-1]:
                    raise ChannelClosed("the other end was closed")
                self._pending, self._pieces = b"".join((self._pending, *self._pieces)), []
            if len(self._pending) >= _LENGTH.size:
                (size,) = _LENGTH.unpack_from(self._pending)
                if size > _MOST:
                    raise ChannelClosed(f"a message of {size} bytes was announced")
                end = _LENGTH.size + size
                if len(self._pending) >= end:
                    body, self._pending = self._pending[_LENGTH.size : end], self._pending[end:]
                    return _opened(body)
            try:
                seconds = None if deadline is None else max(deadline.remaining(), 1e-6)
                self._end.receive_onto(self._pieces, seconds)
            except TimeoutError:
                raise
            except OSError as error:
                raise ChannelClosed(str(error)) from error

    def close(self) -> None:
        self._end.close()

    def shutdown(self) -> None:
        """Wake whoever waits at either end; they get :class:`ChannelClosed`."""
        self._end.shutdown()
