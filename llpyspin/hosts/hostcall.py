"""Asks a host process of this computer, and starts one where none runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from llpyspin import __version__
from llpyspin.deadlines import Deadline
from llpyspin.errors import (
    HostMessageError,
    HostTimeoutError,
    HostUnreachableError,
    HostVersionError,
)
from llpyspin.hosts.answers import AnyAnswer
from llpyspin.hosts.envelopes import PROTOCOL, Envelope, Reply
from llpyspin.hosts.failures import error_of
from llpyspin.hosts.hostfolder import VARIABLE, check_path, door_of, folder_of, last_words
from llpyspin.hosts.hoststart import Start
from llpyspin.hosts.talking import MOST_ANSWER, MOST_REQUEST, receive, send
from llpyspin.system.doors import OthersDoor, enter

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from llpyspin.hosts.answers import Answer
    from llpyspin.hosts.envelopes import Request
    from llpyspin.system.doors import Connection

__all__ = ["call"]

START_S = 20.0
"""For a process to begin, on a busy machine."""
LOOK_S = 0.05
AHEAD_S = 0.1
"""So much earlier than the caller does the host give up waiting, to say that it goes on."""

_REPLY = msgspec.msgpack.Decoder(Reply)


def call(
    folder: str | os.PathLike[str] | None,
    request: Request,
    *,
    deadline_s: float = 30.0,
    start: bool = False,
) -> Answer:
    """Ask the host process of this computer; blocks until it has answered.

    The same request may be called again, also by another process, and gives the same answer.

    Parameters
    ----------
    folder : path-like or None
        Of the host process; None: ``LLPYSPIN_HOST``, else one of this user in the folder for temporary files.
    request : Request
    deadline_s : float
    start : bool
        Whether to start a host process where none runs.  It goes on when this program ends.

    Raises
    ------
    HostUnreachableError
        No host process runs there, or its folder cannot be used.
    HostTimeoutError
        It did not answer in time; it may go on.
    HostVersionError
        It has another version of llpyspin.
    LlpyspinError
        What went wrong over there, as the error that it was.
    """
    place, deadline = folder_of(folder), Deadline(deadline_s)
    check_path(place)
    connection = _entered(place, deadline, start=start)
    try:
        send(connection, _envelope(request, deadline), deadline)
        reply = _opened(receive(connection, MOST_ANSWER, deadline), place)
    except TimeoutError as error:
        raise HostTimeoutError(
            f"the host process in {place} did not answer {type(request.ask).__name__} within "
            f"{deadline_s:g} s; it may go on. The same request again gets its answer",
            host=str(place),
        ) from error
    except (EOFError, OSError) as error:
        raise HostUnreachableError(
            f"the host process in {place} ended while it was asked: {error}", host=str(place)
        ) from error
    finally:
        connection.close()
    return _answer(reply, place)


def _envelope(request: Request, deadline: Deadline) -> bytes:
    try:
        ask = msgspec.Raw(msgspec.msgpack.encode(request.ask))
    except (TypeError, ValueError, OverflowError) as error:
        raise HostMessageError(
            f"{type(request.ask).__name__} has something that cannot be sent to a host: {error}"
        ) from error
    wait_s = max(deadline.remaining() - AHEAD_S, deadline.remaining() / 2)
    body = msgspec.msgpack.encode(
        Envelope(PROTOCOL, __version__, request.id, ask, request.lease, request.host, wait_s)
    )
    if len(body) > MOST_REQUEST:
        raise HostMessageError(
            f"{type(request.ask).__name__} has {len(body)} bytes; {MOST_REQUEST} is the maximum of a request"
        )
    return body


def _opened(body: bytes, place: Path) -> Reply:
    try:
        return _REPLY.decode(body)
    except msgspec.MsgspecError as error:
        raise HostMessageError(f"the host process in {place} answered what is no answer: {error}") from error


def _answer(reply: Reply, place: Path) -> Answer:
    if reply.failure is not None:
        raise error_of(reply.failure, str(place))
    try:
        answer: Answer = msgspec.msgpack.decode(reply.answer, type=AnyAnswer)
    except msgspec.MsgspecError as error:
        if reply.version != __version__:
            raise HostVersionError(
                f"the host process in {place} has llpyspin {reply.version}, this program has {__version__}, "
                f"which does not understand its answer: {error}",
                host=str(place),
                ours=__version__,
                theirs=reply.version,
            ) from error
        raise HostMessageError(f"the host process in {place} answered what is no answer: {error}") from error
    return answer


def _entered(place: Path, deadline: Deadline, *, start: bool) -> Connection:
    """Come in; where there is no host process, start one if that is wanted."""
    starting = Start(place)
    try:
        return _entered_or_started(place, deadline, starting if start else None)
    finally:
        starting.end()


def _entered_or_started(place: Path, deadline: Deadline, starting: Start | None) -> Connection:
    patience: Deadline | None = None
    mine = begun = False
    while True:
        try:
            return enter(door_of(place), deadline.remaining())
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as error:
            if starting is None:
                raise HostUnreachableError(
                    f"no host process runs in {place}. Start one: llpyspin host, or name its folder with "
                    f"{VARIABLE}",
                    host=str(place),
                ) from error
        except OthersDoor as error:
            raise HostUnreachableError(f"the host process in {place} is not yours: {error}") from error
        except PermissionError as error:
            raise HostUnreachableError(f"{place} is not yours: {error}", host=str(place)) from error
        except TimeoutError as error:
            raise HostTimeoutError(f"the host process in {place} lets nobody in: {error}") from error
        except OSError as error:
            raise HostUnreachableError(f"the host process in {place}: {error}", host=str(place)) from error
        patience = patience or Deadline(START_S)
        if mine and not begun:  # and nobody had started one before
            starting.begin()
            begun = True
        elif not mine and starting.is_mine():
            mine = True
            continue
        if patience.passed or deadline.passed:
            raise HostUnreachableError(_why_not_started(place), host=str(place))
        time.sleep(LOOK_S)


def _why_not_started(place: Path) -> str:
    said = last_words(place)
    return f"a host process was started in {place}, and cannot be reached" + (
        f". It said last:\n{said}" if said else ""
    )
