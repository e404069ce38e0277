"""The record of changes, written before each change, for ``--undo``."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
from typing import TYPE_CHECKING, Any

from spinnaker.errors import InstallError
from spinnaker.machine import FileState, Owner
from spinnaker.trust import check_roots

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from spinnaker.machine import Machine

__all__ = ["NAME", "Journal", "Record", "file_of", "record_of"]

DIRECTORY = "/var/lib/llpyspin"
NAME = f"{DIRECTORY}/installed.jsonl"

_APPEND = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW

Record = dict[str, Any]
"""``{"number": int, "kind": str, …}``; what else it holds is the kind's affair."""


def record_of(state: FileState | None) -> Record | None:
    """A file's state as JSON holds it."""
    if state is None:
        return None
    return {
        "content": base64.b64encode(state.content).decode(),
        "mode": state.mode,
        "owner": list(state.owner),
    }


def file_of(record: Record | None) -> FileState | None:
    """The file's state that `record_of` made this of."""
    if record is None:
        return None
    return FileState(base64.b64decode(record["content"]), record["mode"], Owner(*record["owner"]))


class Journal:
    """One line a change in ``/var/lib/llpyspin/installed.jsonl``, safe on disk before the change is made.

    A record stands for an intention: whoever takes it back has to see whether the change was made. Nothing is
    ever rewritten; that a record was taken back, or a command was run, is a further line. It is for root's
    eyes, since what it keeps may have been.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self._machine.path(NAME)

    def records(self) -> list[Record]:
        """All that was noted and not taken back, oldest first."""
        kept: dict[int, Record] = {}
        for record in self._lines():
            if record["kind"] == "undone":
                kept.pop(record["of"], None)
            else:
                kept[record["number"]] = record
        return list(kept.values())

    def _lines(self) -> list[Record]:
        check_roots(NAME, str(self._machine.root))  # what it says is done as root
        text = self._machine.read(NAME) or ""
        lines: list[Record] = []
        for line in text.split("\n"):
            if not line:
                continue
            try:
                record = json.loads(line)
            except ValueError:
                continue  # torn when the power went, before its change was made
            if (
                not isinstance(record, dict)
                or not isinstance(record.get("number"), int)
                or "kind" not in record
            ):
                raise InstallError(f"{NAME} has a line that was not written here: {line[:80]!r}")
            lines.append(record)
        return lines

    def note(self, kind: str, **data: Any) -> int:
        """Write a record down; it is on the disk when this returns. Its number."""
        lines = self._lines()
        number = 1 + max((line["number"] for line in lines), default=0)
        self._append({"number": number, "kind": kind, **data})
        return number

    def undone(self, number: int) -> None:
        """A record was taken back."""
        self.note("undone", of=number)

    def due(self) -> list[Record]:
        """Records of commands that were to follow a change and were not seen to end, one for each command."""
        waiting: dict[tuple[str, ...], Record] = {}
        for record in self.records():
            if record["kind"] == "due":
                waiting[tuple(record["command"])] = record
            elif record["kind"] == "ran":
                waiting.pop(tuple(record["command"]), None)
        return list(waiting.values())

    def forget(self) -> None:
        """Delete the journal, and its directory if nothing else is in it."""
        self._machine.remove(NAME)
        with contextlib.suppress(OSError):
            self._machine.path(DIRECTORY).rmdir()

    def _append(self, record: Record) -> None:
        self._machine.make_directories(DIRECTORY)
        check_roots(NAME, str(self._machine.root))
        try:
            descriptor = os.open(self.path, _APPEND, 0o600)
            with open(descriptor, "r+b", buffering=0) as file:
                torn = file.seek(0, os.SEEK_END) > 0 and os.pread(descriptor, 1, file.tell() - 1) != b"\n"
                file.write(b"\n" * torn + json.dumps(record).encode() + b"\n")
                os.fsync(descriptor)
        except OSError as error:
            raise InstallError(
                f"{NAME} cannot be written, so nothing is changed: {error.strerror}"
            ) from error

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else changes this machine meanwhile.

        Raises
        ------
        InstallError
            Another installer is at work. Does not wait.
        """
        directory = self._machine.path(os.path.dirname(DIRECTORY))
        if not directory.is_dir():
            self._machine.make_directories(os.path.dirname(DIRECTORY))
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise InstallError("another spinnaker.install is at work on this machine") from error
        try:
            yield
        finally:
            os.close(descriptor)
