"""The command line of ``python -m spinnaker.install``."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from spinnaker import gige, memory
from spinnaker.archives import WHERE_FROM
from spinnaker.checks import Wishes
from spinnaker.debs import SELECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from spinnaker.machine import Machine

__all__ = ["parser", "wishes_of"]

_DESCRIPTION = f"""\
Install FLIR's Spinnaker SDK and PySpin, and set up a machine for USB3 and GigE cameras.
You have to download both yourself, from {WHERE_FROM}
"""
_EPILOGUE = """\
Everything is checked before anything is touched, and said before it is done. What is in order already is left
alone, so this may be run again at any time. --undo takes back what was done, by its record in
/var/lib/llpyspin.

exit status: 0 all is in order; 1 something does not fit or went wrong; 2 wrong use, or not Linux;
3 root is needed; 130 interrupted
"""
_MOST_RECEIVE_MB = 1024
_UNKNOWN = "unrecognized arguments: "  # as argparse says it


class _Parser(argparse.ArgumentParser):
    """Takes no abbreviations, and answers a wrong option with the nearest one, in one line."""

    def error(self, message: str) -> NoReturn:
        """End with status 2."""
        words = message.removeprefix(_UNKNOWN).split() if message.startswith(_UNKNOWN) else []
        wrong = next((word for word in words if word.startswith("-")), None)
        if wrong is not None:
            message = f"there is no option {wrong}{self._nearest(wrong.partition('=')[0])}"
        self.exit(2, f"{self.prog}: {message}{'' if message.endswith('?') else '.'} See {self.prog} --help\n")

    def _nearest(self, wrong: str) -> str:
        words = [name for action in self._actions for name in action.option_strings]
        longer = [word for word in words if len(wrong) > 3 and word.startswith(wrong)]
        found = difflib.get_close_matches(wrong.lstrip("-"), [word.lstrip("-") for word in words], n=1)
        near = longer or [word for word in words if word.lstrip("-") in found]
        return f". Did you mean {' or '.join(near)}?" if near else ""


def parser() -> argparse.ArgumentParser:
    """What the command line may say."""
    made = _Parser(
        prog="python -m spinnaker.install",
        description=_DESCRIPTION,
        epilog=_EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="the archives of the SDK (spinnaker-*.tar.gz) and PySpin (spinnaker_python-*.tar.gz), or one",
    )
    _how(made)
    _sdk(made)
    _usb(made)
    _gige(made)
    return made


def _how(made: argparse.ArgumentParser) -> None:
    made.add_argument("--dry-run", action="store_true", help="say each step, change nothing; needs no root")
    made.add_argument("--undo", action="store_true", help="take back what was done here")
    made.add_argument("-y", "--yes", action="store_true", help="go on without asking")
    made.add_argument(
        "--root", default="/", metavar="DIR", help="change the system below this directory (%(default)s)"
    )


def _sdk(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("SDK and PySpin")
    group.add_argument(
        "--packages",
        choices=SELECTIONS,
        default=SELECTIONS[0],
        help="all of the archive's packages, or what programs need at run time: no SpinView (%(default)s)",
    )
    group.add_argument(
        "--accept-flir-eula",
        action="store_true",
        help="you have read FLIR's licence and accept it; else the SDK's packages ask you in the terminal",
    )
    group.add_argument(
        "--python", metavar="PATH", help="the Python that gets PySpin (the one that runs this)"
    )


def _usb(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("USB3 cameras")
    group.add_argument(
        "--usb-access",
        action="store_true",
        help="udev rule and group without the SDK's archive, as for rotpy",
    )
    group.add_argument("--user", metavar="NAME", help="who gets access to USB cameras (whoever called sudo)")
    group.add_argument(
        "--increase-memory-limit",
        action="store_true",
        help="raise the memory that the kernel lets USB cameras have, now and at every start",
    )
    least, most = memory.LIMITS_MB.start, memory.LIMITS_MB.stop - 1
    group.add_argument(
        "--memory-limit",
        metavar="MB",
        type=_number(least, most),
        help=f"to how much, {least} to {most} MB ({memory.DEFAULT_LIMIT_MB})",
    )
    group.add_argument(
        "--boot-method",
        choices=memory.BOOT_METHODS,
        default="auto",
        help="what sets the limit at every start (%(default)s: the boot loader if it is known)",
    )


def _gige(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("GigE cameras")
    group.add_argument(
        "--gige",
        metavar="INTERFACE",
        action="append",
        default=[],
        help="a network interface with cameras; may be said several times",
    )
    group.add_argument(
        "--mtu",
        metavar="BYTES",
        type=_number(gige.MTUS.start, gige.MTUS.stop - 1),
        default=gige.DEFAULT_MTU,
        help="largest packet on them (%(default)s)",
    )
    group.add_argument(
        "--receive-buffer",
        metavar="MB",
        type=_number(1, _MOST_RECEIVE_MB),
        default=gige.DEFAULT_RECEIVE_MB,
        help="the kernel's buffer for each socket (%(default)s)",
    )


def _number(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text} is no whole number from {least} to {most}")
        return int(text)

    return number


def wishes_of(options: argparse.Namespace, machine: Machine) -> Wishes:
    """What the command line asks for, with what follows from who runs it and where."""
    limit = options.memory_limit
    if limit is None and options.increase_memory_limit:
        limit = memory.DEFAULT_LIMIT_MB
    python = options.python or (sys.executable if machine.live else None)
    return Wishes(
        files=options.files,
        packages=options.packages,
        accept_licence=options.accept_flir_eula,
        python=None if python is None else os.path.abspath(python),
        usb_access=options.usb_access,
        user=options.user or (_caller() if machine.live else None),
        limit_mb=limit,
        boot_method=options.boot_method,
        interfaces=tuple(dict.fromkeys(options.gige)),
        mtu=options.mtu,
        receive_mb=options.receive_buffer,
        dry_run=options.dry_run,
    )


def _caller() -> str | None:
    """Who is at the keyboard: not root, if that can be told."""
    import pwd

    told = os.environ.get("SUDO_UID", os.environ.get("PKEXEC_UID", str(os.geteuid())))
    number = int(told) if told.isascii() and told.isdecimal() else 0
    if number == 0:
        return None
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return None
