"""When a frame was taken, for people: seconds since the session's first trigger, and the time of day.

``seconds`` is of the camera's clock alone, ``utc`` of the host's clock alone.  Both are whole numbers until
they become text: a float would lose digits.
"""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from llpyspin.frames import FrameInfo

__all__ = ["Elapsed", "SessionTimes", "in_utc", "ns_of", "seconds_text", "us_of", "utc_text"]

_S = 10**9
_US = 10**6
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_FIRST_US, _LAST_US = -62_135_596_800 * _US, 253_402_300_800 * _US - 1  # the years 1 to 9999


class Elapsed(NamedTuple):
    """Trigger number ``trigger`` came ``ns`` nanoseconds after the first trigger of the session."""

    trigger: int
    ns: int = 0


class SessionTimes:
    """The times of one camera's frames.

    Parameters
    ----------
    elapsed : Elapsed, optional
        A trigger of which it is known how long after the first one it came.
    zero_ns : int, optional
        The first trigger of the session on the camera's clock, where that is known already.
    period_ns : int, optional
        From trigger to trigger; counts from the trigger of ``elapsed`` to that of the first frame.
    wall_offset_ns : int, optional
        UTC (ns since 1970) minus the host's monotonic clock.

    Notes
    -----
    What is not known makes empty cells: the times are never guessed from the other clock.
    """

    def __init__(
        self,
        elapsed: Elapsed | None = None,
        *,
        zero_ns: int | None = None,
        period_ns: int | None = None,
        wall_offset_ns: int | None = None,
    ) -> None:
        self._elapsed = None if elapsed is None else Elapsed(*elapsed)
        self._zero_ns = zero_ns
        self._period_ns = period_ns
        self._wall_offset_ns = wall_offset_ns

    def of(self, info: FrameInfo, trigger: int) -> tuple[int | None, int | None]:
        """Since the first trigger in ns, and since 1970 (UTC) in us, of the frame of a trigger."""
        zero, wall = self._zero_ns, self._wall_offset_ns
        if zero is None:
            zero = self._zero_ns = self._zero(info, trigger)
        return (
            None if zero is None else info.camera_timestamp_ns - zero,
            None if wall is None else (info.host_timestamp_ns + wall) // 1000,
        )

    def _zero(self, info: FrameInfo, trigger: int) -> int | None:
        known, period_ns = self._elapsed, self._period_ns
        if known is None or (period_ns is None and trigger != known.trigger):
            return None
        since = known.ns + (trigger - known.trigger) * (period_ns or 0)
        return info.camera_timestamp_ns - since


def seconds_text(ns: int) -> str:
    """Nanoseconds as seconds with all nine digits: ``"1.000000250"``."""
    whole, rest = divmod(abs(ns), _S)
    return f"{'-' if ns < 0 else ''}{whole}.{rest:09d}"


def ns_of(text: str) -> int:
    """The nanoseconds of :func:`seconds_text`; fewer digits after the point are zeros.

    Raises
    ------
    ValueError
        It is not such a number.
    """
    number = text.removeprefix("-")
    whole, _, rest = number.partition(".")
    if not (whole + rest).isdecimal() or not number.isascii() or len(rest) > 9 or not whole:
        raise ValueError(f"{text[:40]!r} is not a number of seconds")
    ns = int(whole) * _S + int(rest.ljust(9, "0"))
    return -ns if text.startswith("-") else ns


@lru_cache(maxsize=4)
def _second_text(second: int) -> str:
    return (_EPOCH + datetime.timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")


def utc_text(us: int) -> str:
    """Microseconds since 1970 as ISO 8601: ``"2026-03-01T13:05:59.000250+00:00"``; "" far from now."""
    if not _FIRST_US <= us <= _LAST_US:
        return ""
    second, rest = divmod(us, _US)
    return f"{_second_text(second)}.{rest:06d}+00:00"


def in_utc(moment: str) -> str:
    """A date and time with zone, in UTC, as ``"2026-03-01T13:05:59.123+00:00"``; "" where it is none."""
    try:
        known = datetime.datetime.fromisoformat(moment)
        if known.tzinfo is None:
            return ""
        return known.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError):
        return ""


def us_of(text: str) -> int:
    """The microseconds of :func:`utc_text`.

    Raises
    ------
    ValueError
        It is not such a time.
    """
    moment = datetime.datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    if moment.utcoffset() != datetime.timedelta(0):
        raise ValueError(f"{text[:40]!r} is not a time in UTC")
    return (moment - _EPOCH) // datetime.timedelta(microseconds=1)
