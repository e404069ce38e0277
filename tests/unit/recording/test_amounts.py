"""Amounts with units, as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llpyspin.errors import SettingRangeError
from llpyspin.recording.amounts import bytes_of, bytes_text, seconds_of, seconds_text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("10min", 600),
        ("10 min", 600),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("2d", 172800),
        ("1 hour", 3600),
        ("2 hours 10 minutes", 7800),
        ("30 sec", 30),
        ("1.5h", 5400),
        ("250ms", 0.25),
        ("90", 90),
        (90, 90),
        (0.5, 0.5),
    ],
)
def test_time_span_is_read(text: object, seconds: float) -> None:
    assert seconds_of(text, "every") == seconds


@pytest.mark.parametrize(
    "given_",
    [
        "",
        "h",
        "10x",
        "1h1h",
        "1m10min",
        "1hour2h",
        "5 parsecs",
        "-1s",
        "0s",
        0,
        -5,
        "1e3",
        "367d",
        float("nan"),
        True,
        None,
    ],
)
def test_time_span_that_is_none_is_refused(given_: object) -> None:
    with pytest.raises(SettingRangeError, match="every must be a time like 90s, 10m, 1h30m or 2d") as error:
        seconds_of(given_, "every")
    assert error.value.setting == "every"


@pytest.mark.parametrize(
    ("text", "size"),
    [("50GB", 50 * 10**9), ("500 mb", 5 * 10**8), ("1.5TiB", 3 * 2**39), ("7B", 7), (123, 123)],
)
def test_size_is_read(text: object, size: int) -> None:
    assert bytes_of(text, "min_disk") == size


@pytest.mark.parametrize(
    "given_", ["50", "GB", "50 G", "-5GB", "0GB", 0, -1, 1.5, True, None, "1e3GB", "9999999TB"]
)
def test_size_that_is_none_is_refused(given_: object) -> None:
    with pytest.raises(SettingRangeError, match="min_disk must be a size with its unit, like 50GB"):
        bytes_of(given_, "min_disk")


@given(st.integers(1, 366 * 86400))
def test_time_span_in_words_is_read_as_the_same(seconds: int) -> None:
    assert seconds_of(seconds_text(seconds).replace(" ", ""), "every") == seconds


def test_sizes_are_shown_with_their_units() -> None:
    shown = [bytes_text(size) for size in (1500, 2_500_000, 49_900_000_000, 2 * 10**12)]
    assert shown == ["1.5 kB", "2.5 MB", "49.9 GB", "2.0 TB"]
