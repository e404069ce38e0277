"""The kernel's command line made by GRUB: /etc/default/grub and the files in /etc/default/grub.d."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spinnaker.changes import Command, WriteFile
from spinnaker.cmdline import PARAMETER, kernel_part, limit_in, replaced
from spinnaker.errors import InstallError
from spinnaker.shellvars import UNKNOWN, assignments, evaluate

if TYPE_CHECKING:
    from spinnaker.changes import Change
    from spinnaker.machine import Machine

__all__ = ["Grub", "limit_of", "with_limit_replaced"]

DEFAULTS = "/etc/default/grub"
DROP_INS = "/etc/default/grub.d"
# behind all others: Ubuntu's cloud images have files there that begin the line anew
OURS = f"{DROP_INS}/zz-llpyspin.cfg"
MENU = "/boot/grub/grub.cfg"
_LINES = ("GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT")
_MARK = "# Written by `python -m spinnaker.install`, which takes it back with --undo.\n"
_ADDITIONS = (
    'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT {parameter}={limit_mb}"\n',
    # before a word --, which ends what the kernel reads
    'GRUB_CMDLINE_LINUX="{parameter}={limit_mb} $GRUB_CMDLINE_LINUX"\n',
)


def limit_of(texts: list[str]) -> int | None:
    """The limit in MB that these files, read in this order, surely put on the command line; else None."""
    variables: dict[str, str] = {}
    for text in texts:
        variables = evaluate(text, variables)
    line = kernel_part(" ".join(variables.get(name, "") for name in _LINES))
    return limit_in(
        line[max(line.rfind(UNKNOWN), 0) :]
    )  # the last one counts, if nothing unknown is behind it


def with_limit_replaced(text: str, limit_mb: int) -> str:
    """The file with another number wherever it surely sets a limit; all else stays, to the last byte."""
    for assignment in reversed(assignments(text)):
        if assignment.name in _LINES:
            value = replaced(text[assignment.start : assignment.end], limit_mb)
            text = text[: assignment.start] + value + text[assignment.end :]
    return text


class Grub:
    """GRUB, as Debian and Ubuntu set it up."""

    name = "grub"

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def present(self) -> bool:
        """Whether this machine has GRUB's settings and a menu made of them."""
        return self._machine.exists(DEFAULTS) and self._machine.exists("/boot/grub")

    def limit_mb(self) -> int | None:
        """The limit that the next start would set."""
        return limit_of([text for _, text in self._files()])

    def changes(self, limit_mb: int) -> list[Change]:
        """What would make the next start set this limit.

        Where a file sets a limit already, its number is changed. Otherwise a file of our own is added that
        appends to the line, whatever the other files do to it.
        """
        files = self._files()
        if limit_of([text for _, text in files]) == limit_mb:
            return []
        edited = [(where, with_limit_replaced(text, limit_mb)) for where, text in files]
        if limit_of([text for _, text in edited]) == limit_mb:
            new = edited
        else:
            new = self._appended(files, limit_mb)
        before = dict(files)
        writes: list[Change] = [WriteFile(where, text) for where, text in new if before.get(where) != text]
        return [*writes, self._remake()] if writes else []

    def menu_lacks(self, limit_mb: int) -> list[Change]:
        """The command that is still to be run if the menu has not got what the files say."""
        if not self._machine.privileged:
            return []  # only root may read the menu
        menu = self._machine.read(MENU)
        if menu is None or f"{PARAMETER}={limit_mb}" in menu:
            return []
        return [self._remake()]

    def _files(self) -> list[tuple[str, str]]:
        names = [DEFAULTS]
        if self._has_drop_ins():
            names += [f"{DROP_INS}/{name}" for name in self._machine.names(DROP_INS) if _is_drop_in(name)]
        texts = [(name, self._machine.read(name)) for name in names]
        return [(name, text) for name, text in texts if text is not None]

    def _has_drop_ins(self) -> bool:
        """Whether this GRUB reads the directory, which is not GRUB's own but a distribution's idea."""
        for place in ("/usr/sbin/grub-mkconfig", "/sbin/grub-mkconfig"):
            script = self._machine.read(place)
            if script is not None:
                return "default/grub.d" in script
        return self._machine.exists(DROP_INS)

    def _appended(self, files: list[tuple[str, str]], limit_mb: int) -> list[tuple[str, str]]:
        for template in _ADDITIONS:
            addition = _MARK + template.format(parameter=PARAMETER, limit_mb=limit_mb)
            new = self._with_addition(files, addition)
            if limit_of([text for _, text in new]) == limit_mb:
                return new
        raise InstallError(
            f"nobody can tell what {DEFAULTS} and {DROP_INS} make of the kernel's command line:\n"
            f"put `{PARAMETER}={limit_mb}` there yourself, or say --boot-method for another way"
        )

    def _with_addition(self, files: list[tuple[str, str]], addition: str) -> list[tuple[str, str]]:
        if self._has_drop_ins():
            others = [(where, text) for where, text in files if where != OURS]
            return [*others, (OURS, addition)]
        where, text = files[0]
        kept = re.sub(rf"{re.escape(_MARK)}[^\n]*\n?\Z", "", text)
        gap = "" if kept.endswith("\n") or not kept else "\n"
        return [(where, kept + gap + addition)]

    def _remake(self) -> Command:
        if self._machine.which("update-grub"):
            return Command(("update-grub",), "so that GRUB's menu has the new line")
        if self._machine.which("grub-mkconfig"):
            return Command(("grub-mkconfig", "-o", MENU), "so that GRUB's menu has the new line")
        raise InstallError(
            f"{DEFAULTS} is there, but neither update-grub nor grub-mkconfig to make a menu of it"
        )


def _is_drop_in(name: str) -> bool:
    return name.endswith(".cfg") and not name.startswith(".")
