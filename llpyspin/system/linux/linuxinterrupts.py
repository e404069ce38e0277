"""Interrupts on Linux: SIGINT and SIGTERM."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ignore_interrupts", "when_terminated"]


def ignore_interrupts() -> None:
    """Let Ctrl-C do nothing in this process from now on; for its main thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def when_terminated(function: Callable[[], object]) -> None:
    """Call a function instead of ending when somebody asks this process to end; for its main thread."""
    signal.signal(signal.SIGTERM, lambda *_: function())
