"""The life of a child process, from its first line to its last.

Two threads: this one watches over the process (has the parent died? is the service stuck?), one answers
requests.  Services have threads of their own besides.  Whatever happens, the process ends by ``os._exit``
once the service is closed: nothing that is still alive then gets a chance to hang, or to abort.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import sys
import threading
from abc import ABC, abstractmethod
from pickle import PicklingError
from typing import TYPE_CHECKING, Any, Protocol

from llpyspin.deadlines import Deadline
from llpyspin.errors import LlpyspinError, RecordingError
from llpyspin.processes.messages import Channel, ChannelClosed, NotUnderstood, Reply, portable_error, unpack
from llpyspin.system.bells import Bell
from llpyspin.system.interrupts import ignore_interrupts, when_terminated
from llpyspin.system.lives import ParentLife
from llpyspin.system.pipes import End
from llpyspin.system.waiting import wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.system.waiting import Source

__all__ = ["FileRequests", "Requests", "Service", "end_if_frozen", "serve"]

WATCH_S = 1.0  # between two looks at the service
FROZEN_S = 90.0  # the interpreter lock held inside the SDK; opening four cameras at once has taken 14 s


class Service(Protocol):
    """What a child process does for its parent; the request thread calls all of it."""

    @property
    def serial(self) -> str:
        """The camera that it is about, for messages."""

    def answer(self, operation: str, arguments: tuple[Any, ...]) -> Any:
        """The answer to a request, or an error."""

    def do_close(self) -> object:
        """End in order; the request ``close`` asks for it, and it is the last one."""


class Requests:
    """A service that has a method ``do_NAME`` for each request; they are called one at a time."""

    def answer(self, operation: str, arguments: tuple[Any, ...]) -> Any:
        """See :meth:`Service.answer`."""
        return getattr(self, f"do_{operation}")(*arguments)


class FileRequests(Requests, ABC):
    """The same of a service that writes files: what the system says of them is an error of the recording."""

    @property
    @abstractmethod
    def serial(self) -> str:
        """Of the camera, for errors."""

    def answer(self, operation: str, arguments: tuple[Any, ...]) -> Any:
        try:
            return super().answer(operation, arguments)
        except OSError as error:
            if isinstance(error, LlpyspinError):
                raise
            raise RecordingError(f"camera {self.serial}: {error}") from error


def serve(
    service: Service,
    descriptor: int,
    parent: int,
    *,
    leave_s: float,
    check: Callable[[], int | None],
    leave: Callable[[], object] | None = None,
    on_sigterm: bool = False,
    watch_s: float = WATCH_S,
    frozen_s: Callable[[], float] = lambda: FROZEN_S,
) -> None:
    """Serve the parent process over the channel ``descriptor`` until it closes it, or dies; never returns.

    Parameters
    ----------
    leave_s : float
        How long ending may take after the parent has died.
    check : callable
        Called every ``watch_s`` seconds; gives the exit status to end the process with at once, or None if
        all is well.
    leave : callable, optional
        What to do, in the request thread, once the parent has died; by default ``service.do_close``.
    on_sigterm : bool
        Whether SIGTERM is met as the death of the parent is, instead of with sudden death.
    watch_s : float
    frozen_s : callable
        How long, in s, the interpreter may stand still before the process is ended with a traceback.
    """
    ignore_interrupts()
    faulthandler.enable()
    # A thread of the interpreter that waits for the lock gets it after this; the default of 5 ms is longer
    # than a frame period at 226 fps.
    sys.setswitchinterval(0.0005)
    channel = Channel(End(descriptor))
    if on_sigterm:
        when_terminated(channel.shutdown)
    finished = Bell()
    requests = threading.Thread(
        target=_serve,
        args=(channel, service, service.do_close if leave is None else leave, finished),
        name="requests",
        daemon=True,
    )
    requests.start()
    status = _watch(channel, ParentLife(parent), finished, check, leave_s, watch_s, frozen_s)
    os._exit(status)


def _watch(
    channel: Channel,
    parent: ParentLife,
    finished: Bell,
    check: Callable[[], int | None],
    leave_s: float,
    watch_s: float,
    frozen_s: Callable[[], float],
) -> int:
    """Wait for the end of the process; gives its exit status."""
    deadline: Deadline | None = None
    sources: list[Source] = [finished, parent] if parent.can_be_waited_for else [finished]
    while True:
        end_if_frozen(frozen_s())
        ready = wait(sources, watch_s)
        if finished in ready:
            return 0
        if deadline is None and (parent in ready or parent.over):
            deadline = Deadline(leave_s)
            sources = [finished]  # the parent would be ready from now on
            channel.shutdown()  # the request thread closes the service, if that can be done
        if deadline is not None and deadline.passed:
            return 0
        status = check()
        if status is not None:
            return status


def end_if_frozen(seconds: float) -> None:
    """End the process with a traceback, should the interpreter not come to say otherwise until then."""
    faulthandler.dump_traceback_later(seconds, exit=True)


def _serve(channel: Channel, service: Service, leave: Callable[[], object], finished: Bell) -> None:
    """Answer requests until the parent closes the channel or asks for the end."""
    try:
        while True:
            try:
                number, operation, arguments = channel.receive()
            except (NotUnderstood, ValueError) as error:  # there is no number to answer it by
                sys.stderr.write(f"llpyspin: camera {service.serial}: a request was left out: {error}\n")
                continue
            _reply(channel, _answer(service, number, operation, arguments))
            if operation == "close":
                return
    except ChannelClosed:
        _leave_quietly(service, leave)
    finally:
        finished.ring()


def _reply(channel: Channel, reply: Reply) -> None:
    """Send an answer; one that cannot leave the process is answered with the reason."""
    try:
        channel.send(reply)
    except (TypeError, ValueError, AttributeError, PicklingError, RecursionError) as error:
        channel.send(Reply(reply.number, None, portable_error(error)))


def _answer(service: Service, number: int, operation: str, arguments: bytes) -> Reply:
    try:
        return Reply(number, service.answer(operation, unpack(arguments)), None)
    except Exception as error:  # noqa: BLE001 - every request is answered, whatever the service throws
        portable = portable_error(error, service.serial)
        # A traceback keeps the SDK's objects alive, and then the SDK cannot be released.
        for link in (error, error.__context__, error.__cause__, portable):
            if link is not None:
                link.__traceback__ = None
        gc.collect()
        return Reply(number, None, portable)


def _leave_quietly(service: Service, leave: Callable[[], object]) -> None:
    try:
        leave()
    except Exception as error:  # noqa: BLE001 - nobody is left to tell but the log of the terminal
        sys.stderr.write(f"llpyspin: closing camera {service.serial}: {error}\n")
