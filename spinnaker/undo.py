"""Undoes the recorded changes, from the last to the first."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from spinnaker.access import undo_group, undo_member
from spinnaker.changes import Command, undo_file, undo_value
from spinnaker.errors import InstallError
from spinnaker.packages import undo_packages
from spinnaker.wheel import undo_wheel

if TYPE_CHECKING:
    from collections.abc import Callable

    from spinnaker.journal import Journal, Record
    from spinnaker.machine import Machine

__all__ = ["undo", "would_undo"]

_UNDO: dict[str, Callable[[Machine, Record], str]] = {
    "file": undo_file,
    "value": undo_value,
    "wheel": undo_wheel,
    "group": undo_group,
    "member": undo_member,
}


def would_undo(machine: Machine, journal: Journal) -> list[str]:
    """What undoing would look at, last change first."""
    said = []
    for record in reversed(journal.records()):
        kind = record["kind"]
        if kind == "file":
            said.append(f"{'remove' if record['before'] is None else 'put back'} {record['where']}")
        elif kind == "value":
            said.append(f"set {record['where']} back to {record['before']}")
        elif kind == "packages":
            said.append(f"remove the packages {', '.join(record['new'])}")
        elif kind == "wheel":
            said.append(f"uninstall spinnaker_python {record['version']} from {record['python']}")
        elif kind == "group":
            said.append(f"delete the group {record['group']}")
        elif kind == "member":
            said.append(f"take {record['user']} out of the group {record['group']}")
    return said + [line for command in _commands(journal) for line in command.lines(machine)]


def undo(machine: Machine, journal: Journal, say: Callable[[str], None]) -> bool:
    """Take everything back, and say of each change what became of it.

    What somebody else has changed since is left alone. A change that cannot be taken back now keeps its
    record, so that it can be tried again.

    Returns
    -------
    bool
        Whether all is done.
    """
    whole = True
    commands = _commands(journal)
    for group in _groups(journal.records()):
        try:
            if group[0]["kind"] == "packages":
                say(undo_packages(machine, group))
            else:
                say(_UNDO[group[0]["kind"]](machine, group[0]))
        except InstallError as error:
            say(f"not taken back: {error}")
            whole = False
        else:
            for record in group:
                journal.undone(record["number"])
    for command in commands:
        try:
            if command.lines(machine):
                machine.run(command.command)
                say(f"ran `{shlex.join(command.command)}`")
        except InstallError as error:
            say(f"not done: {error}")
            whole = False
    if whole:
        journal.forget()
    return whole


def _groups(records: list[Record]) -> list[list[Record]]:
    """What is taken back together, last change first: all that is about packages, and else each by itself."""
    packages = [record for record in records if record["kind"] == "packages"]
    groups = [[record] for record in reversed(records) if record["kind"] in _UNDO]
    later = sum(record["number"] > packages[-1]["number"] for (record,) in groups) if packages else 0
    return [*groups[:later], packages, *groups[later:]] if packages else groups


def _commands(journal: Journal) -> list[Command]:
    """What has to run again after the files are put back, each once, in the order of old."""
    found: dict[tuple[str, ...], Command] = {}
    for record in journal.records():
        if record["kind"] == "due":
            found[tuple(record["command"])] = Command.of(record, "after that")
    return list(found.values())
