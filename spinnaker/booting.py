"""Other places that set the USB limit at the start: boot loaders, modprobe, tmpfiles, rc.local."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from spinnaker.changes import Command, WriteFile
from spinnaker.cmdline import edit_lines, limit_of_lines

if TYPE_CHECKING:
    from spinnaker.changes import Change
    from spinnaker.machine import Machine

__all__ = ["CommandLineFile", "Modprobe", "RcLocal", "SystemdBoot", "TmpFiles", "module_of_its_own"]

VALUE = "/sys/module/usbcore/parameters/usbfs_memory_mb"
_WRITTEN = "# Written by `python -m spinnaker.install`, which takes it back with --undo.\n"
_PARTITIONS = ("/boot/efi", "/efi", "/boot")


class _CommandLines:
    """Files with the kernel's command line on lines that begin with a keyword."""

    keyword = ""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def _files(self) -> list[str]:
        raise NotImplementedError

    def _texts(self) -> list[tuple[str, str]]:
        texts = [(where, self._machine.read(where)) for where in self._files()]
        return [(where, text) for where, text in texts if text is not None]

    def present(self) -> bool:
        """Whether this machine starts this way."""
        return bool(self._files())

    def limit_mb(self) -> int | None:
        """The limit that the next start would set, whichever entry is chosen."""
        limits = [limit_of_lines(text, self.keyword) for _, text in self._texts()]
        known = [limit for limit in limits if limit is not None]
        return min(known) if known and len(known) == len(limits) else None

    def changes(self, limit_mb: int) -> list[Change]:
        """What would make the next start set this limit."""
        new = [(where, text, edit_lines(text, self.keyword, limit_mb)) for where, text in self._texts()]
        return [WriteFile(where, after) for where, before, after in new if before != after]


class SystemdBoot(_CommandLines):
    """systemd-boot: an entry for each kernel, and /etc/kernel/cmdline for the entries of kernels to come."""

    name = "systemd-boot"
    keyword = "options"

    def _files(self) -> list[str]:
        for partition in _PARTITIONS:
            entries = f"{partition}/loader/entries"
            loaders = self._machine.names(f"{partition}/EFI/systemd")
            if not any(name.startswith("systemd-boot") for name in loaders):
                continue
            names = [name for name in self._machine.names(entries) if self._is_ours(entries, name)]
            if names:
                return [f"{entries}/{name}" for name in names]
        return []

    def _is_ours(self, entries: str, name: str) -> bool:
        """Whether an entry starts this system, and not another one on the same disk."""
        if not name.endswith(".conf"):
            return False
        token = (self._machine.read("/etc/kernel/entry-token") or "").strip()
        identity = (self._machine.read("/etc/machine-id") or "").strip()
        text = self._machine.read(f"{entries}/{name}") or ""
        if re.search(r"^\s*options\s", text, re.MULTILINE) is None:
            return False
        return any(
            sign and (name.startswith(sign) or f"machine-id {sign}" in text) for sign in (token, identity)
        )

    def changes(self, limit_mb: int) -> list[Change]:
        writes = super().changes(limit_mb)
        line = self._machine.read("/etc/kernel/cmdline")
        if line is not None and edit_lines(line, "", limit_mb) != line:
            writes.append(WriteFile("/etc/kernel/cmdline", edit_lines(line, "", limit_mb)))
        return writes


class CommandLineFile(_CommandLines):
    """Boards: the Raspberry Pi's cmdline.txt, or extlinux as on NVIDIA's Jetson."""

    name = "board"

    def _files(self) -> list[str]:
        for where, keyword in (
            ("/boot/firmware/cmdline.txt", ""),
            ("/boot/cmdline.txt", ""),
            ("/boot/extlinux/extlinux.conf", "APPEND"),
        ):
            text = self._machine.read(where)
            if text is not None and "root=" in text:
                self.keyword = keyword
                return [where]
        return []


class _SettingFile:
    """A kind of file in a few directories that sets the limit with a number that a pattern finds.

    `winner` is which of several counts, the first (0) or the last (-1).
    """

    directories: tuple[str, ...] = ()
    pattern: re.Pattern[str]
    winner = -1
    ours = ""
    content = ""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def _found(self) -> list[tuple[str, str]]:
        """Files that set it, those that are read last at the end."""
        by_name: dict[str, str] = {}
        for directory in reversed(self.directories):
            for name in self._machine.names(directory):
                if name.endswith(".conf"):
                    by_name[name] = f"{directory}/{name}"
        texts = [(by_name[name], self._machine.read(by_name[name]) or "") for name in sorted(by_name)]
        return [(where, text) for where, text in texts if self.pattern.search(text)]

    def limit_mb(self) -> int | None:
        """The limit that the next start would set."""
        found = self._found()
        return int(list(self.pattern.finditer(found[self.winner][1]))[self.winner][2]) if found else None

    def place(self) -> str:
        """The file that sets it, or would."""
        found = self._found()
        return found[self.winner][0] if found else self.ours

    def _writes(self, limit_mb: int) -> list[Change]:
        edited: list[Change] = [
            WriteFile(where, self.pattern.sub(lambda match: f"{match[1]}{limit_mb}", text))
            for where, text in self._found()
            if where.startswith("/etc/")
            and any(int(match[2]) != limit_mb for match in self.pattern.finditer(text))
        ]
        if any(where.startswith("/etc/") for where, _ in self._found()):
            return edited
        return [WriteFile(self.ours, _WRITTEN + self.content.format(limit_mb=limit_mb))]


class Modprobe(_SettingFile):
    """An option of the module usbcore, where it is a module: in Debian's kernels, not in Ubuntu's."""

    name = "modprobe"
    directories = ("/etc/modprobe.d", "/run/modprobe.d", "/usr/lib/modprobe.d")
    pattern = re.compile(r"^([ \t]*options[ \t]+usbcore[ \t].*?\busbfs_memory_mb=)(\d+)", re.MULTILINE)
    ours = "/etc/modprobe.d/llpyspin.conf"
    content = "options usbcore usbfs_memory_mb={limit_mb}\n"

    def present(self) -> bool:
        """Whether the option would have any effect."""
        return module_of_its_own(self._machine)

    def changes(self, limit_mb: int) -> list[Change]:
        """What would make the next start set this limit."""
        writes = self._writes(limit_mb)
        if writes and self._machine.which("update-initramfs"):
            writes.append(Command(("update-initramfs", "-u"), "usbcore is loaded from the initial RAM disk"))
        return writes


class TmpFiles(_SettingFile):
    """A line for systemd-tmpfiles, which writes the number to /sys while the system starts."""

    name = "tmpfiles"
    directories = ("/etc/tmpfiles.d", "/run/tmpfiles.d", "/usr/lib/tmpfiles.d")
    pattern = re.compile(rf"^([ \t]*w\S*[ \t]+{VALUE}[ \t]+(?:\S+[ \t]+){{4}})(\d+)", re.MULTILINE)
    winner = 0
    ours = "/etc/tmpfiles.d/00-llpyspin.conf"
    content = f"w {VALUE} - - - - {{limit_mb}}\n"

    def present(self) -> bool:
        """Whether systemd would do it, and in time: the file in /sys must be there by then."""
        return self._machine.which("systemd-tmpfiles") and not module_of_its_own(self._machine)

    def changes(self, limit_mb: int) -> list[Change]:
        """What would make the next start set this limit."""
        return self._writes(limit_mb)


class RcLocal:
    """/etc/rc.local, into which FLIR's own script writes a line. It runs last, so it has the last word."""

    name = "rc.local"
    where = "/etc/rc.local"
    pattern = re.compile(rf"^([^#\n]*\becho[ \t]+['\"]?)(\d+)(?=['\"]?[ \t]*>[ \t]*{VALUE})", re.MULTILINE)

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def present(self) -> bool:
        """Whether there is one, and it is run."""
        state = self._machine.look(self.where)
        return state is not None and bool(state.mode & 0o111)

    def limit_mb(self) -> int | None:
        """The limit that it sets."""
        matches = list(self.pattern.finditer(self._machine.read(self.where) or "")) if self.present() else []
        return int(matches[-1][2]) if matches else None

    def place(self) -> str:
        """Its name."""
        return self.where

    def changes(self, limit_mb: int) -> list[Change]:
        """Another number in the line that is there; never a line of our own."""
        text = self._machine.read(self.where) or ""
        return [WriteFile(self.where, self.pattern.sub(lambda match: f"{match[1]}{limit_mb}", text))]


def module_of_its_own(machine: Machine) -> bool:
    """Whether usbcore is a module: then, and only then, modprobe has a say in it."""
    release = os.uname().release if machine.live else None
    kernels = [name for name in machine.names("/lib/modules") if release in (None, name)]
    for kernel in reversed(kernels):
        for directory in (f"/lib/modules/{kernel}", f"/usr/lib/modules/{kernel}"):
            built_in = machine.read(f"{directory}/modules.builtin")
            if built_in is not None:
                return "/usbcore.ko" not in built_in
    return False
