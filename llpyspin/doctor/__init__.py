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

from typing import TYPE_CHECKING

from llpyspin.naming.later import later_names
from llpyspin.naming.moved import old_names

if TYPE_CHECKING:
    from llpyspin.doctor.examining import Options, diagnose
    from llpyspin.doctor.finding import Diagnosis, Finding
    from llpyspin.doctor.host import Person, System
    from llpyspin.doctor.printing import show
    from llpyspin.doctor.reporting import report

__all__ = ["Diagnosis", "Finding", "Options", "Person", "System", "diagnose", "report", "show"]

_HOMES = {
    "Options": "examining",
    "diagnose": "examining",
    "Diagnosis": "finding",
    "Finding": "finding",
    "report": "reporting",
    "show": "printing",
    "Person": "host",
    "System": "host",
}

_old_name = old_names(__name__, {"Asked": "Options", "examine": "diagnose"})
__getattr__ = later_names(__name__, _HOMES, _old_name)  # the child processes need only a few of them
