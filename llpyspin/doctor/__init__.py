"""Find out what is wrong with this machine, and how to fix it: the code behind ``llpyspin doctor``.

It reads and never changes anything.  Parts that may hang or crash run in child processes with deadlines.

Examples
--------
>>> from llpyspin.doctor import Options, diagnose
>>> diagnosis = diagnose(Options(sdk="virtual", measure=False))
>>> [finding.level for finding in diagnosis.sections["Cameras"] if finding.code == "camera"]
['ok', 'ok']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from llpyspin.naming.moved import old_names

if TYPE_CHECKING:
    from llpyspin.doctor.examining import Options, diagnose
    from llpyspin.doctor.finding import Diagnosis, Finding
    from llpyspin.doctor.host import Person, System
    from llpyspin.doctor.printing import show
    from llpyspin.doctor.reporting import report

__all__ = ["Diagnosis", "Finding", "Options", "Person", "System", "diagnose", "report", "show"]

_LATER = {
    "Options": "examining",
    "diagnose": "examining",
    "Diagnosis": "finding",
    "Finding": "finding",
    "report": "reporting",
    "show": "printing",
    "Person": "host",
    "System": "host",
}
"""Names that are imported on first use, because the child processes need only a few of them."""


_old_name = old_names(__name__, {"Asked": "Options", "examine": "diagnose"})


def __getattr__(name: str) -> object:
    if name not in _LATER:
        return _old_name(name)
    return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
