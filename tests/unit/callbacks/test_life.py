"""The life of a callback, and what its owner keeps, without a process."""

from __future__ import annotations

import gc
import logging
import os
import queue
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.callbacks.attached import Callbacks
from llpyspin.callbacks.callback import CameraCallback
from llpyspin.callbacks.child.figures import Figures
from llpyspin.callbacks.child.spec import CallbackSpec
from llpyspin.callbacks.life import CallbackLife
from llpyspin.callbacks.processing import Processing
from llpyspin.callbacks.voice import Voice
from llpyspin.deadlines import Deadline
from llpyspin.errors import CallbackError, CameraClosedError
from llpyspin.frames import StreamEnded

if TYPE_CHECKING:
    from collections.abc import Iterator


def life_of(**options: Any) -> CallbackLife:
    return CallbackLife(CallbackSpec("nowhere", "12345678", "find", **options), b"", 3)


@pytest.fixture
def life() -> Iterator[CallbackLife]:
    life = life_of()
    yield life
    life.end(1.0)


def test_life_that_ended_keeps_its_figures_and_no_descriptor() -> None:
    before = set(os.listdir("/proc/self/fd"))
    life = life_of()
    life.figures.add(Figures.CALLS, 3)
    life.end(1.0)
    life.end(1.0)
    assert life.figures[Figures.CALLS] == 3
    assert set(os.listdir("/proc/self/fd")) == before


def test_an_interrupted_end_leaves_no_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    life = life_of()

    def interrupt(error: CallbackError) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(life.queue, "close", interrupt)
    with pytest.raises(KeyboardInterrupt):
        life.end(1.0)
    assert life.figures.descriptor == -1


class Gone:
    """A process that has just gone by itself."""


def test_life_that_was_not_begun_calls_nothing(life: CallbackLife) -> None:
    assert not life.alive
    assert life.pid == -1
    assert life.ask("status") is None
    assert life.begun_again(Deadline(0)) is None
    assert not life.catch_up(1)


def test_error_of_a_call_ends_the_queue_and_stops_recordings(caplog: pytest.LogCaptureFixture) -> None:
    life = life_of(on_error="stop")
    told: list[CallbackError] = []
    life.stop_with(told.append)
    error = CallbackError("find raised")
    life.told(Gone(), ("error", error))  # type: ignore[arg-type]
    assert life.error is error
    assert told == [error]
    with pytest.raises(CallbackError, match="find raised"):
        life.queue.get()
    assert "find raised" in caplog.text


def test_error_of_a_call_that_is_continued_stops_nothing() -> None:
    life = life_of(on_error="continue")
    told: list[CallbackError] = []
    life.stop_with(told.append)
    life.told(Gone(), ("error", CallbackError("find raised")))  # type: ignore[arg-type]
    assert not told
    assert life.queue.empty()
    with pytest.raises(queue.Empty):
        life.queue.get(block=False)


class Lent:
    """A callback whose camera goes while it is begun again."""

    def __init__(self) -> None:
        self.life = self
        self.stopped = False

    def renew(self, address: str) -> None:
        raise StreamEnded("the camera has gone again")

    def end_quietly(self) -> None:
        self.stopped = True


def test_callbacks_whose_camera_goes_again_still_have_an_owner() -> None:
    callbacks = Callbacks("camera", records=True)
    lent: tuple[Any, ...] = (Lent(), Lent())
    with pytest.raises(StreamEnded):
        callbacks.adopt(lent, "nowhere")
    assert callbacks.running == lent
    callbacks.end()
    assert all(each.stopped for each in lent)


def test_death_of_another_process_is_none_of_this_one(life: CallbackLife) -> None:
    life.died(Gone(), CallbackError("killed"))  # type: ignore[arg-type]
    assert life.error is None


def test_life_that_has_ended_stays_so() -> None:
    callback = CameraCallback(life_of())
    account = callback.stop()
    assert callback.life.stopped
    assert account.calls == 0
    assert callback.stop() is account
    with pytest.raises(CameraClosedError):
        Processing(callback).read()


def test_life_that_is_forgotten_goes_with_its_owner() -> None:
    callback = CameraCallback(life_of())
    ref = weakref.ref(callback.life)
    del callback
    gc.collect()
    assert ref() is None


def test_errors_of_many_calls_are_one_line_a_second(caplog: pytest.LogCaptureFixture) -> None:
    voice = Voice("find")
    for number in range(5):
        voice.repeated(CallbackError(f"call {number}"))
    assert [record.message for record in caplog.records] == ["call 0"]


@pytest.mark.parametrize(
    ("name", "logger"),
    [
        ("llpyspin.callback.mine", "llpyspin.callback.mine"),
        ("mine", "llpyspin.callback.mine"),
    ],
)
def test_log_lines_go_to_the_logger_of_callbacks(
    name: str, logger: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert Voice("find").heard(("log", name, logging.WARNING, "seen", 2))
    assert [(record.name, record.message) for record in caplog.records] == [
        ("llpyspin.callback", "2 lines of a callback were left out: there were too many"),
        (logger, "find: seen"),
    ]


def test_what_is_neither_logged_nor_printed_is_left_to_others() -> None:
    assert not Voice("find").heard(("ended", "the camera was released"))
