"""Rows and their lines."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llpyspin.recording.rows import HEADER, PLACES, Row, line_of, row_of

whole = st.none() | st.integers(0, 2**63 - 1)
real = st.none() | st.floats(allow_nan=False, allow_infinity=False)
rows = st.builds(
    lambda states, *values: Row(values[0], values[1], *states, *values[2:]),
    st.sampled_from([("written", ""), ("incomplete", ""), *(("lost", place) for place in PLACES)]),
    whole,
    st.integers(0, 2**63 - 1),
    whole,
    whole,
    whole,
    real,
    real,
    whole,
    st.none() | st.integers(-(2**63) + 1, 2**63 - 1),
    st.none() | st.integers(-(10**16), 10**17),
)


@given(rows)
def test_a_row_is_the_same_after_its_way_through_a_line(row: Row) -> None:
    line = line_of(row)
    assert line.count(",") == HEADER.count(",")
    assert line.endswith("\n")
    assert row_of(line) == row


def test_the_header_names_the_columns_in_order() -> None:
    assert HEADER == (
        "frame,trigger,state,where,frame_id,camera_timestamp_ns,host_timestamp_ns,"
        "exposure_us,gain_db,line_status,seconds,utc\n"
    )


def test_what_is_not_there_is_an_empty_cell() -> None:
    assert line_of(Row(None, 7, "lost", "sensor")) == ",7,lost,sensor,,,,,,,,\n"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "1,2,written",
        "1,2,gone,,,,,,,,,",
        "1,2,written,sensor,,,,,,,,",
        ",2,lost,,,,,,,,,",
        ",2,lost,heaven,,,,,,,,",
        "1,,written,,,,,,,,,",
        "1.5,2,written,,,,,,,,,",
        "1,2,written,,,,,nan,,,,",
        f"1,2,written,,,,,{math.inf},,,,",
        "1,2,written,,,,,,,,,,",
    ],
)
def test_a_line_that_is_not_a_row_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        row_of(line)


@pytest.mark.parametrize(
    ("row", "blank"),
    [
        (Row(3, 3, "lost", "ring"), True),
        (Row(None, 3, "lost", "ring"), False),
        (Row(3, 3, "written"), False),
    ],
)
def test_a_lost_row_with_a_picture_is_a_blank(row: Row, blank: bool) -> None:
    assert row.blank is blank
