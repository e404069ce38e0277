"""The camera process from its first line to its last.

Three threads: this one watches over the process (has the parent died? is the SDK stuck?), one answers
requests, one moves frames.  Whatever happens, the process ends by ``os._exit`` once the camera is closed:
the SDK aborts processes that leave references alive for the interpreter to clean up.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import select
import signal
import socket
import sys
import threading

from llpyspin.errors import CameraHungError
from llpyspin.messages import Channel, ChannelClosed, Reply, portable_error, unpack
from llpyspin.worker.service import CameraService

__all__ = ["main"]

WATCH_S = 1.0  # between two looks at the SDK
STUCK_S = 10.0  # how late GetNextImage may be before the SDK counts as hung
FROZEN_S = 90.0  # the interpreter lock held inside the SDK; opening four cameras at once has taken 14 s
CLOSE_S = 5.0  # for closing the camera after the parent has died
STUCK_STATUS = 70  # exit status of a process whose SDK hung (EX_SOFTWARE)


def main(descriptor: int, parent: int) -> None:
    """Serve the parent process over the socket ``descriptor`` until it closes it, or dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    # A thread of the interpreter that waits for the lock gets it after this; the default of 5 ms is longer
    # than a frame period at 226 fps.
    sys.setswitchinterval(0.0005)
    service = CameraService()
    channel = Channel(socket.socket(fileno=descriptor))
    done, finished = os.pipe()
    threading.Thread(target=_serve, args=(channel, service, finished), name="requests", daemon=True).start()
    status = _watch(service, channel, parent, done)
    os._exit(status)


def _watch(service: CameraService, channel: Channel, parent: int, done: int) -> int:
    """Wait for the end of the process; gives its exit status."""
    poll = select.poll()
    poll.register(done, select.POLLIN | select.POLLHUP)
    alive = _pidfd(parent)
    if alive is not None:
        poll.register(alive, select.POLLIN)
    while True:
        faulthandler.dump_traceback_later(FROZEN_S, exit=True)
        events = dict(poll.poll(WATCH_S * 1000))
        if done in events:
            return 0
        if alive in events or os.getppid() != parent:
            channel.shutdown()  # the request thread closes the camera, if the SDK lets it
            select.select([done], [], [], CLOSE_S)
            return 0
        if service.stuck_for() > STUCK_S:
            service.fail(
                CameraHungError(
                    f"camera {service.serial}: the SDK has not come back from GetNextImage for "
                    f"{STUCK_S:.0f} s, so its process was ended. Open the camera again; if that fails, "
                    "unplug it and plug it in",
                    camera=service.serial,
                )
            )
            return STUCK_STATUS


def _pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None  # the parent is gone already, or the kernel is older than 5.3: getppid tells


def _serve(channel: Channel, service: CameraService, finished: int) -> None:
    """Answer requests until the parent closes the channel or asks for the end."""
    try:
        while True:
            number, operation, arguments = channel.receive()
            reply = _answer(service, number, operation, arguments)
            channel.send(reply)
            if operation == "close":
                return
            del reply
    except ChannelClosed:
        _close_quietly(service)
    finally:
        os.close(finished)


def _answer(service: CameraService, number: int, operation: str, arguments: bytes) -> Reply:
    try:
        return Reply(number, service.answer(operation, unpack(arguments)), None)
    except Exception as error:  # noqa: BLE001 - every request is answered, whatever the SDK throws
        portable = portable_error(error, service.serial)
        # A traceback keeps the SDK's objects alive, and then the SDK cannot be released.
        for link in (error, error.__context__, error.__cause__, portable):
            if link is not None:
                link.__traceback__ = None
        gc.collect()
        return Reply(number, None, portable)


def _close_quietly(service: CameraService) -> None:
    try:
        service.do_close()
    except Exception as error:  # noqa: BLE001 - nobody is left to tell but the log of the terminal
        sys.stderr.write(f"llpyspin: closing camera {service.serial}: {error}\n")
