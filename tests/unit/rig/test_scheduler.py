"""A schedule is carried out whatever becomes of its sessions, on a clock that does as it is told."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.errors import RecordingError
from llpyspin.rig.unattended.schedule import schedule_of
from llpyspin.rig.unattended.schedulelog import HEADER, KEPT, Entry, ScheduleLog
from llpyspin.rig.unattended.scheduler import Outcome, Scheduler

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable

BEGIN = datetime(2026, 11, 30, 20, tzinfo=timezone.utc)


class FakeClock:
    """Time that passes only while somebody waits or records."""

    def __init__(self) -> None:
        self.s = 1000.0
        self.wall_jump = timedelta()
        self.oversleeps: list[float] = []
        self.interrupts_at = float("inf")

    def now(self) -> float:
        return self.s

    def wall(self) -> datetime:
        return BEGIN + timedelta(seconds=self.s - 1000) + self.wall_jump

    def wait(self, until: float) -> None:
        if until > self.s:
            self.s = until + (self.oversleeps.pop(0) if self.oversleeps else 0.0)
        if self.s >= self.interrupts_at:
            raise KeyboardInterrupt


class FakeSessions:
    """Each session takes its time, and what ``after`` says of its number."""

    def __init__(self, clock: FakeClock, after: Callable[[int], Any] = lambda number: None) -> None:
        self.clock = clock
        self.after = after
        self.recorded: list[tuple[float, str, float]] = []
        self.told: list[tuple[str, str]] = []
        self.readied: list[float] = []
        self.interrupt: BaseException | None = None
        self.opens_with: float | BaseException = 0.0

    def open(self) -> None:
        if isinstance(self.opens_with, BaseException):
            raise self.opens_with
        self.clock.s += self.opens_with

    def ready(self) -> None:
        self.readied.append(self.clock.s - 1000)

    def record(self, name: str, seconds: float) -> Outcome:
        number = len(self.recorded)
        self.recorded.append((self.clock.s - 1000, name, seconds))
        self.clock.s += seconds
        found = self.after(number)
        if isinstance(found, Exception):
            raise found
        if isinstance(found, KeyboardInterrupt):
            self.interrupt = found
            return Outcome("interrupted", "ended early", 5, 0)
        return found if found is not None else Outcome("complete", "whole", 100, 0)

    def tell(self, event: str, text: str) -> None:
        self.told.append((event, text))

    @property
    def starts(self) -> list[float]:
        return [start for start, _, _ in self.recorded]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def run(
    folder: pathlib.Path, clock: FakeClock, recorder: FakeSessions, **more: Any
) -> tuple[Scheduler, list[dict[str, str]]]:
    schedule = schedule_of({"every": "1h", "for": "10m", **more})
    scheduler = Scheduler(schedule, recorder, ScheduleLog(folder), clock)
    scheduler.run()
    with open(folder / "schedule.csv", encoding="utf-8", newline="") as file:
        return scheduler, list(csv.DictReader(file))


def shown(rows: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(row["event"], row["slot"]) for row in rows]


def test_sessions_begin_at_their_slots_whatever_they_take(tmp_path: pathlib.Path, clock: FakeClock) -> None:
    def slow(number: int) -> None:
        clock.s += 100.0 * number  # files are finished

    sessions = FakeSessions(clock, slow)
    scheduler, rows = run(tmp_path, clock, sessions, sessions=4)
    assert sessions.starts == [0, 3600, 7200, 10800]
    assert sessions.readied == [0, 3570, 7170, 10770]
    assert [name for _, name, _ in sessions.recorded] == [
        (BEGIN + timedelta(hours=hour)).strftime("%Y-%m-%d_%H-%M-%S") for hour in range(4)
    ]
    assert scheduler.summary.ok
    assert scheduler.summary.text() == "4 complete; all of its slots are over"
    assert shown(rows)[:3] == [("begun", ""), ("started", "0"), ("complete", "0")]
    assert rows[-1]["event"] == "ended"
    assert sessions.told == [("schedule_ended", "4 complete; all of its slots are over")]


def test_wall_clock_that_jumps_moves_no_session(tmp_path: pathlib.Path, clock: FakeClock) -> None:
    def jump(number: int) -> None:
        clock.wall_jump += timedelta(hours=(-5, 7, 0)[number])

    sessions = FakeSessions(clock, jump)
    run(tmp_path, clock, sessions, until=(BEGIN + timedelta(hours=2.5)).isoformat())
    assert sessions.starts == [0, 3600, 7200]


def test_failed_session_ends_no_schedule(tmp_path: pathlib.Path, clock: FakeClock) -> None:
    results = [Outcome("failed", "no camera"), ZeroDivisionError("a fault of ours"), None]
    sessions = FakeSessions(clock, lambda number: results[number])
    scheduler, rows = run(tmp_path, clock, sessions, sessions=3)
    assert sessions.starts == [0, 3600, 7200]
    assert not scheduler.summary.ok
    assert scheduler.summary.counts == {"failed": 2, "complete": 1}
    assert [text for event, text in sessions.told if event == "session_failed"] == [
        "slot 0: no camera",
        "slot 1: ZeroDivisionError: a fault of ours",
    ]
    assert next(row["text"] for row in rows if row["event"] == "failed") == "no camera"


def test_session_that_overruns_costs_the_slots_that_it_covers(
    tmp_path: pathlib.Path, clock: FakeClock
) -> None:
    def hang(number: int) -> None:
        clock.s += 2.5 * 3600 if number == 0 else 0.0

    sessions = FakeSessions(clock, hang)
    scheduler, rows = run(tmp_path, clock, sessions, sessions=5)
    assert sessions.starts == [0, 10800, 14400]
    assert scheduler.summary.counts == {"complete": 3, "missed": 2}
    (missed,) = [row for row in rows if row["event"] == "missed"]
    assert (missed["slot"], missed["slots"]) == ("1", "2")
    assert missed["text"].startswith("slots 1 to 2: ")
    assert not scheduler.summary.ok


def test_computer_that_sleeps_misses_slots_and_records_none_twice(
    tmp_path: pathlib.Path, clock: FakeClock
) -> None:
    sessions = FakeSessions(clock)
    clock.oversleeps = [0.0, 0.0, 3 * 3600.0]  # before the second slot's end of waiting
    _, rows = run(tmp_path, clock, sessions, sessions=6)
    assert sessions.starts == [0, 3600, 18000]
    assert [(row["slot"], row["slots"]) for row in rows if row["event"] == "missed"] == [("2", "3")]
    assert [row["slot"] for row in rows if row["event"] == "started"] == ["0", "1", "5"]


def test_slots_that_are_slept_through_to_the_end_are_missed(tmp_path: pathlib.Path, clock: FakeClock) -> None:
    sessions = FakeSessions(clock)
    clock.oversleeps = [1e6]
    scheduler, _ = run(tmp_path, clock, sessions, sessions=6)
    assert scheduler.summary.counts == {"complete": 1, "missed": 5}


def test_end_of_the_schedule_shortens_its_last_session(tmp_path: pathlib.Path, clock: FakeClock) -> None:
    sessions = FakeSessions(clock)
    run(tmp_path, clock, sessions, until=(BEGIN + timedelta(minutes=65)).isoformat())
    assert [seconds for _, _, seconds in sessions.recorded] == [600, 300]


def test_ctrl_c_in_a_session_ends_the_schedule_with_a_summary(
    tmp_path: pathlib.Path, clock: FakeClock
) -> None:
    sessions = FakeSessions(clock, lambda number: KeyboardInterrupt() if number == 1 else None)
    scheduler, rows = run(tmp_path, clock, sessions)
    assert scheduler.summary.counts == {"complete": 1, "interrupted": 1}
    assert isinstance(scheduler.summary.interrupt, KeyboardInterrupt)
    assert rows[-1]["text"] == "1 complete, 1 interrupted; it was ended from outside"


def test_ctrl_c_between_sessions_ends_the_schedule(tmp_path: pathlib.Path, clock: FakeClock) -> None:
    sessions = FakeSessions(clock)
    clock.interrupts_at = 1000 + 3600
    scheduler, rows = run(tmp_path, clock, sessions)
    assert sessions.starts == [0]
    assert isinstance(scheduler.summary.interrupt, KeyboardInterrupt)
    assert rows[-1]["event"] == "ended"


def test_budget_that_is_used_up_ends_the_schedule(tmp_path: pathlib.Path, clock: FakeClock) -> None:
    full = Outcome("complete", "whole", 9, 0, ends="the disk is full")
    sessions = FakeSessions(clock, lambda number: full if number == 2 else None)
    scheduler, _ = run(tmp_path, clock, sessions)
    assert len(sessions.recorded) == 3
    assert scheduler.summary.over_budget
    assert scheduler.summary.text() == "3 complete; the disk is full"


def test_log_goes_on_where_another_schedule_was_killed(tmp_path: pathlib.Path) -> None:
    first = ScheduleLog(tmp_path)
    assert first.add(Entry("t", "started", 0, folder='a "name", or two')) == ""
    with open(first.path, "ab") as file:
        file.write(b"t,comp")  # cut off by a loss of power
    second = ScheduleLog(tmp_path)
    second.add(Entry("u", "begun"))
    lines = first.path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == HEADER
    assert [line.split(",")[:2] for line in lines[1:]] == [["t", "started"], ["t", "comp"], ["u", "begun"]]


def test_file_that_is_no_log_is_left_alone(tmp_path: pathlib.Path) -> None:
    (tmp_path / "schedule.csv").write_text("hour,animal\n8,m42\n")
    with pytest.raises(RecordingError, match=r"is not the log of a schedule\. Choose another folder"):
        ScheduleLog(tmp_path)
    assert (tmp_path / "schedule.csv").read_text() == "hour,animal\n8,m42\n"
    (tmp_path / "file").touch()
    with pytest.raises(RecordingError, match="cannot be written"):
        ScheduleLog(tmp_path / "file")


def test_log_that_cannot_be_written_any_more_ends_no_schedule(tmp_path: pathlib.Path) -> None:
    log = ScheduleLog(tmp_path / "night")
    log.path.unlink()
    log.path.mkdir()
    assert log.add(Entry("t", "started", 0)).endswith("cannot be written: Is a directory")


def test_log_keeps_only_the_newest_lines_in_memory(tmp_path: pathlib.Path) -> None:
    log = ScheduleLog(tmp_path)
    for number in range(KEPT + 5):
        log.add(Entry("t", "started", number))
    assert (len(log.entries), log.entries[0].slot) == (KEPT, 5)


def test_schedule_that_is_ended_while_cameras_open_has_its_end(
    tmp_path: pathlib.Path, clock: FakeClock
) -> None:
    sessions = FakeSessions(clock)
    sessions.opens_with = SystemExit(143)
    scheduler, rows = run(tmp_path, clock, sessions)
    assert shown(rows) == [("begun", ""), ("ended", "")]
    assert rows[-1]["text"] == "no session; it was ended from outside"
    assert scheduler.summary.interrupt is sessions.opens_with
    assert sessions.told == [("schedule_ended", "no session; it was ended from outside")]


def test_schedule_whose_cameras_do_not_open_has_its_end(tmp_path: pathlib.Path, clock: FakeClock) -> None:
    sessions = FakeSessions(clock)
    sessions.opens_with = RecordingError("no camera is there")
    with pytest.raises(RecordingError, match="no camera is there"):
        run(tmp_path, clock, sessions)
    with open(tmp_path / "schedule.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert shown(rows) == [("begun", ""), ("ended", "")]
    assert rows[-1]["text"] == "no session; RecordingError: no camera is there"
    assert [event for event, _ in sessions.told] == ["schedule_ended"]


def test_end_of_a_schedule_is_not_moved_by_cameras_that_open_slowly(
    tmp_path: pathlib.Path, clock: FakeClock
) -> None:
    sessions = FakeSessions(clock)
    sessions.opens_with = 15.0
    in_ten_seconds = (BEGIN + timedelta(seconds=10)).astimezone().strftime("%H:%M:%S")
    scheduler, rows = run(tmp_path, clock, sessions, until=in_ten_seconds)
    assert sessions.recorded == []  # not until tomorrow
    assert scheduler.summary.reason == "all of its slots are over"
    assert shown(rows)[-1] == ("ended", "")


def test_first_slot_begins_once_cameras_are_open(tmp_path: pathlib.Path, clock: FakeClock) -> None:
    sessions = FakeSessions(clock)
    sessions.opens_with = 15.0
    run(tmp_path, clock, sessions, sessions=2)
    assert sessions.starts == [15, 3615]
