"""A child process, seen from its parent: started, asked, and ended, also when Ctrl-C comes meanwhile.

The child is a fresh interpreter of its own, not a fork and not a ``multiprocessing`` spawn: it never imports
the user's main module, so no ``if __name__ == "__main__"`` is needed, and it has a session of its own, so
Ctrl-C in the terminal does not reach it.
"""

from __future__ import annotations

import _thread
import atexit
import contextlib
import copy
import itertools
import os
import sys
import weakref
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import MOST_S, Deadline, Turn
from llpyspin.errors import (
    CameraClosedError,
    CameraHungError,
    CameraInUseError,
    CameraLostError,
    CameraNotFoundError,
    CameraProcessError,
    LlpyspinError,
    MissingExtraError,
    RecordingError,
    RequestTimeoutError,
    SdkError,
    SdkNotFoundError,
    ServeError,
    SettingError,
)
from llpyspin.processes.childpython import child_command
from llpyspin.processes.functions import with_source
from llpyspin.processes.messages import Channel, ChannelClosed, NotUnderstood, Request, pack
from llpyspin.system.children import Child, killer
from llpyspin.system.forks import in_forked_copies

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llpyspin.system.descriptors import Open

__all__ = ["CameraProcess", "ChildProcess", "how_ended"]

OPEN_S = 60.0  # the real SDK needs 5 s for its system and 2 s a camera, 14 s when four start at once
REQUEST_S = 10.0
CLOSE_S = 8.0
KILL_S = 5.0
_SAY_IT_ALL = (
    *(CameraInUseError, CameraNotFoundError, MissingExtraError, RecordingError, SdkNotFoundError),
    *(ServeError, SettingError),
)
"""Errors that name what to do: they need no map of our insides below."""

_BOOT = """\
import importlib
importlib.import_module("llpyspin.system.priorities").begin_normally()
importlib.import_module(sys.argv[3]).main(int(sys.argv[1]), int(sys.argv[2]))
"""
# Priorities come before libraries, whose threads inherit.

_live: weakref.WeakSet[ChildProcess] = weakref.WeakSet()


class ChildProcess:
    """Owner of one child process; everything that it is asked goes through :meth:`request`.

    Subclasses say what it is that they own.

    Parameters
    ----------
    name : str
        How error texts call the camera until its serial number is known.
    inherits : sequence of Open
        What the child is to have open, too; it gets their numbers as ``arguments``.
    arguments : sequence of str
        ``sys.argv[4:]`` of the child.

    Attributes
    ----------
    lost : bool
        Whether the child still answers but its camera is gone, or its stream has failed.
    closing : bool
        Whether this process has begun to close the child.
    """

    _module: str
    """Has a ``main(descriptor, parent)`` that serves requests in the child."""
    _what: str
    """What the child is for the camera, as in "camera 123: its process was killed"."""
    _again: str
    """What to do when it is gone."""
    _stuck: str
    """Why it does not answer, and what to do."""
    _where = "camera process"
    """How errors that were raised there call it."""
    _may_take_long = False
    """Whether it goes on when its owner is forgotten, until it has done its work, instead of being killed."""

    def __init__(self, name: str, *, inherits: Sequence[Open] = (), arguments: Sequence[str] = ()) -> None:
        self.name = name
        self.lost = False
        self.closing = False
        self._turn = Turn()
        self._numbers = itertools.count(1)
        self._asking = False
        self._pid_of_owner = os.getpid()
        self._failure: LlpyspinError | None = None
        if not sys.executable:
            raise CameraProcessError("this Python does not know its own program (sys.executable is empty)")
        try:
            self._start(inherits, arguments)
        except OSError as error:
            raise CameraProcessError(
                f"camera {name}: cannot start a process: {error}", camera=name
            ) from error
        _live.add(self)

    def _start(self, inherits: Sequence[Open], arguments: Sequence[str]) -> None:
        self._channel, end = Channel.pair()
        try:
            words = str(end.descriptor), str(os.getpid()), self._module, *arguments
            self._child = Child(child_command(_BOOT, *words), inherits=[end, *inherits])
        except BaseException:
            self._channel.close()
            raise
        finally:
            end.close()

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the child runs, can still be asked, and has its camera."""
        return self._failure is None and not self.lost and self._child.code is None

    def request(
        self, operation: str, *arguments: Any, timeout_s: float = REQUEST_S, turn_s: float | None = None
    ) -> Any:
        """Ask the child and wait for its answer, ``timeout_s`` at most once those who came first have theirs.

        For those it waits ``turn_s``, by default ``timeout_s``.

        Raises
        ------
        LlpyspinError
            Whatever the child raised, with its traceback in ``remote_traceback`` and as a note.
        RequestTimeoutError
            Another thread's request took too long; this one was not made.
        CameraHungError
            No answer in time: the child, stuck in the SDK, was killed.
        CameraProcessError
            The child has died.
        """
        packed = pack(arguments)
        wait_s = timeout_s if turn_s is None else turn_s
        answer = self._turn.do(wait_s, lambda: [self._ask(operation, packed, timeout_s)], None)
        if answer is None:
            raise RequestTimeoutError(
                f"camera {self.name}: another thread's request took longer than {wait_s:.3g} s",
                camera=self.name,
            )
        return answer[0]

    def close(self, *, timeout_s: float = CLOSE_S) -> None:
        """Let the child close its camera and end; kill it if it does not.  Closing twice is fine."""
        if os.getpid() != self._pid_of_owner:
            return  # a forked copy of the owner does not own the child
        self.closing = True
        if self._failure is None:
            with contextlib.suppress(LlpyspinError):
                self.request("close", timeout_s=timeout_s)
        self._end(
            CameraClosedError(
                f"camera {self.name} was closed by this program. Open it again to use it", camera=self.name
            )
        )

    def died(self, *, wait_s: float = 1.0) -> CameraProcessError:
        """The error that tells how the child died; for those who notice it elsewhere."""
        _finish(self._child, wait_s)
        code = self._child.code
        error = CameraProcessError(
            f"camera {self.name}: its {self._what} {how_ended(code)}. {self._again}",
            camera=self.name,
            exitcode=code,
        )
        self._end(error)
        return copy.copy(error)  # the one that is kept is never raised: its traceback would keep much else

    def ended(self) -> LlpyspinError:
        """Why nothing comes from the child any more: how it died, or what another thread ended it for."""
        return self.died() if self._failure is None else copy.copy(self._failure)

    def hung(self, what: str) -> CameraHungError:
        """Kill the child, which is stuck in the SDK; gives the error that says so."""
        error = CameraHungError(
            f"camera {self.name}: {what}; {self._stuck}",
            camera=self.name,
        )
        self._end(error)
        return copy.copy(error)

    def abandon(self) -> None:
        """Forget the child in a forked copy of its owner, where it must be neither used nor ended."""
        self._failure = CameraProcessError(
            f"camera {self.name} belongs to the process that opened it, and this is a fork of that process. "
            "open it here instead, or pass frames on",
            camera=self.name,
        )
        self._channel.close()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise copy.copy(self._failure)

    def _ask(self, operation: str, arguments: bytes, timeout_s: float) -> Any:
        self._raise_failure()
        if self._asking and operation != "close":
            raise RequestTimeoutError(
                f"camera {self.name}: a signal handler can release the camera, but not use it, while the "
                "request that it interrupted waits for its answer",
                camera=self.name,
            )
        deadline = Deadline(timeout_s)
        number = next(self._numbers)
        try:
            self._asking = True
            self._channel.send(Request(number, operation, arguments), deadline)
            while True:
                answered, value, error = self._channel.receive(deadline)
                if answered == number:
                    break
                # The answer to a request whose wait was interrupted (Ctrl-C): nobody wants it any more.
        except TimeoutError:
            raise self.hung(f"no answer to '{operation}' within {deadline.seconds:.3g} s") from None
        except ChannelClosed:
            self._raise_failure()
            raise self.died() from None
        except (NotUnderstood, ValueError) as nonsense:
            raise SdkError(
                f"camera {self.name}: the answer to '{operation}' is not valid: {nonsense}",
                camera=self.name,
            ) from nonsense
        finally:
            self._asking = False
        if error is not None:
            self.lost = self.lost or isinstance(error, (CameraLostError, CameraHungError))
            trace = with_source(getattr(error, "remote_traceback", None))
            if trace:
                error.remote_traceback = trace
            if trace and not isinstance(error, _SAY_IT_ALL):
                _add_note(error, f"In the {self._where}:\n{trace}")
            raise error
        return value

    def _end(self, failure: LlpyspinError) -> None:
        if self._failure is None:
            self._failure = failure
        self._channel.close()
        try:
            _finish(self._child, 1.0)
        except BaseException:  # Ctrl-C: nobody may ever ask again
            _unreaped.append(self._child)
            _in_the_background(_reap, self._child)
            raise
        finally:
            _live.discard(self)

    def __del__(self) -> None:
        child = getattr(self, "_child", None)
        if child is not None and self._failure is None and os.getpid() == self._pid_of_owner:
            self._channel.close()  # the child sees it and closes the camera
            if self._may_take_long:
                _in_the_background(_wait, child)
            else:
                _unreaped.append(child)
                _in_the_background(_reap, child)

    def _leave(self, failure: LlpyspinError) -> None:
        """Let the child finish what it does without this process, for as long as it takes."""
        self._failure = failure
        self._channel.close()
        _in_the_background(_wait, self._child)
        _live.discard(self)


class CameraProcess(ChildProcess):
    """The child that owns a PySpin handle."""

    _module = "llpyspin.worker.main"
    _what = "process"
    _again = "Open the camera again. The last messages of the SDK, if any, are in this program's error output"
    _stuck = (
        "the SDK hangs, so its process was ended. Open the camera again. If that fails, unplug it and plug "
        "it in"
    )


_unreaped: list[Child] = []
"""Children whose owner was forgotten."""


def _finish(child: Child, seconds: float) -> None:
    """Wait for the end of a child; kill it if that does not come in time."""
    if not child.ended(seconds):
        child.kill()
        child.ended(KILL_S)


def _reap(child: Child) -> None:
    """Wait for a child that was told to end; kill it if it does not."""
    _finish(child, CLOSE_S)
    with contextlib.suppress(ValueError):  # two threads at once, at the end of the program
        _unreaped.remove(child)


def _in_the_background(work: Callable[[Child], None], child: Child) -> None:
    # Not a threading.Thread: what collects garbage may hold the locks that those need to start.
    with contextlib.suppress(RuntimeError):  # the interpreter ends, and init will reap the child
        _thread.start_new_thread(work, (child,))


def _wait(child: Child) -> None:
    """Reap a child whenever it ends."""
    while not child.ended(MOST_S):
        pass


def how_ended(code: int | None) -> str:
    """How a child ended, to follow "its process"; None: nobody knows."""
    if code is None:
        return "does not answer"
    by = killer(code)
    return f"was killed by {by}" if by else f"ended by itself with exit status {code}"


def _add_note(error: BaseException, note: str) -> None:
    if sys.version_info >= (3, 11):
        error.add_note(note)


def _close_all() -> None:
    for process in list(_live):
        process.close()
    for child in list(_unreaped):
        _reap(child)


def _abandon_all() -> None:
    for process in list(_live):
        process.abandon()
    _live.clear()
    _unreaped.clear()


atexit.register(_close_all)
in_forked_copies(_abandon_all)
