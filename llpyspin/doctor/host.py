"""The machine as the doctor sees it: files below a root, and who asks.  Nothing here ever writes.

Everything that is read from ``/proc``, ``/sys``, ``/etc`` and ``/dev`` goes through a :class:`System`, whose
root may be any folder: that is how the tests show it machines that are not there.
"""

from __future__ import annotations

import getpass
import os
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Person", "System"]


@dataclass(frozen=True)
class Person:
    """Who runs this program: name, user id, the ids of the groups that the process has, home folder."""

    name: str
    uid: int
    groups: frozenset[int]
    home: str

    @classmethod
    def present(cls) -> Person:
        """The one who runs this process."""
        try:
            name = getpass.getuser()
        except (KeyError, OSError):  # a container's user without a name
            name = str(os.getuid())
        groups = frozenset({*os.getgroups(), os.getegid()})
        return cls(name, os.geteuid(), groups, os.path.expanduser("~"))


@dataclass(frozen=True)
class System:
    """A machine.

    Parameters
    ----------
    root : Path
        What stands for ``/``.
    person : Person
    environment : mapping
        Environment variables.
    packages : tuple of str
        Folders in which Python packages are looked for, as ``sys.path`` has them.
    python : tuple of int
        Version of Python, (major, minor).
    """

    root: Path = Path("/")
    person: Person = field(default_factory=Person.present)
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    packages: tuple[str, ...] = field(default_factory=lambda: tuple(sys.path))
    python: tuple[int, int] = field(default_factory=lambda: (sys.version_info[0], sys.version_info[1]))

    def at(self, path: str) -> Path:
        """Where the absolute ``path`` of this machine really lies."""
        return self.root / path.lstrip("/")

    def text(self, path: str) -> str | None:
        """What is in a file, without space at its ends; None if it cannot be read.

        Files of sysfs may refuse to be read in some states (the speed of an interface that is down), so a
        file that is there may give None.
        """
        try:
            return self.at(path).read_text(errors="replace").strip()
        except OSError:
            return None

    def number(self, path: str) -> int | None:
        """The whole number in a file; None if there is none."""
        try:
            return int(self.text(path) or "", 0)
        except ValueError:
            return None

    def names(self, path: str) -> list[str]:
        """What is in a folder, sorted; nothing if it cannot be read."""
        try:
            return sorted(os.listdir(self.at(path)))
        except OSError:
            return []

    def exists(self, path: str) -> bool:
        return os.path.lexists(self.at(path))

    def link(self, path: str) -> str | None:
        """Where a symbolic link points, as it is written; None if it is none or cannot be read."""
        try:
            return os.readlink(self.at(path))
        except OSError:
            return None

    def real(self, path: str) -> str:
        """The path with all links followed, as this machine would call it."""
        root = os.path.realpath(self.root)
        found = os.path.realpath(self.at(path))
        inside = os.path.relpath(found, root)
        return "/" if inside == "." else "/" + inside

    def writable(self, path: str) -> bool | None:
        """Whether :attr:`person` may read and write a file by its owner, group and mode; None: no such file.

        Access lists count for the files of this very machine only.
        """
        try:
            status = self.at(path).stat()
        except OSError:
            return None
        person = self.person
        if person.uid == 0 or (self.root == Path("/") and os.access(path, os.R_OK | os.W_OK)):
            return True
        if status.st_uid == person.uid:
            wanted = stat.S_IRUSR | stat.S_IWUSR
        elif status.st_gid in person.groups:
            wanted = stat.S_IRGRP | stat.S_IWGRP
        else:
            wanted = stat.S_IROTH | stat.S_IWOTH
        return status.st_mode & wanted == wanted
