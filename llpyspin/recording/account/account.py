"""The account: what happened to every trigger at every camera, and whether the numbers add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llpyspin.naming.known import named
from llpyspin.recording.account.data import AccountData, CameraAccount, HostAccount, Spread
from llpyspin.recording.account.verdict import verdict_of

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["Account", "CameraAccount", "HostAccount", "Spread"]


@named
@dataclass(frozen=True)
class Account(AccountData):
    """The account of a recording; ``str()`` of it is a table."""

    @property
    def verdict(self) -> str:
        """Whether every trigger has a whole picture, as a sentence; "" where there is nothing to tell of."""
        return verdict_of(self)

    def __rich__(self) -> RenderableType:
        from llpyspin.recording.account.text import shown_of

        return shown_of(self)

    def __str__(self) -> str:
        from llpyspin.tables.sheet import plain

        return plain(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and Jupyter show at the prompt."""
        printer.text("Account(...)" if cycle else str(self))
