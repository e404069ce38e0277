"""A pulse box as the trigger of a rig: what the configuration says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llpyspin.errors import RigConfigError
from llpyspin.naming.constructors import checked_arguments
from llpyspin.naming.known import named
from llpyspin.rig.boxes.contract import PulseBox
from llpyspin.rig.boxes.serialbox import PULSE_US, SerialBox

if TYPE_CHECKING:
    from llpyspin.yamlfile.validating import Scope

__all__ = ["BoxTrigger", "box_in", "trigger_of"]


@checked_arguments
@named
@dataclass(frozen=True)
class BoxTrigger:
    """The pulse box that sends the pulses of a rig.

    Attributes
    ----------
    box : str or PulseBox
        Serial port, like ``/dev/ttyACM0``; or a driver of your own.
    pulse_us : float
        Length of each pulse, for a box at a serial port.
    """

    box: str | PulseBox
    pulse_us: float = PULSE_US

    def driver(self) -> PulseBox:
        """The driver, not yet connected."""
        return SerialBox(self.box, pulse_us=self.pulse_us) if isinstance(self.box, str) else self.box

    @property
    def label(self) -> str:
        """What messages call it."""
        where = self.box if isinstance(self.box, str) else type(self.box).__name__
        return f"the pulse box ({where})"


def trigger_of(given: Any) -> Any:
    """A trigger as code writes it: a mapping and a driver become a :class:`BoxTrigger`."""
    from llpyspin.yamlfile.validating import Report, Scope

    if isinstance(given, PulseBox):
        return BoxTrigger(given)
    if not isinstance(given, Mapping):
        return given
    driver = given.get("box")
    if isinstance(driver, PulseBox):
        return BoxTrigger(**given)
    report = Report()
    made = box_in(Scope(report, given, "trigger"))
    if made is None:
        raise RigConfigError(str(report), mistakes=tuple(report.mistakes))
    return made


def box_in(scope: Scope) -> BoxTrigger | None:
    """The box that a mapping describes; None, and a report of all mistakes, where it has some."""
    from llpyspin.rig.filetypes import BoxTypes

    before = len(scope.report.mistakes)
    scope.unknown(BoxTypes.__struct_fields__)
    fields = scope.fields(BoxTypes)
    return BoxTrigger(**fields) if len(scope.report.mistakes) == before else None
