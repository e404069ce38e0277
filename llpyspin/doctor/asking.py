"""Doing something that may hang or crash in a child process, with a deadline, and hearing what became of it.

A broken SDK aborts the process that loads it, a driver of a graphics card may do the same, and a network disk
may not answer at all.  Whoever asks must live on and say so.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from llpyspin.processes.childpython import child_command
from llpyspin.system.children import Child, killer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llpyspin.deadlines import Deadline

__all__ = ["Answer", "Question", "answers", "ask"]

KILL_S = 2.0
MOST_SAID = 2000  # bytes of a child's last words

_BOOT = """\
from llpyspin.system.priorities import begin_normally
begin_normally()
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
    """A function of this package that runs in a child process, from now on.

    Parameters
    ----------
    task : str
        ``"module:function"``; the function is called with the arguments by name and gives, or yields, values
        that JSON takes.
    arguments
        Likewise.
    """

    def __init__(self, task: str, **arguments: Any) -> None:
        asked = json.dumps({"task": task, "arguments": arguments})
        # Files, not pipes: a child that writes more than a pipe holds would wait for us while we wait for its
        # end.  They are closed with the answer.
        self._answers = tempfile.TemporaryFile()  # noqa: SIM115
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self._child = Child(child_command(_BOOT, asked), output=self._answers, errors=self._errors)

    def answer(self, deadline: Deadline) -> Answer:
        """Wait for the child's end; kill it, and whatever it started, if that does not come in time."""
        failure = ""
        if not self._child.ended(deadline.remaining()):
            failure = f"gave no answer within {deadline.seconds:.3g} s"
        output, errors = self._end()
        values, error = _heard(output)
        if not failure:
            failure = error or _how(self._child.code)
        return Answer(values, failure, errors.decode(errors="replace").strip())

    def forget(self) -> None:
        """Kill the child, if it was not heard yet: nobody wants its answer any more."""
        if not self._answers.closed:
            self._end()

    def _end(self) -> tuple[bytes, bytes]:
        """Kill it if it still runs; what it has answered, and its last words."""
        if self._child.code is None:
            self._child.kill_all()
            self._child.ended(KILL_S)  # unless it waits for a device, where nothing reaches it
        with self._answers, self._errors:
            return _tail(self._answers, None), _tail(self._errors, MOST_SAID)


def _tail(file: IO[bytes], most: int | None) -> bytes:
    """The last of a file, or all of it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0 if most is None else max(0, size - most))
    return file.read()


def ask(task: str, deadline: Deadline, **arguments: Any) -> Answer:
    """Ask and wait for the answer, until the deadline and at most 2 s more."""
    return answers([Question(task, **arguments)], deadline)[0]


def answers(questions: Sequence[Question], deadline: Deadline) -> list[Answer]:
    """The answers of children that run side by side, in the order of the questions."""
    try:
        return [question.answer(deadline) for question in questions]
    except BaseException:  # Ctrl-C
        for question in questions:
            question.forget()
        raise


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


def _how(code: int | None) -> str:
    """How a child failed; "" where it did not, or is not known to have ended."""
    if not code:
        return ""
    by = killer(code)
    return f"was killed by {by}" if by else f"ended with exit status {code}"
