"""Errors that stop an installation."""

from __future__ import annotations

__all__ = ["CommandError", "InstallError"]


class InstallError(Exception):
    """Something that the installer cannot or must not do; the text is for the user."""


class CommandError(InstallError):
    """A program ended with an error.

    Attributes
    ----------
    status : int
        Its exit status.
    output : str
        What it said; empty if it wrote to the terminal.
    """

    def __init__(self, command: str, status: int, output: str = "") -> None:
        said = "\n".join(output.strip().splitlines()[-15:])
        super().__init__(f"`{command}` ended with status {status}" + (f":\n{said}" if said else ""))
        self.status = status
        self.output = output
