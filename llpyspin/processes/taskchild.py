"""The entry of a worker process that works on one item after the other."""

from __future__ import annotations

import pickle
from typing import Any

from llpyspin.processes.serving import Requests, serve
from llpyspin.processes.tasks import call
from llpyspin.system.priorities import stand_back

__all__ = ["TaskService", "main"]

LEAVE_S = 0.0
"""Nothing is open, and what is not finished gets no name."""
BEHIND = 10
"""Steps of priority below other programs, such as a recording on the same machine."""


class TaskService(Requests):
    """The requests that a worker answers."""

    serial = ""

    def do_call(self, function: str, path: bytes, options: dict[str, Any]) -> bytes:
        """What the function returned, pickled."""
        return pickle.dumps(call(function, path, options), protocol=5)

    def do_close(self) -> None:
        """Nothing is open."""


def main(descriptor: int, parent: int, *_: Any) -> None:
    """Serve the parent process until it closes the channel, or dies."""
    stand_back(BEHIND)
    serve(TaskService(), descriptor, parent, leave_s=LEAVE_S, check=lambda: None)
