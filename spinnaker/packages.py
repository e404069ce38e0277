"""The SDK's Debian packages: what they are, whether they fit, how they are installed and taken away again."""

from __future__ import annotations

import dataclasses
import io
import os
import re
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING

from spinnaker.changes import Outlook
from spinnaker.errors import CommandError, InstallError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from spinnaker.journal import Journal, Record
    from spinnaker.machine import Machine

__all__ = [
    "SELECTIONS",
    "Deb",
    "InstallPackages",
    "can_ask",
    "installed",
    "outlook",
    "read_debs",
    "select",
    "simulate",
    "undo_packages",
    "wanting_of",
]

SELECTIONS = ("all", "runtime")
_EULA = re.compile(r"^Template:[ \t]*(\S*eula\S*)[ \t]*\nType:[ \t]*boolean", re.MULTILINE | re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Deb:
    """One package file.

    Attributes
    ----------
    path : Path
    name, version, architecture : str
    licence_question : str or None
        The debconf question by which it has FLIR's licence accepted.
    """

    path: Path
    name: str
    version: str
    architecture: str
    licence_question: str | None = None


def read_debs(paths: Sequence[Path]) -> list[Deb]:
    """What package files say of themselves.

    Raises
    ------
    InstallError
        dpkg-deb is not there, or cannot read one.
    """
    return [_read_deb(path) for path in paths]


def _read_deb(path: Path) -> Deb:
    fields = _dpkg_deb("--field", str(path), "Package", "Version", "Architecture").decode()
    named = dict(line.split(": ", 1) for line in fields.splitlines() if ": " in line)
    try:
        return Deb(path, named["Package"], named["Version"], named["Architecture"], _licence_question(path))
    except KeyError as error:
        raise InstallError(f"{path.name} does not say its {error}: it is no package") from error


def _licence_question(path: Path) -> str | None:
    with tarfile.open(fileobj=io.BytesIO(_dpkg_deb("--ctrl-tarfile", str(path)))) as control:
        for member in control:
            if member.isfile() and member.name.lstrip("./") == "templates":
                content = control.extractfile(member)
                match = _EULA.search(content.read().decode("utf-8", "replace") if content else "")
                return match[1] if match else None
    return None


def _dpkg_deb(*arguments: str) -> bytes:
    try:
        result = subprocess.run(["dpkg-deb", *arguments], capture_output=True, check=False, timeout=60)
    except FileNotFoundError as error:
        raise InstallError("dpkg-deb, which reads Debian's packages, is not installed here") from error
    if result.returncode:
        raise InstallError(f"{arguments[1]} is damaged: {result.stderr.decode(errors='replace').strip()}")
    return result.stdout


def select(debs: Sequence[Deb], selection: str) -> list[Deb]:
    """The packages to install: all, or those that programs need at run time (no SpinView, no headers)."""
    if selection == "all":
        return list(debs)
    return [deb for deb in debs if deb.name.startswith("lib") and not deb.name.endswith("-dev")]


def installed(machine: Machine) -> dict[str, tuple[str, str]]:
    """Each package that dpkg knows of, with its state (``"installed"`` if all is well) and version."""
    text = machine.read("/var/lib/dpkg/status") or ""
    known: dict[str, tuple[str, str]] = {}
    for paragraph in text.split("\n\n"):
        fields = dict(re.findall(r"^(Package|Status|Version|Architecture): *(.*)$", paragraph, re.MULTILINE))
        if "Package" in fields and "Status" in fields:
            wanted, flag, state = [*fields["Status"].split(), "", "", ""][:3]
            healthy = state if flag == "ok" and wanted != "deinstall" else f"{flag} {state}"
            known[fields["Package"]] = (healthy, fields.get("Version", ""))
    return known


@dataclasses.dataclass(frozen=True)
class Simulation:
    """What apt would do.

    Attributes
    ----------
    new : dict
        Packages that are not there now, with their versions.
    upgraded : dict
        Packages that are, with the versions that they have now.
    removed : list of str
    """

    new: dict[str, str]
    upgraded: dict[str, str]
    removed: list[str]


def simulate(machine: Machine, arguments: Sequence[str]) -> Simulation:
    """Have apt say what it would do. Changes nothing, and needs no root.

    Raises
    ------
    InstallError
        It cannot be done; what apt said.
    """
    said = machine.run(["apt-get", "--simulate", "--no-install-recommends", "--yes", *arguments])
    new: dict[str, str] = {}
    upgraded: dict[str, str] = {}
    for name, old, version in re.findall(r"^Inst (\S+?)(?::\S+)? (?:\[(\S+)\] )?\((\S+)", said, re.MULTILINE):
        if old:
            upgraded[name] = old
        else:
            new[name] = version
    removed = re.findall(r"^(?:Remv|Purg) (\S+?)(?::\S+)? ", said, re.MULTILINE)
    return Simulation(new, upgraded, removed)


@dataclasses.dataclass(frozen=True)
class InstallPackages:
    """apt installs package files, with what they depend on.

    The SDK asks by itself to accept its licence. Only `accept_licence`, which the user said, answers for him.
    """

    debs: Sequence[Deb]
    accept_licence: bool = False
    needs_root: bool = True

    def lines(self, machine: Machine) -> list[str]:
        said = [
            f"answer {deb.licence_question} with yes, as --accept-flir-eula says" for deb in self._questions()
        ]
        plan = simulate(machine, self._arguments(machine))
        said.append(f"run `apt-get install` on {len(self.debs)} packages of the SDK:")
        said += [f"    {deb.name} {deb.version}" for deb in self.debs]
        ours = {deb.name for deb in self.debs}
        others = [f"{name} {version}" for name, version in plan.new.items() if name not in ours]
        if others:
            said.append(f"with what they depend on: {', '.join(others)}")
        said += [
            f"instead of {name} {old}, which --undo cannot bring back" for name, old in plan.upgraded.items()
        ]
        return said

    def _questions(self) -> list[Deb]:
        return [deb for deb in self.debs if deb.licence_question and self.accept_licence]

    def _arguments(self, machine: Machine) -> list[str]:
        return ["install", *(machine.inside(deb.path) for deb in self.debs)]

    def apply(self, machine: Machine, journal: Journal) -> None:
        plan = simulate(machine, self._arguments(machine))
        journal.note(
            "packages",
            new=plan.new,
            upgraded=plan.upgraded,
            own=[deb.name for deb in self.debs if deb.name in plan.new],
        )
        for deb in self._questions():
            answer = f"{deb.name} {deb.licence_question} boolean true\n"
            machine.run(["debconf-set-selections"], given=answer)
        asks = can_ask()
        command = ["apt-get", "--no-install-recommends", "--yes", *self._arguments(machine)]
        try:
            machine.run(command, terminal=asks, timeout_s=None if asks else 1800.0)
        except CommandError as error:
            raise InstallError(
                f"the SDK was not installed. If its licence was declined, that is as it should be.\n{error}"
            ) from error
        wanting = wanting_of(self.debs, machine)
        if wanting:
            raise InstallError(
                f"apt-get has ended, but not installed: {', '.join(deb.name for deb in wanting)}"
            )


def can_ask() -> bool:
    """Whether packages can ask the user questions."""
    frontend = os.environ.get("DEBIAN_FRONTEND", "").lower()
    return frontend != "noninteractive" and sys.stdin.isatty() and sys.stdout.isatty()


def wanting_of(debs: Sequence[Deb], machine: Machine) -> list[Deb]:
    """Those that are not there, or not whole, or in another version."""
    known = installed(machine)
    return [deb for deb in debs if known.get(deb.name) != ("installed", deb.version)]


def outlook(machine: Machine, debs: Sequence[Deb], accept_licence: bool) -> Outlook:
    """What installing would do now."""
    if not wanting_of(debs, machine):
        return Outlook(because=f"all {len(debs)} packages are installed in this version")
    known = installed(machine)
    notes = []
    broken = [
        deb.name
        for deb in debs
        if known.get(deb.name, ("", ""))[0] not in ("", "installed", "ok not-installed")
    ]
    if broken:
        notes.append(f"an installation that was interrupted is made whole: {', '.join(broken)}")
    return Outlook([InstallPackages(debs, accept_licence)], notes=notes)


def undo_packages(machine: Machine, record: Record) -> str:
    """Have apt take away what it brought, unless something else needs it by now; says what was done.

    Raises
    ------
    InstallError
        apt could not; the record stays.
    """
    known = installed(machine)
    there = [name for name in record["new"] if name in known and known[name][0] != "ok not-installed"]
    own = [name for name in record["own"] if name in there]
    left = f"; {', '.join(record['upgraded'])} stay in the newer version" if record["upgraded"] else ""
    if not there:
        return f"its packages are gone already{left}"
    for names in (there, own):
        if names and not set(simulate(machine, ["purge", *names]).removed) - set(names):
            machine.run(["apt-get", "--yes", "purge", *names])
            rest = [name for name in there if name not in names]
            kept = f"; {', '.join(rest)} stay, because other packages need them by now" if rest else ""
            return f"removed {len(names)} packages: {', '.join(names)}{kept}{left}"
    raise InstallError(
        f"other packages need {', '.join(own)} by now.\n"
        f"`apt-get --simulate purge {' '.join(own)}` tells which: remove them first"
    )
