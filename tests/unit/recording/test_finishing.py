"""The wait for a writer that finishes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraHungError
from llpyspin.recording import finishing

if TYPE_CHECKING:
    from collections.abc import Sequence


class Writer:
    """One that is done after so many looks, and has written so much at each."""

    def __init__(self, written: Sequence[int], done_after: int = 1_000_000) -> None:
        self.spec = SimpleNamespace(path="a.mkv", serial="12345678")
        self.closed = False
        self._written = written
        self._looks = 0
        self._done_after = done_after

    def wait(self, timeout_s: float) -> bool:
        self._looks += 1
        return self._looks > self._done_after

    def status(self) -> Any:
        written = self._written[min(self._looks, len(self._written)) - 1]
        return SimpleNamespace(
            state="finishing", triggers=0, written=written, incomplete=0, bytes=0, backlog=7, spilled=0
        )

    def close(self) -> None:
        self.closed = True


def wait(writer: Writer, seconds: float) -> Any:
    return finishing.await_written(writer, Deadline(seconds))  # type: ignore[arg-type]


def test_writer_that_is_done_is_waited_for() -> None:
    writer = Writer([1, 2, 3], done_after=3)
    assert wait(writer, 60.0) is None
    assert not writer.closed


def test_writer_that_needs_longer_says_how_far_it_is() -> None:
    writer = Writer([1])
    assert wait(writer, 0.0).backlog == 7
    assert not writer.closed


def test_writer_without_progress_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finishing, "STUCK_S", 0.0)
    writer = Writer([1])
    with pytest.raises(CameraHungError, match=r"a\.mkv made no progress .* 7 are not"):
        wait(writer, 60.0)
    assert writer.closed
