"""How much memory the kernel allows USB cameras, now and from the next start on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from spinnaker.booting import VALUE, CommandLineFile, Modprobe, RcLocal, SystemdBoot, TmpFiles
from spinnaker.changes import Outlook, SetValue
from spinnaker.cmdline import PARAMETER
from spinnaker.errors import InstallError
from spinnaker.grub import Grub

if TYPE_CHECKING:
    from spinnaker.changes import Change
    from spinnaker.machine import Machine

__all__ = ["BOOT_METHODS", "DEFAULT_LIMIT_MB", "LIMITS_MB", "at_boot", "enough", "now"]

DEFAULT_LIMIT_MB = 1000
LIMITS_MB = range(16, 2048)
"""The kernel's default and the most it takes; 0 would mean no limit at all."""

BOOT_METHODS = ("auto", "grub", "systemd-boot", "board", "modprobe", "tmpfiles")


class _Method(Protocol):
    @property
    def name(self) -> str: ...
    def present(self) -> bool: ...
    def limit_mb(self) -> int | None: ...
    def changes(self, limit_mb: int) -> list[Change]: ...


def enough(limit: int | None, wanted: int) -> bool:
    """Whether a limit in MB is no less than the wanted one; 0 is none at all."""
    return limit is not None and (limit == 0 or limit >= wanted)


def now(machine: Machine, limit_mb: int) -> Outlook:
    """The running kernel's limit. It is never lowered."""
    text = (machine.read(VALUE) or "").strip()
    if not text:
        return Outlook(because=f"this kernel has no {VALUE}: it has no USB, or another limit")
    if enough(int(text), limit_mb):
        return Outlook(because=f"the kernel allows {_amount(int(text))} now")
    return Outlook([SetValue(VALUE, str(limit_mb))])


def at_boot(machine: Machine, limit_mb: int, method: str = "auto") -> Outlook:
    """The limit from the next start on. What sets enough of it already, wherever that is, is left alone.

    Raises
    ------
    InstallError
        Nothing that is known sets it on this machine.
    """
    late = _late(machine)
    for setter in late:
        found = setter.limit_mb()
        if enough(found, limit_mb):
            return Outlook(because=f"{setter.place()} sets {_amount(found)} at every start")
        if found is not None:
            note = f"{setter.place()} runs after all else that could set the limit, so it is changed there"
            return Outlook(setter.changes(limit_mb), notes=(note,))
    return _early(machine, limit_mb, method)


def _late(machine: Machine) -> list[RcLocal | TmpFiles]:
    """What sets it after the kernel has started, the last one first."""
    return [RcLocal(machine), TmpFiles(machine)]


def _early(machine: Machine, limit_mb: int, method: str) -> Outlook:
    used = _chosen(machine, method)
    changes: list[Change] = []
    held: list[str] = []
    for setter in used:
        found = setter.limit_mb()
        if found is not None and enough(found, limit_mb):
            held.append(f"{setter.name} sets {_amount(found)} at every start")
            if isinstance(setter, Grub):
                changes += setter.menu_lacks(found)
        else:
            changes += setter.changes(limit_mb)
    notes = []
    if any(isinstance(setter, SystemdBoot) for setter in used) and not machine.exists("/etc/kernel/cmdline"):
        notes.append(
            "new kernels take the running command line, as there is no /etc/kernel/cmdline: restart before"
        )
    return Outlook(changes, because="; ".join(held), notes=notes if changes else [])


def _chosen(machine: Machine, method: str) -> list[_Method]:
    loaders: list[_Method] = [Grub(machine), SystemdBoot(machine), CommandLineFile(machine)]
    others: list[_Method] = [Modprobe(machine), TmpFiles(machine)]
    if method != "auto":
        chosen = next(known for known in [*loaders, *others] if known.name == method)
        if not chosen.present():
            raise InstallError(f"--boot-method {method}: this machine has not got what that needs")
        return [chosen]
    modprobe = others[0]
    if modprobe.limit_mb() is not None and modprobe.present():
        return [modprobe]  # somebody chose that way before
    there = [loader for loader in loaders if loader.present()]
    if there:
        return there
    for other in others:
        if other.present():
            return [other]
    raise InstallError(
        "no way is known to set the USB limit when this machine starts: GRUB, systemd-boot, a board's\n"
        "command line, a module usbcore and systemd were looked for. Have whatever starts it put\n"
        f"`{PARAMETER}=…` on the kernel's command line"
    )


def _amount(limit: int | None) -> str:
    return "any amount of memory" if limit == 0 else f"{limit} MB"
