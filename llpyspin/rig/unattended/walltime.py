"""Moments as people write them: ``08:00``, ``2026-12-01 08:00``; and names of folders with a time in them."""

from __future__ import annotations

import re
import string
from datetime import datetime, timedelta

from llpyspin.errors import SettingRangeError
from llpyspin.settings import brief

__all__ = ["check_pattern", "moment_of", "name_of"]

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
FIELDS = ("time", "number")


def moment_of(given: object, now: datetime, setting: str) -> datetime:
    """The moment of a text, with zone.

    ``08:00`` is the next time that a clock on the wall shows this.  A date without a zone is local time.  A
    time that the clock skips (summer time begins) is an hour later.  Of one that it shows twice, it is the
    first.

    Raises
    ------
    SettingRangeError
        It is none, or not after ``now``.
    """
    local = now.astimezone().replace(tzinfo=None)
    moment = None
    if isinstance(given, datetime):
        moment = given
    elif isinstance(given, str) and (found := _TIME.fullmatch(given.strip())):
        hour, minute, second = (int(part or 0) for part in found.groups())
        moment = local.replace(hour=hour, minute=minute, second=second, microsecond=0)
        if moment.astimezone() <= now:
            moment += timedelta(days=1)
    elif isinstance(given, str):
        moment = _parsed(given.strip())
    if moment is None:
        raise SettingRangeError(
            f"{setting} must be a time like 08:00 or a date with time like '2026-12-01 08:00', "
            f"not {brief(given)}",
            setting=setting,
            value=given,
        )
    moment = _in_zone(moment)
    if moment <= now:
        text = moment.isoformat(sep=" ", timespec="seconds")
        raise SettingRangeError(f"{setting} is {text}, which is over already", setting=setting, value=given)
    return moment


def _in_zone(moment: datetime) -> datetime:
    """The moment with its zone; local time where it has none."""
    local = moment.astimezone()
    if moment.tzinfo is None and local.replace(tzinfo=None) != moment:  # the clock skips it
        return (moment + timedelta(hours=1)).astimezone()
    return local


def _parsed(text: str) -> datetime | None:
    if len(text) < len("2026-12-01 08:00"):
        return None
    try:
        return datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    except ValueError:
        return None


def check_pattern(given: object) -> None:
    """Refuse what makes no different name for each session.

    Raises
    ------
    SettingRangeError
    """
    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(str(given)) if field is not None]
        shown = name_of(str(given), 0, datetime(2026, 12, 1))
    except (ValueError, KeyError, IndexError, AttributeError, TypeError):
        fields, shown = ["?"], ""
    good = isinstance(given, str) and fields and set(fields) <= set(FIELDS) and "\0" not in shown
    if not good or "/" in shown or "\\" in shown or shown.startswith("."):
        raise SettingRangeError(
            "name must be the name of a folder with {time} or {number} in it, like mouse-17_{time} or "
            f"night-{{number:03d}}, not {brief(given)}",
            setting="name",
            value=given,
        )


def name_of(pattern: str, number: int, moment: datetime) -> str:
    """The name of a session's folder."""
    return pattern.format(time=moment.strftime("%Y-%m-%d_%H-%M-%S"), number=number)
