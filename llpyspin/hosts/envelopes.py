"""How requests and answers travel: with an id, and with the versions of who says them."""

from __future__ import annotations

import uuid
from typing import Any

from msgspec import Raw, Struct, field

from llpyspin.hosts.asks import Ask

__all__ = [
    "PROTOCOL",
    "Envelope",
    "Failure",
    "Reply",
    "Request",
    "new_id",
]

PROTOCOL = 1
"""Grows with each change that an older program would misunderstand."""


class Failure(Struct, frozen=True):
    """An error of :mod:`llpyspin.errors`, by its name there.

    Attributes
    ----------
    kind : str
    text : str
    attributes : dict
        Those that are plain data.
    failures : dict of str to Failure
        Of errors about several cameras.
    traceback : str
    """

    kind: str
    text: str
    attributes: dict[str, Any] = {}
    failures: dict[str, Failure] = {}
    traceback: str = ""


def new_id() -> str:
    """An id that no other request has."""
    return uuid.uuid4().hex


class Request(Struct, frozen=True):
    """One request, made once: whoever sends it again sends the same one.

    Attributes
    ----------
    ask : Ask
    lease : int
        Number of the lease; 0: none, as for observers.
    host : str
        Id of the host process that it is for; "": whichever is there.
    id : str
    """

    ask: Ask
    lease: int = 0
    host: str = ""
    id: str = field(default_factory=new_id)


class Envelope(Struct, frozen=True):
    """A request on its way; what it asks is opened only once the versions are compared.

    Attributes
    ----------
    wait_s : float
        How long the other end waits for an answer.
    """

    protocol: int
    version: str
    id: str
    ask: Raw
    lease: int = 0
    host: str = ""
    wait_s: float = 10.0


class Reply(Struct, frozen=True):
    """An answer on its way, or a failure."""

    protocol: int
    version: str
    host: str
    id: str
    answer: Raw = Raw(b"")
    failure: Failure | None = None
