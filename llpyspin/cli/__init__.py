"""The command ``llpyspin``: one module a command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from llpyspin.system.interrupts import ignore_interrupts

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit status: 0, 1 for an error, 2 for a wrong call, 130 for Ctrl-C."""
    try:
        from llpyspin.cli.program import run  # imported here for Ctrl-C

        return run(arguments)
    except KeyboardInterrupt:
        print("llpyspin: interrupted", file=sys.stderr)
        return 130
    finally:
        if arguments is None:
            # What the end of the program has to do is bounded; Ctrl-C again would only show where it is.
            ignore_interrupts()
