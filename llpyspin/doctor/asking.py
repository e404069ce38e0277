"""Doing something that may hang or crash in a child process, with a deadline, and hearing what became of it.

A broken SDK aborts the process that loads it, a driver of a graphics card may do the same, and a network disk
may not answer at all.  Whoever asks must live on and say so.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llpyspin.deadlines import Deadline

__all__ = ["Answer", "Question", "ask"]

KILL_S = 2.0
MOST_SAID = 2000  # characters of a child's last words

_BOOT = """\
import sys
sys.path[:] = sys.argv[1].split(chr(10))
from llpyspin.doctor.answering import main
main()
"""


@dataclass(frozen=True)
class Answer:
    """What became of a question.

    Attributes
    ----------
    values : tuple
        What the child gave, in order; all that came before it failed, if it did.
    failure : str
        "" if it came to its end; else how it failed: "was killed by SIGABRT", "gave no answer within 30 s".
    said : str
        The last of what it wrote to its error output.
    """

    values: tuple[Any, ...]
    failure: str
    said: str

    @property
    def value(self) -> Any:
        """The first of them; None if there is none."""
        return self.values[0] if self.values else None


class Question:
    """A function of this package that runs in a child process.

    Parameters
    ----------
    task : str
        ``"module:function"``; the function is called with the arguments by name and gives, or yields, values
        that JSON takes.
    arguments
        Likewise.
    """

    def __init__(self, task: str, **arguments: Any) -> None:
        path = [entry or os.getcwd() for entry in sys.path]
        self._popen = subprocess.Popen(
            [sys.executable, "-c", _BOOT, "\n".join(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us; and its own children go with it
        )
        self._asked = json.dumps({"task": task, "arguments": arguments}).encode()

    def answer(self, deadline: Deadline) -> Answer:
        """Wait for the child's end; kill it, and whatever it started, if that does not come in time."""
        failure = ""
        try:
            output, errors = self._popen.communicate(self._asked, timeout=deadline.remaining())
        except subprocess.TimeoutExpired:
            failure = f"gave no answer within {deadline.seconds:.3g} s"
            output, errors = self._kill()
        except BaseException:
            self._kill()
            raise
        values, error = _heard(output)
        if not failure:
            failure = error or _how(self._popen.returncode)
        return Answer(values, failure, errors.decode(errors="replace").strip()[-MOST_SAID:])

    def _kill(self) -> tuple[bytes, bytes]:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        try:
            return self._popen.communicate(timeout=KILL_S)
        except subprocess.TimeoutExpired:  # it waits for a device, where no signal reaches it
            for pipe in (self._popen.stdin, self._popen.stdout, self._popen.stderr):
                if pipe is not None:
                    pipe.close()
            return b"", b""


def ask(task: str, deadline: Deadline, **arguments: Any) -> Answer:
    """Ask and wait for the answer, until the deadline and at most 2 s more."""
    return Question(task, **arguments).answer(deadline)


def _heard(output: bytes) -> tuple[tuple[Any, ...], str]:
    """Values and error of the lines that the child wrote; half a line of a killed one is nothing."""
    values: list[Any] = []
    for line in output.splitlines():
        try:
            message = json.loads(line)
        except ValueError:
            break
        if "error" in message:
            return tuple(values), str(message["error"])
        values.append(message["value"])
    return tuple(values), ""


def _how(code: int) -> str:
    if code == 0:
        return ""
    if code > 0:
        return f"ended with exit status {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
