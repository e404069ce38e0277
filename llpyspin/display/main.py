"""The entry of a preview process: one thread watches, one answers requests, one has the window."""

from __future__ import annotations

from llpyspin.display.service import PreviewService
from llpyspin.processes.serving import serve
from llpyspin.system.priorities import stand_back

__all__ = ["main"]

LEAVE_S = 3.0
STANDS_BACK = 10  # whoever takes, writes or works on frames comes first


def main(descriptor: int, parent: int) -> None:
    """Serve the parent process until it is done, or its window is closed, or it dies."""
    stand_back(STANDS_BACK)
    service = PreviewService()
    serve(service, descriptor, parent, leave_s=LEAVE_S, check=lambda: 0 if service.over else None)
