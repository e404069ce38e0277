"""Notices that wait to be sent: how many at most, in which order, and which of them become one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llpyspin.recording.notices.notice import FLOODS, joined

if TYPE_CHECKING:
    from llpyspin.recording.notices.notice import Notice

__all__ = ["Outbox"]

MOST = 64
GAP_S = 30.0

_Key = tuple[str, str, str]


class Outbox:
    """For one thread at a time; times are seconds of any clock that does not go back.

    Events of :data:`~llpyspin.recording.notices.notice.FLOODS` of one camera that wait become one notice.
    After it was taken, the next one of this kind and camera waits for ``gap_s`` seconds.  Others wait for
    nothing and stay as they are.  If more than ``most`` wait, new ones are left out, and counted.
    """

    def __init__(self, *, most: int = MOST, gap_s: float = GAP_S) -> None:
        self._most = most
        self._gap_s = gap_s
        self._waiting: dict[_Key, Notice] = {}
        self._sent: dict[_Key, float] = {}
        self._number = 0
        self._left_out = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def left_out(self) -> int:
        """How many were left out and are in no notice yet."""
        return self._left_out

    def put(self, notice: Notice) -> None:
        """Have a notice wait."""
        key = self._key(notice)
        if key in self._waiting:
            self._waiting[key] = joined(self._waiting[key], notice)
        elif len(self._waiting) < self._most:
            self._waiting[key] = notice
        else:
            self._left_out += notice.count if notice.event in FLOODS else 1

    def take(self, now: float, *, last: bool = False) -> Notice | None:
        """The notice that is to be sent next, None as long as there is none.

        ``last``: nothing waits any longer.
        """
        key = next((key for key in self._waiting if last or self._due(key) <= now), None)
        if key is None:
            return None
        if key[0] in FLOODS:
            self._sent[key] = now
        left_out, self._left_out = self._left_out, 0
        return replace(self._waiting.pop(key), left_out=left_out)

    def wait_s(self, now: float) -> float | None:
        """Seconds until :meth:`take` gives one; None: not before another is put."""
        return min((max(0.0, self._due(key) - now) for key in self._waiting), default=None)

    def drop(self) -> int:
        """Leave out all that wait; how many were left out since the last that was taken."""
        self._left_out += len(self._waiting)
        self._waiting.clear()
        left_out, self._left_out = self._left_out, 0
        return left_out

    def _due(self, key: _Key) -> float:
        sent = self._sent.get(key)
        return float("-inf") if sent is None else sent + self._gap_s

    def _key(self, notice: Notice) -> _Key:
        if notice.event in FLOODS:
            return notice.event, notice.camera, ""
        self._number += 1
        return notice.event, notice.camera, str(self._number)
