"""The command ``llpyspin``: one module a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin import __version__
from llpyspin.cli import checking, doctor, listing, recording, viewing
from llpyspin.cli.common import Parser, complain, which_sdk
from llpyspin.errors import LlpyspinError, SdkNotFoundError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

__all__ = ["main"]

COMMANDS = (listing, viewing, recording, checking, doctor)
"""Modules with ``add(commands, which)``, in the order in which the help tells of them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit status: 0, 1 for an error, 2 for a wrong call, 130 for Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        return status
    # ValueError: a wrong LLPYSPIN_VIRTUAL, a negative index.  FileExistsError: a folder with a session in it.
    except (LlpyspinError, ValueError, FileExistsError) as error:
        hint = "\nWithout a camera: --virtual" if isinstance(error, SdkNotFoundError) else ""
        complain(f"llpyspin: {error}{hint}")
        return 1
    except KeyboardInterrupt:
        complain("llpyspin: interrupted")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="llpyspin", description="Video acquisition with FLIR machine-vision cameras.")
    parser.add_argument("--version", action="version", version=f"llpyspin {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands, which_sdk())
    return parser
