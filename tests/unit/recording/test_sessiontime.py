"""Seconds since the first trigger and the time of day: whole numbers, right digits, one clock each."""

from __future__ import annotations

import datetime
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llpyspin.errors import RecordingError
from llpyspin.frames import FrameFlags, FrameInfo
from llpyspin.recording import load
from llpyspin.recording.ahead import Ahead, read_ahead
from llpyspin.recording.checking.videos import inspect_rows
from llpyspin.recording.columns import columns_of
from llpyspin.recording.numbering import Anchor, Numbering
from llpyspin.recording.rows import HEADER, OLD_HEADER, Row, line_of, row_of
from llpyspin.recording.sessiontime import Elapsed, SessionTimes, ns_of, seconds_text, us_of, utc_text
from llpyspin.recording.sidecar import read_sidecar, write_sidecar
from tests.unit.recordings import record

if TYPE_CHECKING:
    import pathlib

PERIOD = 10_000_000
WALL = 1_700_000_000_000_000_000


def info(number: int, *, at: int | None = None, camera_zero: int = 5 * 10**15 + 7) -> FrameInfo:
    taken = camera_zero + (number * PERIOD if at is None else at)
    return FrameInfo(
        index=number,
        frame_id=number,
        camera_timestamp_ns=taken,
        host_timestamp_ns=10**12 + number * PERIOD + 250_000,
        flags=FrameFlags(0),
        missed=0,
        exposure_us=math.nan,
        gain_db=math.nan,
        line_status=-1,
    )


def numbering(**times: object) -> Numbering:
    known = (
        SessionTimes(Elapsed(0), period_ns=PERIOD, wall_offset_ns=WALL)
        if not times
        else SessionTimes(**times)
    )  # type: ignore[arg-type]
    return Numbering(first_id=0, period_ns=PERIOD, times=known)


@given(st.integers(-(2**63), 2**63))
def test_seconds_keep_every_nanosecond(ns: int) -> None:
    assert ns_of(seconds_text(ns)) == ns


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0.000000000"),
        (1, "0.000000001"),
        (-1, "-0.000000001"),
        (999_999_999, "0.999999999"),
        (86_400_000_000_001, "86400.000000001"),
        (-1_500_000_000, "-1.500000000"),
    ],
)
def test_seconds_have_nine_digits(ns: int, text: str) -> None:
    assert seconds_text(ns) == text


@pytest.mark.parametrize("text", ["", "1e3", "nan", "1.0000000001", "--1", ".5", "١", "1,5", " 1"])
def test_text_that_is_no_seconds_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        ns_of(text)


@given(st.integers(-62_135_596_800 * 10**6, 253_402_300_800 * 10**6 - 1))
def test_times_of_day_keep_every_microsecond(us: int) -> None:
    text = utc_text(us)
    assert us_of(text) == us
    assert datetime.datetime.fromisoformat(text).utcoffset() == datetime.timedelta(0)


def test_times_of_day_are_iso_8601() -> None:
    assert utc_text(1_700_000_000_000_250) == "2023-11-14T22:13:20.000250+00:00"
    assert us_of("2023-11-14T22:13:20Z") == 1_700_000_000_000_000
    assert utc_text(2**62) == ""
    with pytest.raises(ValueError):
        us_of("2023-11-14T22:13:20+01:00")
    with pytest.raises(ValueError):
        us_of("yesterday")


def test_frames_have_times_of_their_own_clocks() -> None:
    [first] = numbering().frame(info(0))
    assert (first.since_ns, first.utc_us) == (0, (10**12 + 250_000 + WALL) // 1000)
    numbers = numbering()
    rows = [row for n in (0, 1, 2) for row in numbers.frame(info(n))]
    assert [row.since_ns for row in rows] == [0, PERIOD, 2 * PERIOD]
    assert line_of(rows[1]).endswith(",0.010000000,2023-11-14T22:30:00.010250+00:00\n")


def test_zero_is_the_first_trigger_even_if_its_frame_is_lost() -> None:
    rows = numbering().frame(info(3))
    assert [row.state for row in rows] == ["lost"] * 3 + ["written"]
    assert [row.since_ns for row in rows] == [None, None, None, 3 * PERIOD]


def test_zero_is_unknown_without_a_rate_and_a_first_frame() -> None:
    numbers = Numbering(first_id=0, period_ns=None, times=SessionTimes(Elapsed(0), wall_offset_ns=WALL))
    *_, row = numbers.frame(info(3))
    assert row.since_ns is None
    assert row.utc_us is not None
    numbers = Numbering(first_id=0, period_ns=None, times=SessionTimes(Elapsed(0)))
    [row] = numbers.frame(info(0))
    assert (row.since_ns, row.utc_us) == (0, None)


def test_a_camera_that_joins_later_counts_from_the_same_trigger() -> None:
    times = SessionTimes(Elapsed(100, 100 * PERIOD + 77), period_ns=PERIOD)
    anchor = Anchor(camera_timestamp_ns=0, trigger=100)
    numbers = Numbering(first_id=0, period_ns=PERIOD, next_trigger=90, anchor=anchor, times=times)
    row = numbers.frame(info(0, at=2 * PERIOD, camera_zero=0))[-1]
    assert (row.trigger, row.since_ns) == (102, 102 * PERIOD + 77)


def test_a_known_zero_is_kept_by_the_next_writer() -> None:
    times = SessionTimes(None, zero_ns=5 * 10**15, period_ns=PERIOD)
    numbers = Numbering(first_id=0, period_ns=PERIOD, next_trigger=50, times=times)
    [row] = numbers.frame(info(0, at=50 * PERIOD, camera_zero=5 * 10**15))
    assert row.since_ns == 50 * PERIOD


def test_rows_without_times_are_not_given_any() -> None:
    [row] = Numbering(first_id=0, period_ns=PERIOD).frame(info(0))
    assert (row.since_ns, row.utc_us) == (None, None)


# -- files


NEW = Row(0, 0, "written", "", 0, 5, 6, 1.0, 2.0, 3, 250, 1_700_000_000_000_250)


def old_line(row: Row) -> str:
    return line_of(row._replace(since_ns=None, utc_us=None))[:-3] + "\n"


def test_old_sidecars_are_read_with_empty_times(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(OLD_HEADER + old_line(NEW) + ",1,lost,ring,,,,,,\n" + "2,2,wri")
    first, second = read_sidecar(path)
    assert first == NEW._replace(since_ns=None, utc_us=None)
    assert (second.state, second.since_ns) == ("lost", None)
    for cut in range(1, len(OLD_HEADER)):
        path.write_text(OLD_HEADER[:cut])
        assert read_sidecar(path) == []


def test_a_line_of_a_new_sidecar_without_its_last_cells_is_damaged(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + old_line(NEW) + line_of(NEW))
    with pytest.raises(RecordingError, match="line 2: 10 cells instead of 12"):
        read_sidecar(path)
    path.write_text(OLD_HEADER + line_of(NEW))
    with pytest.raises(RecordingError, match="line 2"):
        read_sidecar(path)


def test_write_ahead_rows_keep_their_times(tmp_path: pathlib.Path) -> None:
    ahead = Ahead(tmp_path / "a.ahead")
    longest = Row(
        10**9, 10**9, "incomplete", "", 2**62, 2**62, 2**62, 1 / 3e5, 47.999999999999996, 2**16, 2**62
    )
    ahead.put(NEW)
    ahead.put(longest._replace(utc_us=1_700_000_000_000_250))
    ahead.close()
    found = read_ahead(tmp_path / "a.ahead").pictures
    assert found[0] == NEW
    assert found[10**9].since_ns == 2**62


@pytest.mark.parametrize(
    "cells", [",,", "x,", ",x", "1.5,2023-11-14T22:13:20+01:00", "9223372036.854775808,"]
)
def test_cells_that_are_no_times_are_refused(cells: str) -> None:
    with pytest.raises(ValueError):
        row_of(f"0,0,written,,,,,,,,{cells}")


def test_columns_have_seconds_and_utc() -> None:
    columns = columns_of([NEW, Row(None, 1, "lost", "ring")])
    assert columns["seconds"][0] == 250 / 1e9
    assert columns["utc"][0] == np.datetime64("2023-11-14T22:13:20.000250")
    assert np.isnan(columns["seconds"][1])
    assert np.isnat(columns["utc"][1])


def test_a_table_has_times_as_its_index(tmp_path: pathlib.Path) -> None:
    record(tmp_path, ["..t."])
    path = tmp_path / "camera0.csv"
    rows = [
        row._replace(since_ns=row.trigger * PERIOD, utc_us=row.trigger * 10**4)
        if row.frame_id is not None and row.camera_timestamp_ns is not None
        else row
        for row in read_sidecar(path)
    ]
    write_sidecar(path, rows, overwrite=True)
    with load(tmp_path) as loaded:
        recording = loaded["camera0"]
        table = recording.to_pandas("seconds")
        assert list(table.index)[:2] == [0.0, 0.01]
        assert str(recording.to_pandas(index="utc").index.tz) == "UTC"
        assert list(recording.to_pandas("trigger").index) == [0, 1, 2, 3]
        assert "seconds" in recording.to_pandas().columns
        with pytest.raises(ValueError, match="index must be one of trigger, seconds, utc"):
            recording.to_pandas("second")


def test_seconds_that_do_not_follow_the_camera_are_found() -> None:
    rows = [Row(n, n, "written", "", n, n * PERIOD + 5, n + 1, since_ns=n * PERIOD) for n in range(4)]
    assert inspect_rows([("a.csv", rows)]) == []
    rows[2] = rows[2]._replace(since_ns=0)
    [finding] = inspect_rows([("a.csv", rows)])
    assert finding.startswith(
        "a.csv: trigger 2: seconds and camera_timestamp_ns do not agree; they are +0.02 s off"
    )
