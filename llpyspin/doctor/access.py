"""Whether this user may use USB cameras: the group, the udev rule, and the camera's file itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llpyspin.doctor.finding import Finding, fine, note, problem
from llpyspin.doctor.usb import INSTALL
from llpyspin.doctor.usbtree import FLIR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llpyspin.doctor.cameras import Camera
    from llpyspin.doctor.host import System

__all__ = ["GROUP", "check_access"]

GROUP = "flirimaging"
"""The group that FLIR's installer makes, and to which its udev rule gives the cameras."""
RULES = (
    *("/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d"),
    *("/usr/lib/udev/rules.d", "/lib/udev/rules.d"),
)
_NAMES_FLIR = re.compile(rf'idVendor\}}\s*==\s*"{FLIR}"', re.IGNORECASE)
_FOR_ALL = re.compile(r'MODE\s*:?=\s*"0?\d\d[67]"|uaccess')
_WRITE_RULE = (
    f"""echo 'SUBSYSTEM=="usb", ATTRS{{idVendor}}=="{FLIR}", GROUP="{GROUP}", MODE="0664"' """
    "| sudo tee /etc/udev/rules.d/40-flir-spinnaker.rules"
)
_RELOAD = "sudo udevadm control --reload-rules && sudo udevadm trigger --subsystem-match=usb"
_MAKE_IT = (
    "The first line writes the rule and gives you access; the others do the same by hand. Then log out and "
    "in. The "
    "SDK's own installer does it too."
)


def check_access(system: System, cameras: Sequence[Camera]) -> list[Finding]:
    """Findings about the right to open USB cameras.

    Where a camera is connected its file decides; otherwise what there is of group and rule is told.
    """
    connected = [(camera, camera.usb.node) for camera in cameras if camera.usb is not None]
    if not connected:
        return [_expected(system)]
    findings: list[Finding] = []
    allowed = {node: system.writable(node) for _, node in connected}
    refused = [(camera, node) for camera, node in connected if allowed[node] is False]
    absent = [(camera, node) for camera, node in connected if allowed[node] is None]
    if refused:
        findings.append(_refused(system, f"You have no write access to {_each(refused)}"))
    if absent:
        findings.append(
            problem(
                "camera-without-file",
                f"There is no {_each(absent)}, so no program can use it.",
                "In a container: pass the devices to it (`docker run --device /dev/bus/usb`). Elsewhere: is "
                "udev running?",
            )
        )
    return findings or [fine("access", "You may use the USB cameras that are connected")]


def _each(cameras: Sequence[tuple[Camera, str]]) -> str:
    return ", ".join(f"{node} (camera {camera.serial})" for camera, node in cameras)


def _expected(system: System) -> Finding:
    """What would become of a camera that is plugged in."""
    rule = _rule(system)
    if rule is None:
        return note(
            "no-udev-rule",
            "There is no udev rule for FLIR cameras. Only root could use USB cameras.",
            _MAKE_IT,
            _commands(system, rule=True),
        )
    number, _ = _group(system)
    member = number is None or number in system.person.groups or system.person.uid == 0
    if not member and not _FOR_ALL.search(rule[1]):
        return _not_member(
            system, note, f"The udev rule for FLIR cameras ({rule[0]}) wants the group {GROUP}"
        )
    return fine("access", "There is a udev rule for FLIR cameras, and you have access")


def _refused(system: System, what: str) -> Finding:
    """Why, as far as rule and group tell."""
    rule = _rule(system)
    if rule is None:
        return problem(
            "no-udev-rule",
            f"{what}: there is no udev rule for FLIR cameras, so only root may use them.",
            _MAKE_IT,
            _commands(system, rule=True),
        )
    number, _ = _group(system)
    if number is None or number not in system.person.groups:
        return _not_member(system, problem, what)
    return problem(
        "udev-rule-not-applied",
        f"{what}, although there is a udev rule ({rule[0]}) and you are in the group {GROUP}: the rule came "
        "after the camera was plugged in.",
        "Unplug the camera and plug it in again, or:",
        [_RELOAD],
    )


def _not_member(system: System, bad: Callable[..., Finding], what: str) -> Finding:
    number, members = _group(system)
    if number is not None and system.person.name in members:
        return bad(
            "group-not-in-session",
            f"{what}: you are in the group {GROUP}, but this session began before that.",
            "Log out and in again (or restart: some desktops keep the old session); for one shell only:",
            [f"newgrp {GROUP}"],
        )
    return bad(
        "not-in-group",
        f"{what}: you are not in the group {GROUP}.",
        "Join it, then log out and in:",
        _commands(system, rule=False),
    )


def _commands(system: System, *, rule: bool) -> list[str]:
    make = [] if _group(system)[0] is not None else [f"sudo groupadd {GROUP}"]
    person = system.person
    name = system.environment.get("SUDO_USER", "") if person.uid == 0 else person.name
    join = [f"sudo usermod -aG {GROUP} {name}"] if name else []
    if not rule:
        return [*make, *join]
    return [f"{INSTALL} --usb-access", *make, *join, _WRITE_RULE, _RELOAD]


def _rule(system: System) -> tuple[str, str] | None:
    """File and line of the udev rule that names FLIR's vendor id; None if there is none."""
    for folder in RULES:
        for name in system.names(folder):
            if name.endswith(".rules"):
                for line in (system.text(f"{folder}/{name}") or "").splitlines():
                    if _NAMES_FLIR.search(line) and not line.lstrip().startswith("#"):
                        return f"{folder}/{name}", line
    return None


def _group(system: System) -> tuple[int | None, tuple[str, ...]]:
    """Number and members of the group; (None, ()) if there is none."""
    for line in (system.text("/etc/group") or "").splitlines():
        fields = line.split(":")
        if len(fields) == 4 and fields[0] == GROUP and fields[2].isdigit():
            return int(fields[2]), tuple(name for name in fields[3].split(",") if name)
    return None, ()
