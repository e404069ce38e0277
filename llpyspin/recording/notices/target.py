"""Where notices go: a command that reads JSON, or a URL that gets it as a POST request."""

from __future__ import annotations

import json
import shlex
import shutil
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from llpyspin.errors import SettingRangeError
from llpyspin.processes.childpython import child_command
from llpyspin.recording.notices.targetrules import is_url, on_event_mistakes, several
from llpyspin.system.commands import run_command

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CommandTarget", "Target", "UrlTarget", "targets_of"]

_POST = "from llpyspin.recording.notices.posting import main\nsys.exit(main())"


class Target(Protocol):
    """Where notices go.

    Attributes
    ----------
    name : str
        For messages and files; nothing secret is in it.
    """

    @property
    def name(self) -> str: ...

    def send(self, body: bytes, seconds: float, unwanted: Callable[[], bool]) -> str:
        """Send JSON; "" where it arrived in time, else why it did not.  Raises nothing but mistakes."""


class CommandTarget:
    """A command, run without a shell.  Its name is that of the program: arguments may be secret."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self.name = words[0]

    def send(self, body: bytes, seconds: float, unwanted: Callable[[], bool]) -> str:
        """As :meth:`Target.send`."""
        return _run(self._words, body, seconds, unwanted)


class UrlTarget:
    """A URL, asked by a process of its own, which the deadline ends whatever it waits for.

    Its name has the host only: path and query may be secret.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        parts = urlsplit(url)
        self.name = f"{parts.scheme}://{parts.netloc}"

    def send(self, body: bytes, seconds: float, unwanted: Callable[[], bool]) -> str:
        """As :meth:`Target.send`."""
        asked = {"url": self._url, "seconds": seconds, "body": body.decode()}
        return _run(child_command(_POST), json.dumps(asked).encode(), seconds, unwanted, own=True)


def _run(
    words: list[str], text: bytes, seconds: float, unwanted: Callable[[], bool], *, own: bool = False
) -> str:
    try:
        ended = run_command(words, text, seconds, unwanted)
    except OSError as error:
        return f"cannot be started: {error.strerror}"
    if not ended.failure:
        return ""
    said = ended.errors.splitlines()[-1:]
    if own and said and ended.failure == "ended with exit status 1":
        return said[0]  # which is a sentence of posting.py
    return ended.failure + (f": {said[0]}" if said else "")


def targets_of(given: object) -> tuple[Target, ...]:
    """The targets of ``on_event``: None, one text, or several.

    Raises
    ------
    SettingRangeError
        One of them cannot be, or its program is not there.
    """
    mistakes = list(on_event_mistakes(given))
    if mistakes:
        raise SettingRangeError("\n".join(mistakes), setting="on_event", value=None)  # it may be secret
    return tuple(_target_of(str(each).strip()) for each in several(given))


def _target_of(text: str) -> Target:
    if is_url(text):
        return UrlTarget(text)
    words = shlex.split(text)
    if shutil.which(words[0]) is None:
        raise SettingRangeError(
            f"on_event: there is no program {words[0]!r}. Write its full path. For a line of the shell: "
            "sh -c '...'",
            setting="on_event",
            value=None,
        )
    return CommandTarget(words)
