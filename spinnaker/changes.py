"""The kinds of change: each can describe, record, make and undo itself."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import os
import shlex
from typing import TYPE_CHECKING, Protocol

from spinnaker.journal import Record, file_of, record_of
from spinnaker.machine import FileState, Owner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spinnaker.journal import Journal
    from spinnaker.machine import Machine

__all__ = [
    "Change",
    "Command",
    "Outlook",
    "SetValue",
    "WriteFile",
    "apply_all",
    "said_of",
    "undo_file",
    "undo_value",
]

_NEW = FileState(b"", 0o644, Owner(0, 0))


class Change(Protocol):
    """One thing that is different afterwards."""

    def lines(self, machine: Machine) -> list[str]:
        """What it would do, for people."""

    def apply(self, machine: Machine, journal: Journal) -> None:
        """Note it down, then do it."""


@dataclasses.dataclass(frozen=True)
class Outlook:
    """What a step would do now.

    Attributes
    ----------
    changes : sequence of Change
        In order. None: there is nothing to do.
    because : str
        Why there is nothing to do, or nothing more.
    notes : sequence of str
        What the user should know besides.
    """

    changes: Sequence[Change] = ()
    because: str = ""
    notes: Sequence[str] = ()


def _digest(state: FileState | None) -> str | None:
    return None if state is None else hashlib.sha256(state.content).hexdigest()


@dataclasses.dataclass(frozen=True)
class WriteFile:
    """A file is made, or gets another content; its mode and owner stay what they were."""

    where: str
    content: str

    def lines(self, machine: Machine) -> list[str]:
        before = machine.read(self.where)
        said = [f"write {self.where}" if before is None else f"change {self.where}"]
        old = [] if before is None else before.splitlines()
        difference = difflib.unified_diff(old, self.content.splitlines(), lineterm="", n=0)
        said += [f"    {line}" for line in difference if not line.startswith(("---", "+++", "@@"))]
        return said

    def apply(self, machine: Machine, journal: Journal) -> None:
        before = machine.look(self.where)
        after = (before or _new(machine))._replace(content=self.content.encode("utf-8", "surrogateescape"))
        directory = os.path.dirname(self.where)
        journal.note(
            "file",
            where=self.where,
            before=record_of(before),
            after=_digest(after),
            made=machine.missing_directories(directory),
        )
        machine.make_directories(directory)
        machine.write(self.where, after)


def _new(machine: Machine) -> FileState:
    return _NEW if machine.live else _NEW._replace(owner=Owner(os.geteuid(), os.getegid()))


def undo_file(machine: Machine, record: Record) -> str:
    """Put a file back as it was, unless somebody else has changed it since; says what was done."""
    where, before = record["where"], file_of(record["before"])
    machine.tidy(where)
    now = machine.look(where)
    if _digest(now) == _digest(before):
        said = f"{where} is as it was"
    elif _digest(now) != record["after"]:
        return f"{where} was changed by somebody else since, and is left as it is"
    elif before is None:
        machine.remove(where)
        said = f"removed {where}"
    else:
        machine.write(where, before)
        said = f"put {where} back as it was"
    for name in reversed(record["made"]):
        machine.remove_directory(name)
    return said


@dataclasses.dataclass(frozen=True)
class SetValue:
    """A value of the running kernel's, which it forgets when it ends."""

    where: str
    value: str

    def lines(self, machine: Machine) -> list[str]:
        return [f"set {self.where} to {self.value} (now {(machine.read(self.where) or '').strip()})"]

    def apply(self, machine: Machine, journal: Journal) -> None:
        before = (machine.read(self.where) or "").strip()
        journal.note("value", where=self.where, before=before, after=self.value)
        machine.set_value(self.where, self.value)


def undo_value(machine: Machine, record: Record) -> str:
    """Give the kernel its former value back, unless it has another one by now; says what was done."""
    where, before = record["where"], record["before"]
    now = machine.read(where)
    if now is None:
        return f"{where} is gone"
    if now.strip() == before:
        return f"{where} is {before}, as it was"
    if now.strip() != record["after"]:
        return f"{where} was set to {now.strip()} by somebody else since, and is left as it is"
    machine.set_value(where, before)
    return f"set {where} back to {before}"


@dataclasses.dataclass(frozen=True)
class Command:
    """A program that has to run after files were changed, and again after they are put back.

    Attributes
    ----------
    command : sequence of str
    reason : str
    only_with : str
        A file without which there is nobody to tell: udev does not run in containers.
    """

    command: Sequence[str]
    reason: str
    only_with: str = "/"

    def lines(self, machine: Machine) -> list[str]:
        if self._idle(machine):
            return []
        return [f"run `{shlex.join(self.command)}` ({self.reason})"]

    def announce(self, machine: Machine, journal: Journal) -> None:
        """Note that it is to run, before the change that asks for it is made."""
        if not self._idle(machine):
            journal.note("due", command=list(self.command), only_with=self.only_with)

    def apply(self, machine: Machine, journal: Journal) -> None:
        if self._idle(machine):
            return
        machine.run(self.command)
        journal.note("ran", command=list(self.command))

    def _idle(self, machine: Machine) -> bool:
        return not machine.exists(self.only_with)

    @classmethod
    def of(cls, record: Record, reason: str) -> Command:
        """The command that a record is of."""
        return cls(tuple(record["command"]), reason, record.get("only_with", "/"))


def said_of(changes: Sequence[Change], machine: Machine) -> list[str]:
    """All that the changes would do, line by line."""
    return [line for change in changes for line in change.lines(machine)]


def apply_all(changes: Sequence[Change], machine: Machine, journal: Journal) -> None:
    """Make the changes of one step; a step that is interrupted leaves its commands noted as due."""
    for change in changes:
        if isinstance(change, Command):
            change.announce(machine, journal)
    for change in changes:
        change.apply(machine, journal)
