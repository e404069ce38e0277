"""What is the matter with this machine, and what to do about it: ``llpyspin doctor`` and what it is made of.

It reads and never changes.  What may hang or crash runs in child processes with deadlines.

Examples
--------
>>> from llpyspin.doctor import Asked, examine
>>> diagnosis = examine(Asked(sdk="virtual", measure=False))
>>> [finding.level for finding in diagnosis.sections["Cameras"] if finding.code == "camera"]
['ok', 'ok']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llpyspin.doctor.examining import Asked, examine
    from llpyspin.doctor.finding import Diagnosis, Finding
    from llpyspin.doctor.host import Person, System
    from llpyspin.doctor.printing import show
    from llpyspin.doctor.reporting import report

__all__ = ["Asked", "Diagnosis", "Finding", "Person", "System", "examine", "report", "show"]

_LATER = {
    "Asked": "examining",
    "examine": "examining",
    "Diagnosis": "finding",
    "Finding": "finding",
    "report": "reporting",
    "show": "printing",
    "Person": "host",
    "System": "host",
}
"""Names whose modules are imported when they are asked for: the children of an examination need few."""


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
