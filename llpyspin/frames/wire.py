"""The messages between a writer and its readers: one JSON object each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llpyspin.errors import FrameAccessError
from llpyspin.system.descriptors import close_all
from llpyspin.system.doors import OthersDoor, enter
from llpyspin.system.users import this_user, user_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llpyspin.system.descriptors import Open
    from llpyspin.system.doors import Connection

__all__ = ["connect", "receive", "send"]


def connect(address: str, seconds: float) -> Connection:
    """Connect to a writer; ``OSError`` where there is none.

    Raises
    ------
    FrameAccessError
        It belongs to another user.
    """
    try:
        return enter(address, seconds)
    except OthersDoor as error:
        raise FrameAccessError(
            f"the frames at {address!r} belong to another user, {user_name(error.user)}; run this "
            f"program as that user (now: {user_name(this_user())})"
        ) from None


def send(
    connection: Connection, message: dict[str, Any], things: Sequence[Open] = (), *, seconds: float = 0.0
) -> None:
    """Send one message, with things that the other end gets as its own; ``OSError`` where that fails."""
    connection.send(json.dumps(message).encode(), things, seconds=seconds)


def receive(connection: Connection, seconds: float = 0.0) -> tuple[dict[str, Any], list[int]]:
    """One message and the descriptors of things that came with it.

    Raises
    ------
    TimeoutError
        None came in time.
    EOFError
        The other end is gone, or does not speak our language.
    OSError
        This process has too many open files for the descriptors; or what else the system says.
    """
    words, came = connection.receive(seconds)
    try:
        return _message(words), came
    except BaseException:
        close_all(came)
        raise


def _message(words: bytes) -> dict[str, Any]:
    try:
        message = json.loads(words)
    except (ValueError, RecursionError) as error:  # RecursionError: thousands of brackets
        raise EOFError("the other end does not speak our language") from error
    if not isinstance(message, dict):
        raise EOFError("the other end does not speak our language")
    return message
