"""What must fit before anything is changed: system, architecture, SDK, Python, NumPy and wheel."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from spinnaker import gige, packages
from spinnaker import wheel as wheels
from spinnaker.archives import unpack
from spinnaker.debs import read_debs, select
from spinnaker.environment import look_at_environment
from spinnaker.errors import InstallError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from spinnaker.archives import Downloads
    from spinnaker.debs import Deb
    from spinnaker.environment import Environment
    from spinnaker.machine import Machine

__all__ = ["Finding", "Findings", "Wishes", "check"]

_SAME_AGE = {"11": "20.04", "12": "22.04", "13": "24.04"}
"""Debian's releases, and Ubuntu's whose libraries are about as old."""


@dataclasses.dataclass(frozen=True)
class Wishes:
    """What the user asked for on the command line; see `spinnaker.install` for each."""

    files: Sequence[Path] = ()
    packages: str = "all"
    accept_licence: bool = False
    python: str | None = None
    usb_access: bool = False
    user: str | None = None
    limit_mb: int | None = None
    boot_method: str = "auto"
    interfaces: Sequence[str] = ()
    mtu: int = gige.DEFAULT_MTU
    receive_mb: int = gige.DEFAULT_RECEIVE_MB
    dry_run: bool = False


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was looked at: ``"ok"``, ``"note"`` or ``"wrong"``, and a sentence."""

    kind: str
    text: str


@dataclasses.dataclass
class Findings:
    """All that was found, and what was learnt on the way.

    Attributes
    ----------
    all : list of Finding
    debs : list of Deb
        Those to install.
    wheel : Wheel or None
    python : Environment or None
    """

    all: list[Finding] = dataclasses.field(default_factory=list)
    debs: list[Deb] = dataclasses.field(default_factory=list)
    wheel: wheels.Wheel | None = None
    python: Environment | None = None

    @property
    def wrong(self) -> bool:
        """Whether something does not fit."""
        return any(finding.kind == "wrong" for finding in self.all)


def check(machine: Machine, wishes: Wishes, scratch: Path) -> Findings:
    """Look at everything that the wishes need. Changes nothing outside of `scratch`."""
    found = Findings()
    for look in (_system, _downloads, _packages, _wheel, _interfaces):
        for finding in look(machine, wishes, found, scratch):
            found.all.append(finding)
        if found.wrong and look in (_system, _downloads):
            break  # what follows would only be confused
    return found


def os_release(machine: Machine) -> dict[str, str]:
    """What /etc/os-release says."""
    text = machine.read("/etc/os-release") or machine.read("/usr/lib/os-release") or ""
    return {key: value.strip("'\"") for key, value in re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE)}


def architecture(machine: Machine) -> str:
    """The machine's, as Debian names it: that of its dpkg."""
    match = re.search(
        r"^Package: dpkg\n(?:.+\n)*?Architecture: (\S+)$",
        machine.read("/var/lib/dpkg/status") or "",
        re.MULTILINE,
    )
    return match[1] if match else ""


def _system(machine: Machine, wishes: Wishes, found: Findings, scratch: Path) -> Iterator[Finding]:
    told = os_release(machine)
    name = told.get("PRETTY_NAME", "an unknown system")
    family = {told.get("ID", ""), *told.get("ID_LIKE", "").split()}
    if not family & {"debian", "ubuntu"}:
        yield Finding("wrong", f"this is {name}; only Ubuntu and Debian are known here")
    elif not architecture(machine):
        yield Finding("wrong", f"{name} has no dpkg database: is it a whole system?")
    else:
        yield Finding("ok", f"{name}, {architecture(machine)}")


def _downloads(machine: Machine, wishes: Wishes, found: Findings, scratch: Path) -> Iterator[Finding]:
    if not wishes.files:
        return
    try:
        given = unpack(wishes.files, scratch)
        debs = read_debs(given.debs)
        found.debs = select(debs, wishes.packages)
        if given.wheel is not None:
            found.wheel = wheels.read_wheel(given.wheel)
    except InstallError as error:
        yield Finding("wrong", str(error))
        return
    yield from (Finding("ok", said) for said in given.said)
    yield from _release(machine, given)
    foreign = {deb.architecture for deb in debs} - {"all", architecture(machine)}
    if foreign:
        yield Finding(
            "wrong", f"the SDK is for {', '.join(sorted(foreign))}, this machine is {architecture(machine)}"
        )


def _release(machine: Machine, given: Downloads) -> Iterator[Finding]:
    told = os_release(machine)
    if given.release is None:
        return
    here = told.get("VERSION_ID", "")
    if told.get("ID") == "debian":
        match = _SAME_AGE.get(here)
        if match == given.release:
            yield Finding(
                "note", f"the SDK is for Ubuntu {given.release}, which is about as old as Debian {here}"
            )
        elif match:
            yield Finding(
                "note",
                f"the SDK is for Ubuntu {given.release}; the one for {match} is likelier on Debian {here}",
            )
    elif told.get("ID") == "ubuntu" and here != given.release:
        yield Finding(
            "note",
            f"the SDK is for Ubuntu {given.release}, this is {here}: get the one for {here} if there is one",
        )


def _packages(machine: Machine, wishes: Wishes, found: Findings, scratch: Path) -> Iterator[Finding]:
    if not packages.wanting_of(found.debs, machine):
        return
    names = [machine.inside(deb.path) for deb in found.debs]
    try:
        plan = packages.simulate(machine, ["install", *names])
    except InstallError as error:
        yield Finding("wrong", _apt_refuses(wishes, error))
        return
    if plan.removed:
        yield Finding("wrong", f"installing the SDK would remove {', '.join(plan.removed)}")
    else:
        yield Finding("ok", f"apt can install the {len(names)} packages with what they depend on")
    asks = [deb.name for deb in found.debs if deb.licence_question]
    if asks and not wishes.accept_licence and not packages.can_ask():
        yield Finding(
            "note" if wishes.dry_run else "wrong",
            f"{asks[0]} asks you to accept FLIR's licence, and nobody can be asked here. Run this in a\n"
            "terminal, without DEBIAN_FRONTEND=noninteractive; or, if you have read it and accept it, say\n"
            "--accept-flir-eula",
        )
    elif asks and not wishes.accept_licence:
        yield Finding("note", f"{asks[0]} will show you FLIR's licence and ask whether you accept it")


def _apt_refuses(wishes: Wishes, error: InstallError) -> str:
    hint = "`apt-get update` first, if this machine has not got apt's lists."
    if wishes.packages == "all":
        hint += "\n--packages runtime leaves SpinView and the headers away, which need most."
    return f"apt cannot install the SDK's packages.\n{hint}\n{error}"


def _wheel(machine: Machine, wishes: Wishes, found: Findings, scratch: Path) -> Iterator[Finding]:
    if found.wheel is None:
        return
    if wishes.python is None:
        yield Finding("wrong", "say which Python of that system is to have the wheel, with --python")
        return
    try:
        found.python = look_at_environment(machine, wishes.python)
    except InstallError as error:
        yield Finding("wrong", str(error))
        return
    version = _sdk_version(machine, found)
    if version is None:
        yield Finding("note", "no SDK is given, and none is installed: PySpin needs its libraries")
    reasons = wheels.misfits(found.wheel, found.python, architecture(machine), version)
    yield from (Finding("wrong", reason) for reason in reasons)
    if not reasons:
        python = found.python
        yield Finding(
            "ok",
            f"the wheel fits {python.executable} (Python {python.release}, NumPy {python.numpy})",
        )


def _sdk_version(machine: Machine, found: Findings) -> str | None:
    """Of the SDK that the wheel will find: the one that is given, else the one that is installed."""
    for deb in found.debs:
        if deb.name == "libspinnaker":
            return deb.version
    state, version = packages.installed(machine).get("libspinnaker", ("", ""))
    return version if state == "installed" else None


def _interfaces(machine: Machine, wishes: Wishes, found: Findings, scratch: Path) -> Iterator[Finding]:
    for name in wishes.interfaces:
        try:
            gige.check_interface(machine, name)
        except InstallError as error:
            yield Finding("wrong", str(error))
        else:
            yield Finding("ok", f"network interface {name}")
