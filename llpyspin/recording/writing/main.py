"""The entry of a writer process: one thread watches, one answers requests, one reads frames, one encodes."""

from __future__ import annotations

from llpyspin.deadlines import MOST_S
from llpyspin.processes.serving import serve
from llpyspin.recording.writing.service import WriterService

__all__ = ["main"]


def main(descriptor: int, parent: int) -> None:
    """Serve the parent process; when it dies, and at SIGTERM, record to the end what there is."""
    service = WriterService()
    serve(
        service,
        descriptor,
        parent,
        leave=service.leave,
        leave_s=MOST_S,  # it has deadlines of its own, for each step forward
        check=lambda: None,
        on_sigterm=True,
    )
