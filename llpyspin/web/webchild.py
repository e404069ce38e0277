"""The entry of the process that serves a live page."""

from __future__ import annotations

from typing import Any

from llpyspin.processes.serving import serve
from llpyspin.system.priorities import stand_back
from llpyspin.web.webservice import WebService

__all__ = ["main"]

LEAVE_S = 5.0
STANDS_BACK = 10  # whoever takes, writes or works on frames comes first


def main(descriptor: int, parent: int, *_: Any) -> None:
    """Serve the parent process until it closes the channel, or dies."""
    stand_back(STANDS_BACK)
    service = WebService()
    serve(service, descriptor, parent, leave_s=LEAVE_S, check=lambda: 1 if service.over else None)
