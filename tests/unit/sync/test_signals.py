"""Signals that end a program: noted where something must be ended first, else raised."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from llpyspin.sync.signals import signals_noted, signals_raised

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def terminal() -> Iterator[None]:
    """As in a terminal: a program that nohup started ignores SIGHUP, and stays so."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def test_signal_is_raised_at_once_and_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as raised, signals_raised():
        signal.raise_signal(signal.SIGTERM)
    assert raised.value.code == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is before


def test_signal_is_noted_inside_and_raised_again_outside() -> None:
    with signals_raised():
        with signals_noted() as asked:
            signal.raise_signal(signal.SIGHUP)
        assert asked.name == "SIGHUP"
        with pytest.raises(SystemExit) as raised:
            signal.raise_signal(signal.SIGHUP)
        assert raised.value.code == 128 + signal.SIGHUP


def test_handler_of_the_user_is_left_alone() -> None:
    got: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: got.append(number))
    try:
        with signals_raised(), signals_noted() as asked:
            signal.raise_signal(signal.SIGTERM)
        assert (got, asked.signal) == ([signal.SIGTERM], 0)
    finally:
        signal.signal(signal.SIGTERM, before)
