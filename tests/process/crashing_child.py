"""A child that dies of every request, as of a library that crashes."""

from __future__ import annotations

import signal
import threading
from typing import Any

from llpyspin.processes.serving import serve


class _Crashing:
    serial = ""

    def answer(self, operation: str, arguments: tuple[Any, ...]) -> Any:
        del operation, arguments
        signal.pthread_kill(threading.get_ident(), signal.SIGSEGV)

    def do_close(self) -> None:
        """Nothing is open."""


def main(descriptor: int, parent: int) -> None:
    """Serve the parent process."""
    serve(_Crashing(), descriptor, parent, leave_s=1.0, check=lambda: None)
