"""Whether this user may use USB cameras: the group, the udev rule, and the camera's file itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.doctor.finding import Finding, fine, note, problem
from llpyspin.doctor.usbtree import FLIR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llpyspin.doctor.cameras import Camera
    from llpyspin.doctor.system import System

__all__ = ["GROUP", "check_access"]

GROUP = "flirimaging"
"""The group that FLIR's installer makes, and to which its udev rule gives the cameras."""
RULES = ("/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d")
_WRITE_RULE = (
    f"""echo 'SUBSYSTEM=="usb", ATTRS{{idVendor}}=="{FLIR}", GROUP="{GROUP}", MODE="0664"' """
    "| sudo tee /etc/udev/rules.d/40-flir-spinnaker.rules"
)
_RELOAD = "sudo udevadm control --reload-rules && sudo udevadm trigger --subsystem-match=usb"


def check_access(system: System, cameras: Sequence[Camera]) -> list[Finding]:
    """Findings about the right to open USB cameras.

    Where a camera is connected its file decides; otherwise what there is of group and rule is told.
    """
    findings: list[Finding] = []
    connected = [(camera, camera.usb) for camera in cameras if camera.usb is not None]
    for camera, device in connected:
        allowed = system.writable(device.node)
        if allowed is False:
            findings.append(_refused(system, f"Camera {camera}: you may not write to {device.node}"))
        elif allowed is None:
            findings.append(
                problem(
                    "camera-without-file",
                    f"Camera {camera} has no file {device.node}, so no program can use it.",
                    "In a container: give it the devices (`docker run --device /dev/bus/usb`, or -v with a "
                    "rule for its cgroup). Elsewhere: is udev running?",
                )
            )
    if findings or connected:
        return findings or [fine("access", "You may use the USB cameras that are connected")]
    if rule_of(system) is None:
        return [
            note(
                "no-udev-rule",
                "There is no udev rule for FLIR cameras: USB cameras, once connected, would be for root "
                "only.",
                "The SDK's installer writes it, and so does `sudo python -m spinnaker.install`; or by hand:",
                _commands(system, rule=True),
            )
        ]
    number = group_of(system)[0]
    if number is not None and number not in system.person.groups and system.person.uid != 0:
        return [
            _not_member(system, note, f"There is a udev rule for FLIR cameras that wants the group {GROUP}")
        ]
    return [fine("access", "There is a udev rule for FLIR cameras, and you have the right to use them")]


def _refused(system: System, what: str) -> Finding:
    """Why, as far as rule and group tell."""
    if rule_of(system) is None:
        return problem(
            "no-udev-rule",
            f"{what}, because no udev rule gives FLIR cameras to anybody but root.",
            "The SDK's installer writes it, and so does `sudo python -m spinnaker.install`; or by hand, and "
            "then log out and in:",
            _commands(system, rule=True),
        )
    number, _ = group_of(system)
    if number is None or number not in system.person.groups:
        return _not_member(system, problem, what)
    return problem(
        "udev-rule-not-applied",
        f"{what}, although there is a udev rule ({rule_of(system)}) and you are in the group {GROUP}: the "
        "rule came after the camera was plugged in.",
        "Unplug the camera and plug it in again, or:",
        [_RELOAD],
    )


def _not_member(system: System, bad: object, what: str) -> Finding:
    assert callable(bad)
    name = system.person.name
    number, members = group_of(system)
    if number is not None and name in members:
        finding: Finding = bad(
            "group-not-in-session",
            f"{what}: you are in the group {GROUP}, but this session is older than that.",
            "Log out and in again (or restart: some desktops keep the old session); for one shell only:",
            [f"newgrp {GROUP}"],
        )
        return finding
    finding = bad(
        "not-in-group",
        f"{what}: you are not in the group {GROUP}.",
        "Join it, then log out and in:",
        _commands(system, rule=False),
    )
    return finding


def _commands(system: System, *, rule: bool) -> list[str]:
    make = [] if group_of(system)[0] is not None else [f"sudo groupadd {GROUP}"]
    join = [f"sudo usermod -aG {GROUP} {system.person.name}"]
    return [*make, *join, *([_WRITE_RULE, _RELOAD] if rule else [])]


def rule_of(system: System) -> str | None:
    """The udev rule that names FLIR's vendor id; None if there is none."""
    for folder in RULES:
        for name in system.names(folder):
            if name.endswith(".rules") and _names_flir(system.text(f"{folder}/{name}") or ""):
                return f"{folder}/{name}"
    return None


def _names_flir(rules: str) -> bool:
    lines = (line.strip().lower() for line in rules.splitlines())
    return any(FLIR in line and "idvendor" in line and not line.startswith("#") for line in lines)


def group_of(system: System) -> tuple[int | None, tuple[str, ...]]:
    """Number and members of the group; (None, ()) if there is none."""
    for line in (system.text("/etc/group") or "").splitlines():
        fields = line.split(":")
        if len(fields) == 4 and fields[0] == GROUP and fields[2].isdigit():
            return int(fields[2]), tuple(name for name in fields[3].split(",") if name)
    return None, ()
