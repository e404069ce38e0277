"""What a target of notices must be, as far as its text shows: no program and no host is looked for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from llpyspin.settings import brief

__all__ = ["is_url", "on_event_mistakes", "several"]

ALLOWED = "a command, or a URL that begins with https:// or http://"
MOST = 8
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?=//)")


def is_url(text: str) -> bool:
    """Whether a target is meant to be a URL."""
    return _SCHEME.match(text) is not None


def several(given: object) -> list[Any]:
    """The targets of ``on_event``, which is None, one text, or several."""
    if given is None:
        return []
    if isinstance(given, Iterable) and not isinstance(given, (str, bytes, dict)):
        return list(given)
    return [given]


def on_event_mistakes(given: object) -> Iterator[str]:
    """A sentence for each target that cannot be; never with what may be secret."""
    targets = several(given)
    if len(targets) > MOST:
        yield f"on_event can have {MOST} commands and URLs, not {len(targets)}"
    for target in targets:
        if not isinstance(target, str) or not target.strip():
            yield f"on_event must be {ALLOWED}, or a list of these, not {brief(target)}"
        elif is_url(target.strip()):
            yield from _url_mistakes(target.strip())
        else:
            yield from _command_mistakes(target)


def _command_mistakes(command: str) -> Iterator[str]:
    try:
        shlex.split(command)
    except ValueError as error:
        yield f"on_event: the command cannot be split into words: {error}"


def _url_mistakes(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        yield "on_event: the URL is not valid"
        return
    if parts.scheme.lower() not in ("http", "https"):
        yield f"on_event: a URL must begin with https:// or http://, not with {parts.scheme}://"
    elif not host:
        yield "on_event: the URL has no host"
    elif parts.username is not None or parts.password is not None:
        yield f"on_event: the URL of {host} has a user or a password. Use a command for that, like curl"
    elif not url.isascii() or any(character.isspace() or ord(character) < 32 for character in url):
        yield f"on_event: the URL of {host} has characters that must be written as %XX"
