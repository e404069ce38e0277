"""What the options of ``llpyspin record`` make of schedules and single recordings, and exit statuses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
import pytest

from llpyspin import cli
from llpyspin.cli.recording import record
from llpyspin.cli.rigging import Request, unattended
from llpyspin.cli.scheduling import _status, planned
from llpyspin.errors import SettingRangeError
from llpyspin.rig import CameraConfig, RigConfig
from llpyspin.rig.unattended.scheduler import ScheduleSummary

if TYPE_CHECKING:
    import pathlib


def request_of(**given: Any) -> Request:
    with click.Context(record):
        return planned(Request(**given))


@pytest.fixture
def file(tmp_path: pathlib.Path) -> str:
    path = tmp_path / "rig.yaml"
    path.write_text("cameras: [1]\nschedule: {every: 2h, for: 10m, sessions: 3}\n", encoding="utf-8")
    return str(path)


def test_options_are_laid_over_the_schedule_of_the_file(file: str) -> None:
    schedule = request_of(config=file, every=3600.0, for_=60.0, until="08:00").schedule
    assert schedule is not None
    assert (schedule.every_s, schedule.for_s, schedule.sessions, schedule.until) == (3600, 60, 3, "08:00")
    as_in_file = request_of(config=file).schedule
    assert as_in_file is not None
    assert (as_in_file.every_s, as_in_file.for_s) == (7200, 600)


def test_seconds_without_every_record_once(file: str) -> None:
    request = request_of(config=file, seconds=5.0)
    assert (request.schedule, request.seconds) == (None, 5)
    assert request_of(for_=600.0).seconds == 600
    schedule = request_of(every=60.0, seconds=5.0).schedule
    assert schedule is not None
    assert schedule.for_s == 5


def test_calibration_takes_no_notice_of_the_schedule_of_the_file(file: str) -> None:
    request = request_of(config=file, calibration="charuco_7x5")
    assert (request.schedule, request.seconds) == (None, None)
    assert request_of(config=file, calibration="charuco_7x5", for_=60.0).seconds == 60


def test_end_without_every_ends_one_recording() -> None:
    until = (datetime.now() + timedelta(hours=1)).isoformat(sep=" ")
    seconds = request_of(until=until).seconds
    assert seconds is not None
    assert 3500 < seconds <= 3600
    assert request_of(until=until, for_=60.0).seconds == 60
    with pytest.raises(SettingRangeError, match="which is over already"):
        request_of(until="2020-01-01 08:00")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sessions": 3}, "--sessions needs --every"),
        ({"name": "{time}"}, "--name needs --every"),
        ({"every": 60.0, "for_": 1.0, "overwrite": True}, "--overwrite cannot be used with a schedule"),
        ({"every": 60.0, "for_": 1.0, "serve": True}, "--serve cannot be used with a schedule"),
        ({"every": 60.0, "calibration": "charuco_7x5"}, "--calibration cannot be used with a schedule"),
    ],
)
def test_options_that_do_not_go_together_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(click.UsageError, match=said):
        request_of(**given)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("--every often --for 1m", "often: it must be a time like 90s"),
        ("--min-disk 50", "50: it must be a size with its unit, like 50GB"),
        ("--for 1m --seconds 5", "--for and --seconds mean the same"),
        ("--sessions 0", "0 is not a whole number from 1"),
        ("--codec h246", "there is no codec 'h246'; did you mean 'h264'?"),
        ("--codec tiff --container mkv", "tiff makes .tif or .tiff files, not .mkv"),
    ],
)
def test_value_without_a_meaning_is_a_wrong_call(
    call: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["record", "--virtual", *call.split()]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            "--notify ftp://example.org",
            "--notify: a URL must begin with https:// or http://, not with ftp://",
        ),
        ("--every 2m --for 1m --square-mm 30", "a calibration board has --square-mm, and there is none"),
        ("--every 1m --for 1m", "--for (1 min) must be less than --every (1 min)"),
        ("--max-temperature 400", "--max-temperature must be a number of °C"),
    ],
)
def test_value_that_no_rig_has_is_refused_before_cameras_open(
    call: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["record", "--virtual", "--cameras", "1", *call.split()]) == 1
    assert said in capsys.readouterr().err


def test_limits_and_targets_are_added_to_those_of_the_file() -> None:
    config = RigConfig((CameraConfig("1"),), budget={"min_disk": "1GB", "max_size": "2GB"}, on_event="true")
    made = unattended(config, Request(min_disk=5_000_000, notify=("false",)))
    assert made.budget == {"min_disk": 5_000_000, "max_size": "2GB"}
    assert made.on_event == ["true", "false"]


@pytest.mark.parametrize(
    ("summary", "status"),
    [
        (ScheduleSummary({"complete": 3, "incomplete": 1}), 0),
        (ScheduleSummary({"complete": 3, "missed": 1}), 1),
        (ScheduleSummary({"failed": 1}), 1),
        (ScheduleSummary({"complete": 1}, over_budget=True), 4),
        (ScheduleSummary({"missed": 1}, over_budget=True), 1),
        (ScheduleSummary({"interrupted": 1}, interrupt=KeyboardInterrupt()), 130),
        (ScheduleSummary({"complete": 1}, interrupt=SystemExit(143)), 143),
    ],
)
def test_exit_status_says_how_a_schedule_went(summary: ScheduleSummary, status: int) -> None:
    assert _status(summary) == status
