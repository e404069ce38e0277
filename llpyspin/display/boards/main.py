"""The entry of the process that looks for a calibration board; it gives way to whoever records."""

from __future__ import annotations

from typing import Any

from llpyspin.display.boards.boardservice import BoardService
from llpyspin.processes.serving import serve
from llpyspin.system.priorities import stand_back

__all__ = ["main"]

LEAVE_S = 3.0
STANDS_BACK = 10


def main(descriptor: int, parent: int, *_: Any) -> None:
    """Serve the parent process until it closes the channel, or dies."""
    stand_back(STANDS_BACK)
    serve(BoardService(), descriptor, parent, leave_s=LEAVE_S, check=lambda: None)
