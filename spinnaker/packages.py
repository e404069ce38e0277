"""The SDK's Debian packages: checked, installed and removed."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import sys
import textwrap
from typing import TYPE_CHECKING

from spinnaker.changes import Outlook
from spinnaker.errors import CommandError, InstallError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spinnaker.debs import Deb
    from spinnaker.journal import Journal, Record
    from spinnaker.machine import Machine

__all__ = [
    "InstallPackages",
    "can_ask",
    "installed",
    "outlook",
    "simulate",
    "undo_packages",
    "wanting_of",
]

# what FLIR's own script leaves when it is interrupted is broken in apt's eyes, hence the first
_OPTIONS = ("--fix-broken", "--no-install-recommends", "--yes")
_APT_SECONDS = 1800.0


def installed(machine: Machine) -> dict[str, tuple[str, str]]:
    """Each package that dpkg knows of, with its state (``"installed"`` if all is well) and version."""
    text = machine.read("/var/lib/dpkg/status") or ""
    known: dict[str, tuple[str, str]] = {}
    for paragraph in text.split("\n\n"):
        fields = dict(re.findall(r"^(Package|Status|Version|Architecture): *(.*)$", paragraph, re.MULTILINE))
        if "Package" in fields and "Status" in fields:
            wanted, flag, state = [*fields["Status"].split(), "", "", ""][:3]
            if state == "not-installed":
                continue
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


# no caches and logs: a simulation leaves nothing behind, whoever runs it
_ASIDE = ("Dir::Cache::pkgcache=", "Dir::Cache::srcpkgcache=", "Dir::Log::Planner=/dev/null")


def simulate(machine: Machine, arguments: Sequence[str]) -> Simulation:
    """Have apt say what it would do. Changes nothing, and needs no root.

    Raises
    ------
    InstallError
        It cannot be done; what apt said.
    """
    options = [f"-o{option}" for option in _ASIDE]
    try:
        said = machine.run(["apt-get", "-q", "--simulate", *options, *_OPTIONS, *arguments])
    except CommandError as error:
        raise InstallError(_reasons(error.output)) from error
    new: dict[str, str] = {}
    upgraded: dict[str, str] = {}
    for name, old, version in re.findall(r"^Inst (\S+?)(?::\S+)? (?:\[(\S+)\] )?\((\S+)", said, re.MULTILINE):
        if old:
            upgraded[name] = old
        else:
            new[name] = version
    removed = re.findall(r"^(?:Remv|Purg) (\S+?)(?::\S+)? ", said, re.MULTILINE)
    return Simulation(new, upgraded, removed)


def _reasons(said: str) -> str:
    """What matters of apt's words: what is missing, and its errors; else all of it."""
    _, found, needs = said.partition("The following packages have unmet dependencies:\n")
    errors = [line for line in said.splitlines() if line.startswith("E:")]
    missing = [line for line in needs.splitlines() if line.startswith(" ")] if found else []
    return "\n".join(missing + errors) or said


@dataclasses.dataclass(frozen=True)
class InstallPackages:
    """apt installs package files, with what they depend on.

    The SDK asks by itself to accept its licence. Only `accept_licence`, which the user said, answers for him.
    """

    debs: Sequence[Deb]
    accept_licence: bool = False

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
            listed = f"with what they depend on: {', '.join(others)}"
            said += textwrap.wrap(listed, 100, subsequent_indent="    ", break_on_hyphens=False)
        said += [
            f"instead of {name} {old}, which --undo cannot bring back" for name, old in plan.upgraded.items()
        ]
        return said

    def _batches(self, machine: Machine) -> list[Sequence[Deb]]:
        """What asks for the licence comes first, if it can: a refusal then leaves nothing half installed."""
        asking = [deb for deb in self.debs if deb.licence_question]
        try:
            if asking:
                simulate(machine, ["install", *(machine.inside(deb.path) for deb in asking)])
        except InstallError:
            asking = []
        return [asking, self.debs] if asking else [self.debs]

    def _install(self, machine: Machine, debs: Sequence[Deb]) -> None:
        asks = can_ask()
        files = [machine.inside(deb.path) for deb in debs]
        command = ["apt-get", *_OPTIONS, "install", *files]
        machine.run(command, terminal=asks, timeout_s=None if asks else _APT_SECONDS)

    def _prepare_questions(self, machine: Machine) -> None:
        for deb in self.debs:
            if deb.licence_question and self.accept_licence:
                answer = f"{deb.name} {deb.licence_question} boolean true\n"
                machine.run(["debconf-set-selections"], given=answer)
            elif deb.licence_question:
                # who declined it once would else never be asked again: debconf remembers
                with contextlib.suppress(CommandError):
                    machine.run(["debconf-communicate", deb.name], given=f"reset {deb.licence_question}\n")

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
        self._prepare_questions(machine)
        try:
            for batch in self._batches(machine):
                self._install(machine, batch)
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


def undo_packages(machine: Machine, records: Sequence[Record]) -> str:
    """Have apt take away what it brought, unless something else needs it by now; says what was done.

    Parameters
    ----------
    machine : Machine
    records : sequence of Record
        All those of packages, the oldest first: what one run brought may need what another did.

    Raises
    ------
    InstallError
        apt could not; the records stay.
    """
    known = installed(machine)
    brought = dict.fromkeys(name for record in records for name in record["new"])
    there = [name for name in brought if name in known]
    own = [name for name in there if any(name in record["own"] for record in records)]
    replaced = [name for record in records for name in record["upgraded"] if name not in brought]
    left = f"; {', '.join(replaced)} stay in the newer version" if replaced else ""
    if not there:
        return f"its packages are gone already{left}"
    for names in (there, own):
        if names and not set(simulate(machine, ["purge", *names]).removed) - set(names):
            machine.run(["apt-get", "--yes", "purge", *names])
            rest = [name for name in there if name not in names]
            kept = f"; {', '.join(rest)} stay, because other packages need them by now" if rest else ""
            return f"removed {len(names)} packages: {', '.join(names)}{kept}{left}"
    raise InstallError(
        f"other packages need {', '.join(own or there)} by now.\n"
        f"`apt-get --simulate purge {' '.join(own or there)}` tells which: remove them first"
    )
