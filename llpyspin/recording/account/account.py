"""The account of a recording: what became of every trigger at every camera, and whether it adds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from llpyspin.recording.account.data import AccountData, CameraAccount, Spread
from llpyspin.recording.account.text import lines_of, verdict_of

__all__ = ["Account", "CameraAccount", "Spread"]


@dataclass(frozen=True)
class Account(AccountData):
    """The account of a recording; ``str()`` of it is a table."""

    @property
    def verdict(self) -> str:
        """Whether every trigger has a whole picture, as a sentence; "" where there is nothing to tell of."""
        return verdict_of(self)

    def __str__(self) -> str:
        return "\n".join(lines_of(self))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and Jupyter show at the prompt."""
        printer.text("Account(...)" if cycle else str(self))
