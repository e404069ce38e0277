"""Recordings: planned, written, accounted for, checked, repaired, loaded.

>>> from llpyspin import recording
>>> videos = recording.load("2026-11-21_mouse")     # doctest: +SKIP
>>> recording.check("2026-11-21_mouse").ok          # doctest: +SKIP
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.naming.later import later_names

if TYPE_CHECKING:
    from llpyspin.recording.account.account import Account
    from llpyspin.recording.account.making import account_of
    from llpyspin.recording.checking.check import CheckReport, check
    from llpyspin.recording.collecting.collect import CollectedFile, CollectReport, collect
    from llpyspin.recording.hostmerging import merge
    from llpyspin.recording.loading import Loaded, Recording, load
    from llpyspin.recording.mending.repair import RepairReport, repair
    from llpyspin.recording.recordingsin import recordings_in
    from llpyspin.recording.session import Session
    from llpyspin.recording.sidecar import read_sidecar

__all__ = [
    "Account",
    "CheckReport",
    "CollectReport",
    "CollectedFile",
    "Loaded",
    "Recording",
    "RepairReport",
    "Session",
    "account_of",
    "check",
    "collect",
    "load",
    "merge",
    "read_sidecar",
    "recordings_in",
    "repair",
]

_HOMES = {
    "Account": "account.account",
    "CheckReport": "checking.check",
    "CollectReport": "collecting.collect",
    "CollectedFile": "collecting.collect",
    "Loaded": "loading",
    "Recording": "loading",
    "RepairReport": "mending.repair",
    "Session": "session",
    "account_of": "account.making",
    "check": "checking.check",
    "collect": "collecting.collect",
    "load": "loading",
    "merge": "hostmerging",
    "read_sidecar": "sidecar",
    "recordings_in": "recordingsin",
    "repair": "mending.repair",
}

__getattr__ = later_names(__name__, _HOMES)  # a writer process needs few of them


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
