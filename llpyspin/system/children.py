"""Starts a child process, learns how it ended, and kills it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import IO, TYPE_CHECKING

from llpyspin.system.lives import wait_for_end

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llpyspin.system.descriptors import Open

__all__ = ["Child", "killer"]


class Child:
    """A process that this one has started, out of reach of Ctrl-C in the terminal; it reads no input.

    Parameters
    ----------
    command : sequence of str
    inherits : sequence of Open
        What the child is to have open, too, under the same numbers.
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
        output: IO[bytes] | None = None,
        errors: IO[bytes] | None = None,
    ) -> None:
        self._popen = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=_inherited(1) if output is None else output,
            stderr=_inherited(2) if errors is None else errors,
            pass_fds=[each.descriptor for each in inherits],
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def code(self) -> int | None:
        """Exit status, or a negative number where it was killed; None as long as it runs."""
        return self._popen.poll()

    def ended(self, seconds: float) -> bool:
        """Wait for its end, and reap it; whether it has ended.

        ``Popen.wait`` takes a lock that Ctrl-C can leave taken, as in Python 3.10; ``Popen`` then never sees
        the child end.  Waiting here takes none.
        """
        popen = self._popen
        if popen.poll() is not None:
            return True
        if not wait_for_end(popen.pid, seconds):
            with contextlib.suppress(subprocess.TimeoutExpired):
                popen.wait(seconds)
            return popen.poll() is not None
        if popen.poll() is None:
            _reap_past_the_lock(popen)
        return popen.returncode is not None

    def kill(self) -> None:
        """End it at once; :meth:`ended` reaps it."""
        self._popen.kill()

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


def _reap_past_the_lock(popen: subprocess.Popen[bytes]) -> None:
    try:
        pid, status = os.waitpid(popen.pid, os.WNOHANG)
    except ChildProcessError:
        pid, status = popen.pid, 0  # another thread was quicker, or SIGCHLD is ignored: as Popen has it
    if pid and popen.returncode is None:
        popen.returncode = os.waitstatus_to_exitcode(status)


def _inherited(descriptor: int) -> int | None:
    """What a child has for a standard stream: ours, or the null device where we have none (``>&-``)."""
    try:
        return None if os.get_inheritable(descriptor) else subprocess.DEVNULL
    except OSError:
        return subprocess.DEVNULL
