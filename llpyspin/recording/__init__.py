"""Writing what cameras see: what runs in writer processes, and what reads recordings again.

>>> from llpyspin import recording
>>> recording.load("2026-11-21_session")                   # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from llpyspin.recording.account import Account
    from llpyspin.recording.accounting import account_of
    from llpyspin.recording.session import Session
    from llpyspin.recording.sidecar import read_sidecar

__all__ = ["Account", "Session", "account_of", "read_sidecar"]

_HOMES = {
    "Account": "account",
    "Session": "session",
    "account_of": "accounting",
    "read_sidecar": "sidecar",
}


def __getattr__(name: str) -> Any:
    """The public names, imported when first used: a writer process needs few of them."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
