"""A camera that is whole triggers off the pulses that another one gave is found, and by how many."""

from __future__ import annotations

import pytest

from llpyspin.recording.account.account import CameraAccount
from llpyspin.recording.account.firstpulse import off_the_pulses
from llpyspin.recording.rows import WRITTEN, Row
from llpyspin.recording.session import CameraRecord, Pulse

PERIOD_NS = 10_000_000
ACCOUNT = CameraAccount("2", rate=100.0)


def frames(last: int | None) -> list[Row]:
    return [Row(0, 40, WRITTEN, "", 40, 5, 5), Row(1, 41, WRITTEN, "", 41, last, 6)]


def record(pulse_ns: int | None) -> CameraRecord:
    return CameraRecord("2", pulse=None if pulse_ns is None else Pulse(pulse_ns, 41))


@pytest.mark.parametrize(
    ("periods", "told"),
    [
        (0.0, ""),
        (0.4, ""),  # half-way: the clocks do not tell
        (1.0, "1.00 periods late: each belongs to the trigger 1 after"),
        (3.04, "3.04 periods late: each belongs to the trigger 3 after"),
        (-1.0, "-1.00 periods late: each belongs to the trigger 1 before"),
    ],
)
def test_camera_whose_last_frame_came_with_another_pulse_is_off_by_as_many(periods: float, told: str) -> None:
    last = 9 * 10**15
    pulse = last - round(periods * PERIOD_NS)
    reasons = off_the_pulses(ACCOUNT, record(pulse), frames(last))
    assert len(reasons) == bool(told)
    assert told in "".join(reasons)


def test_nothing_is_told_where_the_clocks_say_nothing() -> None:
    last = 9 * 10**15
    off = record(last - PERIOD_NS)
    assert off_the_pulses(ACCOUNT, off, frames(last)) != []
    assert off_the_pulses(ACCOUNT, record(None), frames(last)) == []
    assert off_the_pulses(CameraAccount("2", rate=None), off, frames(last)) == []
    assert off_the_pulses(ACCOUNT, off, []) == []
    assert off_the_pulses(ACCOUNT, off, frames(None)) == []
