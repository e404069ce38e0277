"""The newest status of the cameras: put up by one thread, read by pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Board", "Notice"]


class Notice(NamedTuple):
    """A status: its number, which counts up, and its text as JSON."""

    number: int
    text: str


class Board:
    """Has one notice at a time.  Any thread."""

    def __init__(self) -> None:
        self.notice = Notice(0, json.dumps({"type": "status", "state": "starting", "cameras": []}))

    def put(self, status: Mapping[str, Any]) -> None:
        """Put up a status in place of the older one."""
        text = json.dumps({"type": "status", **status}, allow_nan=False)
        self.notice = Notice(self.notice.number + 1, text)
