"""What a schedule is to be: from the command line, from ``schedule:`` in a rig's file, or from code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from llpyspin.errors import SettingRangeError
from llpyspin.naming.known import did_you_mean
from llpyspin.recording.amounts import seconds_of, seconds_text
from llpyspin.rig.unattended.slots import Slots
from llpyspin.rig.unattended.walltime import check_pattern, moment_of
from llpyspin.settings import brief

__all__ = ["KEYS", "Schedule", "schedule_mistakes", "schedule_of"]

KEYS = ("every", "for", "until", "sessions", "name")
NAME = "{time}"
LEAST_S = 1.0


@dataclass(frozen=True)
class Schedule:
    """Sessions at fixed times.

    Attributes
    ----------
    every_s, for_s : float
    until : object
        A moment, as :func:`~llpyspin.rig.unattended.walltime.moment_of` reads it; None: no end.
    sessions : int or None
        How many slots.
    name : str
        Pattern of the folders' names, with ``{time}`` or ``{number}``.
    """

    every_s: float
    for_s: float
    until: object = None
    sessions: int | None = None
    name: str = NAME

    def slots(self, now_s: float, now: datetime) -> Slots:
        """Its slots, of which the first begins now; both are the same moment.

        ``until`` becomes a moment of the clock that does not jump, here and only here.

        Raises
        ------
        SettingRangeError
            ``until`` is over.
        """
        until_s = None
        if self.until is not None:
            until_s = now_s + (moment_of(self.until, now, "until") - now).total_seconds()
        return Slots(now_s, self.every_s, self.for_s, until_s, self.sessions)


def schedule_of(given: Mapping[str, Any]) -> Schedule:
    """The schedule of a mapping.

    Raises
    ------
    SettingRangeError
        The text has all mistakes.
    """
    mistakes = [text for _, text in schedule_mistakes(given)]
    if not mistakes and given.get("every") is None:
        mistakes = ["a schedule needs every: from one session's beginning to the next, like 1h"]
    if mistakes:
        raise SettingRangeError("\n".join(mistakes), setting="schedule", value=given)
    return Schedule(
        every_s=seconds_of(given["every"], "every"),
        for_s=seconds_of(given["for"], "for"),
        until=given.get("until"),
        sessions=given.get("sessions"),
        name=given.get("name") or NAME,
    )


def schedule_mistakes(given: object) -> Iterator[tuple[str, str]]:
    """The key and a sentence, for each thing that is wrong with a schedule, whatever the time is."""
    if not isinstance(given, Mapping):
        yield "", f"schedule must be a mapping with {', '.join(KEYS)}, not {brief(given)}"
        return
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in KEYS:
            meant = did_you_mean(name, KEYS, f"There are {', '.join(KEYS)}.")
            yield str(name), f"schedule: {name!r} is not known. {meant}"
        elif value is not None:
            try:
                found[name] = _checked(str(name), value)
            except SettingRangeError as error:
                yield str(name), str(error)
    yield from _between(given, found)


def _between(given: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    every, for_ = found.get("every"), found.get("for")
    if given.get("every") is not None and given.get("for") is None:
        yield "for", "a schedule needs for: how long each session lasts, like 10m"
    if every is not None and every < LEAST_S:
        yield "every", f"every must be at least {LEAST_S:g} s, not {seconds_text(every)}"
    elif every is not None and for_ is not None and for_ >= every:
        yield (
            "for",
            f"for ({seconds_text(for_)}) must be less than every ({seconds_text(every)}): files are finished "
            "between two sessions. For a recording without pauses, use segment_seconds",
        )


def _checked(name: str, value: Any) -> Any:
    if name in ("every", "for"):
        return seconds_of(value, name)
    if name == "until":  # whether it is over already is seen when the schedule begins
        return moment_of(value, datetime(1970, 1, 3, tzinfo=timezone.utc), name)
    if name == "name":
        return check_pattern(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise SettingRangeError(
            f"sessions must be a whole number from 1, not {brief(value)}", setting=name, value=value
        )
    return value
