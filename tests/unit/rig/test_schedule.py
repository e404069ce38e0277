"""Schedules as people write them, and moments on the clock on the wall."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.errors import RigConfigError, SettingRangeError
from llpyspin.rig.parsing import config_from, load_config
from llpyspin.rig.unattended.schedule import schedule_of
from llpyspin.rig.unattended.walltime import check_pattern, moment_of, name_of

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The local time has daylight saving."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[misc, arg-type]


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("08:00", utc(2026, 12, 1, 7)),
        ("23:30", utc(2026, 11, 30, 22, 30)),
        ("20:00", utc(2026, 12, 1, 19)),  # which is now, so the next one
        ("20:00:01", utc(2026, 11, 30, 19, 0, 1)),
        ("2026-12-02 08:00", utc(2026, 12, 2, 7)),
        ("2026-12-02T08:00:30", utc(2026, 12, 2, 7, 0, 30)),
        ("2026-12-02T08:00+09:00", utc(2026, 12, 1, 23)),
        ("2026-12-02T08:00:00Z", utc(2026, 12, 2, 8)),
        (datetime(2026, 12, 2, 8), utc(2026, 12, 2, 7)),
    ],
)
def test_moment_is_read(text: object, moment: datetime) -> None:
    assert moment_of(text, utc(2026, 11, 30, 19), "until") == moment


@pytest.mark.usefixtures("berlin")
def test_moment_in_another_part_of_the_year_has_the_time_of_that_part() -> None:
    before = utc(2027, 3, 27, 20)  # the night in which clocks go from 2:00 to 3:00
    assert moment_of("08:00", before, "until") == utc(2027, 3, 28, 6)
    assert moment_of("02:30", before, "until") == utc(2027, 3, 28, 1, 30)
    twice = utc(2026, 10, 24, 20)  # from 3:00 back to 2:00
    assert moment_of("02:30", twice, "until") == utc(2026, 10, 25, 0, 30)


@pytest.mark.parametrize(
    "text", ["8", "24:00", "08:60", "tomorrow", "2026-13-01 08:00", "2026-12-01", 480, None]
)
def test_moment_that_is_none_is_refused(text: object) -> None:
    with pytest.raises(SettingRangeError, match="until must be a time like 08:00 or a date with time"):
        moment_of(text, utc(2026, 11, 30), "until")


def test_moment_that_is_over_is_refused() -> None:
    with pytest.raises(SettingRangeError, match=r"until is 2026-11-29 .* which is over already"):
        moment_of("2026-11-29 12:00+00:00", utc(2026, 11, 30, 12), "until")


def test_end_is_as_far_away_on_the_clock_that_does_not_jump() -> None:
    schedule = schedule_of({"every": "1h", "for": "10m", "until": "2026-12-01 08:00+00:00"})
    slots = schedule.slots(5000.0, utc(2026, 12, 1, 6))
    assert (slots.first_s, slots.until_s) == (5000, 5000 + 7200)


def test_schedule_is_read_with_units() -> None:
    schedule = schedule_of({"every": "1h30m", "for": 600, "sessions": 5, "name": "night-{number:03d}"})
    assert (schedule.every_s, schedule.for_s, schedule.sessions) == (5400, 600, 5)
    assert name_of(schedule.name, 7, utc(2026, 12, 1)) == "night-007"
    assert name_of("{time}", 7, utc(2026, 12, 1, 8)) == "2026-12-01_08-00-00"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"every": "1h"}, "a schedule needs for: how long each session lasts"),
        ({"for": "1h"}, "a schedule needs every: from one session's beginning to the next"),
        ({"every": "1h", "for": "1h"}, "for (1 h) must be less than every (1 h)"),
        ({"every": "500ms", "for": "100ms"}, "every must be at least 1 s, not 0.5 s"),
        ({"every": "often", "for": "1s"}, "every must be a time like 90s"),
        ({"every": "1h", "for": "1m", "until": "late"}, "until must be a time like 08:00"),
        ({"every": "1h", "for": "1m", "sessions": 0}, "sessions must be a whole number from 1, not 0"),
        ({"every": "1h", "for": "1m", "sessions": True}, "sessions must be a whole number from 1, not True"),
        ({"every": "1h", "for": "1m", "evry": 1}, "schedule: 'evry' is not known. Did you mean 'every'?"),
        ({"every": "1h", "for": "1m", "name": "night"}, "with {time} or {number} in it"),
    ],
)
def test_schedule_that_cannot_be_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingRangeError) as error:
        schedule_of(given)
    assert said in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    "name",
    ["", "x", "a/{time}", "../{time}", ".{time}", "{", "{time}{x}", "{0}", "{time:%H}/x", "{number:q}", 5],
)
def test_name_that_is_no_name_of_folders_is_refused(name: object) -> None:
    with pytest.raises(SettingRangeError, match="name must be the name of a folder"):
        check_pattern(name)


def test_file_of_a_rig_has_a_schedule(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(
        "cameras: [1]\nschedule: {every: 1h, for: 10m, until: 08:00, name: 'n_{time}'}\n", encoding="utf-8"
    )
    schedule = schedule_of(load_config(path).schedule)
    assert (schedule.every_s, schedule.for_s, schedule.until) == (3600, 600, "08:00")
    assert config_from({"cameras": ["1"]}).schedule == {}


def test_mistakes_of_a_schedule_are_among_those_of_the_file() -> None:
    with pytest.raises(RigConfigError) as error:
        config_from({"cameras": ["1"], "schedule": {"every": "1x", "for": "10m"}, "framerate": -1})
    assert {mistake.path for mistake in error.value.mistakes} == {"framerate", "schedule.every"}
    with pytest.raises(RigConfigError, match="schedule must be a mapping with every, for"):
        config_from({"cameras": ["1"], "schedule": "1h"})


def test_date_in_a_file_is_a_moment(tmp_path: pathlib.Path) -> None:
    later = datetime.now() + timedelta(days=3)
    path = tmp_path / "rig.yaml"
    path.write_text(
        f"cameras: [1]\nschedule: {{every: 1h, for: 10m, until: {later:%Y-%m-%d %H:%M:00}}}\n",
        encoding="utf-8",
    )
    slots = schedule_of(load_config(path).schedule).slots(0.0, datetime.now().astimezone())
    assert slots.until_s is not None
    assert 2 * 86400 < slots.until_s < 4 * 86400
