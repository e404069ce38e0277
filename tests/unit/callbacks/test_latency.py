"""What is noted of each call of a callback, and what the notes say as a whole."""

from __future__ import annotations

import errno
import json
import os
import random
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.callbacks.child import latency
from llpyspin.callbacks.child.account import LatencyAccount, account_of_log, account_path
from llpyspin.callbacks.child.lately import Lately
from llpyspin.callbacks.child.latency import (
    BOTH,
    DATA,
    ERROR,
    HEADER,
    IMAGE,
    PASSED,
    LatencyLog,
    LatencyRow,
    log_path,
    read_log,
    read_numbers,
)
from llpyspin.errors import RecordingError
from llpyspin.roles import ClockSample

if TYPE_CHECKING:
    from pathlib import Path

MS = 1_000_000
OFFSET = 5_000_000_000  # the host's clock minus the camera's
RATE = 100


def row(
    number: int, *, delivery: float = 1.0, wait: float = 0.5, call: float = 3.0, **more: Any
) -> LatencyRow:
    """The row of frame ``number``, exposed every 10 ms; times in ms."""
    exposed = 10 * MS * number
    arrived = exposed + OFFSET + round(delivery * MS)
    start = arrived + round(wait * MS)
    values = {"skipped": 0, "unread": 0, "queued": 0, "outcome": PASSED, **more}
    return LatencyRow(number, number, exposed, arrived, start, start + round(call * MS), **values)


def written(path: Path, rows: list[LatencyRow]) -> Path:
    with LatencyLog(path) as log:
        for each in rows:
            log.add(each)
    assert (log.rows, log.forgotten, log.error) == (len(rows), 0, None)
    return path


def test_what_is_written_is_read_back_whatever_the_data_are(tmp_path: Path) -> None:
    data = json.dumps({"who": 'the "mouse", left', "at": [1.5, None], "umlaut": "ä"}, ensure_ascii=False)
    rows = [
        row(0),
        row(1, outcome=DATA, data=data, skipped=2, unread=3, queued=4),
        row(2, outcome=BOTH, data='""'),
        row(3, outcome=IMAGE),
        row(4, outcome=ERROR),
    ]
    assert list(read_log(written(tmp_path / "a.csv", rows))) == rows


def test_the_log_lies_beside_the_video_and_the_account_beside_the_log(tmp_path: Path) -> None:
    assert log_path(tmp_path / "mouse.v2.mkv") == tmp_path / "mouse.v2.callback.csv"
    assert account_path(tmp_path / "mouse.v2.callback.csv") == tmp_path / "mouse.v2.callback.json"


def test_a_line_that_a_kill_has_cut_off_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [row(0), row(1, outcome=DATA, data="[1,2]")])
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert len(list(read_log(path))) == max(0, whole[:length].count(b"\n") - 1)


@pytest.mark.parametrize(
    "line",
    [
        "1,2,3\n",
        "1,2,3,4,5,6,7,8,9,slept,\n",
        "1,2,3,4,5,6,7,8,x,passed,\n",
        '1,2,3,4,5,6,7,8,9,data,"1",2\n',
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + line)
    with pytest.raises(RecordingError, match="line 2"):
        list(read_log(path))


def test_another_file_is_no_log(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("frame,trigger\n1,2\n")
    with pytest.raises(RecordingError, match="not the log of a callback"):
        list(read_log(path))


def test_a_log_that_is_there_is_replaced_only_if_so_wished(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [row(0)])
    with pytest.raises(FileExistsError):
        LatencyLog(path)
    assert len(list(read_log(path))) == 1
    LatencyLog(path, overwrite=True).close()
    assert path.read_text() == HEADER


def test_rows_that_a_full_disk_refuses_are_written_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, write = [True], os.write

    def refuse(descriptor: int, data: bytes) -> int:
        if full[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[:7])  # and a disk that is nearly full takes a part

    log = LatencyLog(tmp_path / "a.csv")
    monkeypatch.setattr(latency.os, "write", refuse)
    monkeypatch.setattr(latency, "FLUSH_S", 0.001)
    for number in range(50):
        log.add(row(number))
    full[0] = False
    log.close()
    assert log.forgotten == 0
    assert [each.index for each in read_log(tmp_path / "a.csv")] == list(range(50))


def test_rows_that_the_disk_never_takes_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    log = LatencyLog(tmp_path / "a.csv")
    monkeypatch.setattr(latency.os, "write", refuse)
    monkeypatch.setattr(latency, "MOST_WAITING", 1000)
    for number in range(50):
        log.add(row(number))
    log.close()
    log.close()
    assert (log.rows, log.forgotten) == (50, 50)
    assert log.error is not None
    assert log.error.errno == errno.ENOSPC


def test_a_log_that_cannot_be_made_says_so_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LatencyLog(tmp_path / "nowhere" / "a.csv")


def test_live_figures_count_misses_against_the_arrival_of_the_frame() -> None:
    lately = Lately(deadline_s=0.010)
    for number in range(100):
        lately.add(
            row(number, wait=2.0, call=9.0 if number % 10 == 0 else 3.0, skipped=1, unread=2, queued=number)
        )
    figures = lately.figures()
    assert (figures.called, figures.skipped, figures.misses, figures.errors) == (100, 100, 10, 0)
    assert figures.wait_ms == pytest.approx((2, 2, 2))
    assert figures.call_ms == pytest.approx((3, 9, 9))
    assert figures.total_ms[2] == pytest.approx(11)
    assert (figures.unread, figures.queued) == (2, 99)


def test_live_figures_without_a_call_are_not_numbers() -> None:
    figures = Lately().figures()
    assert figures.called == 0
    assert all(value != value for value in figures.total_ms)


def test_the_account_has_each_part_of_the_way_and_they_add_up(tmp_path: Path) -> None:
    chance = random.Random(1)
    rows = [
        row(number, delivery=1.0 + chance.choice((0, 0, 2.0)), wait=0.5, call=3.0) for number in range(400)
    ]
    samples = (ClockSample(0, OFFSET, 1000), ClockSample(4000 * MS, 4000 * MS + OFFSET, 1000))
    account = account_of_log(written(tmp_path / "a.csv", rows), samples, name="top")
    assert account.calls == 400
    assert account.seconds == pytest.approx(3.99, abs=0.01)
    assert account.clock is not None
    assert account.clock.latency_us == pytest.approx(1000, abs=10)
    for span, p50, longest in [
        (account.delivery, 1.0, 3.0),
        (account.wait, 0.5, 0.5),
        (account.call, 3.0, 3.0),
        (account.total, 4.5, 6.5),
    ]:
        assert span is not None
        assert span.p50_ms == pytest.approx(p50, abs=0.02)
        assert span.p99_ms == pytest.approx(longest, abs=0.02)
        assert span.most_ms == pytest.approx(longest, abs=0.02)
    assert "fastest delivery" not in str(account)


def test_account_says_when_the_clocks_were_not_read_together(tmp_path: Path) -> None:
    account = account_of_log(written(tmp_path / "a.csv", [row(number) for number in range(100)]))
    assert account.delivery is not None
    assert account.delivery.p50_ms == pytest.approx(0, abs=0.01)
    assert "lack that of the fastest delivery" in str(account)


def test_the_account_counts_misses_errors_and_skipped_frames(tmp_path: Path) -> None:
    rows = [row(3 * number, wait=1.0, call=9.5 if number < 5 else 3.0, skipped=2) for number in range(50)]
    rows[-1] = rows[-1]._replace(outcome=ERROR)
    account = account_of_log(
        written(tmp_path / "a.csv", rows), deadline_s=0.010, name="top", notes=["It ended."]
    )
    account.save(account_path(tmp_path / "a.csv"))
    assert (account.misses, account.errors, account.skipped) == (5, 1, 100)
    assert account.outcomes == {"error": 1, "passed": 49}
    text = str(account)
    assert text.startswith("callback of top: 50 calls in 1.5 s (33.3 a second), 100 frames skipped")
    assert "5 of 50 calls (10.0%) ended later than 10 ms after their frame's arrival." in text
    assert text.endswith("It ended.")
    assert LatencyAccount.load(tmp_path / "a.json") == account


def test_the_account_tells_what_waited_over_time(tmp_path: Path) -> None:
    rows = [
        row(number, unread=7 if number == 150 else 0, queued=number // 100, skipped=number == 250)
        for number in range(300)
        if not 50 <= number < 100
    ]
    account = account_of_log(written(tmp_path / "a.csv", rows))
    assert account.step_s == 1.0
    assert [(step.at_s, step.calls, step.unread, step.queued, step.skipped) for step in account.depths] == [
        (0.0, 50, 0, 0, 0),
        (1.0, 100, 7, 1, 0),
        (2.0, 100, 0, 2, 1),
    ]
    assert account.depths[0].total_ms == pytest.approx(3.5)
    assert "At most 7 frames waited for a call, and 2 items" in str(account)


def test_the_account_of_a_day_has_no_more_points_than_can_be_looked_at(tmp_path: Path) -> None:
    account = account_of_log(written(tmp_path / "a.csv", [row(100 * number) for number in range(5000)]))
    assert account.step_s == pytest.approx(4999 / 600)
    assert len(account.depths) <= 601
    assert sum(step.calls for step in account.depths) == 5000


@pytest.mark.parametrize("calls", [0, 1])
def test_an_account_of_hardly_any_calls_is_one_all_the_same(tmp_path: Path, calls: int) -> None:
    account = account_of_log(written(tmp_path / "a.csv", [row(number) for number in range(calls)]))
    account.save(account_path(tmp_path / "a.csv"))
    assert account.calls == calls
    assert account.delivery is None
    assert ("never called" in str(account)) == (calls == 0)
    assert LatencyAccount.load(tmp_path / "a.json") == account


def test_a_log_that_a_killed_process_had_begun_is_gone_on_with(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [row(0), row(1)])
    path.write_bytes(path.read_bytes() + b"2,2,200")  # cut off by the kill
    with LatencyLog(path, resume=True) as log:
        log.add(row(3))
    assert [each.index for each in read_log(path)] == [0, 1, 3]
    path.write_bytes(b"")
    LatencyLog(path, resume=True).close()
    assert list(read_log(path)) == []
    assert path.read_text() == HEADER


def test_the_numbers_of_a_log_are_those_of_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "_PIECE", 300)  # several pieces
    data = '"1,2,3"'
    rows = [row(number, queued=number, outcome=DATA, data=data) for number in range(20)]
    rows += [row(20, outcome=ERROR)]
    path = written(tmp_path / "a.csv", rows)
    path.write_bytes(path.read_bytes() + b"21,21,")
    numbers, outcomes = read_numbers(path)
    assert numbers.T.tolist() == [list(each[:9]) for each in rows]
    assert outcomes == {DATA: 20, ERROR: 1}


@pytest.mark.parametrize("line", ["1,2,3\n", "1,2,3,4,5,6,7,8,9,slept,\n", "1,2,3,4,5,6,7,8,x,passed,\n"])
def test_an_account_of_a_damaged_log_is_refused(tmp_path: Path, line: str) -> None:
    path = written(tmp_path / "a.csv", [row(0)])
    path.write_text(path.read_text() + line)
    with pytest.raises(RecordingError, match=r"line 3|slept"):
        account_of_log(path)
