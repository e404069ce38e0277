"""What is the matter with this machine, and what to do about it: ``llpyspin doctor`` and what it is made of.

It reads and never changes.  What may hang or crash runs in child processes with deadlines.

Examples
--------
>>> from llpyspin.doctor import Asked, examine
>>> diagnosis = examine(Asked(sdk="virtual", measure=False))
>>> diagnosis.ok
True
"""

from llpyspin.doctor.examining import Asked, examine
from llpyspin.doctor.finding import Diagnosis, Finding
from llpyspin.doctor.report import report
from llpyspin.doctor.showing import show
from llpyspin.doctor.system import Person, System

__all__ = ["Asked", "Diagnosis", "Finding", "Person", "System", "examine", "report", "show"]
