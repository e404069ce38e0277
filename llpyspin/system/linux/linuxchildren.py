"""Children on Linux: sessions of their own, and signals."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from typing import IO, TYPE_CHECKING

from llpyspin.system.lives import wait_for_end

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llpyspin.system.descriptors import Open

__all__ = ["LEAVE_PARENT", "Child", "killer"]

LEAVE_PARENT = """\
import os
if os.fork():
    os._exit(0)
"""
"""First lines of a program that goes on as a process for which nobody waits.

The process that was started ends with 0.
"""
LOOK_S = 0.02  # between looks at a child where its end cannot be waited for


class Child:
    """A process that this one has started, out of reach of Ctrl-C in the terminal.

    Parameters
    ----------
    command : sequence of str
    inherits : sequence of Open
        What the child is to have open, too, under the same numbers.
    given : file, optional
        What it reads as its standard input; by default nothing.
    output, errors : file, optional
        Where it writes; by default where this process does.

    Raises
    ------
    OSError
        It cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        inherits: Sequence[Open] = (),
        given: IO[bytes] | None = None,
        output: IO[bytes] | None = None,
        errors: IO[bytes] | None = None,
    ) -> None:
        self._popen = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if given is None else given,
            stdout=_inherited(1) if output is None else output,
            stderr=_inherited(2) if errors is None else errors,
            pass_fds=[each.descriptor for each in inherits],
            start_new_session=True,
        )
        self._code: int | None = None

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def code(self) -> int | None:
        """Exit status, or a negative number where it was killed; None as long as it runs.

        0 also where another part of the program has reaped it, or SIGCHLD is ignored: then nobody knows.
        """
        if self._code is None:
            self._reap()
        return self._code

    def _reap(self) -> None:
        """See how it ended, and only then reap it: other threads that look meanwhile see the same.

        ``Popen.poll`` takes a lock that Ctrl-C can leave taken, and then never sees the child end.  A thread
        that it lets pass takes a child that is being reaped for one that ended with 0.
        """
        try:
            seen = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            code = 0
        else:
            if seen is None:
                return
            code = seen.si_status if seen.si_code == os.CLD_EXITED else -seen.si_status
        if self._code is None:
            try:
                self._code = self._popen.returncode = code
            finally:  # also where Ctrl-C comes in between: nobody asks again
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(self.pid, os.WNOHANG)

    def ended(self, seconds: float) -> bool:
        """Wait for its end, and reap it; whether it has ended."""
        if self.code is not None:
            return True
        if wait_for_end(self.pid, seconds):
            return self.code is not None
        until = time.monotonic() + seconds
        while self.code is None and time.monotonic() < until:  # a kernel older than 5.3
            time.sleep(LOOK_S)
        return self.code is not None

    def kill(self) -> None:
        """End it at once; :meth:`ended` reaps it."""
        if self.code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def kill_all(self) -> None:
        """The same, and all that it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)


def killer(code: int) -> str:
    """What killed a child that ended with this code: "SIGKILL", "signal 99"; "" if it ended by itself."""
    if code >= 0:
        return ""
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _inherited(descriptor: int) -> int | None:
    """What a child has for a standard stream: ours, or the null device where we have none (``>&-``)."""
    try:
        return None if os.get_inheritable(descriptor) else subprocess.DEVNULL
    except OSError:
        return subprocess.DEVNULL
