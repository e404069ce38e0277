"""Programs in a terminal of their own."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["IPython", "ipython", "terminals"]

PLAIN = ("--simple-prompt", "--no-banner", "--colors=NoColor", "--HistoryManager.enabled=False")


def terminals() -> Any:
    """pexpect; skips the test where the system has no terminals to give, as a bare chroot."""
    pexpect = pytest.importorskip("pexpect")
    try:
        ends = os.openpty()
    except OSError as error:
        pytest.skip(f"no terminal to be had: {error}")
    for end in ends:
        os.close(end)
    return pexpect


class IPython:
    """A shell that waits for a line."""

    def __init__(self, pexpect: Any, environment: dict[str, str]) -> None:
        self._pexpect = pexpect
        self._shell = pexpect.spawn(
            sys.executable,
            ["-m", "IPython", *PLAIN],
            env={**environment, "TERM": "dumb"},
            encoding="utf-8",
            timeout=30,
        )
        self._numbers = itertools.count(1)
        self._prompt()

    def _prompt(self) -> str:
        self._shell.expect(rf"In \[{next(self._numbers)}\]: ")
        said: str = self._shell.before
        return said

    def line(self, text: str) -> str:
        """Type a line; what is in the terminal from then on until the next prompt."""
        self._shell.sendline(text)
        return self._prompt()

    def interrupt(self, text: str, seconds: float) -> None:
        """Type a line that does not end, and Ctrl-C some seconds later, which ends it."""
        self._shell.sendline(text)
        self._shell.expect(self._pexpect.TIMEOUT, timeout=seconds)
        self._shell.sendintr()
        self._shell.expect("KeyboardInterrupt")
        self._prompt()

    def exit(self) -> None:
        self._shell.sendline("exit()")
        self._shell.expect(self._pexpect.EOF)

    def kill(self) -> None:
        self._shell.close(force=True)


@contextlib.contextmanager
def ipython(environment: dict[str, str]) -> Iterator[IPython]:
    """IPython in a terminal; it ends as users end it."""
    shell = IPython(terminals(), environment)
    try:
        yield shell
        shell.exit()
    finally:
        shell.kill()
