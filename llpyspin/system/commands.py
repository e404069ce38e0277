"""Runs a command of the user's with a deadline, at which it is killed with all that it has started."""

from __future__ import annotations

from llpyspin.system.linux.linuxcommands import (
    Ended,
    run_command,
)

__all__ = ["Ended", "run_command"]
