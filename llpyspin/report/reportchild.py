"""The entry of the process that makes one report."""

from __future__ import annotations

import os
from typing import Any

from llpyspin.processes.serving import Requests, serve
from llpyspin.report.writereport import write_report

__all__ = ["ReportService", "main"]

CLOSE_S = 5.0


class ReportService(Requests):
    """Makes reports; paths are bytes, for not every name is text."""

    serial = ""

    def do_report(self, path: bytes) -> bytes:
        """Write the report of a recording; gives the path of the page."""
        return os.fsencode(write_report(os.fsdecode(path)).page)

    def do_close(self) -> None:
        """Nothing is open."""


def main(descriptor: int, parent: int, *_: Any) -> None:
    """Serve the parent process until it closes the channel, or dies."""
    serve(ReportService(), descriptor, parent, leave_s=CLOSE_S, check=lambda: None)
