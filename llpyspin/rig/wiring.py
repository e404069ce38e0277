"""Whether the pulses arrive at each secondary, and what may be wrong where they do not."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llpyspin.deadlines import Deadline
from llpyspin.naming.known import named
from llpyspin.rig.together import together

if TYPE_CHECKING:
    from llpyspin.rig.boxes.contract import PulseBox
    from llpyspin.rig.member import Member
    from llpyspin.roles import Armed, Tally

__all__ = ["Wire", "WiringReport", "check_wiring"]

PULSES = 5
INTERVAL_S = 0.05
STEP_S = 70.0
BOX_S = 5.0


@named
@dataclass(frozen=True)
class Wire:
    """What one secondary saw of the pulses.

    Attributes
    ----------
    name, serial : str
    given : int
        Pulses of the primary.
    seen : int
        Of these, at the input of this camera; frames, where it has no counter for pulses.
    cause : str
        What is likely wrong; "" if nothing is.
    """

    name: str
    serial: str
    given: int
    seen: int
    cause: str = ""

    @property
    def ok(self) -> bool:
        """Whether every pulse arrived, and only those."""
        return self.seen == self.given and not self.cause

    def __str__(self) -> str:
        told = "ok" if self.ok else self.cause
        return f"{self.name}: {self.seen} of {self.given} pulses seen: {told}"


@named
@dataclass(frozen=True)
class WiringReport:
    """What came of :meth:`llpyspin.rig.Rig.check_wiring`: ``print`` it."""

    primary: str
    wires: tuple[Wire, ...]

    @property
    def ok(self) -> bool:
        """Whether every pulse arrived at every secondary."""
        return all(wire.ok for wire in self.wires)

    def __str__(self) -> str:
        return "\n".join([f"pulses of {self.primary}:", *(f"  {wire}" for wire in self.wires)])


def check_wiring(primary: Member, secondaries: dict[str, Member]) -> WiringReport:
    """Give some pulses with armed cameras and see what each secondary gets; blocks about 1 s."""
    assert primary.stint is not None
    exposed = primary.stint.armed
    primary.pulse(PULSES, max(INTERVAL_S, 2 * (exposed.exposure_us or 0.0) / 1e6))
    given = primary.drain(PULSES).exposed()
    lines = exposed.lines
    pull_up = ""
    if lines.power is not None:
        pull_up = f"the pull-up from the primary's {lines.power} (3.3 V) to {lines.output}, "
    wires = _judged(secondaries, given, pull_up, "the primary did not expose")
    shared = f"{lines.output} of the primary is its output"
    if lines.power is not None:
        shared += f", and its pull-up needs the 3.3 V of {lines.power}"
    return WiringReport(f"{primary.name}, {lines.output}", tuple(_in_common(wires, shared)))


def check_box_wiring(box: PulseBox, label: str, secondaries: dict[str, Member]) -> WiringReport:
    """The same with the pulses of a box."""
    exposures = [each.stint.armed.exposure_us or 0.0 for each in secondaries.values() if each.stint]
    interval_s = max(INTERVAL_S, 2e-6 * max(exposures))
    box.start(1 / interval_s, PULSES)
    deadline = Deadline(BOX_S + PULSES * interval_s)
    while box.count().state == "running" and not deadline.passed:
        time.sleep(INTERVAL_S)
    given = box.stop().pulses
    wires = _judged(secondaries, given, "", f"{label} sent no pulse")
    return WiringReport(label, tuple(_in_common(wires, f"the output pin and the ground of {label}")))


def _judged(secondaries: dict[str, Member], given: int, pull_up: str, silent: str) -> list[Wire]:
    drained = together(lambda each: each.drain(PULSES), secondaries, STEP_S)
    wires = []
    for name, member in secondaries.items():
        if name in drained.failures:
            wires.append(Wire(name, member.serial, given, 0, f"the camera failed: {drained.failures[name]}"))
            continue
        assert member.stint is not None
        wires.append(_judge(member, member.stint.armed, drained.results[name], given, pull_up, silent))
    return wires


def _judge(member: Member, armed: Armed, tally: Tally, given: int, pull_up: str, silent: str) -> Wire:
    frames = tally.exposed()
    seen = frames if tally.pulses is None else tally.pulses
    line = armed.lines.input
    cause = ""
    if given == 0:
        cause = f"{silent}, so the wire could not be checked"
    elif seen == 0:
        cause = (
            f"nothing arrives at {line}: look at the cable, the common ground, {pull_up}"
            f"and whether the wire goes to another line than {line}"
        )
    elif seen < given:
        cause = f"some pulses do not arrive at {line}: the pull-up is weak, or a contact is loose"
    elif seen > given:
        cause = (
            f"more edges than pulses at {line}: noise, or bounce; use a stronger pull-up or a shorter cable"
        )
    elif frames < seen:
        cause = (
            f"pulses arrive at {line}, but {seen - frames} of them made no frame, because the camera was "
            "not ready"
        )
    return Wire(member.name, member.serial, given, seen, cause)


def _in_common(wires: list[Wire], share: str) -> list[Wire]:
    """Where several cameras see nothing at all, what they share is suspected first."""
    if len(wires) < 2 or any(wire.seen for wire in wires) or not all(wire.given for wire in wires):
        return wires
    shared = f"no camera sees a pulse, so check what they share: {share}"
    return [Wire(wire.name, wire.serial, wire.given, wire.seen, f"{shared}; {wire.cause}") for wire in wires]
