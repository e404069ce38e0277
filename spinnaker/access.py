"""Access to USB cameras for ordinary users: a udev rule and its group."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from spinnaker.changes import Command, Outlook, WriteFile
from spinnaker.errors import InstallError

if TYPE_CHECKING:
    from spinnaker.changes import Change
    from spinnaker.journal import Journal, Record
    from spinnaker.machine import Machine

__all__ = ["JoinGroup", "MakeGroup", "access_outlook", "members", "undo_group", "undo_member"]

GROUP = "flirimaging"
RULES = "/etc/udev/rules.d/40-flir-spinnaker.rules"  # the name that FLIR's own scripts use
UDEV = "/run/udev/control"
VENDORS = {"1e10": "FLIR, Point Grey, Teledyne", "1724": "Teledyne"}
_DIRECTORIES = ("/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d")
_TRIGGER = ("udevadm", "trigger", "--action=change", "--subsystem-match=usb")


@dataclasses.dataclass(frozen=True)
class Rule:
    """A rule that lets ordinary users at FLIR's cameras.

    Attributes
    ----------
    where : str
        Its file.
    group : str or None
        Whoever is in it has access; None: everybody has.
    """

    where: str
    group: str | None


def find_rule(machine: Machine) -> Rule | None:
    """The rule that is there already, ours or another's."""
    for directory in _DIRECTORIES:
        for name in machine.names(directory):
            if not name.endswith(".rules"):
                continue
            for line in (machine.read(f"{directory}/{name}") or "").splitlines():
                if line.lstrip().startswith("#") or not re.search(
                    r'idVendor\}\s*==\s*"1e10"', line, re.IGNORECASE
                ):
                    continue
                if re.search(r'MODE\s*:?=\s*"0?[0-7][0-7][67]"', line) or "uaccess" in line:
                    return Rule(f"{directory}/{name}", None)
                group = re.search(r'GROUP\s*:?=\s*"([^"]+)"', line)
                if group:
                    return Rule(f"{directory}/{name}", group[1])
    return None


def access_outlook(machine: Machine, user: str | None) -> Outlook:
    """What giving `user` access would do now.

    Parameters
    ----------
    user : str or None
        None: nobody is put into the group.

    Raises
    ------
    InstallError
        There is no such user.
    """
    rule = find_rule(machine)
    group = GROUP if rule is None else rule.group
    if rule is not None and group is None:
        return Outlook(because=f"{rule.where} gives everybody access")
    assert group is not None, "a rule without a group gives everybody access"
    changes: list[Change] = []
    notes: list[str] = []
    if members(machine, group) is None:
        changes.append(MakeGroup(group))
    if rule is None:
        text = (machine.read(RULES) or "") + _rules()
        changes += [WriteFile(RULES, text), *_reload()]
    if user is None:
        notes.append(f"nobody is put into the group {group}: name a user with --user")
    elif not _is_user(machine, user):
        raise InstallError(f"there is no user {user} on this machine")
    elif user not in (members(machine, group) or ()):
        changes.append(JoinGroup(group, user))
        notes.append(
            f"{user} has the new group after logging out and in again, or in a shell after `newgrp {group}`"
        )
    where = RULES if rule is None else rule.where
    return Outlook(
        changes,
        because=f"{where} gives access to the group {group}" + (f", {user} is in it" if user else ""),
        notes=notes,
    )


def _rules() -> str:
    lines = ["# Written by `python -m spinnaker.install`: USB cameras are for the group " + GROUP]
    lines += [f'SUBSYSTEM=="usb", ATTRS{{idVendor}}=="{vendor}", GROUP="{GROUP}"' for vendor in VENDORS]
    return "\n".join(lines) + "\n"


def _reload() -> list[Command]:
    commands = [Command(("udevadm", "control", "--reload"), "so that udev reads the rule", only_with=UDEV)]
    for vendor in VENDORS:
        match = f"--attr-match=idVendor={vendor}"
        commands.append(
            Command((*_TRIGGER, match), "so that cameras that are plugged in get it", only_with=UDEV)
        )
    return commands


def _is_user(machine: Machine, user: str) -> bool:
    if machine.live:
        import pwd

        try:
            pwd.getpwnam(user)
        except KeyError:
            return False
        return True
    return re.search(rf"^{re.escape(user)}:", machine.read("/etc/passwd") or "", re.MULTILINE) is not None


def members(machine: Machine, group: str) -> list[str] | None:
    """Who is in a group by its own list; None if there is no such group."""
    match = re.search(
        rf"^{re.escape(group)}:[^:\n]*:[^:\n]*:([^\n]*)$", machine.read("/etc/group") or "", re.MULTILINE
    )
    return None if match is None else [name for name in match[1].split(",") if name]


@dataclasses.dataclass(frozen=True)
class MakeGroup:
    """A group is made."""

    group: str

    def lines(self, machine: Machine) -> list[str]:
        return [f"run `groupadd --system {self.group}`"]

    def apply(self, machine: Machine, journal: Journal) -> None:
        journal.note("group", group=self.group)
        machine.run(["groupadd", "--system", self.group])


@dataclasses.dataclass(frozen=True)
class JoinGroup:
    """A user becomes a member of a group."""

    group: str
    user: str

    def lines(self, machine: Machine) -> list[str]:
        return [f"run `gpasswd --add {self.user} {self.group}`"]

    def apply(self, machine: Machine, journal: Journal) -> None:
        journal.note("member", group=self.group, user=self.user)
        machine.run(["gpasswd", "--add", self.user, self.group])


def undo_member(machine: Machine, record: Record) -> str:
    """Take the user out of the group again; what was done, in a sentence."""
    group, user = record["group"], record["user"]
    if user not in (members(machine, group) or ()):
        return f"{user} is not in the group {group}"
    machine.run(["gpasswd", "--delete", user, group])
    return f"took {user} out of the group {group}"


def undo_group(machine: Machine, record: Record) -> str:
    """Delete the group again, unless somebody is in it; what was done, in a sentence."""
    group = record["group"]
    others = members(machine, group)
    if others is None:
        return f"there is no group {group}"
    if others:
        return f"the group {group} stays: {', '.join(others)} were put into it by somebody else"
    machine.run(["groupdel", group])
    return f"deleted the group {group}"
