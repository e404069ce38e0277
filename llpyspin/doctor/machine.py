"""What machine this is: system, kernel, processor, Python."""

from __future__ import annotations

import platform
import re
from typing import TYPE_CHECKING, Any

from llpyspin import __version__
from llpyspin.doctor.finding import Finding, fine, note

if TYPE_CHECKING:
    from llpyspin.doctor.host import System

__all__ = ["check_machine", "describe_machine"]

_OLDEST = (5, 3)  # pidfd_open: an older kernel tells a second late that a process has died


def describe_machine(system: System) -> dict[str, Any]:
    """Names and versions."""
    os_release = dict(
        re.findall(r'^(\w+)="?([^"\n]*)"?$', system.text("/etc/os-release") or "", re.MULTILINE)
    )
    cpu = re.search(r"^model name\s*:\s*(.+)$", system.text("/proc/cpuinfo") or "", re.MULTILINE)
    return {
        "llpyspin": __version__,
        "system": os_release.get("PRETTY_NAME") or platform.system(),
        "kernel": system.text("/proc/sys/kernel/osrelease") or platform.release(),
        "processor": cpu[1] if cpu else "",
        "architecture": platform.machine(),
        "processors": len(re.findall(r"^processor\s*:", system.text("/proc/cpuinfo") or "", re.MULTILINE)),
        "python": ".".join(map(str, system.python)),
    }


def check_machine(machine: dict[str, Any]) -> list[Finding]:
    """What of it llpyspin was not made for."""
    text = (
        f"{machine['system']}, Linux {machine['kernel']}, {machine['processors']} processors "
        f"({machine['processor'] or machine['architecture']}), Python {machine['python']}, "
        f"llpyspin {machine['llpyspin']}"
    )
    findings = [fine("machine", text, **machine)]
    if machine["architecture"] not in ("x86_64", "AMD64"):
        findings.append(
            note(
                "not-x86-64",
                f"llpyspin was tested on x86-64 only, and this is {machine['architecture']}.",
                "It may work; the way that frames take through memory was not examined here.",
            )
        )
    version = tuple(int(part) for part in re.findall(r"\d+", machine["kernel"])[:2])
    if version and version < _OLDEST:
        findings.append(
            note(
                "old-kernel",
                f"Linux {machine['kernel']} is older than {'.'.join(map(str, _OLDEST))}: camera processes "
                "notice only within a second that the program which had them was killed.",
                "Update the system when that suits.",
            )
        )
    return findings
