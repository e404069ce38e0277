"""A process that holds a camera."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Holder"]


@dataclass(frozen=True)
class Holder:
    """A process that holds a camera; with ``what`` "" one of which only is known that it uses the SDK."""

    pid: int
    command: str
    what: str
