"""The newest status of the cameras: put up by one thread, read by pages."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.web.newestpictures import Pictures
    from llpyspin.web.wishbook import WishBook

__all__ = ["Board", "Notice"]


class Notice(NamedTuple):
    """A status: its number, which counts up, and its text as JSON."""

    number: int
    text: str


class Board:
    """Has one notice at a time.  Any thread.

    Parameters
    ----------
    book : WishBook, optional
        Its wishes stand in each notice.  None: pages may ask for nothing.
    """

    def __init__(self, book: WishBook | None = None) -> None:
        self._book = book
        self._lock = threading.Lock()
        self._status: dict[str, Any] = {"state": "starting", "cameras": []}
        self.notice = Notice(0, self._text())

    def put_with(self, status: Mapping[str, Any], pictures: Pictures) -> None:
        """Put up a status with what those who make the pictures know."""
        cameras = [  # without a run, nobody else follows the frames
            {**camera, "rate": camera["rate"] or round(pictures.rate(camera["name"]), 2)}
            for camera in status["cameras"]
        ]
        self.put({**status, "cameras": cameras, "pictures": pictures.names})

    def put(self, status: Mapping[str, Any]) -> None:
        """Put up a status in place of the older one."""
        with self._lock:
            self._status = dict(status)
            self._renew()

    def renew(self) -> None:
        """Put up the same status with the wishes as they are now."""
        with self._lock:
            self._renew()

    def _renew(self) -> None:
        self.notice = Notice(self.notice.number + 1, self._text())

    def _text(self) -> str:
        wishes = {} if self._book is None else {"wishes": self._book.shown()}
        return json.dumps({"type": "status", **self._status, **wishes}, allow_nan=False)
