"""What several commands have in common."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from rich.console import Console

if TYPE_CHECKING:
    Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - it has no other name

__all__ = ["Commands", "Parser", "complain", "positive", "sdk_of", "which_sdk", "whole"]


class Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong, and not all that would be right."""

    def error(self, message: str) -> NoReturn:
        """End with status 2."""
        self.exit(2, f"{self.prog}: {message}; {self.prog} --help shows the options\n")


def which_sdk() -> argparse.ArgumentParser:
    """``--virtual`` and ``--sdk``, for the ``parents`` of a command."""
    which = argparse.ArgumentParser(add_help=False)
    group = which.add_mutually_exclusive_group()
    group.add_argument(
        "--virtual", action="store_true", help="use virtual cameras (the same as --sdk virtual)"
    )
    group.add_argument(
        "--sdk", choices=("pyspin", "rotpy", "virtual"), help="which SDK (default: LLPYSPIN_SDK)"
    )
    return which


def complain(text: str) -> None:
    """Say on standard error what went wrong."""
    Console(stderr=True).print(text, style="red", markup=False, highlight=False, soft_wrap=True)


def sdk_of(options: argparse.Namespace) -> str | None:
    """What ``--virtual`` and ``--sdk`` say."""
    return "virtual" if options.virtual else options.sdk


def positive(text: str) -> float:
    """A number above 0, as the type of an argument."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


def whole(text: str) -> int:
    """A whole number above 0, as the type of an argument."""
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1")
    return int(text)
