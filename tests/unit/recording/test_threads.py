"""Unexpected errors in threads of a recording reach the user."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from llpyspin.callbacks.child.latency import LatencyLog
from llpyspin.callbacks.child.service import _receiver
from llpyspin.callbacks.process import _attend
from llpyspin.deadlines import Deadline
from llpyspin.errors import CallbackError, CallbackProcessError
from llpyspin.frames import FrameReader
from llpyspin.recording.progress import shown
from llpyspin.recording.timekeeper import Timekeeper
from llpyspin.recording.writing.encoder import Writer
from llpyspin.recording.writing.handover import Handover, Item, Kind
from llpyspin.recording.writing.places import Places
from tests.unit.written import Source, spec_of

if TYPE_CHECKING:
    from pathlib import Path


class Broken(Exception):
    """Nobody has thought of it."""


def broken(*_: object, **__: object) -> Any:
    raise Broken("of all things")


def test_timekeeper_says_why_it_collects_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(8)
    source.expose(3)
    monkeypatch.setattr(FrameReader, "journal", broken)
    keeper = Timekeeper(source.address, 0)
    keeper.finish()
    assert isinstance(keeper.failure, Broken)
    source.close()


def test_progress_that_cannot_be_shown_is_said_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _: ended.set())
    with (
        caplog.at_level(logging.WARNING, "llpyspin"),
        shown(broken, after_s=0.0, console=Console(quiet=True)),
    ):
        deadline = Deadline(10)
        while not caplog.messages:
            assert not deadline.passed
    assert "not shown any more how far it is: Broken: of all things" in caplog.text
    assert not ended.is_set()


def test_latency_log_says_why_rows_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = LatencyLog(tmp_path / "a.csv")
    monkeypatch.setattr(log, "_flush", broken)
    log.close()
    assert "no more rows were written: Broken: of all things" in str(log.error)


def test_queue_that_gets_nonsense_ends_with_the_reason() -> None:
    class Items:
        why: CallbackError | None = None
        receive = staticmethod(broken)

        def close(self, why: CallbackError) -> None:
            self.why = why

    items = Items()
    _receiver(object(), items).join(10)  # type: ignore[arg-type]
    assert "no more items come: Broken: of all things" in str(items.why)


def test_owner_hears_of_a_thread_that_hears_no_more() -> None:
    class Owner:
        why: CallbackError | None = None

        def died(self, stage: object, why: CallbackError) -> None:
            self.why = why

    class Process:
        mourned, silent, closed, hung_up = threading.Event(), threading.Event(), False, False
        hear = staticmethod(broken)

        def close(self) -> None:
            self.closed = True

        def hang_up(self) -> None:
            self.hung_up = True

        def unheard(self, error: Exception) -> CallbackError:
            return CallbackProcessError(f"unexpected: {error}")

    owner, process = Owner(), Process()
    _attend(lambda: owner, process, object())  # type: ignore[arg-type]
    assert process.closed and process.hung_up
    assert process.mourned.is_set()
    assert "of all things" in str(owner.why)


@pytest.mark.parametrize("step", ["files", "finished"])
def test_end_of_a_writer_comes_whatever_goes_wrong_there(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, source, finished = tmp_path / "video.raw", Source(8), threading.Event()
    handover = Handover()
    writer = Writer(
        spec_of(source, path, codec="raw"),
        Places(str(path)),
        handover,
        spill=lambda: None,
        finished=broken if step == "finished" else finished.set,
    )
    if step == "files":
        monkeypatch.setattr(writer.segments, "discard_if_empty", broken)
    writer.start()
    writer.opened.result(20)
    handover.put(Item(Kind.END, []))
    assert writer.done.wait(20)
    assert "of all things" in str(writer.error)
    assert not finished.is_set()
    source.close()
