"""Numbers with units, where a setting wants a number of its own unit."""

from __future__ import annotations

import pytest

from llpyspin.settings.units import hint_of_unit


@pytest.mark.parametrize(
    ("text", "unit", "said"),
    [
        ("3 ms", "us", "3 ms is 3000 us: write 3000"),
        ("1/100 s", "us", ""),
        ("2 µs", "us", "Write the number without its unit: 2"),
        ("500 ns", "us", "500 ns is 0.5 us: write 0.5"),
        ("1e-2 sec", "us", "1e-2 sec is 10000 us: write 10000"),
        ("10 min", "seconds", "10 min is 600 seconds: write 600"),
        ("0.1kHz", "Hz", "0.1 kHz is 100 Hz: write 100"),
        ("5 cm", "mm", "5 cm is 50 mm: write 50"),
        ("75C", "°C", "Write the number without its unit: 75"),
        ("10 %", "%", "Write the number without its unit: 10"),
        ("10 dB", "%", "Write a number of %, without a unit"),
        ("10 things", "", "Write the number without its unit: 10"),
        ("fast", "us", ""),
        ("30", "us", "Write the number without quotes: 30"),
    ],
)
def test_number_with_a_unit_is_converted(text: str, unit: str, said: str) -> None:
    assert hint_of_unit(text, unit) == said
