"""The command ``llpyspin``: one module a command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from llpyspin import __version__
from llpyspin.system.interrupts import ignore_interrupts

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit status: 0, 1 for an error, 2 for a wrong call, 130 for Ctrl-C."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        print("llpyspin: interrupted", file=sys.stderr)
        return 130
    finally:
        if arguments is None:
            # What the end of the program has to do is bounded; Ctrl-C again would only show where it is.
            ignore_interrupts()


def _run(arguments: Sequence[str] | None) -> int:
    # Imported here for Ctrl-C: on a busy machine these take a second.
    from llpyspin.cli.common import complain
    from llpyspin.errors import LlpyspinError, SdkNotFoundError

    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        return status
    # ValueError: a wrong LLPYSPIN_VIRTUAL, a negative index.  OSError: a folder with a session in it, or one
    # that may not be read or written to.
    except (LlpyspinError, ValueError, OSError) as error:
        hint = "\nWithout a camera: --virtual" if isinstance(error, SdkNotFoundError) else ""
        complain(f"llpyspin: {error}{hint}")
        return 1


def _parser() -> argparse.ArgumentParser:
    from llpyspin.cli import checking, doctor, listing, recording, viewing
    from llpyspin.cli.common import Parser, which_sdk

    parser = Parser(prog="llpyspin", description="Video acquisition with FLIR machine-vision cameras.")
    parser.add_argument("--version", action="version", version=f"llpyspin {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (listing, viewing, recording, checking, doctor):  # in the order of the help
        command.add(commands, which_sdk())
    return parser
