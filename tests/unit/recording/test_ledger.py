"""The account while it is written: what counts, what is lost, and a sidecar that fails for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.errors import RecordingError
from llpyspin.recording.rows import INCOMPLETE, LOST, WRITTEN, Row
from llpyspin.recording.writing import ledger as module
from llpyspin.recording.writing.ledger import AGAIN_S, Ledger

if TYPE_CHECKING:
    from collections.abc import Iterable


def row(trigger: int, state: str = WRITTEN, where: str = "", *, picture: bool = True) -> Row:
    return Row(trigger if picture else None, trigger, state, where, trigger, trigger, trigger)


class Sidecar:
    """Takes rows as a file does, or fails as a full disk does."""

    def __init__(self) -> None:
        self.added: list[Row] = []
        self.written: list[Row] = []
        self.full = False
        self.tried = 0

    def add(self, row: Row) -> None:
        self.added.append(row)

    def flush(self) -> None:
        self.tried += 1
        if self.full:
            raise RecordingError("no space left")
        self.written += self.added
        self.added.clear()

    def close(self) -> None:
        if self.full:
            raise RecordingError("no space left")


class Ahead:
    """The write-ahead file: which rows it still holds."""

    def __init__(self) -> None:
        self.held: set[int] = set()

    def put(self, row: Row) -> int:
        self.held.add(row.trigger)
        return row.trigger

    def free(self, slots: Iterable[int]) -> None:
        self.held -= set(slots)

    def close(self) -> None:
        """The rest is for repair."""


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def begun() -> tuple[Ledger, Any, Any]:
    ledger, sidecar, ahead = Ledger(), Sidecar(), Ahead()
    ledger.begin(sidecar, ahead)  # type: ignore[arg-type]
    return ledger, sidecar, ahead


def test_rows_count_once_their_pictures_are_safe() -> None:
    ledger, sidecar, ahead = begun()
    for each in (row(0), row(1, INCOMPLETE), row(2, LOST, "transport", picture=False), row(3)):
        ledger.add(each)
    ledger.settle(2)
    assert (ledger.written, ledger.incomplete, ledger.lost["transport"]) == (1, 1, 1)
    assert [each.trigger for each in sidecar.written] == [0, 1, 2]
    assert ahead.held == {3}
    ledger.settle(4)
    assert (ledger.triggers, ledger.written, ledger.waiting) == (4, 2, False)


def test_lost_frames_are_counted_one_by_one_in_every_place() -> None:
    ledger, _, _ = begun()
    for trigger, where in enumerate(("sensor", "ring", "ring", "callback")):
        ledger.add(row(trigger, LOST, where, picture=trigger == 0))
    ledger.settle(1)
    assert {where: count for where, count in ledger.lost.items() if count} == {
        "sensor": 1,
        "ring": 2,
        "callback": 1,
    }
    assert ledger.blanks == 1


def test_unsafe_pictures_are_lost_in_the_writer() -> None:
    ledger, sidecar, _ = begun()
    for each in (row(0), row(1, INCOMPLETE), row(2, LOST, "transport")):
        ledger.add(each)
    ledger.condemn()
    assert [(each.state, each.where, each.frame) for each in sidecar.written] == [
        (LOST, "writer", None),
        (LOST, "writer", None),
        (LOST, "transport", None),
    ]
    assert (ledger.written, ledger.incomplete, ledger.blanks) == (0, 0, 0)
    assert (ledger.lost["writer"], ledger.lost["transport"]) == (2, 1)


def test_sidecar_write_is_retried_and_no_row_is_lost(
    clock: Clock,
) -> None:
    ledger, sidecar, ahead = begun()
    sidecar.full = True
    ledger.add(row(0))
    ledger.settle(1)
    assert ledger.error is not None
    assert ledger.waiting
    tried = sidecar.tried
    clock.now += AGAIN_S / 2
    ledger.add(row(1))
    ledger.settle(2)
    assert sidecar.tried == tried, "it is not tried at every row"
    sidecar.full = False
    clock.now += AGAIN_S / 2
    ledger.add(row(2))
    ledger.settle(3)
    assert ledger.error is None
    assert [each.trigger for each in sidecar.written] == [0, 1, 2]
    assert ahead.held == set()
    assert (ledger.forgotten, ledger.waiting) == (0, False)


def test_rows_that_no_sidecar_took_are_counted_as_forgotten(clock: Clock) -> None:
    ledger, sidecar, ahead = begun()
    sidecar.full = True
    ledger.add(row(0))
    ledger.add(row(1))
    ledger.settle(2)
    ledger.end()
    assert (ledger.written, ledger.forgotten, ledger.waiting) == (2, 2, False)
    assert ahead.held == {0, 1}, "they stay in the write-ahead file, for repair"
