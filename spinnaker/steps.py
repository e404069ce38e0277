"""The steps of an installation, in their order."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

from spinnaker import access, gentl, gige, memory, packages, wheel
from spinnaker.changes import Command, Outlook
from spinnaker.environment import look_at_environment
from spinnaker.journal import NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from spinnaker.checks import Findings, Wishes
    from spinnaker.journal import Journal
    from spinnaker.machine import Machine

__all__ = ["Step", "steps_for"]


@dataclasses.dataclass(frozen=True)
class Step:
    """One step.

    Attributes
    ----------
    title : str
    look : callable
        What it would do now; asked again just before it is done, since earlier steps may have changed that.
    quiet : bool
        Not to be mentioned when there is nothing to do.
    """

    title: str
    look: Callable[[], Outlook]
    quiet: bool = False


def steps_for(machine: Machine, journal: Journal, wishes: Wishes, found: Findings) -> list[Step]:
    """The steps that the wishes ask for, and first what an interrupted run has left."""
    steps = [Step("Finish what an interrupted run began", lambda: _left_over(machine, journal), quiet=True)]
    if found.debs:
        steps.append(
            Step("The SDK's packages", lambda: packages.outlook(machine, found.debs, wishes.accept_licence))
        )
    if found.wheel is not None and found.python is not None:
        given, python = found.wheel, found.python
        steps.append(
            Step("PySpin", lambda: wheel.outlook(given, look_at_environment(machine, python.executable)))
        )
    if found.debs or found.wheel is not None:
        steps.append(Step("The SDK's GenTL producer", lambda: gentl.gentl_outlook(machine, found.debs)))
    if found.debs or wishes.usb_access:
        steps.append(Step("Access to USB cameras", lambda: access.access_outlook(machine, wishes.user)))
    if wishes.limit_mb is not None:
        limit = wishes.limit_mb
        steps.append(Step(f"Memory for USB cameras now: {limit} MB", lambda: memory.now(machine, limit)))
        steps.append(
            Step(
                f"Memory for USB cameras from the next start on: {limit} MB",
                lambda: memory.at_boot(machine, limit, wishes.boot_method),
            )
        )
    return steps + _network(machine, wishes)


def _network(machine: Machine, wishes: Wishes) -> list[Step]:
    steps: list[Step] = []
    for name in wishes.interfaces:
        now = functools.partial(gige.mtu_now, machine, name, wishes.mtu)
        later = functools.partial(gige.mtu_at_boot, machine, name, wishes.mtu)
        steps.append(Step(f"Large packets on {name} now", now))
        steps.append(Step(f"Large packets on {name} at every start", later))
    if wishes.interfaces:
        both = functools.partial(gige.network, machine, list(wishes.interfaces), wishes.receive_mb)
        steps.append(Step("Receive buffers and filters for GigE cameras", both))
    return steps


def _left_over(machine: Machine, journal: Journal) -> Outlook:
    if not machine.privileged and machine.exists(NAME):
        return Outlook(
            notes=("only root may read the record of earlier runs, so what they left is not seen here",)
        )
    commands = [Command.of(record, "it had not ended") for record in journal.due()]
    return Outlook([command for command in commands if command.lines(machine)], because="nothing was left")
