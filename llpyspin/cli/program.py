"""The command line as a whole: its commands, and what becomes of errors."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click
from click import shell_completion

from llpyspin import __version__
from llpyspin.cli import (
    batch,
    boarding,
    certifying,
    checking,
    collecting,
    completing,
    doctor,
    exporting,
    hosting,
    listing,
    livepage,
    recording,
    replay,
    reportpage,
    schema,
    starting,
    viewing,
)
from llpyspin.cli.common import Group, amount_options
from llpyspin.cli.mistakes import sentence_of
from llpyspin.cli.results import TRACEBACK, Output, only_what_can_be_shown
from llpyspin.errors import LlpyspinError, SdkNotFoundError
from llpyspin.system.pipes import reader_has_gone

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["program", "run"]

_OURS = f"\nThis is a fault of llpyspin. Set {TRACEBACK}=1 to see where, and report it"


@click.version_option(__version__, message="llpyspin %(version)s")
def _everything() -> None:
    """Video acquisition with FLIR machine-vision cameras."""


program = Group(
    "llpyspin",
    callback=_everything,
    help=_everything.__doc__,
    params=[*getattr(_everything, "__click_params__", []), *amount_options()],
    epilog="llpyspin COMMAND --help has the options of a command, with examples.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for _command in (
    listing.list_,
    viewing.view,
    livepage.serve,
    starting.init,
    recording.record,
    checking.check,
    checking.repair,
    reportpage.report,
    exporting.export,
    collecting.collect,
    batch.batch,
    certifying.certificates,
    boarding.board,
    replay.replay,
    hosting.host,
    doctor.doctor,
    schema.schema,
    completing.completion,
):
    program.add_command(_command)


def run(arguments: Sequence[str] | None) -> int:
    """Run a command line, by default that of this process; gives the exit status."""
    for stream in (sys.stdout, sys.stderr):
        only_what_can_be_shown(stream)
    output = Output()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if instruction := os.environ.get(completing.VARIABLE):
            return shell_completion.shell_complete(program, {}, "llpyspin", completing.VARIABLE, instruction)
        return _run(given, output)
    except click.exceptions.Exit as ended:  # after --help and --version
        return ended.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        return 2
    except click.UsageError as error:
        sentence = sentence_of(error)
        output.complain(sentence)
        output.json = output.json or "--json" in given
        output.error_as_json("UsageError", sentence)
        return 2
    except BrokenPipeError as error:
        return _reader_gone(error, output)


def _run(arguments: list[str], output: Output) -> int:
    with program.make_context("llpyspin", arguments, obj=output) as context:
        try:
            status: int = program.invoke(context)
            sys.stdout.flush()
            return status
        except (BrokenPipeError, click.ClickException, click.exceptions.Exit):
            raise
        # ValueError: a wrong LLPYSPIN_VIRTUAL, a negative index.  OSError: a file that may not be read or
        # written to.
        except (LlpyspinError, ValueError, OSError) as error:
            no_sdk = isinstance(error, SdkNotFoundError)
            output.fail(error, hint="\nWithout a camera: --virtual" if no_sdk else "")
        except Exception as error:  # noqa: BLE001 - the outermost line of the program
            output.fail(error, what=f"{type(error).__name__}: ", hint=_OURS)
        return 1


def _reader_gone(error: BrokenPipeError, output: Output) -> int:
    """End quietly where whoever read standard output (``| head``) has gone."""
    if reader_has_gone(sys.stdout.fileno()):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more fails at the end
    else:
        output.fail(error)
    return 1
